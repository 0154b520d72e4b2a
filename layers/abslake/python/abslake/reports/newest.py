"""The newest days of a lake, for reports that are asked for without dates."""

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from itertools import groupby
from typing import NamedTuple

from abslake.errors import BadRequest
from abslake.facts import schema
from abslake.index import names, pending, root
from abslake.reports import dates, planner
from abslake.reports.answer import pool
from abslake.reports.facts_reading import Reader
from abslake.storage import Entry, Lake

DAYS = 7
"""Days that are looked at, the newest of the lake among them."""

_HOUR = timedelta(hours=1)


class Looked(NamedTuple):
    """What is looked at, UTC."""

    earlier: datetime
    later: datetime
    units: Sequence[Entry]


def looked(reader: Reader, end: datetime, share: int = 1) -> Looked:
    """The newest days before `end`, or as many of their newest hours as a report may read: of its budget one in `share`.

    Raises BadRequest (``RANGE_TOO_LARGE``), FileNotFoundError where the lake is written again meanwhile, StorageError.
    """
    newest = max((day for day in _days(reader.lake) if names.first_moment(day) < end), default=None)
    if newest is None:
        return Looked(end, end, ())
    later = min(names.end_moment(newest), end)
    earlier = names.end_moment(newest) - timedelta(days=DAYS)
    units = planner.fact_units(reader.lake, earlier, later, pool())
    hours = [(hour, list(group)) for hour, group in groupby(units, key=lambda unit: unit.key.rpartition("/")[0])]
    left, taken, first = reader.settings.report_budget_bytes // share, [], earlier
    for hour, group in reversed(hours):
        left -= sum(unit.size for unit in group)
        if left < 0:
            break
        taken += group
        first = _moment(hour)
    else:
        first = earlier
    if units and not taken:
        raise BadRequest("the newest hour alone is more than one report may read", "RANGE_TOO_LARGE")
    return Looked(first, later, taken)


def said(looked: Looked, zone: tzinfo | None) -> str:
    """What an answer says of it."""
    if looked.earlier == looked.later:
        return "There are no facts to look at."
    first, last = (dates.spell(at, zone) for at in (looked.earlier, looked.later))
    return f"Counts are those from {first} to {last}, the end not included."


def first_hour(lake: Lake) -> datetime | None:
    """The first hour of the lake that has facts, None where there are none. Raises StorageError."""
    for day in sorted(_days(lake)):
        for entry in lake.list(f"{schema.PREFIX}date={day}/"):
            if entry.key.endswith(".parquet"):
                return _moment(entry.key.rpartition("/")[0])
    return None


def _moment(folder: str) -> datetime:
    """The hour whose folder it is."""
    day, _, hour = folder.removeprefix(f"{schema.PREFIX}date=").partition("/hour=")
    return names.first_moment(day) + int(hour) * _HOUR


def _days(lake: Lake) -> set[str]:
    """The days that have facts, by the index and what it does not cover yet; without index by the facts."""
    snapshot = root.load(lake)
    if snapshot.etag is None:
        return {names.day_of(entry.key) for entry in lake.list(schema.PREFIX) if entry.key.endswith(".parquet")}
    indexed = (day for index in snapshot.root.kinds.values() for day in index.days)
    return {day for day in (*indexed, *pending.by_day(lake)) if snapshot.root.counts(day)}
