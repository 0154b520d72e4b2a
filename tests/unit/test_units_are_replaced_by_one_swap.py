"""Rebuild and erasure: units that stand in for others, and what is said when the answer of the swap was lost."""

from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest

from abslake.errors import StorageError, WriteRefused, WriteStateUnknown
from abslake.facts import schema
from abslake.index import folding, ledgers, names, pending, replacing, root, tasks
from abslake.index.attempts import Attempt
from abslake.index.replacing import Replacement
from abslake.storage import Lake
from tests.protocol.simulator.toy import Toy
from tests.support.facts import at

DAYS = ["2026-03-02", "2026-03-03"]
NOW = at("2026-03-10T12:00")


class Interrupted(Lake):
    """A lake whose next swap takes effect, loses its answer, and is followed by what others do."""

    others: Callable[[], None] | None = None

    def replace(self, key: str, data: bytes, etag: str | None) -> str:
        written, others = super().replace(key, data, etag), self.others
        if others:
            self.others = None
            others()
            raise WriteStateUnknown("reply lost")
        return written


@pytest.fixture
def lake(monkeypatch: pytest.MonkeyPatch) -> Interrupted:
    monkeypatch.setattr(root, "_wait", lambda _: None)
    lake = Interrupted("memory:")
    replacing.initialise(lake, lambda: NOW)
    for day in DAYS:
        unit = schema.unit_key(at(f"{day}T09:00"), "a", 0)
        lake.create(unit, msgspec.json.encode({f"{day}/09/a": 1}))
        pending.mark(lake, unit)
    return lake


def units(lake: Lake) -> set[str]:
    return {entry.key for entry in lake.list("facts/")}


def counting(lake: Lake) -> set[str]:
    state = root.load(lake).root
    return {unit for day in DAYS for unit in replacing.counting_units(lake, state, day)}


def exchange(lake: Lake, days: list[str], now: object = NOW, decided: object = None) -> replacing.Replaced:
    """Put an equal unit in the place of each."""
    before = decided or root.load(lake).root
    attempt = Attempt.begin(lambda: now)  # type: ignore[arg-type,return-value]
    replacements = {}
    for day in days:
        old = replacing.counting_units(lake, before, day)  # type: ignore[arg-type]
        new = [names.replacement_key(unit, attempt.generation) for unit in old]
        for unit, key in zip(old, new, strict=True):
            lake.create(key, lake.get(unit))
        replacements[day] = Replacement(new, old)
    return replacing.replace_units(lake, Toy(lake), before, replacements, attempt)  # type: ignore[arg-type]


def test_others_stand_in_and_the_old_ones_never_count_again(lake: Interrupted) -> None:
    old = units(lake)
    done = exchange(lake, DAYS)

    assert set(done.units) == old
    assert counting(lake) == units(lake) - old
    assert not any(folding.uncovered(lake, root.load(lake).root, "ip", day, sorted(old)) for day in DAYS)
    # AND a late delivery of the old ones changes nothing
    for unit in old:
        pending.mark(lake, unit)
    assert tasks.due(lake, NOW) == []


def test_fault_25_a_lost_answer_is_no_refusal_though_others_went_on(lake: Interrupted) -> None:
    # GIVEN a swap for two days that took effect, whose answer was lost, and another rebuild of one of the days since
    lake.others = lambda: exchange(lake, DAYS[:1], NOW + timedelta(minutes=1)) and None
    exchange(lake, DAYS)

    # THEN it is not reported as refused: the other day's new unit is the one that counts
    assert len(counting(lake)) == 2
    assert {names.is_replacement(unit) for unit in counting(lake)} == {True}


def test_who_comes_second_is_refused_and_has_changed_nothing(lake: Interrupted) -> None:
    before = root.load(lake).root
    exchange(lake, DAYS)
    first = root.load(lake)

    with pytest.raises(WriteRefused):
        exchange(lake, DAYS[:1], decided=before)
    assert root.load(lake) == first


def test_units_that_others_covered_in_the_meantime_stay_covered(lake: Interrupted) -> None:
    before = root.load(lake).root
    late = schema.unit_key(at(f"{DAYS[0]}T10:00"), "late", 0)

    class Slow(Toy):
        """Somebody delivers a unit, covers it and takes its marker away, while this is at work."""

        def day(self, *given: object) -> root.Shape:
            if not lake.exists(late):
                lake.create(late, msgspec.json.encode({f"{DAYS[0]}/10/late": 1}))
                for kind in names.KINDS:
                    pending.mark(lake, late)
                    folding.fold_day(lake, Toy(lake), kind, DAYS[0], Attempt.begin(lambda: NOW))
                pending.forget(lake, pending.of_day(lake, DAYS[0]))
            return super().day(*given)  # type: ignore[arg-type]

    replacing.replace_units(lake, Slow(lake), before, {DAYS[0]: Replacement()}, Attempt.begin(lambda: NOW))
    state = root.load(lake).root
    for kind in names.KINDS:
        covered = ledgers.covered(lake, kind, DAYS[0], state.segments(kind, DAYS[0]))
        assert covered == {"09/a-0000", "10/late-0000"}


def test_facts_that_are_missing_are_not_forgotten(lake: Interrupted) -> None:
    folding.fold_day(lake, Toy(lake), "ip", DAYS[0], Attempt.begin(lambda: NOW))
    lake.delete(sorted(units(lake)))

    with pytest.raises(StorageError, match="not among the facts"):
        exchange(lake, DAYS[:1])


def test_a_lost_root_is_made_again_only_if_it_is_meant(lake: Interrupted) -> None:
    exchange(lake, DAYS)
    lake.delete([names.ROOT, *(entry.key for entry in lake.list("pending/"))])

    with pytest.raises(StorageError, match="after_loss"):
        replacing.initialise(lake)
    replacing.initialise(lake, after_loss=True)
    assert {unit for marked in pending.by_day(lake).values() for unit in marked} == units(lake)
