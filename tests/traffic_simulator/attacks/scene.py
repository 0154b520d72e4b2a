"""What an attack has to hand: where, when, as whom, and how hard."""

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from tests.traffic_simulator.api import Api, Endpoint
from tests.traffic_simulator.norms import Norm
from tests.traffic_simulator.population import TOOLS, Person, Population, address
from tests.traffic_simulator.requests import Identity, Request, Sender, web_token
from tests.traffic_simulator.sessions import Calls, People

MOST_REQUESTS = 12_000
"""Of one attack: harder ones would cost time and show nothing else."""


@dataclass(frozen=True, slots=True)
class Attack:
    """A type of the catalogue. `kinds`: what the attacker is known by, one is drawn; `minutes`: how long, from and to."""

    attack_id: int
    kinds: tuple[str, ...]
    minutes: tuple[float, float]
    gentle: str
    blatant: str
    act: "Callable[[Scene], Iterator[Request]]"
    apis: tuple[str, ...] = ()
    """Where; none: wherever clients are known by the kind."""
    all_apis: bool = False
    """The type is about all APIs together."""


CATALOGUE: list[Attack] = []
"""All types, in the order of their modules."""


def attack(
    *ids: int,
    kinds: tuple[str, ...],
    minutes: tuple[float, float],
    gentle: str,
    blatant: str,
    apis: tuple[str, ...] = (),
    all_apis: bool = False,
) -> "Callable[[Callable[[Scene], Iterator[Request]]], Callable[[Scene], Iterator[Request]]]":
    """Puts a function into the catalogue. Several ids: one for each of the kinds."""

    def put(act: "Callable[[Scene], Iterator[Request]]") -> "Callable[[Scene], Iterator[Request]]":
        by_kind = {attack_id: (kind,) for attack_id, kind in zip(ids, kinds, strict=True)} if len(ids) > 1 else {}
        for attack_id in ids:
            of_kinds = by_kind.get(attack_id, kinds)
            CATALOGUE.append(Attack(attack_id, of_kinds, minutes, gentle, blatant, act, apis, all_apis))
        return act

    return put


@dataclass(slots=True)
class Scene:
    """One attack. `api`: where it happens, or begins where the type is about all APIs. Times in seconds since the epoch."""

    people: People
    norms: dict[str, Norm]
    rng: random.Random
    kind: str
    api: Api
    start: float
    end: float
    blatant: bool
    jobs: list[list[Identity]]
    """The addresses and keys of the partners."""
    others: list[Request] = field(default_factory=list)
    """What the victims do meanwhile: nobody's attack."""
    insiders: list[Person] = field(default_factory=list)

    @property
    def calls(self) -> Calls:
        """Makes usual requests."""
        return self.people.calls

    @property
    def population(self) -> Population:
        """The people."""
        return self.people.population

    @property
    def norm(self) -> Norm:
        """What is usual on the API."""
        return self.norms.get(self.api.name, Norm())

    @property
    def windows(self) -> float:
        """The length in ten minutes."""
        return (self.end - self.start) / 600

    def times(self, gentle: tuple[float, float], blatant: tuple[float, float]) -> float:
        """How many times as much as usual: drawn between the two ends of the variant."""
        low, high = blatant if self.blatant else gentle
        return low * (high / low) ** self.rng.random()

    def count(self, gentle: tuple[float, float], blatant: tuple[float, float]) -> int:
        """A number of something, between the ends of the variant."""
        return max(1, round(self.times(gentle, blatant)))

    def moments(self, count: float) -> list[float]:
        """That many times, spread over the attack (at most `MOST_REQUESTS`)."""
        number = max(1, min(MOST_REQUESTS, round(count)))
        length = self.end - self.start
        return sorted(self.start + length * self.rng.random() for _ in range(number))

    def machine(self) -> Identity:
        """A machine of the attacker: an address nobody has seen, a program, no credentials."""
        return Identity(address(self.rng), self.rng.choice(TOOLS))

    def insider(self, api: Api | None = None) -> Person:
        """Somebody who uses the API, for whose account no other attack of this scene was."""
        wanted = api or self.api
        fitting = [p for p in self.population.people if wanted in p.apis and p not in self.insiders]
        person = self.rng.choice(fitting or self.population.people)
        self.insiders.append(person)
        return person

    def identity_of(self, person: Person, at: float | None = None) -> Identity:
        """What a person is then on their first device."""
        return self.population.identity(person, person.devices[0], self.start if at is None else at)

    def identity(self) -> Identity:
        """The attacker, known by `kind`: an account made for it, or one of a usual client, used by its owner or not."""
        if self.kind == "ip":
            return self.machine()
        if self.kind == "api_key":
            partner, machine = self.rng.choice(self.jobs)[0], self.machine()
            machine.api_key = partner.api_key
            return partner if self.rng.random() < 0.5 else machine
        if self.rng.random() < 0.5:
            return self.identity_of(self.insider())
        return self.account()

    def account(self) -> Identity:
        """An account that the attacker has registered, on a machine of the attacker."""
        number = self.rng.getrandbits(64)
        username = f"{number % 10**7:x}@mail.example"
        token = web_token(username, number, int(self.start) - 1_800)
        return Identity(address(self.rng), self.rng.choice(TOOLS), username, token, f"{number:024x}")

    def endpoint(self, *, method: str = "GET", ids: bool | None = None, role: str | None = "") -> Endpoint:
        """Any endpoint that is so."""
        return self.rng.choice(self.api.of(method=method, ids=ids, role=role))

    def call(
        self,
        at: float,
        identity: Identity,
        endpoint: Endpoint,
        thing: int | None = None,
        connection: int | None = None,
        api: Api | None = None,
    ) -> Request:
        """One request with a usual answer; each on a connection of its own unless one is given."""
        api = api or self.api
        chosen = self.calls.thing(api, self.rng.randrange(10_000), self.rng) if thing is None else thing
        number = self.rng.getrandbits(40) if connection is None else connection
        return self.calls.request(at, identity.on(api), api, endpoint, chosen, number, self.rng)

    def usual(self, person: Person, at: float, identity: Identity | None = None) -> list[Request]:
        """A usual session of a person on the API, as that identity (None: their own)."""
        made = list(self.people.session(person, at, self.rng, self.api))
        if identity is None:
            return made
        sender: Sender = identity.on(self.api)
        return [r._replace(sender=sender) for r in made if not r.url.endswith("/login")]

    def between(self, requests: Iterable[Request]) -> list[Request]:
        """Those that are within the attack's time."""
        return [request for request in requests if self.start <= request.at < self.end]
