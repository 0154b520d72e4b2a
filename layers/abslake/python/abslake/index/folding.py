"""Folding: units become segments, segments are merged, closed days are settled, closed months derived from their days.

The order is always the same: read the root; write objects under a new generation; write the ledger of what they cover;
swap the root. Whoever finds at the swap that another attempt has changed the same kind and day gives up; what it wrote
is left to the sweeper, never deleted here, for a swap that looks lost may have taken effect.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Protocol

import msgspec

from abslake.errors import StorageError
from abslake.facts import schema
from abslake.index import ledgers, names, pending, root
from abslake.index.attempts import Attempt
from abslake.index.root import Month, Root, Segment, Shape
from abslake.storage import Lake

MOST_SEGMENTS = 8
"""Segments of one day and kind: each is one more object for a reader to fetch."""


class Builder(Protocol):
    """What writes a segment's objects, all of them below ``names.folder(kind, period, generation)``."""

    def day(self, kind: str, day: str, units: Sequence[str], segments: Sequence[Segment], generation: str) -> Shape:
        """Write the rows of `units` (keys of facts) and of older `segments` of the day, added up."""
        ...

    def month(self, kind: str, month: str, days: Mapping[str, Sequence[Segment]], generation: str) -> Shape:
        """Write the sums of the days' segments."""
        ...


class Outcome(Enum):
    """How an attempt ended."""

    DONE = "done"
    NOTHING = "nothing to do"
    LOST = "another attempt was faster, or this one took too long"


@dataclass(frozen=True, slots=True)
class Pace:
    """When work is due, and how much of it one attempt takes on."""

    settle_delay: timedelta = timedelta(hours=2)
    """After the end of a day or month, before it is closed: most of what is late has come by then."""
    resettle_after: timedelta = timedelta(days=1)
    """Age at which what came later still is merged into a settled day, and the month derived anew."""
    most_units: int = 2000
    """Units folded by one attempt; the rest stays for the next."""
    most_requests: int = 100_000_000
    """Requests of older segments that one attempt writes again. A day that holds more keeps several segments for ever."""

    def closed(self, period: str, now: datetime) -> bool:
        """Whether a day or month is over and its delay too."""
        return now >= names.end_moment(period) + self.settle_delay


PACE = Pace()


@dataclass(frozen=True, slots=True)
class Fold:
    """What becomes one segment of a day."""

    units: Sequence[str]
    merged: Sequence[Segment] = ()
    """Older segments that it replaces, the newest of the day."""
    kept: Sequence[Segment] = ()
    """Older segments that stay beside it."""
    settled: bool = False


def fold_day(lake: Lake, builder: Builder, kind: str, day: str, attempt: Attempt, pace: Pace = PACE) -> Outcome:
    """Cover units of a day that are not covered yet, and settle the day if it is closed.

    Raises FileNotFoundError when an object vanished (another attempt was faster: nothing is lost), StorageError,
    WriteRefused, WriteStateUnknown: to repeat it, with a new attempt, is always safe.
    """
    before = root.load(lake).root
    fold = _chosen(lake, before, kind, day, attempt.clock(), pace)
    if fold is None:
        return Outcome.NOTHING
    made = [build_day(lake, builder, kind, day, fold, attempt.generation)] if fold.units or fold.merged else []
    kept = (
        [msgspec.structs.replace(segment, settled=True) for segment in fold.kept] if fold.settled else list(fold.kept)
    )

    def change(now: Root) -> Root | None:
        there = now.segments(kind, day)
        if made and any(other.generation == made[0].generation for other in there):
            return now
        if not _same_day(before, now, kind, day):
            return None
        return now.with_day(kind, day, [*kept, *made])

    return Outcome.DONE if root.swap(lake, attempt.generation, change, attempt.alive) else Outcome.LOST


def derive_month(lake: Lake, builder: Builder, kind: str, month: str, attempt: Attempt, pace: Pace = PACE) -> Outcome:
    """Sum up a closed month whose days are all settled, if they are not the days that it was made from already.

    Raises as `fold_day`.
    """
    before = root.load(lake).root
    if not month_due(before, kind, month, attempt.clock(), pace):
        return Outcome.NOTHING
    days = days_of(before, kind, month)
    shape = builder.month(kind, month, days, attempt.generation)
    requests = sum(segment.shape.requests for segments in days.values() for segment in segments)
    if shape.requests != requests:
        raise StorageError(f"{kind} {month}: {shape.requests} requests were written of {requests} that its days hold")
    units = sum(segment.units for segments in days.values() for segment in segments)
    derived = Month(Segment(attempt.generation, shape, units, settled=True), _generations(days))

    def change(now: Root) -> Root | None:
        there = now.months(kind).get(month)
        if there and there.segment.generation == attempt.generation:
            return now
        if _generations(days_of(now, kind, month)) != derived.days:
            return None
        return now.with_month(kind, month, derived)

    return Outcome.DONE if root.swap(lake, attempt.generation, change, attempt.alive) else Outcome.LOST


def build_day(lake: Lake, builder: Builder, kind: str, day: str, fold: Fold, generation: str) -> Segment:
    """Write a segment's objects and then its ledger. Nobody sees it before the root names it. Raises as `fold_day`."""
    covered = ledgers.covered(lake, kind, day, fold.merged)
    shape = builder.day(kind, day, fold.units, fold.merged, generation)
    before = sum(segment.shape.requests for segment in fold.merged)
    if shape.requests < before or (not fold.units and shape.requests != before):
        raise StorageError(f"{kind} {day}: {shape.requests} requests were written of {before} that were there")
    covers = {*fold.units, *(names.unit_key(day, short) for short in covered)}
    ledgers.write(lake, names.covers_key(kind, day, generation), covers)
    return Segment(generation, shape, len(covers), fold.settled)


def facts_of(lake: Lake, day: str) -> list[str]:
    """All units of facts of a day. Raises StorageError."""
    found = lake.list(f"{schema.PREFIX}date={day}/")
    return [entry.key for entry in found if entry.key.endswith(".parquet")]


def uncovered(lake: Lake, state: Root, kind: str, day: str, units: Sequence[str]) -> list[str]:
    """Those of a day's `units` that count and that no segment of the kind covers. Raises as `fold_day`."""
    if not units:
        return []
    out = ledgers.covered(lake, kind, day, state.segments(kind, day)) | ledgers.retired(lake, state, day)
    return sorted(unit for unit in units if names.short_name(unit) not in out)


def settle_due(segments: Sequence[Segment], now: datetime, pace: Pace) -> bool:
    """Whether a closed day with these segments is to be settled, for the first time or for what came late."""
    open_ones = [segment for segment in segments if not segment.settled]
    if not open_ones or len(open_ones) == len(segments):
        return bool(open_ones)
    return names.made_at(open_ones[0].generation) + pace.resettle_after <= now


def month_due(state: Root, kind: str, month: str, now: datetime, pace: Pace) -> bool:
    """Whether a closed month is to be derived from its days, all of which are settled."""
    days = days_of(state, kind, month)
    if not days or not pace.closed(month, now) or not state.counts(f"{month}-01"):
        return False
    if not all(segment.settled for segments in days.values() for segment in segments):
        return False
    there = state.months(kind).get(month)
    return there is None or there.days != _generations(days)


def days_of(state: Root, kind: str, month: str) -> dict[str, list[Segment]]:
    """Segments of a month's days."""
    index = state.kinds.get(kind)
    return {day: segments for day, segments in index.days.items() if day.startswith(month)} if index else {}


def newest_to_merge(segments: Sequence[Segment], units: int, most_requests: int = PACE.most_requests) -> int:
    """How many of the newest segments to write again together with so many new units.

    Those that hold less than twice as much as what is merged with them so far: each segment that stays is at least
    twice as large as the next, so a day has few, and a unit's rows are written again a logarithmic number of times. Never
    so many that they hold more than `most_requests`.
    """
    count = requests = 0
    for segment in reversed(segments):
        requests += segment.shape.requests
        few = segment.units < 2 * units or count < len(segments) + 1 - MOST_SEGMENTS
        # A settled segment stays as it is until the day is settled again: a month may be made of it.
        if not few or requests > most_requests or segment.settled:
            break
        units += segment.units
        count += 1
    return count


def _all_that_fit(segments: Sequence[Segment], most_requests: int) -> int:
    """How many of the newest segments one attempt can write again."""
    count = requests = 0
    for segment in reversed(segments):
        requests += segment.shape.requests
        if requests > most_requests:
            break
        count += 1
    return count


def _chosen(lake: Lake, before: Root, kind: str, day: str, now: datetime, pace: Pace) -> Fold | None:
    if not before.counts(day):
        return None
    segments = before.segments(kind, day)
    units = uncovered(lake, before, kind, day, pending.of_day(lake, day))
    if pace.closed(day, now) and (settle_due(segments, now, pace) or (units and not segments)):
        units = _all_uncovered(lake, before, kind, day)
        if len(units) <= pace.most_units:
            count = _all_that_fit(segments, pace.most_requests)
            return (
                _fold(units, segments, count if units or count > 1 else 0, settled=True) if units or segments else None
            )
    if not units:
        return None
    units = units[: pace.most_units]
    return _fold(units, segments, newest_to_merge(segments, len(units), pace.most_requests))


def _fold(units: Sequence[str], segments: Sequence[Segment], count: int, *, settled: bool = False) -> Fold:
    """With so many of the newest segments written again."""
    kept, merged = segments[: len(segments) - count], segments[len(segments) - count :]
    return Fold(units, merged, kept, settled or any(segment.settled for segment in merged))


def _all_uncovered(lake: Lake, before: Root, kind: str, day: str) -> list[str]:
    """Also units whose marker was lost; not those that stand in for others, which count only once they are covered."""
    found = [unit for unit in facts_of(lake, day) if not names.is_replacement(unit)]
    return uncovered(lake, before, kind, day, found)


def _same_day(before: Root, now: Root, kind: str, day: str) -> bool:
    """Nothing that concerns this kind and day has changed: no segment, no unit taken out of the account."""
    return (
        now.counts(day)
        and now.segments(kind, day) == before.segments(kind, day)
        and now.retired.get(day) == before.retired.get(day)
    )


def _generations(days: Mapping[str, Sequence[Segment]]) -> dict[str, list[str]]:
    return {day: [segment.generation for segment in segments] for day, segments in days.items()}
