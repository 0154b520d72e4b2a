"""Taking units out of the account: rebuild, erasure, retention; and the account's beginning.

Units that stand in for others are written under names of their own (`names.replacement_key`) without a marker, so they
count not at all until the one swap that retires the units they stand for. A retired unit never counts again, also when
a late delivery of its log object makes it again: the day's ledger says so for ever.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from abslake.errors import StorageError, WriteRefused
from abslake.facts import schema
from abslake.index import ledgers, names, pending, root
from abslake.index.attempts import GRACE, Attempt, Clock, utc_now
from abslake.index.folding import PACE, Builder, Fold, Pace, build_day, facts_of
from abslake.index.root import KindIndex, Month, Root, Segment
from abslake.storage import Lake

_CATCH_UPS = 20
_WRITERS = 16
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Replacement:
    """Units of one day that come and go together. Neither: the day's index is only made again."""

    new: Sequence[str] = ()
    """Keys of facts that stand there already, all named by `names.replacement_key`."""
    retired: Sequence[str] = ()
    """Keys of facts that shall count no more: all that the new ones stand for, among them what an earlier replacement
    wrote, and units of log objects that are still on their way."""


@dataclass(frozen=True, slots=True)
class Replaced:
    """What is left over after the swap. A reader that is still at it begins again when something is gone."""

    units: list[str] = field(default_factory=list)
    """Units of facts that count no more: for the caller to delete."""
    objects: list[str] = field(default_factory=list)
    """Objects of the index that count no more: to delete where they may not stay for the sweeper."""


def initialise(lake: Lake, clock: Clock = utc_now, *, after_loss: bool = False) -> None:
    """Make the root of a lake that has none: all its units are marked first, so none drops out of a report.

    `after_loss`: the lake had a root, which was lost; units that stood in for others are then taken as they are.
    Raises StorageError (without it, where there are such units), WriteStateUnknown: repeat it.
    """
    if lake.exists(names.ROOT):
        return
    marked = {pending.unit_of(entry.key) for entry in lake.list(names.PENDING)}  # by an attempt that ended early
    units = [entry.key for entry in lake.list(schema.PREFIX) if entry.key.endswith(".parquet")]
    if not after_loss and any(names.is_replacement(unit) for unit in units):
        if lake.exists(names.ROOT):
            return  # made by somebody else in the meantime
        raise StorageError("the lake holds rebuilt units, and the root that says so is lost: initialise after_loss")
    with ThreadPoolExecutor(_WRITERS) as pool:
        list(pool.map(lambda unit: pending.mark(lake, unit), [unit for unit in units if unit not in marked]))
    attempt = Attempt.begin(clock)
    root.create(lake, attempt.generation, attempt.clock())


def counting_units(lake: Lake, state: Root, day: str) -> list[str]:
    """All units of facts of a day that count, covered or not. Raises FileNotFoundError (begin again), StorageError."""
    return _counting(lake, state, day, facts_of(lake, day))


def replace_units(
    lake: Lake, builder: Builder, before: Root, days: Mapping[str, Replacement], attempt: Attempt, pace: Pace = PACE
) -> Replaced:
    """Make the index of these days again from the facts that remain, for all kinds, in one swap of the root.

    `attempt` must have begun and `before` been read before it was decided what to replace: whoever replaces units of
    the same days in between is noticed by it. Units that other attempts cover in the meantime are caught up with.

    Raises WriteRefused: somebody else replaced units of these days, or it took too long; nothing has changed, begin
    again with new units. WriteStateUnknown: make sure by doing it again. FileNotFoundError, StorageError.
    """
    work = _Work(lake, builder, before, attempt, pace)
    for day, replacement in days.items():
        work.build(day, replacement)
    for _ in range(_CATCH_UPS):
        if root.swap(lake, names.new_generation(attempt.clock()), work.change, attempt.alive):
            return Replaced(work.leftovers(), work.old_objects())
        if not attempt.alive():
            raise WriteRefused("replacing units took longer than an attempt may: take fewer days at a time")
        work.catch_up(root.load(lake).root)
    raise WriteRefused("the days were changed by others again and again")


def drop_before(lake: Lake, day: str, clock: Clock = utc_now) -> None:
    """Days before `day` count no more (retention). Facts and markers are not touched. Raises as `root.swap`."""

    def change(now: Root) -> Root | None:
        if now.since is not None and now.since >= day:
            return now
        kinds = {kind: _from(index, day) for kind, index in now.kinds.items()}
        return msgspec.structs.replace(now, kinds=kinds, retired=_kept(now.retired, day), since=day)

    if not root.swap(lake, Attempt.begin(clock).generation, change, lambda: True):
        raise WriteRefused("retention could not be recorded: repeat it")


class _Work:
    """New generations of some days, and what they were made for."""

    def __init__(self, lake: Lake, builder: Builder, before: Root, attempt: Attempt, pace: Pace) -> None:
        self._lake, self._builder, self._attempt, self._pace = lake, builder, attempt, pace
        self._before = self._first = before
        self._segments: dict[tuple[str, str], list[Segment]] = {}
        self._covered: dict[str, set[str]] = {}
        self._retired: dict[str, frozenset[str]] = {}
        self._leftovers: list[str] = []

    def build(self, day: str, replacement: Replacement) -> None:
        """One segment of each kind of all that remains of a day."""
        state = self._before
        if not state.counts(day):
            raise StorageError(f"{day} lies before {state.since}, where retention has cut")
        gone = ledgers.retired(self._lake, state, day) | {names.short_name(unit) for unit in replacement.retired}
        self._retired[day] = gone
        there = facts_of(self._lake, day)
        counting = _counting(self._lake, state, day, there)
        remain = {*counting, *replacement.new} - set(_keys(day, gone))
        if not remain <= set(there) or _covered_by_any(self._lake, state, day) - gone - _shorts(remain):
            raise StorageError(f"{day}: units that should count are not among the facts")
        self._leftovers += [unit for unit in there if names.short_name(unit) in gone]
        self._leftovers += self._orphans([unit for unit in there if unit not in remain])
        self._covered[day] = _shorts(remain)
        self._add(day, sorted(remain), settled=self._pace.closed(day, self._attempt.clock()))
        if gone:
            ledgers.write(self._lake, names.retired_key(day, self._attempt.generation), _keys(day, gone))

    def change(self, now: Root) -> Root | None:
        """The swap's change: all days, or None where another attempt changed one of them."""
        if any(self._applied(now, day) for day in self._covered):
            return now  # an earlier write took effect, for all days; others may have changed some of them since
        if any(_of_day(now, day) != _of_day(self._before, day) for day in self._covered):
            return None
        changed = now
        for kind in names.KINDS:
            for day in self._covered:
                changed = changed.with_day(kind, day, self._segments[kind, day])
                if _month_of(now, kind, day):
                    changed = changed.with_month(kind, day[:7], None)
        ledger = {day: self._attempt.generation for day, gone in self._retired.items() if gone}
        return msgspec.structs.replace(changed, retired={**changed.retired, **ledger})

    def catch_up(self, now: Root) -> None:
        """Cover what other attempts have covered in the meantime: its marker may be gone already."""
        for day, covered in self._covered.items():
            if now.retired.get(day) != self._before.retired.get(day) or not now.counts(day):
                raise WriteRefused(f"{day}: somebody else took units out of the account")
            missed = _covered_by_any(self._lake, now, day) - covered - self._retired[day]
            keys = sorted(_keys(day, missed))
            if any(names.is_replacement(unit) for unit in keys):
                raise WriteRefused(f"{day}: somebody else replaced units")
            if keys:
                self._add(day, keys, settled=False)
                covered.update(missed)
        self._before = now

    def leftovers(self) -> list[str]:
        """Units that count no more and are there."""
        return self._leftovers

    def old_objects(self) -> list[str]:
        """Objects of the generations that these days and their months had."""
        folders = []
        for state in (self._first, self._before):
            for kind in names.KINDS:
                for day in self._covered:
                    folders += [names.folder(kind, day, one.generation) for one in state.segments(kind, day)]
                    if month := _month_of(state, kind, day):
                        folders.append(names.folder(kind, day[:7], month.segment.generation))
        return [entry.key for folder in sorted(set(folders)) for entry in self._lake.list(folder)]

    def _add(self, day: str, units: list[str], *, settled: bool) -> None:
        for kind in names.KINDS:
            segments = self._segments.setdefault((kind, day), [])
            if units:
                generation = names.new_generation(self._attempt.clock()) if segments else self._attempt.generation
                fold = Fold(units, settled=settled)
                segments.append(build_day(self._lake, self._builder, kind, day, fold, generation))

    def _orphans(self, out: list[str]) -> list[str]:
        """Those of the units outside the account that wait to stand in for others, and whose attempt is over."""
        too_old = self._attempt.started - GRACE
        waiting = [unit for unit in out if names.is_replacement(unit) and unit not in self._leftovers]
        return [unit for unit in waiting if names.made_at(names.generation_of(unit)) < too_old]

    def _applied(self, now: Root, day: str) -> bool:
        if now.retired.get(day) == self._attempt.generation:
            return True
        own = {one.generation for kind in names.KINDS for one in self._segments[kind, day]}
        return any(one.generation in own for kind in names.KINDS for one in now.segments(kind, day))


def _counting(lake: Lake, state: Root, day: str, there: list[str]) -> list[str]:
    gone, covered = ledgers.retired(lake, state, day), _covered_by_any(lake, state, day)
    return [
        unit
        for unit in there
        if names.short_name(unit) not in gone and (not names.is_replacement(unit) or names.short_name(unit) in covered)
    ]


def _covered_by_any(lake: Lake, state: Root, day: str) -> frozenset[str]:
    found = [ledgers.covered(lake, kind, day, state.segments(kind, day)) for kind in names.KINDS]
    return frozenset().union(*found)


def _shorts(units: set[str]) -> set[str]:
    return {names.short_name(unit) for unit in units}


def _keys(day: str, shorts: frozenset[str] | set[str]) -> list[str]:
    return [names.unit_key(day, short) for short in shorts]


def _month_of(state: Root, kind: str, day: str) -> Month | None:
    """The month that holds the day's sums, if there is one."""
    month = state.months(kind).get(day[:7])
    return month if month and day in month.days else None


def _of_day(state: Root, day: str) -> tuple[object, ...]:
    return [state.segments(kind, day) for kind in names.KINDS], state.retired.get(day), state.counts(day)


def _from(index: KindIndex, day: str) -> KindIndex:
    months = {month: one for month, one in index.months.items() if f"{month}-01" >= day}
    return KindIndex(_kept(index.days, day), months)


def _kept(days: Mapping[str, _Value], day: str) -> dict[str, _Value]:
    return {name: value for name, value in days.items() if name >= day}
