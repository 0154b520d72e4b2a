"""Copying content, thing by thing: 25, 26, 27, 28."""

from collections.abc import Iterator

from tests.traffic_simulator.api import Api
from tests.traffic_simulator.attacks.scene import Scene, attack
from tests.traffic_simulator.requests import Request


def _walk(scene: Scene, each_window: float, apis: list[Api]) -> Iterator[Request]:
    identity, connection = scene.identity(), scene.rng.getrandbits(40)
    thing = scene.rng.randrange(1, 100_000)
    endpoints = {api.name: [e for e in api.of(method="GET", ids=True) if e.role == ""] for api in apis}
    for index, at in enumerate(scene.moments(scene.windows * each_window)):
        api = apis[index * len(apis) // MANY % len(apis)]
        endpoint = endpoints[api.name][index // MANY % len(endpoints[api.name])]
        yield scene.call(at, identity, endpoint, thing + index, connection, api)


MANY = 200
"""Things of one kind, one after the other, before the next kind."""


@attack(
    25, 26, 27,
    kinds=("cookie", "token", "ip"),
    minutes=(15, 60),
    gentle="5 to 8 times the distinct paths of a busy client in ten minutes, ids in order, usual answers",
    blatant="20 to 100 times",
    all_apis=True,
)  # fmt: skip
def fast(scene: Scene) -> Iterator[Request]:
    """Through the catalogue, over the APIs."""
    apis = [api for api in scene.population.apis if api.client == scene.api.client]
    yield from _walk(scene, scene.norm.paths * scene.times((5, 8), (20, 100)), apis)


@attack(
    28,
    kinds=("token", "cookie", "ip"),
    minutes=(9 * 60, 17 * 60),
    gentle="as many distinct paths as 0.5 to 1 busy clients in ten minutes, but for many hours without a break",
    blatant="10 to 20 busy clients",
)
def slow(scene: Scene) -> Iterator[Request]:
    """Through the catalogue, slowly."""
    yield from _walk(scene, scene.norm.paths * scene.times((0.5, 1), (10, 20)), [scene.api])
