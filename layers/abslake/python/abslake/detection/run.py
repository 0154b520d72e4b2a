"""A run of detection: find the windows that are due, judge them in the order of time, learn when it is time to.

The scheduled function and the command line both come here. A run may end anywhere: what it had not written into a day's
ledger is due again, and comes to the same.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import or_
from time import monotonic, perf_counter

import duckdb

from abslake.detection import found_index_update, windows
from abslake.detection.detector import Span
from abslake.detection.findings import WINDOW, Finding, Level
from abslake.detection.global_config import overlaid
from abslake.detection.judging import LOOK_BACK
from abslake.detection.lease import Held, lease
from abslake.detection.tuning import Tuning
from abslake.detection.windows import Day
from abslake.detection.work import Done, Work
from abslake.errors import StorageError
from abslake.facts.engine import work_engine
from abslake.index import names
from abslake.settings import Settings
from abslake.storage import Lake
from abslake.storage.scratch import scratch_folder

Progress = Callable[[int, int, datetime], None]
"""Windows judged, windows that are due, and the one that was judged last."""

_LATE_DAYS = 8
"""How far back a run looks for late facts where nothing else is said: `event_time_past_days` and a day."""

_HOUR = timedelta(hours=1)
_LOOKS = 3
_TERM = 600.0
"""Seconds of a lease, taken again as the work goes on: longer than a window or a model takes."""


@dataclass
class Summary:
    """What a run did."""

    busy: bool = False
    """Another run was at work: this one did nothing."""
    windows: int = 0
    """Windows judged for the first time."""
    again: int = 0
    """Windows judged again, for late facts."""
    requests: int = 0
    clients: int = 0
    attacks: int = 0
    """New findings at attack level."""
    anomalies: int = 0
    dropped: int = 0
    """Findings beyond the most that are kept of one type in one window."""
    new: list[Finding] = field(default_factory=list, repr=False)
    """Findings that were not there before, or have become attacks, in the order of windows."""
    models: list[datetime] = field(default_factory=list)
    """Models built."""
    left: int = 0
    """Windows due still, for want of time."""
    lag_seconds: float = 0.0
    """Since when the oldest window that is due still could have been judged; 0: none is."""
    trained: int = 0
    untrained: int = 0
    """APIs with traffic, by whether their clients may be called attackers."""
    seconds: float = 0.0


def run(
    lake: Lake,
    settings: Settings,
    until: datetime | None = None,
    since: datetime | None = None,
    seconds: float | None = None,
    progress: Progress | None = None,
) -> Summary:
    """Judge all windows that had ended at `until` (now), from `since` on (as far back as late facts come), in `seconds`.

    Raises StorageError, WriteStateUnknown, SettingsError: the next run goes on.
    """
    started, summary = perf_counter(), Summary()
    until = until or datetime.now(UTC)
    try:
        with (
            lease(lake, _TERM) as held,
            scratch_folder("abslake-detect-") as folder,
            work_engine(folder, settings, preserve_insertion_order="false") as engine,
            closing(Work(lake, overlaid(lake, settings), engine, folder, Tuning.load(lake))) as work,
        ):
            deadline = None if seconds is None else monotonic() + seconds
            try:
                _Run(work, summary, until, deadline, progress, held.keep).all(since)
            except duckdb.Error as error:  # its text may quote identifiers
                raise StorageError(_why(error, work)) from None
            if seconds is None or perf_counter() - started < seconds:
                found_index_update.update(lake, work.pool, until, work.findings.written)
            summary.trained, summary.untrained = work.models.training()
    except Held:
        summary.busy = True
    except FileNotFoundError:
        raise StorageError("facts were replaced while they were read: the next run goes on") from None
    except duckdb.Error as error:  # its text may quote identifiers
        raise StorageError(f"the engine failed on detection ({type(error).__name__})") from None
    summary.seconds = perf_counter() - started
    return summary


def _why(error: duckdb.Error, work: Work) -> str:
    """What made the engine fail, without its words."""
    failed = f"the engine failed on detection ({type(error).__name__})"
    if not (keys := work.kept.unreadable(work.engine)):
        return failed
    return f"{failed}: {', '.join(keys)} cannot be read; what lies in detection/ may be deleted: it is made anew or done without"


class _Run:
    """The windows of one run, hour by hour."""

    def __init__(
        self,
        work: Work,
        summary: Summary,
        until: datetime,
        deadline: float | None,
        progress: Progress | None,
        keep: Callable[[], None],
    ) -> None:
        self._work, self._summary, self._until, self._deadline = work, summary, until, deadline
        self._progress, self._keep = progress, keep
        self._days: dict[str, Day] = {}
        self._again: set[datetime] = set()
        """Windows whose facts have not changed, but what they are judged by."""
        self._longest = 0.0
        self._total = 0

    def all(self, since: datetime | None) -> None:
        """Everything that is due."""
        first = since or self._until - timedelta(days=_LATE_DAYS)
        self._days = {day.date: day for day in self._changed(first)}
        self._again = windows.read_again(self._work.lake)
        hours = {hour for day in self._days.values() for hour in day.hours(self._until)}
        self._total = sum(len(self._day(hour).due(hour, self._until)) for hour in hours)
        while todo := hours | {_hour_of(window) for window in self._again if self._is_ended(window)}:
            hour = min(todo)
            if hour + windows.SETTLE + WINDOW > self._until or not self._hour(hour):
                break
            hours.discard(hour)
        self._leave(hours)

    def _changed(self, first: datetime) -> list[Day]:
        for _ in range(_LOOKS):
            with suppress(FileNotFoundError):
                return windows.changed(self._work.lake, first, self._until)
        raise StorageError("facts are replaced faster than they can be listed: the next run goes on")

    def _hour(self, hour: datetime) -> bool:
        """Judge what is due of an hour; False: there was no time for all of it."""
        day, number = self._day(hour), hour.hour
        fresh = {unit: day.units[unit] for unit in day.fresh if windows.hour_of(unit) == number}
        gone = [unit for unit in day.gone if windows.hour_of(unit) == number]
        masks = {u: m for u, m in day.ledger.units.items() if windows.hour_of(u) == number and u in day.units}
        masks |= (found := self._work.masks(fresh))
        open_ = {u: m for u, m in day.ledger.pending.items() if windows.hour_of(u) == number and u in day.units} | found
        due = reduce(or_, [*open_.values(), *(day.ledger.units[unit] for unit in gone)], 0)
        if self._work.models.build(hour):
            self._summary.models.append(hour)
        judged = 0
        for window in windows.starts(day.date, number, 0b111111):
            changed = bool(due & windows.bit(window))
            if (changed or window in self._again) and windows.ended(window, self._until):
                if self._is_late():
                    break
                self._keep()
                self._window(window, day, masks, facts_changed=changed)
                judged |= windows.bit(window)
        left = [w for w in windows.starts(day.date, number, due & ~judged) if windows.ended(w, self._until)]
        in_time = not left and not any(_hour_of(window) == hour for window in self._again if self._is_ended(window))
        # What is found is written first, then what follows of it, and last that it was done.
        self._work.save()
        windows.write_again(self._work.lake, self._again)
        day.ledger.units |= found
        day.ledger.pending = {u: m for u, m in day.ledger.pending.items() if windows.hour_of(u) != number}
        day.ledger.pending |= {unit: mask & ~judged for unit, mask in open_.items() if mask & ~judged}
        day.fresh = [unit for unit in day.fresh if unit not in fresh]
        if not left:
            for unit in gone:
                del day.ledger.units[unit]
            day.gone = [unit for unit in day.gone if unit not in gone]
        windows.write(self._work.lake, day.date, day.ledger)
        self._work.kept.forget_units()
        self._work.findings.forget(hour)
        return in_time

    def _window(self, window: datetime, day: Day, masks: Mapping[str, int], *, facts_changed: bool) -> None:
        began, name = monotonic(), f"{window:%H%M}"
        first_time = name not in day.ledger.windows
        units = [day.units[unit] for unit in sorted(masks) if masks[unit] & windows.bit(window)]
        done = self._work.window(window, units, facts_changed=facts_changed, first_time=first_time)
        day.ledger.windows[name] = done.verdict
        self._again.discard(window)
        if facts_changed:  # what is judged by this window comes after it, so in order it is judged again once
            self._again |= {later for later in self._after(window) if self._judged(later)}
        self._note(done, first_time=first_time)
        if self._progress:
            judged = self._summary.windows + self._summary.again
            self._progress(judged, max(self._total, judged), window)
        self._longest = max(self._longest, monotonic() - began)

    def _after(self, window: datetime) -> Iterator[datetime]:
        """Windows that are judged by what happened in this one: those of the next hour, and ends of hours for a day.

        What is found at these ends counts at those that look back on them.
        """
        yield from (window + n * WINDOW for n in range(1, 7))
        end = _hour_of(window) + _HOUR - WINDOW
        for n in range(self._work.settings.window_length + LOOK_BACK[Span.DAY] // _HOUR):
            if end + n * _HOUR > window:
                yield end + n * _HOUR

    def _judged(self, window: datetime) -> bool:
        return f"{window:%H%M}" in self._day(window).ledger.windows

    def _day(self, moment: datetime) -> Day:
        date = f"{moment:%Y-%m-%d}"
        if date not in self._days:
            ledger = windows.read(self._work.lake, date)
            self._days[date] = Day(date, ledger, {unit: names.unit_key(date, unit) for unit in ledger.units})
        return self._days[date]

    def _note(self, done: Done, *, first_time: bool) -> None:
        summary, verdict = self._summary, done.verdict
        summary.windows += first_time
        summary.again += not first_time
        summary.requests += verdict.requests
        summary.clients += verdict.clients
        summary.dropped += verdict.dropped
        attacks = sum(one.level is Level.ATTACK for one in done.new)
        summary.attacks += attacks
        summary.anomalies += len(done.new) - attacks
        summary.new += done.new

    def _is_late(self) -> bool:
        return self._deadline is not None and monotonic() + 1.5 * self._longest > self._deadline

    def _is_ended(self, window: datetime) -> bool:
        return windows.ended(window, self._until)

    def _leave(self, hours: set[datetime]) -> None:
        """Tell what is due still."""
        left = {window for hour in hours for window in self._day(hour).due(hour, self._until)}
        self._summary.left = len(left | {window for window in self._again if self._is_ended(window)})
        if left:
            self._summary.lag_seconds = (self._until - min(left) - WINDOW - windows.SETTLE).total_seconds()


def _hour_of(window: datetime) -> datetime:
    return window.replace(minute=0)
