"""Fault 25: S3 refuses, asks to slow down, or loses the reply of a write that took effect."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from abslake.errors import WriteStateUnknown
from abslake.storage import Lake
from tests.support.s3 import CONFLICT, CUT_OFF, LOST_REPLY, SLOW_DOWN, Faults, moto_server


@contextmanager
def failing(faults: Faults) -> Iterator[tuple[Lake, Lake]]:
    """A lake whose store fails as told, and the same lake seen through a store that does not."""
    with moto_server(faults) as server:
        server.make_bucket("lake")
        yield server.lake("s3://lake"), server.lake("s3://lake")


@pytest.mark.parametrize("fault", [CONFLICT, SLOW_DOWN])
def test_fault_25_a_refusal_that_passes_is_not_the_end(fault: str) -> None:
    faults = Faults(script=[fault, fault])
    with failing(faults) as (lake, seen):
        assert lake.create("facts/unit", b"bytes") is True
        assert seen.get("facts/unit") == b"bytes"
    assert faults.happened[fault] == 2


def test_fault_25_a_conflict_with_no_object_behind_it_is_not_taken_for_done() -> None:
    # GIVEN a store that refuses for ever, though nobody has written
    with failing(Faults(rates={CONFLICT: 1.0})) as (lake, seen):
        # WHEN the unit is written THEN the state is unknown, never "was there"
        with pytest.raises(WriteStateUnknown):
            lake.create("facts/unit", b"bytes")
        assert not seen.exists("facts/unit")


@pytest.mark.parametrize("fault", [LOST_REPLY, CUT_OFF])
def test_fault_25_a_lost_reply_leaves_the_object_once_and_no_error(fault: str) -> None:
    # GIVEN a first write that takes effect and whose reply is lost
    faults = Faults(script=[fault])
    with failing(faults) as (lake, seen):
        # WHEN it is tried again THEN the refusal of the second try is understood: the object is there
        lake.create("facts/unit", b"bytes")
        assert seen.get("facts/unit") == b"bytes"
    assert faults.happened[fault] == 1


def test_fault_25_a_conflict_whose_winner_finished_is_a_loss() -> None:
    with failing(Faults(script=[None, CONFLICT])) as (lake, seen):
        assert lake.create("facts/unit", b"winner") is True
        assert lake.create("facts/unit", b"loser") is False
        assert seen.get("facts/unit") == b"winner"


@pytest.mark.parametrize("seed", range(3))
def test_fault_25_any_mix_of_faults_ends_with_each_object_there_once(seed: int) -> None:
    """Repeating after WriteStateUnknown is safe, and what create says agrees with what is there."""
    rates = {CONFLICT: 0.2, SLOW_DOWN: 0.1, LOST_REPLY: 0.1, CUT_OFF: 0.1}
    faults = Faults(rates=rates, seed=seed)
    with failing(faults) as (lake, seen):
        for n in range(25):
            key, body = f"facts/{n}", f"unit {n}".encode()
            for _ in range(5):
                try:
                    lake.create(key, body)
                except WriteStateUnknown:
                    continue
                assert seen.get(key) == body
                break
            else:
                pytest.fail("never written")
        assert len(list(seen.list("facts/"))) == 25
    assert len(faults.happened) == 4
