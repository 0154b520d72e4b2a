"""A crash at any write leaves what the next attempt completes: the same objects, nothing counted twice."""

import threading
from pathlib import Path

import pytest

from abslake.errors import WriteStateUnknown
from abslake.storage import Lake
from tests.support import ase
from tests.support.ingesting import Ingested, ingested, small_reads

APIS = {"shop": {"url": "/shop"}}
LOG = ase.log(
    *(
        ase.line(timestamp=f"2026-03-02T{n % 2 + 9:02}:15:00Z", request=ase.request(url=f"/shop/{n}"))
        for n in range(40)
    ),
    *(ase.request_line(n) for n in range(5)),
    b"bad",
    *(ase.response_line(n) for n in range(3)),
)


class CrashingLake(Lake):
    """A lake whose n-th write breaks, before or after it took effect; every later one too, as of a function that died."""

    def __init__(self, crash_at: int, *, after_effect: bool) -> None:
        super().__init__("memory:")
        self.crash_at, self.after_effect = crash_at, after_effect
        self.writes = 0
        self._lock = threading.Lock()

    def create(self, key: str, data: bytes | Path) -> bool:
        with self._lock:
            self.writes += 1
            if self.writes < self.crash_at:
                return super().create(key, data)
            if self.writes == self.crash_at and self.after_effect:
                super().create(key, data)
            raise WriteStateUnknown(f"crash at write {self.writes}")


def attempt(lake: Lake) -> Ingested:
    with small_reads(3000):
        return ingested(LOG, lake=lake, apis=APIS, part_bytes=5000)


def objects(lake: Lake) -> dict[str, bytes]:
    return {entry.key: lake.get(entry.key) for entry in lake.list("")}


UNBROKEN = objects(attempt(Lake("memory:")).lake)


def test_the_case_has_several_units_and_a_quarantine_object() -> None:
    assert len([key for key in UNBROKEN if key.startswith("facts/")]) > 5
    assert len([key for key in UNBROKEN if key.startswith("quarantine/")]) == 1


@pytest.mark.parametrize("after_effect", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("crash_at", range(1, len(UNBROKEN) + 1))
def test_fault_09_and_25_the_next_attempt_completes_it(crash_at: int, after_effect: bool) -> None:
    # GIVEN an attempt that crashed
    lake = CrashingLake(crash_at, after_effect=after_effect)
    with pytest.raises(WriteStateUnknown):
        attempt(lake)
    left = objects(lake)
    assert len(left) == crash_at - 1 + after_effect
    assert left.items() <= UNBROKEN.items()

    # WHEN it is tried again
    lake.crash_at = 10**9
    result = attempt(lake)

    # THEN the lake is as after one attempt
    assert objects(lake) == UNBROKEN
    assert sum(row["requests"] for row in result.rows) == 45


def test_of_a_log_that_turns_out_to_be_refused_nothing_is_written() -> None:
    lake = Lake("memory:")
    with pytest.raises(Exception, match="max_log_bytes"), small_reads(3000):
        ingested(LOG, lake=lake, part_bytes=3000, max_log_bytes=len(LOG) - 1)

    assert objects(lake) == {}
