"""Too many requests, clients or connections: 7, 9, 10, 11, 12, 22, 23, 24."""

from collections.abc import Iterator

from tests.traffic_simulator.attacks.scene import MOST_REQUESTS, Scene, attack
from tests.traffic_simulator.requests import Identity, Request

CLIENTS = ("token", "cookie", "ip")


@attack(
    7,
    kinds=("cookie",),
    minutes=(10, 40),
    gentle="one address sends 60 to 120 session cookies in ten minutes that it made up",
    blatant="1,000 to 4,000",
)
def invented_cookies(scene: Scene) -> Iterator[Request]:
    """One or two requests with each cookie, some answered 401."""
    machine, base = scene.machine(), scene.rng.getrandbits(40)
    for at in scene.moments(scene.windows * scene.times((60, 120), (1_000, 4_000))):
        identity = Identity(machine.address, machine.agent, cookie=f"{scene.rng.getrandbits(96):024x}")
        for more in range(scene.rng.randint(1, 2)):
            request = scene.call(at + more, identity, scene.api.endpoints[0], connection=base)
            yield request._replace(status=scene.rng.choice((200, 200, 401)))


@attack(
    9,
    kinds=CLIENTS,
    minutes=(20, 50),
    gentle="new clients, 3 to 5 times as many as come in busy ten minutes, each at a usual rate",
    blatant="10 to 30 times the clients",
)
def many_clients(scene: Scene) -> Iterator[Request]:
    """A botnet of clients of the API's own kind."""
    clients = scene.norm.all_clients * scene.times((3, 5), (10, 30))
    each = max(3.0, min(12.0, scene.norm.all_requests / scene.norm.all_clients)) * min(scene.windows, 2)
    clients = min(clients, MOST_REQUESTS / each)
    bots = [scene.account() if scene.kind != "ip" else scene.machine() for _ in range(max(2, round(clients)))]
    for at in scene.moments(len(bots) * each):
        request = scene.call(at, scene.rng.choice(bots), scene.endpoint())
        yield request._replace(milliseconds=request.milliseconds * scene.rng.uniform(1, 8))


@attack(
    10,
    kinds=CLIENTS,
    minutes=(15, 50),
    gentle="5 to 8 times the requests of a busy client in ten minutes, over all endpoints",
    blatant="20 to 100 times",
)
def extreme_client(scene: Scene) -> Iterator[Request]:
    """One client, all it can reach."""
    identity, connection = scene.identity(), scene.rng.getrandbits(40)
    for at in scene.moments(scene.windows * scene.norm.requests * scene.times((5, 8), (20, 100))):
        yield scene.call(at, identity, scene.endpoint(), connection=connection)


@attack(
    11,
    kinds=CLIENTS,
    minutes=(15, 50),
    gentle="3 to 5 times the requests of a busy client in ten minutes, all to one expensive call, 5 to 20 times slower",
    blatant="20 to 100 times the requests",
)
def extreme_app(scene: Scene) -> Iterator[Request]:
    """A search, with terms that cost time."""
    identity, connection = scene.identity(), scene.rng.getrandbits(40)
    search = next(e for e in scene.api.endpoints if e.path == "/search")
    for at in scene.moments(scene.windows * scene.norm.requests * scene.times((3, 5), (20, 100))):
        request = scene.call(at, identity, search, connection=connection)
        url = f"{request.url}?q={'%25' * scene.rng.randint(1, 4)}{scene.rng.randrange(10**6)}&sort=relevance"
        slow = request.milliseconds * scene.rng.uniform(5, 20)
        yield request._replace(url=url, milliseconds=slow, status=scene.rng.choice((200, 200, 200, 503)))


@attack(
    12,
    kinds=("ip",),
    minutes=(10, 40),
    gentle="one address sends 1 to 2 times what all clients of the API together send in busy ten minutes",
    blatant="10 to 20 times",
)
def overload(scene: Scene) -> Iterator[Request]:
    """One address, without credentials; the API gets slow and gives up now and then."""
    identity, connection = scene.machine(), scene.rng.getrandbits(40)
    for at in scene.moments(scene.windows * scene.norm.all_requests * scene.times((1, 2), (10, 20))):
        request = scene.call(at, identity, scene.endpoint(), connection=connection + scene.rng.randrange(8))
        slow = request.milliseconds * scene.rng.uniform(1, 30)
        yield request._replace(milliseconds=slow, status=scene.rng.choice((200, 200, 200, 503)))


@attack(
    22, 23, 24,
    kinds=("cookie", "token", "ip"),
    minutes=(20, 60),
    gentle="5 to 8 times the connections of a busy client in ten minutes, a request on each",
    blatant="20 to 100 times",
    all_apis=True,
)  # fmt: skip
def connections(scene: Scene) -> Iterator[Request]:
    """A connection for each request, over the APIs that the client may use."""
    identity = scene.identity()
    apis = [api for api in scene.population.apis if api.client == scene.api.client]
    for at in scene.moments(scene.windows * scene.norm.connections * scene.times((5, 8), (20, 100))):
        api = scene.rng.choice(apis)
        yield scene.call(at, identity, scene.rng.choice(api.of(method="GET", role="")), api=api)
