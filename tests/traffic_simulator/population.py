"""Who calls: people with devices, networks and habits. Where somebody is, and with which token, follows from the time."""

import random
from dataclasses import dataclass, field

from tests.traffic_simulator.api import Api
from tests.traffic_simulator.parameters import START, Parameters
from tests.traffic_simulator.requests import Identity, web_token

HOUR = 3_600
DAY = 24 * HOUR
BEGIN = int(START.timestamp())
CHROMES = (118, 119, 120, 121, 122)
DESKTOPS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{0}.0) Gecko/20100101 Firefox/{0}.0",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.{} Safari/605.1.15",
)
PHONES = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/{}.0 Mobile/15E148",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Mobile Safari/537.36",
    "okhttp/4.{}.0",
    "ShopApp/5.{} CFNetwork/1474 Darwin/23.0.0",
    "Dalvik/2.1.0 (Linux; U; Android 13; Pixel 7 Build/TQ3A.{})",
)
TOOLS = (
    "python-requests/2.31.0", "curl/8.4.0", "Go-http-client/2.0", "Java/17.0.9", "axios/1.6.2", "libwww-perl/6.67",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/103.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0",
)  # fmt: skip
"""What attackers' machines call themselves."""


def address(rng: random.Random) -> str:
    """Any public-looking address."""
    first = rng.choice((31, 46, 62, 77, 81, 91, 109, 145, 178, 188, 212))
    return f"{first}.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(1, 255)}"


@dataclass(slots=True)
class Device:
    """A laptop or a phone of somebody."""

    number: int
    phone: bool
    agent: str
    agent_after: str
    updated_at: float


@dataclass(slots=True)
class Person:
    """Somebody with habits. `sessions` a day; `calls` a session; `phase`: how early or late, in hours."""

    number: int
    apis: list[Api]
    sessions: float
    calls: float
    phase: float
    devices: list[Device]
    home: str
    office: str
    networks: list[str]
    """Where the phone is, one after the other; the first one only, unless the person roams."""
    move_hours: float
    transfers: bool
    stale_app: bool
    staff: bool
    forgets: float
    username: str
    _identities: dict[tuple[int, int, str, bool], Identity] = field(default_factory=dict)


@dataclass(slots=True)
class Population:
    """Everybody who comes of their own."""

    parameters: Parameters
    apis: list[Api]
    people: list[Person]
    app_key: str

    def identity(self, person: Person, device: Device, at: float) -> Identity:
        """The device where it is then, with the token and the cookie of then."""
        place, epoch = self.network(person, device, at), int(at // HOUR)
        key = (device.number, epoch, place, at >= device.updated_at)
        if (identity := person._identities.get(key)) is None:
            if len(person._identities) > 50:
                person._identities.clear()
            identity = person._identities[key] = self._identity(person, device, place, at)
        return identity

    def network(self, person: Person, device: Device, at: float) -> str:
        """Its address then."""
        hour = at % DAY / HOUR
        if device.phone:
            moves = int(at / HOUR / person.move_hours + person.number % 7)
            return person.networks[moves % len(person.networks)]
        return person.office if person.office and 8.5 <= (hour - person.phase / 3) % 24 < 17.5 else person.home

    def _identity(self, person: Person, device: Device, place: str, at: float) -> Identity:
        p = self.parameters
        shift = person.number * 977 % 1000 / 1000
        token_period = int(at / HOUR / p.token_hours + shift)
        cookie_period = int(at / HOUR / p.cookie_hours + shift)
        agent = device.agent_after if at >= device.updated_at else device.agent
        number = random.Random(f"{p.seed} {person.number} {device.number} {token_period}").getrandbits(64)
        cookie = random.Random(f"{p.seed} {person.number} {device.number} {cookie_period} c").getrandbits(96)
        issued = int(BEGIN + (token_period - shift) * HOUR * p.token_hours)
        token = web_token(person.username, number, issued)
        return Identity(place, agent, person.username, token, f"{cookie:024x}", self.app_key)


def populate(parameters: Parameters, apis: list[Api]) -> Population:
    """The people of a customer."""
    p = parameters
    rng = random.Random(f"people {p.seed}")
    offices = [address(rng) for _ in range(max(1, round(p.clients * p.office_share / p.office_size)))]
    carriers = [address(rng) for _ in range(max(1, round(p.clients * p.carrier_share / p.carrier_size)))]
    popularity = [rng.uniform(0.3, 1) for _ in apis]
    people = [_person(p, number, rng, apis, popularity, (offices, carriers)) for number in range(p.clients)]
    return Population(p, apis, people, f"{rng.getrandbits(128):032x}")


def _person(
    p: Parameters,
    number: int,
    rng: random.Random,
    apis: list[Api],
    popularity: list[float],
    places: tuple[list[str], list[str]],
) -> Person:
    offices, carriers = places
    home = address(rng)
    phone_network = rng.choice(carriers) if rng.random() < p.carrier_share / 0.5 else home
    roams = rng.random() < p.roaming_share
    networks = [phone_network]
    if roams:
        networks = [phone_network, home, address(rng), rng.choice(carriers)][: rng.randint(2, 4)]
    devices = [_device(p, 0, rng)]
    if rng.random() < p.two_devices_share:
        devices.append(_device(p, 1, rng, other=devices[0]))
    return Person(
        number=number,
        apis=_used(rng, apis, popularity),
        sessions=p.sessions_a_day * rng.lognormvariate(0, p.sessions_spread),
        calls=p.calls_a_session * rng.lognormvariate(0, p.calls_spread / 2),
        phase=rng.gauss(0, 2),
        devices=devices,
        home=home,
        office=rng.choice(offices) if rng.random() < p.office_share else "",
        networks=networks,
        move_hours=rng.uniform(2, 6),
        transfers=rng.random() < p.transfer_share,
        stale_app=rng.random() < p.stale_app_share,
        staff=rng.random() < 0.02,
        forgets=min(0.6, p.login_failure * rng.lognormvariate(0, 0.7)),
        username=f"{rng.choice(('anna', 'ben', 'chen', 'dora', 'emil', 'fay', 'gus', 'hana'))}.{number}@example.com",
    )


def _used(rng: random.Random, apis: list[Api], popularity: list[float]) -> list[Api]:
    """One to three APIs of those that people use, the first one most."""
    for_people = [(api, weight) for api, weight in zip(apis, popularity, strict=True) if api.name != "partners"]
    chosen: list[Api] = []
    for _ in range(rng.choices((1, 2, 3), (5, 4, 2))[0]):
        api = rng.choices([a for a, _ in for_people], [w for _, w in for_people])[0]
        if api not in chosen:
            chosen.append(api)
    if chosen[0].client == "token" and rng.random() < 0.5:  # who banks here orders here
        chosen += [api for api in apis if api.client == "token" and api not in chosen]
    return chosen


def _device(p: Parameters, number: int, rng: random.Random, other: Device | None = None) -> Device:
    phone = rng.random() < 0.5 if other is None else not other.phone
    agent = rng.choice(PHONES if phone else DESKTOPS)
    version = rng.choice(CHROMES)
    updates = rng.random() < p.update_share
    updated_at = BEGIN + rng.uniform(0, (p.training_hours + 24) * HOUR) if updates else float("inf")
    return Device(number, phone, agent.format(version), agent.format(version + 1), updated_at)
