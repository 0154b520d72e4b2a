"""Each rule of the protocol, switched off in the real code at the place where it stands, is missed by the simulator.

A test of this file fails if the simulator no longer notices that its rule is gone: then either the rule is superfluous, or
the simulator has gone blind. The seeds are those of every other run, so what is found here is found there.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from abslake.errors import WriteRefused, WriteStateUnknown
from abslake.facts import schema, units
from abslake.index import attempts, folding, ledgers, names, pending, reading, replacing, root, sweeping
from abslake.index.root import Root, Segment
from tests.protocol.simulator import actors
from tests.protocol.simulator.scheduler import Violation
from tests.protocol.simulator.store import Rates, Store
from tests.protocol.simulator.world import EVERYDAY, Profile, run

SCHEDULES = 4000

SLOW = replace(EVERYDAY, jump_rate=0.04, sweeps=4, rebuilders=0, faults=(Rates(), Rates(crash=0.04)))
"""Actors that stand still for hours, and a busy sweeper."""
CROWDED = replace(
    EVERYDAY, compactors=3, readers=1, sweeps=0, rebuilders=0, retention=0, faults=(Rates(), Rates(0.01, 0.06))
)
REBUILT = replace(EVERYDAY, rebuilders=1.0, readers=3)
SWEPT = replace(
    SLOW, compactors=3, sweeps=8, readers=0, jump_rate=0.02, faults=(Rates(crash=0.03), Rates(0, 0.1, 0.02))
)
"""Attempts that die, others that do their work again, and a sweeper behind them."""
RACED = replace(REBUILT, compactors=3, sweeps=0, retention=0, faults=(Rates(),), jump_rate=0)
"""Compactors that are at the days that are rebuilt."""
CLOSED = replace(EVERYDAY, starts=("2026-02-02T01:30",), rebuilders=0, jump_rate=0.03)
"""All days but one are closed: what comes is late."""
DROPPED = replace(EVERYDAY, starts=("2026-02-02T01:30",), retention=1.0)

Patch = pytest.MonkeyPatch


def first_violation(profile: Profile) -> str | None:
    for seed in range(SCHEDULES):
        try:
            run(seed, profile)
        except Violation as violation:
            return str(violation)
    return None


def unit_keys_are_a_function_of_the_log(patch: Patch) -> None:
    made, number = schema.unit_key, iter(range(10**9))
    patch.setattr(schema, "unit_key", lambda hour, source, part: made(hour, f"{source}{next(number)}", part))


def a_marker_is_made_behind_its_unit(patch: Patch) -> None:
    def create(lake: Any, unit: units.Unit) -> None:
        pending.mark(lake, unit.key)
        lake.create(unit.key, unit.path)

    patch.setattr(units, "_create", create)


def a_marker_stays_until_every_kind_covers_its_unit(patch: Patch) -> None:
    def covered_by_one(lake: Any, state: Root, day: str) -> frozenset[str]:
        found = [ledgers.covered(lake, kind, day, state.segments(kind, day)) for kind in names.KINDS]
        return frozenset().union(*found)

    patch.setattr(sweeping, "_covered_by_all", covered_by_one)


def all_units_are_marked_before_there_is_a_root(patch: Patch) -> None:
    def initialise(lake: Any, clock: attempts.Clock) -> None:
        if not lake.exists(names.ROOT):
            root.create(lake, attempts.Attempt.begin(clock).generation, clock())
            for entry in lake.list(schema.PREFIX):
                pending.mark(lake, entry.key)

    patch.setattr(replacing, "initialise", initialise)


def the_root_is_swapped_only_if_it_is_unchanged(patch: Patch) -> None:
    patch.setattr(Store, "_matches", lambda *_: True)


def an_attempt_gives_up_if_its_day_has_changed(patch: Patch) -> None:
    patch.setattr(folding, "_same_day", lambda *_: True)


def an_attempt_gives_up_if_units_of_its_day_were_retired(patch: Patch) -> None:
    def same_segments(before: Root, now: Root, kind: str, day: str) -> bool:
        return now.counts(day) and now.segments(kind, day) == before.segments(kind, day)

    patch.setattr(folding, "_same_day", same_segments)


def an_attempt_gives_up_if_its_day_was_dropped(patch: Patch) -> None:
    def same(before: Root, now: Root, kind: str, day: str) -> bool:
        kept = now.segments(kind, day) == (before.segments(kind, day) if now.counts(day) else [])
        return kept and now.retired.get(day) == before.retired.get(day)

    patch.setattr(folding, "_same_day", same)


def what_a_segment_covers_is_recorded(patch: Patch) -> None:
    write = ledgers.write
    patch.setattr(
        ledgers, "write", lambda lake, key, keys: write(lake, key, [] if key.endswith("covers.json") else keys)
    )


def generations_are_never_used_again(patch: Patch) -> None:
    build = folding.build_day

    def by_content(lake: Any, builder: Any, kind: str, day: str, fold: folding.Fold, _: str) -> Segment:
        content = repr((*fold.units, *(one.generation for one in fold.merged)))
        digest = hashlib.md5(content.encode(), usedforsecurity=False).hexdigest()[:8]
        return build(lake, builder, kind, day, fold, f"1knt246{digest}")

    patch.setattr(folding, "build_day", by_content)


def objects_are_written_before_the_root_names_them(patch: Patch) -> None:
    build, swap, later = folding.build_day, root.swap, dict[str, Callable[[], object]]()

    def promise(lake: Any, builder: Any, kind: str, day: str, fold: folding.Fold, generation: str) -> Segment:
        later[generation] = lambda: build(lake, builder, kind, day, fold, generation)
        requests = len(fold.units) + sum(one.shape.requests for one in fold.merged)
        return Segment(generation, root.Shape(requests=requests), requests, fold.settled)

    def swap_first(lake: Any, writer: str, *rest: Any) -> bool:
        done = swap(lake, writer, *rest)
        if done and writer in later:
            later.pop(writer)()
        return done

    patch.setattr(folding, "build_day", promise)
    patch.setattr(root, "swap", swap_first)


def what_is_not_known_to_be_refused_is_not_deleted(patch: Patch) -> None:
    def swap(lake: Any, writer: str, change: Any, _: Any) -> bool:
        before = root.load(lake)
        changed = change(before.root)
        if changed is None or changed is before.root:
            return changed is not None
        changed = replaced_root(changed, before.root, writer)
        try:
            lake.replace(names.ROOT, root.encode(changed), before.etag)
        except (WriteRefused, WriteStateUnknown):
            lake.delete([key for key in lake.objects if f"/{writer}/" in key])
            return False
        return True

    patch.setattr(root, "swap", swap)


def replaced_root(changed: Root, before: Root, writer: str) -> Root:
    return root.msgspec.structs.replace(changed, serial=before.serial + 1, writer=writer)


def garbage_is_swept_only_after_a_grace(patch: Patch) -> None:
    sweep = sweeping.sweep
    patch.setattr(sweeping, "sweep", lambda lake, clock: sweep(lake, clock, timedelta(0)))


def an_attempt_lives_for_less_than_the_grace(patch: Patch) -> None:
    patch.setattr(attempts.Attempt, "alive", lambda _: True)


def the_sweeper_lists_before_it_reads_the_root(patch: Patch) -> None:
    def sweep(lake: Any, clock: attempts.Clock) -> None:
        if root.load(lake).etag is None:
            return
        counting = set[str]()

        def fence(now: Root) -> Root:
            counting.clear()
            counting.update(sweeping.named(now))
            return root.msgspec.structs.replace(now)

        root.swap(lake, attempts.Attempt.begin(clock).generation, fence, lambda: True)
        old = [entry.key for entry in lake.list(names.PREFIX) if entry.last_modified < clock() - attempts.GRACE]
        lake.delete([key for key in old if key != names.ROOT and sweeping.name_for(key) not in counting])

    patch.setattr(sweeping, "sweep", sweep)


def the_sweeper_swaps_the_root_before_it_deletes(patch: Patch) -> None:
    unfenced = SimpleNamespace(load=root.load, swap=lambda lake, _, change, __: change(root.load(lake).root))
    patch.setattr(sweeping, "root", unfenced)


def a_reader_looks_at_the_root_again(patch: Patch) -> None:
    still = reading.still
    patch.setattr(reading, "still", lambda lake, view: view is not None or still(lake, view))


def a_reader_lists_again_under_a_young_root(patch: Patch) -> None:
    patch.setattr(reading, "_is_young", lambda *_: False)


def a_reader_without_index_makes_sure_that_there_is_none(patch: Patch) -> None:
    still = reading.still
    patch.setattr(reading, "still", lambda lake, view: view is None or still(lake, view))


def a_reader_begins_again_when_an_object_is_gone(patch: Patch) -> None:
    patch.setattr(actors, "gone", lambda _: {})


def a_month_counts_only_for_its_generations(patch: Patch) -> None:
    def all_the_others(month: root.Month, days: dict[str, Sequence[Segment]]) -> dict[str, Sequence[Segment]]:
        return {day: segments for day, segments in days.items() if day not in month.days}

    patch.setattr(root.Month, "beside", all_the_others)


def units_that_stand_in_for_others_count_only_once_covered(patch: Patch) -> None:
    def adopted(lake: Any, before: Root, kind: str, day: str) -> list[str]:
        return folding.uncovered(lake, before, kind, day, folding.facts_of(lake, day))

    patch.setattr(folding, "_all_uncovered", adopted)


def retired_units_never_count_again(patch: Patch) -> None:
    read = ledgers.read
    patch.setattr(
        ledgers, "read", lambda lake, key: frozenset() if key.startswith("index/retired/") else read(lake, key)
    )


def a_rebuild_catches_up_with_what_others_covered(patch: Patch) -> None:
    def look_away(work: Any, now: Root) -> None:
        days = work._covered
        if any(now.retired.get(day) != work._before.retired.get(day) or not now.counts(day) for day in days):
            raise WriteRefused("as ever")
        work._before = now

    patch.setattr(replacing._Work, "catch_up", look_away)


RULES = {
    unit_keys_are_a_function_of_the_log: EVERYDAY,
    a_marker_is_made_behind_its_unit: EVERYDAY,
    a_marker_stays_until_every_kind_covers_its_unit: EVERYDAY,
    all_units_are_marked_before_there_is_a_root: replace(EVERYDAY, indexed=0.0),
    the_root_is_swapped_only_if_it_is_unchanged: EVERYDAY,
    an_attempt_gives_up_if_its_day_has_changed: CROWDED,
    an_attempt_gives_up_if_units_of_its_day_were_retired: RACED,
    an_attempt_gives_up_if_its_day_was_dropped: DROPPED,
    what_a_segment_covers_is_recorded: EVERYDAY,
    generations_are_never_used_again: SWEPT,
    objects_are_written_before_the_root_names_them: EVERYDAY,
    what_is_not_known_to_be_refused_is_not_deleted: EVERYDAY,
    garbage_is_swept_only_after_a_grace: EVERYDAY,
    an_attempt_lives_for_less_than_the_grace: SLOW,
    the_sweeper_lists_before_it_reads_the_root: SLOW,
    the_sweeper_swaps_the_root_before_it_deletes: SLOW,
    a_reader_looks_at_the_root_again: EVERYDAY,
    a_reader_lists_again_under_a_young_root: replace(EVERYDAY, indexed=0.0),
    a_reader_without_index_makes_sure_that_there_is_none: replace(REBUILT, indexed=0.0),
    a_reader_begins_again_when_an_object_is_gone: REBUILT,
    a_month_counts_only_for_its_generations: CLOSED,
    units_that_stand_in_for_others_count_only_once_covered: REBUILT,
    retired_units_never_count_again: REBUILT,
    a_rebuild_catches_up_with_what_others_covered: RACED,
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_without_it_the_simulator_finds_a_violation(rule: Callable[[Patch], None], monkeypatch: Patch) -> None:
    # GIVEN the real code without one rule
    rule(monkeypatch)

    # WHEN it runs under many schedules THEN one of them breaks a promise
    assert first_violation(RULES[rule]), f"{rule.__name__}: not missed in {SCHEDULES} schedules"
