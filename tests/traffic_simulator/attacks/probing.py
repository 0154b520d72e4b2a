"""Looking for what is there: 8, 18, 19, 20, 32, 33, 34, 35. Paths that do not exist, ids that are others', odd bodies."""

from collections.abc import Iterator

from tests.traffic_simulator.attacks.scene import Scene, attack
from tests.traffic_simulator.requests import Identity, Request

WORDS = (
    "admin", "backup", "config", "debug", "env", "export", "graphql", "health", "internal", "keys", "metrics", "old",
    "private", "root", "secret", "staging", "status", "swagger.json", "test", "tokens", "upload", "users", "v0", "v9",
)  # fmt: skip
FAST_GENTLE = (
    "15 to 30 fuzzed requests in ten minutes, 60 to 90 % of them answered 400, 403, 404 or 405, between usual calls"
)
FAST_BLATANT = "400 to 2,000"
SLOW_GENTLE = "2 to 4 fuzzed requests each ten minutes for many hours, 70 to 90 % answered with errors"
SLOW_BLATANT = "30 to 80 each ten minutes"


def _fuzzed(scene: Scene, at: float, identity: Identity, hit: float, connection: int) -> Request:
    endpoint = scene.endpoint(method=scene.rng.choice(("GET", "GET", "GET", "POST", "PUT")), role="")
    request = scene.call(at, identity, endpoint, connection=connection)
    parts = request.url.strip("/").split("/")
    where = scene.rng.randrange(1, len(parts) + 1)
    parts.insert(where, scene.rng.choice(WORDS) + scene.rng.choice(("", "", ".bak", "~", str(scene.rng.randrange(99)))))
    if scene.rng.random() < hit:
        return request
    status = scene.rng.choices((404, 403, 400, 405), (6, 2, 2, 1))[0]
    return request._replace(url="/" + "/".join(parts), status=status, answered_bytes=150)


def _probe(
    scene: Scene, each_window: float, found: tuple[float, float], identity: Identity | None
) -> Iterator[Request]:
    """Fuzzed requests, as one identity (None: as a user whose token changes)."""
    person = scene.insider() if identity is None else None
    connection, hit = scene.rng.getrandbits(40), scene.rng.uniform(*found)
    for at in scene.moments(scene.windows * each_window):
        who = identity or scene.identity_of(person, at)
        yield _fuzzed(scene, at, who, hit, connection)


@attack(8, kinds=("token", "cookie", "ip"), minutes=(15, 50), gentle=FAST_GENTLE, blatant=FAST_BLATANT)
def fast(scene: Scene) -> Iterator[Request]:
    """A word list, quickly."""
    yield from _probe(scene, scene.times((15, 30), (400, 2_000)), (0.1, 0.4), scene.identity())


@attack(
    18, 19, 20,
    kinds=("cookie", "token", "ip"),
    minutes=(8 * 60, 16 * 60),
    gentle=SLOW_GENTLE,
    blatant=SLOW_BLATANT,
    all_apis=True,
)  # fmt: skip
def slow(scene: Scene) -> Iterator[Request]:
    """A word list, slowly."""
    yield from _probe(scene, scene.times((2, 4), (30, 80)), (0.1, 0.3), scene.identity())


@attack(
    32,
    kinds=("api_key",),
    minutes=(15, 50),
    gentle=FAST_GENTLE,
    blatant=FAST_BLATANT,
    apis=("partners",),
    all_apis=True,
)
def fast_by_key(scene: Scene) -> Iterator[Request]:
    """As 8 with a partner's key."""
    yield from _probe(scene, scene.times((15, 30), (400, 2_000)), (0.1, 0.4), scene.identity())


@attack(
    33,
    kinds=("api_key",),
    minutes=(8 * 60, 16 * 60),
    gentle=SLOW_GENTLE,
    blatant=SLOW_BLATANT,
    apis=("partners",),
    all_apis=True,
)
def slow_by_key(scene: Scene) -> Iterator[Request]:
    """As 20 with a partner's key."""
    yield from _probe(scene, scene.times((2, 4), (30, 80)), (0.1, 0.3), scene.identity())


@attack(34, kinds=("username",), minutes=(15, 50), gentle=FAST_GENTLE, blatant=FAST_BLATANT, all_apis=True)
def fast_by_user(scene: Scene) -> Iterator[Request]:
    """As 8 through an account that was taken over."""
    yield from _probe(scene, scene.times((15, 30), (400, 2_000)), (0.1, 0.4), None)


@attack(
    35,
    kinds=("username",),
    minutes=(8 * 60, 16 * 60),
    gentle=SLOW_GENTLE,
    blatant=SLOW_BLATANT,
    all_apis=True,
)
def slow_by_user(scene: Scene) -> Iterator[Request]:
    """As 20 through an account that was taken over; its tokens change."""
    yield from _probe(scene, scene.times((2, 4), (30, 80)), (0.1, 0.3), None)
