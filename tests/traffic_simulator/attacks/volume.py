"""Taking data out, and flooding with large bodies: 1, 5, 6, 21, 39."""

from collections.abc import Iterator

from tests.traffic_simulator.attacks.scene import Scene, attack
from tests.traffic_simulator.requests import Request

CLIENTS = ("token", "cookie", "ip")
OUT_GENTLE = "3 to 6 times the bytes that a heavy client takes in ten minutes, by as many requests as usual"
OUT_BLATANT = "20 to 100 times"


def _take(scene: Scene, total: float, requests: int) -> Iterator[Request]:
    """Large pages of lists and things, about as many bytes as told, as one client."""
    identity, connection = scene.identity(), scene.rng.getrandbits(40)
    for at in scene.moments(requests):
        endpoint = scene.endpoint()
        request = scene.call(at, identity, endpoint, connection=connection)
        url = request.url if "{}" in endpoint.path else f"{request.url}?page={scene.rng.randrange(50)}&size=1000"
        size = int(total / requests * scene.rng.lognormvariate(-0.1, 0.4))
        yield request._replace(url=url, answered_bytes=size, status=200)


@attack(1, kinds=CLIENTS, minutes=(15, 50), gentle=OUT_GENTLE, blatant=OUT_BLATANT)
def exfiltration(scene: Scene) -> Iterator[Request]:
    """Bytes out far beyond the usual, the number of requests of a busy client."""
    total = scene.norm.answered * scene.times((3, 6), (20, 100)) * scene.windows
    calls = scene.norm.requests * scene.windows * scene.times((0.4, 0.9), (1, 3))
    yield from _take(scene, total, max(10, round(calls)))


@attack(
    21,
    kinds=CLIENTS,
    minutes=(10 * 60, 18 * 60),
    gentle="3 to 6 times the bytes that a heavy client takes in a day, spread over 10 to 18 hours",
    blatant="20 to 100 times",
)
def slow_exfiltration(scene: Scene) -> Iterator[Request]:
    """A little all day long."""
    total = scene.norm.day_bytes * scene.times((3, 6), (20, 100))
    yield from _take(scene, total, round(scene.windows * scene.rng.uniform(4, 9)))


@attack(
    39,
    kinds=("username",),
    minutes=(8 * 60, 16 * 60),
    gentle="3 to 6 times the bytes that a heavy user takes in a day, spread over 8 to 16 hours, over several tokens",
    blatant="20 to 100 times",
)
def slow_exfiltration_by_user(scene: Scene) -> Iterator[Request]:
    """As 21 by a user whose tokens change."""
    person = scene.insider()
    requests = round(scene.windows * scene.rng.uniform(4, 9))
    total = scene.norm.day_bytes * scene.times((3, 6), (20, 100))
    for at in scene.moments(requests):
        request = scene.call(at, scene.identity_of(person, at), scene.endpoint())
        size = int(total / requests * scene.rng.lognormvariate(-0.1, 0.4))
        yield request._replace(answered_bytes=size, status=200)


def _flood(scene: Scene, method: str) -> Iterator[Request]:
    identity, endpoint = scene.identity(), scene.endpoint(method=method)
    count = max(3, round(scene.windows * scene.times((2, 5), (10, 40))))
    total = max(scene.norm.asked, 20_000) * scene.times((3, 6), (20, 100)) * scene.windows
    for at in scene.moments(count):
        status = scene.rng.choice((200, 201, 413, 500))
        size = int(total / count * scene.rng.lognormvariate(-0.1, 0.4))
        yield scene.call(at, identity, endpoint)._replace(asked_bytes=size, status=status)


IN_GENTLE = "3 to 6 times the bytes that a heavy client sends in ten minutes, in 2 to 5 bodies each ten minutes"
IN_BLATANT = "20 to 100 times, in 10 to 40 bodies"


@attack(5, kinds=CLIENTS, minutes=(10, 40), gentle=IN_GENTLE, blatant=IN_BLATANT)
def large_posts(scene: Scene) -> Iterator[Request]:
    """Large bodies by POST."""
    yield from _flood(scene, "POST")


@attack(6, kinds=CLIENTS, minutes=(10, 40), gentle=IN_GENTLE, blatant=IN_BLATANT)
def large_puts(scene: Scene) -> Iterator[Request]:
    """Large bodies by PUT."""
    yield from _flood(scene, "PUT")
