"""What no honest client does at all: 100 a decoy is called, 101 the definition's rules are broken."""

from collections.abc import Iterator

from tests.traffic_simulator.api import DECOYS
from tests.traffic_simulator.attacks.scene import Scene, attack
from tests.traffic_simulator.requests import Request

CLIENTS = ("token", "cookie", "ip")


@attack(100, kinds=CLIENTS, minutes=(5, 40), gentle="one call of a decoy among 4 usual ones", blatant="50 to 300 calls")
def decoy(scene: Scene) -> Iterator[Request]:
    """Somebody follows what is linked nowhere."""
    identity, connection = scene.identity(), scene.rng.getrandbits(40)
    for at in scene.moments(scene.times((1, 1), (50, 300))):
        request = scene.call(at, identity, scene.api.endpoints[0], connection=connection)
        yield request._replace(url=f"{scene.api.url}{scene.rng.choice(DECOYS)}", status=200)
    for at in scene.moments(4):
        yield scene.call(at, identity, scene.endpoint(), connection=connection)


@attack(
    101,
    kinds=CLIENTS,
    minutes=(5, 40),
    gentle="3 to 5 requests with a method or content type that the definition does not allow",
    blatant="200 to 600",
    apis=("bank", "shop", "public"),
)
def invalid(scene: Scene) -> Iterator[Request]:
    """TRACE, PATCH, XML where JSON is spoken."""
    identity, connection = scene.identity(), scene.rng.getrandbits(40)
    for at in scene.moments(scene.times((3, 5), (200, 600))):
        request = scene.call(at, identity, scene.endpoint(), connection=connection)
        if scene.rng.random() < 0.5:
            method = scene.rng.choice(("TRACE", "PATCH", "CONNECT", "PROPFIND", "DEBUG"))
            yield request._replace(method=method, status=405, answered_bytes=120)
        else:
            kind = scene.rng.choice(("application/xml", "text/plain", "application/x-www-form-urlencoded"))
            yield request._replace(method="POST", content_type=kind, asked_bytes=300, status=415, answered_bytes=120)
