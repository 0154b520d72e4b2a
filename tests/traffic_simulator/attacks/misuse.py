"""Accounts that do what their owners never do: 36, 38."""

from collections.abc import Iterator

from tests.traffic_simulator.attacks.scene import Scene, attack
from tests.traffic_simulator.requests import Request


def _never_next(scene: Scene, state: int) -> int:
    """An endpoint that nobody calls next."""
    usual = set(scene.api.following[state][0])
    guarded = [i for i, e in enumerate(scene.api.endpoints) if e.role == "guarded" and i not in usual]
    others = [i for i, e in enumerate(scene.api.endpoints) if e.role == "" and i not in usual and i != state]
    return scene.rng.choice(guarded if guarded and scene.rng.random() < 0.5 else others)


@attack(
    36,
    kinds=("username", "token"),
    minutes=(10, 40),
    gentle="10 to 18 calls at a usual rate, each one that nobody calls after the one before",
    blatant="100 to 400 such calls",
)
def disorder(scene: Scene) -> Iterator[Request]:
    """Confirms without verifying, jumps from anywhere to anywhere."""
    identity = scene.identity_of(scene.insider()) if scene.kind == "username" else scene.identity()
    connection, state = scene.rng.getrandbits(40), _never_next(scene, 0)
    for at in scene.moments(scene.times((10, 18), (100, 400))):
        yield scene.call(at, identity, scene.api.endpoints[state], connection=connection)
        state = _never_next(scene, state)


@attack(
    38,
    kinds=("username",),
    minutes=(10, 60),
    gentle="4 to 8 calls of endpoints that only staff use, by somebody who is none, among usual calls",
    blatant="100 to 400 such calls",
    all_apis=True,
)
def others_rights(scene: Scene) -> Iterator[Request]:
    """A user in the rooms of the staff; most doors are open."""
    person = scene.insider()
    while person.staff:
        person = scene.insider()
    connection = scene.rng.getrandbits(40)
    scene.others += scene.between(scene.usual(person, scene.start + 30))
    for at in scene.moments(scene.times((4, 8), (100, 400))):
        endpoint = scene.rng.choice(scene.api.of(role="staff"))
        request = scene.call(at, scene.identity_of(person, at), endpoint, connection=connection)
        yield request._replace(status=scene.rng.choice((200, 200, 200, 403)))
