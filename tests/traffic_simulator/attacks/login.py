"""Guessing credentials, and calling without them: 2, 3, 29."""

from collections.abc import Iterator

from tests.traffic_simulator.attacks.scene import Scene, attack
from tests.traffic_simulator.requests import Identity, Request


def _attempt(scene: Scene, at: float, machine: Identity, wins: float) -> Request:
    status = 200 if scene.rng.random() < wins else scene.rng.choice((401, 401, 401, 403))
    return Request(
        at, machine.on(scene.api), "POST", scene.api.login_url, status, scene.rng.randint(60, 130),
        900 if status == 200 else 120, 60 * scene.rng.lognormvariate(0, 0.3), scene.rng.getrandbits(40),
    )  # fmt: skip


@attack(
    2,
    kinds=("ip",),
    minutes=(15, 60),
    gentle="one address, 20 to 40 attempts in ten minutes, nearly all wrong",
    blatant="400 to 3,000",
    apis=("bank", "shop"),
)
def one_client(scene: Scene) -> Iterator[Request]:
    """A dictionary, one machine."""
    machine = scene.machine()
    for at in scene.moments(scene.windows * scene.times((20, 40), (400, 3_000))):
        yield _attempt(scene, at, machine, 0.01)


@attack(
    3,
    kinds=("ip",),
    minutes=(20, 60),
    gentle="40 to 100 addresses, together 5 to 8 times the API's logins in busy ten minutes (40 at least)",
    blatant="300 to 1,500 addresses, 20 to 100 times (400 at least)",
    apis=("bank", "shop"),
)
def many_clients(scene: Scene) -> Iterator[Request]:
    """Lists of stolen passwords, a botnet: few attempts from each address."""
    bots = [scene.machine() for _ in range(scene.count((40, 100), (300, 1_500)))]
    usual = scene.norm.all_logins * scene.times((5, 8), (20, 100))
    for at in scene.moments(scene.windows * max(usual, 400 if scene.blatant else 40)):
        yield _attempt(scene, at, scene.rng.choice(bots), 0.02)


@attack(
    29,
    kinds=("token", "cookie", "ip"),
    minutes=(15, 50),
    gentle="20 to 40 requests in ten minutes, of which 70 % are answered 401 or 403",
    blatant="400 to 2,000",
)
def unauthorized(scene: Scene) -> Iterator[Request]:
    """A client that asks for what is not for it."""
    identity, connection = scene.identity(), scene.rng.getrandbits(40)
    for at in scene.moments(scene.windows * scene.times((20, 40), (400, 2_000))):
        request = scene.call(at, identity, scene.endpoint(role=scene.rng.choice(("", "staff"))), connection=connection)
        refused = scene.rng.random() < 0.7
        yield request._replace(status=scene.rng.choice((401, 403)), answered_bytes=130) if refused else request
