"""Which windows are to be judged: those that have ended and hold facts that were not judged yet, late ones among them.

For each day ``detection/judged/date=YYYY-MM-DD.json`` remembers the units of facts that were judged, each with the windows
of its hour that it touches, and what each window came to. Units that appear make their windows due, and so do units that
are gone (replaced or erased).
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import or_

import msgspec

from abslake.detection.findings import WINDOW
from abslake.facts import schema
from abslake.index import ledgers, names, replacing, root
from abslake.index.root import Root
from abslake.storage import Lake

_logger = logging.getLogger(__name__)

PREFIX = "detection/judged/"
AGAIN = "detection/again.json"
SETTLE = timedelta(minutes=2)
"""A window is judged so long after its end: most logs come later, and what does makes it due again."""

_DAY = timedelta(days=1)


class Verdict(msgspec.Struct):
    """What judging a window came to."""

    judged_at: datetime
    model: str | None
    """The model it was judged by; None: none yet."""
    requests: int
    clients: int
    attacks: int
    anomalies: int
    dropped: int = 0


class Ledger(msgspec.Struct):
    """What was judged of a day."""

    units: dict[str, int] = {}
    """Short name of a unit -> windows of its hour that it touches, a bit each."""
    pending: dict[str, int] = {}
    """Units of which some windows are not judged yet: they had not ended, or there was no time."""
    windows: dict[str, Verdict] = {}
    """HHMM -> what it came to."""


@dataclass
class Day:
    """A day with work: its ledger and the units of facts that count now."""

    date: str
    ledger: Ledger
    units: Mapping[str, str]
    """Short name -> key."""
    fresh: Sequence[str] = field(default_factory=tuple)
    """Short names that the ledger lacks."""
    gone: Sequence[str] = field(default_factory=tuple)
    """Short names that count no more."""

    def hours(self, until: datetime) -> list[datetime]:
        """The hours with work, ascending: with units that are fresh or gone, or with pending windows that had ended by then."""
        found = {hour_of(unit) for unit in (*self.fresh, *self.gone)}
        found |= {hour_of(unit) for unit, mask in self.ledger.pending.items() if self._has_ended(unit, mask, until)}
        return [names.first_moment(self.date) + timedelta(hours=hour) for hour in sorted(found)]

    def due(self, hour: datetime, until: datetime) -> list[datetime]:
        """Windows of an hour that wait to be judged; all that have ended, where its units were not looked at yet."""
        mask = 0b111111
        if not any(hour_of(unit) == hour.hour for unit in (*self.fresh, *self.gone)):
            mask = reduce(or_, (m for unit, m in self.ledger.pending.items() if hour_of(unit) == hour.hour), 0)
        return [window for window in starts(self.date, hour.hour, mask) if ended(window, until)]

    def _has_ended(self, unit: str, mask: int, until: datetime) -> bool:
        return any(ended(window, until) for window in starts(self.date, hour_of(unit), mask))


def key(date: str) -> str:
    """Where the ledger of a day lies."""
    return f"{PREFIX}date={date}.json"


def read(lake: Lake, date: str) -> Ledger:
    """The ledger of a day; an empty one where it is damaged: then the whole day is due again. Raises StorageError."""
    try:
        return msgspec.json.decode(lake.get(key(date)), type=Ledger)
    except FileNotFoundError:
        return Ledger()
    except msgspec.MsgspecError:
        _logger.warning("%s is damaged: the day is judged again", key(date))
        return Ledger()


def write(lake: Lake, date: str, ledger: Ledger) -> None:
    """Keep the ledger of a day. Raises WriteStateUnknown."""
    lake.put(key(date), msgspec.json.encode(ledger), "application/json")


def read_again(lake: Lake) -> set[datetime]:
    """Windows to judge again though their facts are the same: what they are judged by has changed. Raises StorageError.

    None where the object is damaged: their findings stay as they were.
    """
    try:
        return set(msgspec.json.decode(lake.get(AGAIN), type=list[datetime]))
    except FileNotFoundError:
        return set()
    except msgspec.MsgspecError:
        _logger.warning("%s is damaged: it counts as empty", AGAIN)
        return set()


def write_again(lake: Lake, again: Iterable[datetime]) -> None:
    """Keep them. Raises WriteStateUnknown."""
    lake.put(AGAIN, msgspec.json.encode(sorted(again)), "application/json")


def changed(lake: Lake, first: datetime, end: datetime) -> list[Day]:
    """Days with facts that were not judged, ascending. Costs a listing, and a read a day.

    Raises FileNotFoundError (facts were replaced meanwhile: begin again), StorageError.
    """
    state = root.load(lake)
    found = []
    day = first.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    facts = _facts(lake, day, end)
    while day < end:
        date = f"{day:%Y-%m-%d}"
        day += _DAY
        if not state.root.counts(date):
            continue  # dropped by retention: what was found there goes as well
        there = facts.get(date, [])
        units = {names.short_name(unit): unit for unit in _counting(lake, state.root, date, there)}
        ledger = read(lake, date)
        fresh = sorted(set(units) - set(ledger.units))
        gone = sorted(set(ledger.units) - set(units))
        if fresh or gone or ledger.pending:
            found.append(Day(date, ledger, units, fresh, gone))
    return found


def first_day(lake: Lake) -> datetime | None:
    """The first day that has facts. Raises StorageError."""
    entry = next((entry for entry in lake.list(schema.PREFIX) if entry.key.endswith(".parquet")), None)
    return names.first_moment(names.day_of(entry.key)) if entry else None


def starts(date: str, hour: int, mask: int) -> list[datetime]:
    """The windows of an hour whose bits are set."""
    base = names.first_moment(date) + timedelta(hours=hour)
    return [base + n * WINDOW for n in range(6) if mask >> n & 1]


def hour_of(unit: str) -> int:
    """The event hour of a unit of facts, by its short name."""
    return int(unit[:2])


def bit(window: datetime) -> int:
    """The window's bit in its hour."""
    return 1 << window.minute // 10


def ended(window: datetime, now: datetime) -> bool:
    """Whether a window may be judged."""
    return window + WINDOW + SETTLE <= now


def _facts(lake: Lake, first: datetime, end: datetime) -> dict[str, list[str]]:
    """Units of facts by day, ``first <= day < end``, in one listing."""
    found: dict[str, list[str]] = defaultdict(list)
    for entry in lake.list(schema.PREFIX, start_after=f"{schema.PREFIX}date={first:%Y-%m-%d}/"):
        if entry.key.endswith(".parquet"):
            date = names.day_of(entry.key)
            if names.first_moment(date) >= end:
                break  # in the order of time
            found[date].append(entry.key)
    return found


def _counting(lake: Lake, state: Root, date: str, there: list[str]) -> Iterable[str]:
    """Those that count (`replacing.counting_units`), with as few reads as can be."""
    if any(names.is_replacement(unit) for unit in there):
        return replacing.counting_units(lake, state, date)
    gone = ledgers.retired(lake, state, date)
    return [unit for unit in there if names.short_name(unit) not in gone]
