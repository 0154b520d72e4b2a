"""The APIs of a customer: their endpoints, and the orders in which people call them."""

import random
from dataclasses import dataclass, field
from itertools import accumulate

from tests.traffic_simulator.api import Api, Endpoint
from tests.traffic_simulator.parameters import Parameters

RESOURCES = (
    "accounts", "addresses", "agreements", "balances", "cards", "claims", "contacts", "coupons", "events", "images",
    "invoices", "items", "limits", "messages", "notes", "offers", "orders", "plans", "quotes", "receipts", "reviews",
)  # fmt: skip


def apis(parameters: Parameters) -> list[Api]:
    """The APIs of a customer, in a fixed order."""
    rng = random.Random(f"world {parameters.seed}")
    made = [
        Api("bank", "token", has_login=True, own_things=True),
        Api("orders", "token", username_header="X-User", own_things=True),
        Api("shop", "cookie", has_login=True),
        Api("partners", "api_key"),
        Api("public", "ip"),
    ]
    if parameters.community_api:
        made.append(Api("community", "cookie"))
    if parameters.app_key_api:
        made.append(Api("mobile", "api_key", key_in_query=True))
    for api in made:
        api.enforces = api.name in {"bank", "shop", "public"} or rng.random() < 0.5
        furnish(api, parameters, rng)
    return made


def furnish(api: Api, parameters: Parameters, rng: random.Random) -> None:
    """Gives an API its endpoints and the ways that lead from one to the next."""
    builder = _Builder(api, parameters, rng)
    home = builder.call("GET", "/home")
    search = builder.call("GET", "/search", larger=4, slower=6)
    builder.ways((home, search, 2))
    lists = [_resource(builder, name, home, search) for name in rng.sample(RESOURCES, rng.randint(3, 6))]
    between = [(some, other) for some in lists for other in lists if some != other]
    builder.ways(*((some, other, 1) for some, other in between if rng.random() < 0.6))
    _transfers(builder, home)
    _documents(builder, home)
    _staff(builder, home)
    builder.finish(home)


@dataclass(slots=True)
class _Builder:
    """Adds endpoints to an API and remembers the ways between them."""

    api: Api
    parameters: Parameters
    rng: random.Random
    weights: dict[int, dict[int, float]] = field(default_factory=dict)

    def call(
        self, method: str, path: str, *, larger: float = 1, slower: float = 1, body: float = 0, role: str = ""
    ) -> int:
        """An endpoint; its number."""
        size = self.parameters.answer_bytes * larger * self.rng.lognormvariate(0, 0.6)
        ms = self.parameters.answer_ms * slower * self.rng.lognormvariate(0, 0.4)
        status = 201 if method == "POST" and role != "guarded" else 200
        asked = body * self.rng.lognormvariate(0, 0.3)
        self.api.endpoints.append(Endpoint(method, path, size, ms, asked, status, role))
        return len(self.api.endpoints) - 1

    def ways(self, *ways: tuple[int, int, float]) -> None:
        """From an endpoint to another, as often as the weight says, about."""
        for source, target, weight in ways:
            self.weights.setdefault(source, {})[target] = weight * self.rng.lognormvariate(0, 0.3)

    def finish(self, home: int) -> None:
        """From where no way leads on, people go home."""
        for source in range(len(self.api.endpoints)):
            targets = self.weights.get(source) or {home: 1.0}
            self.api.following.append(([*targets], [*accumulate(targets.values())]))


def _resource(builder: _Builder, resource: str, home: int, search: int) -> int:
    many = builder.call("GET", f"/{resource}", larger=3)
    one = builder.call("GET", f"/{resource}/{{}}")
    details = builder.call("GET", f"/{resource}/{{}}/details", larger=1.5)
    create = builder.call("POST", f"/{resource}", larger=0.3, body=600)
    update = builder.call("PUT", f"/{resource}/{{}}", larger=0.3, body=500)
    delete = builder.call("DELETE", f"/{resource}/{{}}", larger=0.05)
    builder.ways(
        (home, many, 4), (search, one, 3), (many, one, 6), (many, create, 0.5), (one, details, 4), (one, many, 3),
        (one, update, 0.5), (one, delete, 0.1), (details, many, 3), (details, one, 2), (create, one, 3),
        (create, many, 1), (update, one, 3), (delete, many, 1), (many, search, 0.5), (details, home, 1),
    )  # fmt: skip
    return many


def _transfers(builder: _Builder, home: int) -> None:
    """Nobody confirms what was not prepared and verified."""
    prepare = builder.call("POST", "/transfers", larger=0.4, body=700)
    verify = builder.call("POST", "/transfers/{}/verify", larger=0.2, body=200, role="guarded")
    confirm = builder.call("POST", "/transfers/{}/confirm", larger=0.2, body=150, role="guarded")
    state = builder.call("GET", "/transfers/{}")
    builder.ways(
        (home, prepare, 0.6), (prepare, verify, 9), (prepare, home, 0.5), (verify, confirm, 9), (confirm, state, 5),
        (confirm, home, 2), (state, home, 3), (state, state, 1),
    )  # fmt: skip


def _documents(builder: _Builder, home: int) -> None:
    shelf = builder.call("GET", "/documents", larger=2)
    fetch = builder.call("GET", "/documents/{}/content", role="down", slower=4)
    store = builder.call("POST", "/documents", larger=0.2, body=1, role="up", slower=4)
    builder.ways(
        (home, shelf, 0.5), (shelf, fetch, 3), (shelf, store, 1), (fetch, shelf, 3), (store, shelf, 3), (shelf, home, 2)
    )


def _staff(builder: _Builder, home: int) -> None:
    users = builder.call("GET", "/admin/users", larger=5, role="staff")
    audit = builder.call("GET", "/admin/audit", larger=5, role="staff")
    one = builder.call("GET", "/admin/users/{}", role="staff")
    change = builder.call("PUT", "/admin/users/{}/settings", larger=0.2, body=300, role="staff")
    builder.ways(
        (users, one, 5), (one, users, 3), (one, change, 1), (change, one, 2), (users, audit, 1), (audit, users, 2),
        (audit, home, 1), (users, home, 0.5),
    )  # fmt: skip
