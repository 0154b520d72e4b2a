"""What a rebuild of some days needs: their units, and the log objects that can hold their events."""

import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from abslake.errors import UpkeepRefused
from abslake.index import names, replacing, root
from abslake.settings import Settings
from abslake.storage import Lake
from abslake.upkeep import copies
from abslake.upkeep.copies import ERASED, Described, Source
from abslake.upkeep.logs import Located, Logs

_DAY = timedelta(days=1)


@dataclass(slots=True)
class Plan:
    """What a rebuild would do."""

    days: list[str]
    logs: list[Located] = field(default_factory=list)
    """Log objects to read."""
    units: dict[str, Described] = field(default_factory=dict)
    """The units of these days that count."""
    missing: list[Source] = field(default_factory=list)
    """Log objects of these days that are gone."""
    erased: list[Source] = field(default_factory=list)
    """Log objects of these days whose units something was erased from."""
    nameless: int = 0
    """Units that do not tell their log object."""


def plan(lake: Lake, logs: Logs, first: str, end: str, settings: Settings) -> Plan:
    """Look what there is of the days ``first <= day < end`` (UTC). Changes nothing.

    Log objects are those that units of these days were made of, and those found in `logs` that were uploaded when
    events of these days could come (`settings.event_time_past_days`; without it, any that were uploaded since).
    Raises UpkeepRefused, FileNotFoundError (begin again), StorageError.
    """
    days = _days(first, end)
    state = root.load(lake).root
    if not state.counts(first):
        raise UpkeepRefused(f"days before {state.since} are kept no longer: rebuild from {state.since} on")
    planned = Plan(days)
    with copies.engine(settings) as engine:
        keys = itertools.chain.from_iterable(replacing.counting_units(lake, state, day) for day in days)
        planned.units = {unit.key: unit for unit in copies.describe(lake, keys, engine)}
    sources = {unit.source for unit in planned.units.values() if unit.source}
    planned.nameless = sum(1 for unit in planned.units.values() if not unit.source)
    planned.erased = sorted({u.source for u in planned.units.values() if u.source and ERASED in u.metadata})
    for source in sorted(sources):
        located = logs.find(source)
        if located:
            planned.logs.append(located)
        else:
            planned.missing.append(source)
    planned.logs += logs.others(*_upload_window(first, end, settings))
    return planned


def _days(first: str, end: str) -> list[str]:
    begin, stop = names.first_moment(first), names.first_moment(end)
    if begin >= stop:
        raise UpkeepRefused("the range holds no day: its end is not included, and must lie behind its begin")
    return [f"{begin + n * _DAY:%Y-%m-%d}" for n in range((stop - begin) // _DAY)]


def _upload_window(first: str, end: str, settings: Settings) -> tuple[datetime | None, datetime | None]:
    """When events of the days may have been uploaded."""
    ahead, late = settings.event_time_future_minutes, settings.event_time_past_days
    return (
        None if ahead is None else names.first_moment(first) - timedelta(minutes=ahead),
        None if late is None else names.first_moment(end) + timedelta(days=late),
    )
