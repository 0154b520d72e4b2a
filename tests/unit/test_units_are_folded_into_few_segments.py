"""Folding: what is due, how many segments a day has, how often a unit is written again, what is refused."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from abslake.errors import StorageError
from abslake.facts import schema
from abslake.index import folding, names, pending, replacing, root, sweeping, tasks
from abslake.index.attempts import Attempt
from abslake.index.root import Segment, Shape
from abslake.storage import Lake
from tests.protocol.simulator.toy import Toy
from tests.support.facts import at

DAY = "2026-03-02"
OPEN, CLOSED = at("2026-03-02T12:00"), at("2026-03-03T02:00")
MONTH_CLOSED = at("2026-04-01T02:00")


def add(lake: Lake, *units: str, marked: bool = True) -> list[str]:
    """Units, by ``HH/log``."""
    keys = []
    for unit in units:
        hour, log = unit.split("/")
        keys.append(schema.unit_key(at(f"{DAY}T{hour}:00"), log, 0))
        lake.create(keys[-1], msgspec.json.encode({unit: 1}))
        if marked:
            pending.mark(lake, keys[-1])
    return keys


def a_lake(*units: str) -> Lake:
    lake = Lake("memory:")
    replacing.initialise(lake, lambda: OPEN)
    add(lake, *units)
    return lake


def fold(lake: Lake, now: object = OPEN, kind: str = "ip") -> folding.Outcome:
    return folding.fold_day(lake, Toy(lake), kind, DAY, Attempt.begin(lambda: now))  # type: ignore[arg-type,return-value]


def segments(lake: Lake, kind: str = "ip") -> list[Segment]:
    return root.load(lake).root.segments(kind, DAY)


def do_all(lake: Lake, now: object) -> list[tasks.Task]:
    due = tasks.due(lake, now)  # type: ignore[arg-type]
    for task in due:
        assert tasks.run(lake, Toy(lake), task, lambda: now) is folding.Outcome.DONE  # type: ignore[arg-type,return-value]
    return due


@example([1] * 400)
@example([*range(400, 0, -1)])
@example([4**size for size in range(12, 0, -1)])
@given(st.lists(st.integers(1, 50), min_size=1, max_size=400))
def test_a_day_has_few_segments_and_no_unit_is_written_often(batches: list[int]) -> None:
    sizes: list[int] = []
    written = 0
    for batch in batches:
        held = [Segment("", Shape(), size) for size in sizes]
        count = folding.newest_to_merge(held, batch)
        merged = sum(sizes[len(sizes) - count :])
        sizes = [*sizes[: len(sizes) - count], merged + batch]
        written += merged + batch
        assert len(sizes) <= folding.MOST_SEGMENTS
    total = sum(batches)
    assert sum(sizes) == total
    assert written <= total * (2 + 2 * total.bit_length())


def test_units_of_an_open_day_are_covered_once() -> None:
    lake = a_lake("09/a", "10/b")

    assert fold(lake) is folding.Outcome.DONE
    assert fold(lake) is folding.Outcome.NOTHING
    assert [(one.units, one.settled, one.shape.requests) for one in segments(lake)] == [(2, False, 2)]


def test_a_closed_day_is_settled_with_units_whose_marker_was_lost() -> None:
    lake = a_lake("09/a")
    fold(lake)
    add(lake, "11/c", marked=False)

    assert fold(lake, CLOSED - timedelta(seconds=1)) is folding.Outcome.NOTHING
    assert fold(lake, CLOSED) is folding.Outcome.DONE
    assert [(one.units, one.settled) for one in segments(lake)] == [(2, True)]
    assert fold(lake, CLOSED) is folding.Outcome.NOTHING


def test_late_units_stand_beside_a_settled_day_until_it_is_settled_again() -> None:
    lake = a_lake(*(f"09/{n}" for n in range(9)))
    fold(lake, CLOSED)
    add(lake, "11/late")

    assert fold(lake, CLOSED) is folding.Outcome.DONE
    assert [(one.units, one.settled) for one in segments(lake)] == [(9, True), (1, False)]
    assert fold(lake, CLOSED + timedelta(hours=23)) is folding.Outcome.NOTHING
    assert fold(lake, CLOSED + timedelta(hours=24)) is folding.Outcome.DONE
    assert [(one.units, one.settled) for one in segments(lake)] == [(10, True)]


def test_an_attempt_takes_on_so_many_units() -> None:
    lake = a_lake(*(f"09/{n}" for n in range(5)))
    pace = folding.Pace(most_units=2)
    rounds = 0
    while (
        folding.fold_day(lake, Toy(lake), "ip", DAY, Attempt.begin(lambda: CLOSED), pace) is not folding.Outcome.NOTHING
    ):
        rounds += 1

    assert rounds == 3
    assert [(one.units, one.settled) for one in segments(lake)] == [(5, True)]


def test_a_day_that_is_too_large_to_be_written_again_keeps_its_segments() -> None:
    lake = a_lake(*(f"09/{n}" for n in range(12)))
    pace = folding.Pace(most_units=4, most_requests=5)

    def fold_at(now: datetime) -> folding.Outcome:
        return folding.fold_day(lake, Toy(lake), "ip", DAY, Attempt.begin(lambda: now), pace)

    while fold_at(OPEN) is not folding.Outcome.NOTHING:
        pass
    assert [(one.units, one.settled) for one in segments(lake)] == [(8, False), (4, False)]

    assert fold_at(CLOSED) is folding.Outcome.DONE
    assert [(one.units, one.settled) for one in segments(lake)] == [(8, True), (4, True)]
    assert fold_at(CLOSED) is folding.Outcome.NOTHING

    add(lake, "11/late")
    later = CLOSED + timedelta(days=2)
    assert fold_at(CLOSED) is folding.Outcome.DONE
    assert fold_at(later) is folding.Outcome.DONE
    assert fold_at(later) is folding.Outcome.NOTHING
    assert [(one.units, one.settled) for one in segments(lake)] == [(8, True), (5, True)]
    assert folding.month_due(root.load(lake).root, "ip", DAY[:7], MONTH_CLOSED, pace)


def test_all_that_is_due_comes_to_an_end() -> None:
    lake = a_lake("09/a", "10/b")

    assert {task.kind for task in do_all(lake, OPEN)} == set(names.KINDS)
    assert tasks.due(lake, OPEN) == []
    assert {task.period for task in do_all(lake, MONTH_CLOSED)} == {DAY}
    assert {task.period for task in do_all(lake, MONTH_CLOSED)} == {"2026-03"}
    assert tasks.due(lake, MONTH_CLOSED) == []
    assert sweeping.tidy(lake) == 2
    assert pending.by_day(lake) == {}


def test_a_task_goes_through_a_queue() -> None:
    task = tasks.Task("ip", DAY)

    assert msgspec.json.decode(msgspec.json.encode(task), type=tasks.Task) == task


class Forgetful(Toy):
    """Loses requests."""

    lost = 1

    def day(self, kind: str, day: str, units: Sequence[str], segments: Sequence[Segment], generation: str) -> Shape:
        shape = super().day(kind, day, units, segments, generation)
        return msgspec.structs.replace(shape, requests=shape.requests - self.lost)

    def month(self, kind: str, month: str, days: Mapping[str, Sequence[Segment]], generation: str) -> Shape:
        shape = super().month(kind, month, days, generation)
        return msgspec.structs.replace(shape, requests=shape.requests - self.lost)


def test_a_merge_that_loses_a_request_is_never_named() -> None:
    lake = a_lake(*(f"09/{n}" for n in range(9)))
    fold(lake)
    add(lake, "10/b")
    fold(lake)
    before = root.load(lake)

    with pytest.raises(StorageError, match="9 requests were written of 10"):
        folding.fold_day(lake, Forgetful(lake), "ip", DAY, Attempt.begin(lambda: CLOSED))
    assert root.load(lake) == before

    fold(lake, CLOSED)
    before = root.load(lake)
    with pytest.raises(StorageError, match="9 requests were written of 10"):
        folding.derive_month(lake, Forgetful(lake), "ip", "2026-03", Attempt.begin(lambda: MONTH_CLOSED))
    assert root.load(lake) == before


def test_new_units_do_not_hide_that_a_merge_loses_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    lake = a_lake("09/a")
    fold(lake)
    add(lake, "10/b")
    monkeypatch.setattr(Forgetful, "lost", 2)

    with pytest.raises(StorageError, match="0 requests were written of 1"):
        folding.fold_day(lake, Forgetful(lake), "ip", DAY, Attempt.begin(lambda: OPEN))


def test_an_attempt_that_took_too_long_names_nothing() -> None:
    lake = a_lake("09/a")
    times = iter([OPEN, OPEN, OPEN + timedelta(minutes=15)])

    outcome = folding.fold_day(lake, Toy(lake), "ip", DAY, Attempt.begin(lambda: next(times)))
    assert outcome is folding.Outcome.LOST
    assert segments(lake) == []


def test_sweeping_takes_only_what_is_old_ours_and_not_named(monkeypatch: pytest.MonkeyPatch) -> None:
    lake = a_lake("09/a")
    fold(lake)
    for key in ("index/other", "index/ip/notes/x/y", "index/ip/day=2026-03-02/orphan/covers.json"):
        lake.put(key, b"")
    now = next(iter(lake.list("index/"))).last_modified
    before = {entry.key for entry in lake.list("")}

    assert sweeping.sweep(lake, lambda: now + timedelta(minutes=59)) == 0
    assert sweeping.sweep(lake, lambda: now + timedelta(minutes=61)) == 1
    assert before - {entry.key for entry in lake.list("")} == {"index/ip/day=2026-03-02/orphan/covers.json"}
