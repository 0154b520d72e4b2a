"""Compaction as it is run, by the function and by hand: what is due, one task of it, and what each says of itself.

A task is a kind of index and a period of it (`tasks`). Whoever does one may be the second to do it, too late or killed:
nothing is lost or counted twice by that (`folding`), it is only work for nothing. What is told here names kinds, days and
numbers, never an identifier.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from time import perf_counter

from abslake.errors import StorageError, WriteRefused
from abslake.index import layout, names, replacing, root, sweeping, tasks
from abslake.index.attempts import GRACE, Clock, utc_now
from abslake.index.build import Builder
from abslake.index.folding import PACE, Pace, days_of
from abslake.index.root import Root, Segment, Shape
from abslake.index.tasks import Task
from abslake.settings import Settings
from abslake.storage import Lake

SAFE_REQUESTS_A_SECOND = 100_000
"""What any CPU folds at least: a third of what was measured on one."""

BEST_REQUESTS_A_SECOND = 1_000_000
"""What no CPU folds: a task that would still take too long at this rate is not worth a try."""

LEAST_SECONDS = 20.0
"""With less time left no task is begun: most take a few seconds."""

_FIRST_UNITS = 100
_LOOKS = 3
_ACTIVE = GRACE + timedelta(hours=2)


class Result(StrEnum):
    """How a task ended."""

    DONE = "done"
    NOTHING = "nothing to do"
    LOST = "another was faster"
    TOO_LARGE = "too large for the time there is"


@dataclass(frozen=True, slots=True)
class Work:
    """What one task did. Of a task that lost, what it wrote is swept later."""

    task: Task
    result: Result
    units: int = 0
    """Units of facts that were folded."""
    requests: int = 0
    """Requests that these units hold."""
    rows: int = 0
    objects: int = 0
    bytes: int = 0
    """Rows, objects and bytes written, with those of older segments that were written again."""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Tended:
    """What there is to do, and how far the index is behind."""

    due: Sequence[Task]
    marked: int
    """Units that some kind does not cover yet."""
    lag_seconds: float
    """Age of the oldest of their markers; 0: everything is covered."""


def tend(lake: Lake, clock: Clock = utc_now, pace: Pace = PACE) -> Tended:
    """Make the root where there is none, take away markers that have done their work, and say what is due.

    Costs four requests where nothing is marked. The newest days come first: they are asked for most.
    Raises StorageError, WriteStateUnknown: the next run goes on.
    """
    replacing.initialise(lake, clock)
    marked = _marked(lake)
    if marked:
        with suppress(FileNotFoundError):  # somebody else has tidied up or replaced units
            sweeping.tidy(lake)
        marked = _marked(lake)
    now = clock()
    due = _due(lake, now, pace)
    return Tended(due, len(marked), max(((now - made).total_seconds() for made in marked), default=0.0))


def perform(
    lake: Lake,
    settings: Settings,
    task: Task,
    seconds: float,
    *,
    clock: Clock = utc_now,
    pace: Pace = PACE,
) -> Work:
    """Do one task within about `seconds`, as much of it as fits; what is left is due again.

    Raises StorageError, WriteStateUnknown: to repeat it is safe.
    """
    started = perf_counter()
    state = root.load(lake).root
    if _rewritten(state, task) > seconds * BEST_REQUESTS_A_SECOND:
        return Work(task, Result.TOO_LARGE)
    builder = _Noting(Builder(lake, settings))
    try:
        outcome = tasks.run(lake, builder, task, clock, _paced(state, task, seconds, pace))
        result = Result[outcome.name]
    except (FileNotFoundError, WriteRefused):  # what it read was replaced, or others came first time and again
        result = Result.LOST
    finally:
        builder.close()
    return replace(builder.noted(task), result=result, seconds=perf_counter() - started)


def sweep(lake: Lake, clock: Clock = utc_now) -> int:
    """Delete what the root has not named for a while; how many objects.

    Costs one request where nothing was folded lately: there is nothing to sweep, and the index is not listed.
    Raises StorageError, WriteStateUnknown: the next run goes on.
    """
    newest = max(_generations(root.load(lake).root), default="")
    if not newest or names.made_at(newest) < clock() - _ACTIVE:
        return 0
    with suppress(WriteRefused):
        return sweeping.sweep(lake, clock)
    return 0


def in_turn(due: Sequence[Task], run: Callable[[Task], object], milliseconds_left: Callable[[], float]) -> int:
    """Run tasks one after the other while there is time; how many were begun.

    One that fails does not keep the others from running. Raises its StorageError at the end.
    """
    failed: StorageError | None = None
    begun = 0
    for task in due:
        if milliseconds_left() < LEAST_SECONDS * 1000:
            break
        begun += 1
        try:
            run(task)
        except StorageError as error:
            failed = error
    if failed:
        raise failed
    return begun


def objects_of(task: Task, shape: Shape) -> int:
    """How many objects a segment of this shape has, its ledger among them."""
    if not shape.rows:
        return 1 if names.is_day(task.period) else 0
    buckets = int(16**shape.digits)
    count: int = buckets * (3 if task.kind == "api" and shape.heavy_hours else 1)
    if names.is_day(task.period):
        count += 1 + len(list(layout.heavy_keys("", shape, 0, 24)))
    return count


class _Noting:
    """A builder that notes what it was given and what it wrote."""

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self._units = self._requests = 0
        self._shape: Shape | None = None

    def day(self, kind: str, day: str, units: Sequence[str], segments: Sequence[Segment], generation: str) -> Shape:
        """See `abslake.index.folding.Builder`."""
        self._shape = self._builder.day(kind, day, units, segments, generation)
        self._units = len(units)
        self._requests = self._shape.requests - sum(segment.shape.requests for segment in segments)
        return self._shape

    def month(self, kind: str, month: str, days: Mapping[str, Sequence[Segment]], generation: str) -> Shape:
        """See `abslake.index.folding.Builder`."""
        self._shape = self._builder.month(kind, month, days, generation)
        return self._shape

    def close(self) -> None:
        """End its threads."""
        self._builder.pool.shutdown()

    def noted(self, task: Task) -> Work:
        """What it did, with the result still open."""
        if self._shape is None:
            return Work(task, Result.NOTHING)
        objects = objects_of(task, self._shape)
        return Work(task, Result.DONE, self._units, self._requests, self._shape.rows, objects, self._shape.bytes)


def _marked(lake: Lake) -> list[datetime]:
    """When the markers were made."""
    return [entry.last_modified for entry in lake.list(names.PENDING)]


def _due(lake: Lake, now: datetime, pace: Pace) -> list[Task]:
    for _ in range(_LOOKS):
        with suppress(FileNotFoundError):  # a ledger that was replaced since the root was read
            found = tasks.due(lake, now, pace)
            days = [task for task in found if names.is_day(task.period)]
            return sorted(days, key=lambda task: task.period, reverse=True) + found[len(days) :]
    raise StorageError("the index changes faster than it can be read: the next run goes on")


def _rewritten(state: Root, task: Task) -> int:
    """Requests that the task writes again for certain: a month's. A day's segments may stay beside the new one."""
    if names.is_day(task.period):
        return 0
    days = days_of(state, task.kind, task.period)
    return sum(segment.shape.requests for segments in days.values() for segment in segments)


def _paced(state: Root, task: Task, seconds: float, pace: Pace) -> Pace:
    """The pace with so many units at a time as can be folded in the time, by what units of the kind hold elsewhere.

    Half of the time is for older segments that are written again with them.
    """
    index = state.kinds.get(task.kind)
    known = [segment for some in index.days.values() for segment in some] if index else []
    units = sum(segment.units for segment in known)
    requests = sum(segment.shape.requests for segment in known)
    most = int(seconds / 2 * SAFE_REQUESTS_A_SECOND * units / max(1, requests)) if units else _FIRST_UNITS
    rewritten = min(pace.most_requests, int(seconds / 2 * SAFE_REQUESTS_A_SECOND))
    return replace(pace, most_units=max(1, min(pace.most_units, most)), most_requests=rewritten)


def _generations(state: Root) -> list[str]:
    days = [segment.generation for index in state.kinds.values() for some in index.days.values() for segment in some]
    months = [month.segment.generation for index in state.kinds.values() for month in index.months.values()]
    return [*days, *months, *state.retired.values()]
