"""Markers: empty objects that say "this unit may not be covered by the index yet".

A marker is made behind its unit, so that it never names what is not there, and goes only when every kind of index
covers the unit. A crash between the two leaves a unit that counts once its log object is delivered again, as it would
have without any index; at the latest when its day is settled, since then the facts themselves are listed.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from abslake.facts import schema
from abslake.index import names
from abslake.storage import Lake

_MINUTE = timedelta(minutes=1)


def marker_key(unit: str) -> str:
    """The marker of a unit."""
    return names.PENDING + unit.removeprefix(schema.PREFIX)


def unit_of(marker: str) -> str:
    """The unit of a marker."""
    return schema.PREFIX + marker.removeprefix(names.PENDING)


def mark(lake: Lake, unit: str) -> None:
    """Mark a unit that is there. Raises WriteStateUnknown, StorageError: repeat the whole."""
    lake.create(marker_key(unit), b"")


def between(lake: Lake, earlier: datetime, later: datetime) -> Iterator[str]:
    """Marked units of the hours that the range touches, ``earlier <= minute < later`` (UTC). Raises StorageError.

    The listing begins at the first hour and stops behind the last, however much is marked elsewhere.
    """
    first, end = _folder(earlier), _behind(_folder(later - _MINUTE))
    in_order = lake.folder is None
    for entry in lake.list(names.PENDING, start_after=first):
        if entry.key < end:
            yield unit_of(entry.key)
        elif in_order:
            return


def of_day(lake: Lake, day: str) -> list[str]:
    """Marked units of one day. Raises StorageError."""
    return [unit_of(entry.key) for entry in lake.list(f"{names.PENDING}date={day}/")]


def by_day(lake: Lake) -> dict[str, list[str]]:
    """All marked units. Raises StorageError."""
    days: dict[str, list[str]] = {}
    for entry in lake.list(names.PENDING):
        days.setdefault(names.day_of(entry.key), []).append(unit_of(entry.key))
    return days


def forget(lake: Lake, units: Iterable[str]) -> None:
    """Take markers away. Raises StorageError; to repeat it is safe."""
    lake.delete([marker_key(unit) for unit in units])


def _folder(hour: datetime) -> str:
    return names.PENDING + schema.hour_prefix(hour).removeprefix(schema.PREFIX)


def _behind(folder: str) -> str:
    """The first key behind everything in a folder: "0" is the character behind "/"."""
    return folder[:-1] + "0"
