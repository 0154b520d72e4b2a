"""What is due: tasks that are independent of each other, one kind and period each, so that many functions share them."""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from abslake.index import names, pending, root
from abslake.index.attempts import Attempt, Clock, utc_now
from abslake.index.folding import PACE, Builder, Outcome, Pace, derive_month, fold_day, month_due, settle_due, uncovered
from abslake.index.root import Root
from abslake.storage import Lake


class Task(msgspec.Struct, frozen=True):
    """One kind of index, and a day (``YYYY-MM-DD``) or month (``YYYY-MM``) of it."""

    kind: str
    period: str


def due(lake: Lake, now: datetime, pace: Pace = PACE) -> list[Task]:
    """What there is to do, days first: a month's days must be settled before it. Raises StorageError, FileNotFoundError."""
    marked = pending.by_day(lake)
    state = root.load(lake).root
    return [*_days(lake, state, marked, now, pace), *_months(state, now, pace)]


def run(lake: Lake, builder: Builder, task: Task, clock: Clock = utc_now, pace: Pace = PACE) -> Outcome:
    """Do a task; once more, or by two at a time, does no harm. Raises as `folding.fold_day`."""
    step = fold_day if names.is_day(task.period) else derive_month
    return step(lake, builder, task.kind, task.period, Attempt.begin(clock), pace)


def _days(lake: Lake, state: Root, marked: dict[str, list[str]], now: datetime, pace: Pace) -> Iterator[Task]:
    known = {day for index in state.kinds.values() for day in index.days}
    for day in sorted({*marked, *known}):
        if not state.counts(day):
            continue
        for kind in names.KINDS:
            settle = pace.closed(day, now) and settle_due(state.segments(kind, day), now, pace)
            if settle or uncovered(lake, state, kind, day, marked.get(day, [])):
                yield Task(kind, day)


def _months(state: Root, now: datetime, pace: Pace) -> Iterator[Task]:
    for kind in names.KINDS:
        index = state.kinds.get(kind)
        for month in sorted({day[:7] for day in index.days} if index else ()):
            if month_due(state, kind, month, now, pace):
                yield Task(kind, month)
