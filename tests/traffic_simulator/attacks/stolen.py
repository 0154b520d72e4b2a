"""Identifiers in other hands: 4, 16, 17, 31. The owner goes on as usual meanwhile."""

from collections.abc import Iterator

from tests.traffic_simulator.attacks.scene import Scene, attack
from tests.traffic_simulator.population import Person
from tests.traffic_simulator.requests import Identity, Request


def _thief(scene: Scene, stolen: Identity) -> Identity:
    machine = scene.machine()
    return Identity(machine.address, machine.agent, stolen.username, stolen.token, stolen.cookie, stolen.api_key)


def _victim(scene: Scene) -> tuple[Person, Identity]:
    person = scene.insider()
    return person, scene.identity_of(person)


def _owner(scene: Scene, person: Person, identity: Identity, gap_minutes: float) -> None:
    """The owner's sessions during the attack, with the same token and cookie."""
    at = scene.start
    while at < scene.end:
        scene.others += scene.between(scene.usual(person, at, identity))
        at += scene.rng.uniform(0.5, 1.5) * gap_minutes * 60


@attack(
    4,
    kinds=("token", "cookie"),
    minutes=(20, 60),
    gentle="one thief, another network and device, 10 to 20 requests in ten minutes while the owner is there",
    blatant="8 to 20 networks",
)
def stolen(scene: Scene) -> Iterator[Request]:
    """The same token or cookie at two places at once."""
    person, identity = _victim(scene)
    _owner(scene, person, identity, 8)
    thieves = [_thief(scene, identity) for _ in range(scene.count((1, 1), (8, 20)))]
    for at in scene.moments(scene.windows * scene.times((10, 20), (60, 200))):
        yield scene.call(at, scene.rng.choice(thieves), scene.endpoint())


@attack(
    16, 17,
    kinds=("token", "cookie"),
    minutes=(4 * 60, 9 * 60),
    gentle="one or two thieves, 1 to 3 requests in ten minutes over the APIs, while the owner comes now and then",
    blatant="8 to 20 networks, 20 to 60 requests",
    all_apis=True,
)  # fmt: skip
def stolen_across(scene: Scene) -> Iterator[Request]:
    """For hours, and wherever the identifier opens the door."""
    person, identity = _victim(scene)
    _owner(scene, person, identity, 45)
    thieves = [_thief(scene, identity) for _ in range(scene.count((1, 2), (8, 20)))]
    apis = [api for api in scene.population.apis if api.client == scene.api.client]
    for at in scene.moments(scene.windows * scene.times((1, 3), (20, 60))):
        api = scene.rng.choice(apis)
        yield scene.call(at, scene.rng.choice(thieves), scene.rng.choice(api.of(method="GET", role="")), api=api)


@attack(
    31,
    kinds=("api_key",),
    minutes=(30, 6 * 60),
    gentle="a partner's key on one or two networks that it was never seen on, another program, 3 to 10 requests in ten minutes",
    blatant="20 to 60 networks, 60 to 200 requests",
    apis=("partners",),
    all_apis=True,
)
def stolen_key(scene: Scene) -> Iterator[Request]:
    """The partner's own programs go on as ever."""
    identity = scene.rng.choice(scene.jobs)[0]
    thieves = [_thief(scene, identity) for _ in range(scene.count((1, 2), (20, 60)))]
    for at in scene.moments(scene.windows * scene.times((3, 10), (60, 200))):
        yield scene.call(at, scene.rng.choice(thieves), scene.endpoint())
