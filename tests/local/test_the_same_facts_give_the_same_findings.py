"""Findings are a function of the facts: whatever runs there were, in whatever order facts came, and wherever a run broke off.

That is said of what is judged by the same models. Models are made at fixed moments of what was there then.
"""

import contextlib
import random
from collections.abc import Iterator
from datetime import timedelta

import pytest

from abslake.detection import lease, windows, work
from abslake.detection.day_findings import read
from abslake.detection.detectors import detectors
from abslake.detection.findings import Level
from abslake.errors import StorageError
from abslake.storage import Lake
from tests.support.facts import write_facts
from tests.support.judging import END, NOW, ODD, ROBOT, SETTINGS, START, THIEF, found, judge, lake_with, rows
from tests.support.upkeep import BreakingLake, Broken, copy_of

UNITS = [rows(range(8)), rows(range(8, 23)), rows(range(23, 32)), rows(range(32, 40)), rows(range(5, 35, 4), part=7)]
"""Units that span windows, the hour and the day, and one that holds more of all of them."""


@pytest.fixture(scope="module", autouse=True)
def few_detectors() -> Iterator[None]:
    """One that is learned, one of rules and one of days: all are judged alike."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(work, "detectors", lambda: {number: detectors()[number] for number in (1, 21, 41)})
        yield


@pytest.fixture(scope="module")
def at_once() -> dict[str, bytes]:
    """Findings of one run over all facts."""
    lake = lake_with(UNITS)
    summary = judge(lake)
    assert (summary.windows, summary.again, summary.left, summary.lag_seconds) == (4, 0, 0, 0)
    return found(lake)


def test_the_findings_are_what_was_done(at_once: dict[str, bytes]) -> None:
    assert sorted(at_once) == ["findings/date=2026-03-01/day.ndjson", "findings/date=2026-03-02/day.ndjson"]
    lake = lake_with()
    for key, data in at_once.items():
        lake.put(key, data)
    lines = list(everything(lake))
    assert {(one.attack_id, one.identifier) for one in lines if one.attack_id in (1, 41)} == {
        (1, THIEF),
        (41, ROBOT),
        (41, ODD),
    }
    thefts = [one for one in lines if one.attack_id == 1]
    assert [f"{one.window:%H%M}" for one in thefts] == ["2350", "0000", "0010"]
    confirmed = [n >= detectors()[1].confirm for n in (1, 2, 3)]
    assert [one.level is Level.ATTACK for one in thefts] == confirmed
    assert all(len(one.samples) == 5 for one in thefts)
    assert len({one.id for one in lines}) == len(lines)


def everything(lake: Lake) -> Iterator:
    for day in (START, END):
        yield from sorted(read(lake, day), key=lambda one: one.window)


def test_many_small_runs_find_what_one_does(at_once: dict[str, bytes]) -> None:
    lake, came = lake_with(), 0
    for minutes in range(13, 50, 10):
        for number, unit in enumerate(UNITS):
            if unit[-1]["minute"] < START + timedelta(minutes=minutes) and not came >> number & 1:
                write_facts(lake, unit, source=f"unit {number}")
                came |= 1 << number
        judge(lake, START + timedelta(minutes=minutes))
    summary = judge(lake)
    assert found(lake) == at_once
    assert (summary.left, judge(lake).windows, judge(lake).again) == (0, 0, 0)


def test_a_window_of_units_that_go_on_is_judged_once() -> None:
    lake = lake_with(UNITS[:3])
    first = judge(lake, START + timedelta(minutes=23))
    assert (first.windows, first.again) == (2, 0)
    second = judge(lake, START + timedelta(minutes=33))
    assert (second.windows, second.again) == (1, 0)


@pytest.mark.parametrize("seed", [1])
def test_facts_that_come_late_in_any_order_change_nothing(at_once: dict[str, bytes], seed: int) -> None:
    rng, lake = random.Random(seed), lake_with()
    order = list(enumerate(UNITS))
    rng.shuffle(order)
    for number, unit in order:
        write_facts(lake, unit, source=f"unit {number}")
        if rng.random() < 0.7:
            judge(lake)
        write_facts(lake, unit, source=f"unit {number}")  # delivered once more
    judge(lake)
    assert found(lake) == at_once
    assert judge(lake).again == 0


def test_a_run_that_breaks_off_at_any_write_is_made_up_for(at_once: dict[str, bytes]) -> None:
    # GIVEN a lake of which some was judged, and then more came
    start = lake_with(UNITS[:4])
    judge(start)
    write_facts(start, UNITS[4], source="unit 4")
    at, step = 2, 17  # the first write takes the lease
    while True:
        # WHEN a run breaks off at one write after the other
        lake = copy_of(start)
        with contextlib.suppress(Broken):
            judge(BreakingLake(lake, at, behind=at % 2 == 0))
            break
        # THEN the next one comes to the same
        with contextlib.suppress(FileNotFoundError):
            lake.delete([lease.KEY])
        judge(lake)
        assert found(lake) == at_once
        at += step
    assert at > 20


def test_facts_that_are_gone_take_their_findings_with_them() -> None:
    lake = lake_with(UNITS)
    judge(lake)
    (gone,) = [key for key in (e.key for e in lake.list("facts/date=2026-03-01/")) if key in _keys_of(4)]
    lake.delete([gone])
    assert judge(lake).again > 0
    other = lake_with(UNITS[:4])
    write_facts(other, [row for row in UNITS[4] if row["minute"] >= END.replace(minute=0)], source="unit 4")
    judge(other)
    assert found(lake) == found(other)


def _keys_of(number: int) -> list[str]:
    return write_facts(Lake("memory:"), UNITS[number], source=f"unit {number}")


def test_of_two_runs_one_does_nothing() -> None:
    lake = lake_with(UNITS[:1])
    with lease.lease(lake, 60):
        summary = judge(lake)
        assert summary.busy
        assert summary.windows == 0
    assert judge(lake).windows == 1


def test_a_run_that_was_taken_over_stops() -> None:
    lake = lake_with()
    # The first one's term is over at once, as of a machine that slept.
    with lease.lease(lake, 0.0) as first, lease.lease(lake, 60) as second:
        with pytest.raises(lease.Held, match="taken over"):
            first.keep()
        second.keep()
    assert lease.holder(lake, NOW.replace(year=2030)) is None


def test_a_run_without_time_tells_what_is_left_and_the_next_goes_on(at_once: dict[str, bytes]) -> None:
    lake = lake_with(UNITS)
    summary = judge(lake, seconds=0.0)
    assert (summary.windows, summary.left) == (0, 4)
    assert summary.lag_seconds == (NOW - START - timedelta(minutes=12)).total_seconds()
    summary = judge(lake, seconds=3600.0)
    assert (summary.windows, summary.left, summary.lag_seconds) == (4, 0, 0)
    assert found(lake) == at_once


def test_what_must_be_judged_again_is_not_forgotten_with_a_run_that_had_no_time(at_once: dict[str, bytes]) -> None:
    # GIVEN late facts of the first day, by which a window of the second is judged too
    lake = lake_with(UNITS[:4])
    judge(lake)
    write_facts(lake, UNITS[4], source="unit 4")
    judge(lake)
    # WHEN the list of what is to be judged again is there still THEN it is done, and once
    windows.write_again(lake, {END - timedelta(minutes=10)})
    assert judge(lake).again == 1
    assert judge(lake).again == 0
    assert found(lake) == at_once


def test_facts_that_vanish_while_they_are_read_are_told_and_not_lost() -> None:
    lake = lake_with(UNITS)

    class Forgetful(Lake):
        def get(self, key: str) -> bytes:
            if key.startswith("facts/"):
                raise FileNotFoundError(key)
            return super().get(key)

    forgetful = Forgetful("memory:")
    forgetful.store = lake.store
    with pytest.raises(StorageError, match="the next run goes on"):
        judge(forgetful)
    assert judge(lake, settings=SETTINGS).windows == 4
