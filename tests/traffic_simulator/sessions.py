"""What people do: sessions of calls in a usual order, with the usual mistakes."""

import math
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.traffic_simulator.api import Api, Endpoint
from tests.traffic_simulator.population import DAY, HOUR, Person, Population
from tests.traffic_simulator.requests import Identity, Request, Sender

RETRIED = (500, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class Outage:
    """An API answers 5xx, mostly, and clients try again."""

    api: str
    start: float
    end: float
    share: float
    tries: int


@dataclass(slots=True)
class Calls:
    """Makes requests of calls: ids, sizes, times and mistakes as usual."""

    population: Population
    outages: list[Outage]
    catalogue: int = field(init=False)

    def __post_init__(self) -> None:
        self.catalogue = self.population.parameters.catalogue

    def thing(self, api: Api, owner: int, rng: random.Random) -> int:
        """An id: one of the owner's few, or a popular one of the catalogue."""
        if api.own_things:
            return 1 + (owner * 7919 + int(rng.random() ** 2 * 12)) % (self.catalogue * 50)
        return int(math.exp(rng.random() * math.log(self.catalogue)))

    def url(self, api: Api, endpoint: Endpoint, thing: int) -> str:
        """The path with its id."""
        return f"/{api.name}{endpoint.path.replace('{}', str(thing))}"

    def request(
        self, at: float, sender: Sender, api: Api, endpoint: Endpoint, thing: int, connection: int, rng: random.Random
    ) -> Request:
        """One call with a usual answer."""
        p = self.population.parameters
        chance = rng.random()
        status = endpoint.status
        if chance < p.server_error:
            status = 500
        elif chance < p.server_error + p.not_found and "{}" in endpoint.path:
            status = 404
        elif chance < p.server_error + p.bad_request and endpoint.body_bytes:
            status = 400
        size, body = endpoint.answer_bytes, endpoint.body_bytes
        if endpoint.role == "down":
            size = p.transfer_bytes
        elif endpoint.role == "up":
            body = p.transfer_bytes * 0.4
        varied = rng.lognormvariate(0, 0.5)
        return Request(
            at, sender, endpoint.method, self.url(api, endpoint, thing), status,
            int(body * varied) + 1 if body else 0, int(size * varied) if status < 400 else 140,
            endpoint.milliseconds * rng.lognormvariate(0, 0.4), connection,
        )  # fmt: skip

    def troubled(self, request: Request, api: Api, rng: random.Random) -> Iterator[Request]:
        """The request; in an outage of its API an error, tried again a few times."""
        for outage in self.outages:
            if outage.api == api.name and outage.start <= request.at < outage.end and rng.random() < outage.share:
                at = request.at
                for _ in range(rng.randint(1, outage.tries)):
                    yield request._replace(
                        at=at, status=rng.choice((502, 503, 503, 504)), answered_bytes=160,
                        milliseconds=request.milliseconds * rng.uniform(1, 40),
                    )  # fmt: skip
                    at += rng.uniform(1, 8)
                return
        yield request


class People:
    """The sessions of everybody, hour by hour. The same hour is the same, whichever hours are made beside it."""

    def __init__(self, calls: Calls, crowds: list[tuple[str, float, float, float]]) -> None:
        self.calls, self.population = calls, calls.population
        self.crowds = crowds
        """Flash crowds: API, start, end, times the usual load."""
        self.active: dict[int, set[int]] = defaultdict(set)
        """Hours that were made -> the numbers of those who came."""

    def load(self, at: float, phase: float) -> float:
        """How busy a person's hour is beside the average hour."""
        p = self.population.parameters
        hour = at % DAY / HOUR - p.peak_hour - phase
        return max(0.0, 1 + p.diurnal * math.cos(hour / 24 * 2 * math.pi))

    def hour(self, start: float) -> Iterator[Request]:
        """The requests of all sessions that begin in this hour."""
        p = self.population.parameters
        rng = random.Random(f"hour {p.seed} {int(start)}")
        for person in self.population.people:
            expected = person.sessions / 24 * self.load(start + HOUR / 2, person.phase)
            expected *= self._crowd(person.apis[0], start)
            for _ in range(_poisson(rng, expected)):
                self.active[int(start)].add(person.number)
                yield from self.session(person, start + rng.random() * HOUR, rng)
            if person.number % 1000 < p.stale_password_share * 1000:
                yield from self._stale_password(person, start, rng)

    def _crowd(self, api: Api, at: float) -> float:
        return math.prod(times for name, start, end, times in self.crowds if name == api.name and start <= at < end)

    def session(self, person: Person, at: float, rng: random.Random, api: Api | None = None) -> Iterator[Request]:
        """One session of a person, on an API that they use."""
        api = api or person.apis[min(int(rng.expovariate(1.2)), len(person.apis) - 1)]
        device = person.devices[0 if len(person.devices) == 1 or rng.random() < 0.6 else 1]
        identity = self.population.identity(person, device, at)
        base = rng.getrandbits(40)
        if api.has_login and rng.random() < 0.35:
            at = yield from self._login(person, identity, api, at, rng)
        for request in self._walk(person, identity.on(api), api, at, base, rng):
            yield from self.calls.troubled(request, api, rng)

    def _walk(
        self, person: Person, sender: Sender, api: Api, at: float, base: int, rng: random.Random
    ) -> Iterator[Request]:
        p, calls = self.population.parameters, self.calls
        staff = person.staff and rng.random() < 0.5
        state = next(i for i, e in enumerate(api.endpoints) if not staff or e.role == "staff")
        thing = calls.thing(api, person.number, rng)
        parallel = 1 if rng.random() < 0.5 else rng.randint(2, 6)
        for _ in range(max(1, int(person.calls * rng.lognormvariate(0, p.calls_spread)))):
            endpoint = api.endpoints[state]
            if endpoint.role not in ("down", "up") or person.transfers:
                yield calls.request(at, sender, api, endpoint, thing, base + int(rng.random() * parallel), rng)
            if person.stale_app and rng.random() < 0.4:
                yield Request(at + 0.2, sender, "GET", f"{api.url}/v1/config", 404, 0, 140, 5.0, base)
            at += p.think_seconds * rng.lognormvariate(0, 0.9)
            targets, weights = api.following[state]
            state = rng.choices(targets, cum_weights=weights)[0]
            if rng.random() < 0.35:
                thing = calls.thing(api, person.number, rng)

    def _login(self, person: Person, identity: Identity, api: Api, at: float, rng: random.Random):
        """Until it succeeds or patience ends; the time afterwards."""
        sender = Identity(identity.address, identity.agent).on(api)
        base = rng.getrandbits(40)
        for _ in range(rng.randint(3, 8)):
            wrong = rng.random() < person.forgets
            yield from self.calls.troubled(_login(at, sender, api, 401 if wrong else 200, base, rng), api, rng)
            at += rng.uniform(3, 20)
            if not wrong:
                break
        return at

    def _stale_password(self, person: Person, start: float, rng: random.Random) -> Iterator[Request]:
        """A device that was told an old password tries it again and again, the more often the stranger it is made."""
        api = next((api for api in person.apis if api.has_login), None)
        if api is None:
            return
        identity = self.population.identity(person, person.devices[-1], start)
        sender = Identity(identity.address, identity.agent).on(api)
        gap = (300, 900, 1800)[person.number % 3]
        at = start + rng.random() * gap
        while at < start + HOUR:
            for _ in range(1 if gap < 900 else rng.randint(1, 4)):
                yield _login(at, sender, api, 401, rng.getrandbits(40), rng)
                at += 2
            at += gap


def _login(at: float, sender: Sender, api: Api, status: int, connection: int, rng: random.Random) -> Request:
    return Request(
        at, sender, "POST", api.login_url, status, 90, 900 if status == 200 else 120, 60 * rng.lognormvariate(0, 0.4),
        connection,
    )  # fmt: skip


def _poisson(rng: random.Random, mean: float) -> int:
    """A count with this mean."""
    limit, product, count = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count
