"""Deleting and writing what others will read: 14, 15."""

from collections.abc import Iterator

from tests.traffic_simulator.attacks.scene import Scene, attack
from tests.traffic_simulator.requests import Request

CLIENTS = ("token", "cookie", "ip")


@attack(
    14,
    kinds=CLIENTS,
    minutes=(10, 40),
    gentle="20 to 40 deletes in ten minutes, one after the other; usual are none to three",
    blatant="300 to 1,500",
)
def deletion(scene: Scene) -> Iterator[Request]:
    """Deletes thing after thing."""
    identity, endpoint = scene.identity(), scene.endpoint(method="DELETE")
    thing, connection = scene.rng.randrange(1, 1_000_000), scene.rng.getrandbits(40)
    for index, at in enumerate(scene.moments(scene.windows * scene.times((20, 40), (300, 1_500)))):
        yield scene.call(at, identity, endpoint, thing + index, connection)


@attack(
    15,
    kinds=CLIENTS,
    minutes=(15, 50),
    gentle="5 to 8 times the writes of a busy client in ten minutes",
    blatant="20 to 100 times",
)
def poisoning(scene: Scene) -> Iterator[Request]:
    """Creates and changes far more than usual."""
    identity, connection = scene.identity(), scene.rng.getrandbits(40)
    usual = max(scene.norm.writes, 4)
    for at in scene.moments(scene.windows * usual * scene.times((5, 8), (20, 100))):
        method = scene.rng.choice(("POST", "PUT"))
        request = scene.call(at, identity, scene.endpoint(method=method), connection=connection)
        yield request._replace(asked_bytes=int(request.asked_bytes * scene.rng.uniform(1, 4)))
