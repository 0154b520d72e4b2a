"""Retention: days older than `settings.retention_days` count no more, and what the lake holds of them is deleted.

Two mechanisms share the work. The index's root says from which day on facts count: that is exact, at once and for all
reports. The deleting is done here in any store; in the stack's bucket S3's lifecycle rules do it too, by the time of the
upload, with the same number of days. They may begin with a day's facts at midnight (UTC) so many days after it: a day is
taken out of the account `_AHEAD` of that, so no report answers from a day that is half gone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

from abslake.detection import findings, found_index
from abslake.facts import flagged, quarantine, schema
from abslake.index import names, replacing, root
from abslake.settings import Settings
from abslake.storage import Lake

_AHEAD = timedelta(hours=6)
_BATCH = 1000
_DETECTION = ("activity", "histograms", "hours", "judged", "recurring", "transitions")
_DATED = {schema.PREFIX: "date=", findings.PREFIX: "date=", flagged.PREFIX: "date="}
_DATED |= {f"detection/{name}/": "date=" for name in _DETECTION}
_DATED |= {quarantine.PREFIX: "", names.PENDING: "date=", found_index.PREFIX: ""}
"""What lies in folders by day (in objects by month), and what stands before the day in the folder's name."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """What retention has done."""

    since: str
    """The first day that counts (``YYYY-MM-DD``, UTC)."""
    objects: int = 0
    """Objects of earlier days that were deleted."""


def first_day(days: int, now: datetime) -> str:
    """The first day that counts of `days` days, today's included: some hours before midnight it is tomorrow's already."""
    return f"{(now + _AHEAD).astimezone(UTC) - timedelta(days=days - 1):%Y-%m-%d}"


def apply(lake: Lake, settings: Settings, now: datetime) -> Dropped | None:
    """Drop the days that have come of age since the last call; None: there is nothing to do.

    To be called every now and then, at least every few hours: it costs one request until the next day has come of age.
    What comes late of days that were dropped before does not count, and is deleted with the next day.
    Raises WriteRefused, WriteStateUnknown, StorageError: repeat it, at the latest the next day's call does.
    """
    if settings.retention_days is None:
        return None
    day = first_day(settings.retention_days, now)
    since = root.load(lake).root.since
    return None if since is not None and since >= day else drop(lake, day)


def drop(lake: Lake, day: str) -> Dropped:
    """Days before `day` count no more, ever again, and go; so does what was left of days dropped earlier.

    Raises as `apply`; the day may be dropped by then, and a repeated call goes on with the deleting.
    """
    replacing.initialise(lake)
    replacing.drop_before(lake, day)
    since = root.load(lake).root.since or day  # a later one is kept
    return Dropped(since, _delete(lake, since))


def older(lake: Lake, day: str) -> dict[str, int]:
    """How many objects lie before `day`, by their first folder. Raises StorageError."""
    return {prefix: sum(1 for _ in _before(lake, prefix, day)) for prefix in _DATED}


def _delete(lake: Lake, day: str) -> int:
    count = 0
    for prefix in _DATED:
        keys = _before(lake, prefix, day)
        while batch := list(islice(keys, _BATCH)):
            lake.delete(batch)
            count += 0 if prefix == names.PENDING else len(batch)
    return count


def _before(lake: Lake, prefix: str, day: str) -> Iterator[str]:
    """Keys of days before `day`; a listing is in the order of names, so it ends there."""
    end = f"{prefix}{_DATED[prefix]}{day}"
    for entry in lake.list(prefix):
        if entry.key >= end:
            return
        yield entry.key
