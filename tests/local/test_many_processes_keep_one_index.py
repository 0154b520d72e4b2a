"""16 processes on one lake at once, each log object delivered twice: nothing is lost, nothing counted twice.

On moto and on SeaweedFS, whose conditional writes are real requests.
"""

import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager

import pytest

from abslake.index import folding, names, pending, replacing, root
from tests.protocol import processes
from tests.protocol.processes import KINDS, Place, label
from tests.support.s3 import S3Server, moto_server, seaweed_server

LOGS = list(range(72))
EARLY = LOGS[:12]
INGESTERS, COMPACTORS, READERS = 9, 5, 2
SECONDS = 5.0


@pytest.fixture(params=[moto_server, seaweed_server], ids=["moto", "seaweedfs"])
def place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    serve: Callable[[], AbstractContextManager[S3Server]] = request.param
    monkeypatch.setattr(names, "KINDS", KINDS)
    with serve() as server:
        server.make_bucket("lake")
        yield Place(server, "lake")


def test_fault_24_and_25_nothing_is_lost_and_nothing_counted_twice(place: Place) -> None:
    # GIVEN a lake with some units of before the index
    lake = place.lake()
    processes.deliver(place, EARLY)
    replacing.initialise(lake)

    # WHEN ingesters, compactors and readers are at it together, and each log object comes to two ingesters
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.protocol.processes"])
    twice = [*LOGS, *reversed(LOGS)]
    with ProcessPoolExecutor(INGESTERS + COMPACTORS + READERS, context) as pool:
        early = frozenset(label(log) for log in EARLY)
        reads = [pool.submit(processes.read, place, SECONDS, early) for _ in range(READERS)]
        passes = [pool.submit(processes.compact, place, SECONDS) for _ in range(COMPACTORS)]
        delivered = [pool.submit(processes.deliver, place, twice[first::INGESTERS]) for first in range(INGESTERS)]
        for future in delivered:
            future.result()
        outcomes = sum((future.result() for future in passes), start=Counter[str]())
        wrong = [line for future in reads for line in future.result()]
    processes.compact_to_the_end(place)

    # THEN no answer was wrong, though attempts did meet
    assert wrong == []
    assert outcomes[folding.Outcome.DONE.name] > 0
    assert outcomes.total() > outcomes[folding.Outcome.DONE.name] + outcomes[folding.Outcome.NOTHING.name]
    # AND at the end everything is there once, and every unit is covered
    assert pending.by_day(lake) == {}
    assert root.load(lake).root.months("ip").keys() == {"2026-01", "2026-02"}
    for kind in KINDS:
        assert processes.answer(lake, kind) == {label(log): 1 for log in LOGS}
