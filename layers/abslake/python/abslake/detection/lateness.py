"""Whether detection is on time: facts that could have been judged and were not."""

from datetime import datetime, timedelta

from abslake.detection import windows
from abslake.detection.findings import WINDOW
from abslake.detection.windows import SETTLE, Day
from abslake.facts import schema
from abslake.index import names
from abslake.storage import Lake

LATE_SECONDS = 3_600.0
"""A lag over this is late: `abslake detect status --check` fails, and so does the health report."""

LOOK_BACK = timedelta(days=8)
"""Late facts are looked for so far before the last facts there are."""


def due(lake: Lake, days: tuple[datetime, datetime], now: datetime) -> tuple[int, float]:
    """Hours whose facts wait, and the longest wait in seconds.

    They wait since their first window that was not judged had ended, or since they came.
    `days`: the first and the last with facts. Raises StorageError, FileNotFoundError where facts change meanwhile.
    """
    hours, lag_seconds = 0, 0.0
    first, end = max(days[0], days[1] - LOOK_BACK), max(now, days[1]) + timedelta(days=1)
    for day in windows.changed(lake, first, end):
        for hour in day.hours(now):
            since = _waits_since(lake, day, hour.hour) or _judgeable_since(day, hour, now)
            if since is None or since <= now:
                hours += 1
                lag_seconds = max(lag_seconds, (now - since).total_seconds() if since else 0.0)
    return hours, lag_seconds


def _judgeable_since(day: Day, hour: datetime, now: datetime) -> datetime | None:
    """Since when windows wait whose units were looked at before they had ended; None: none do."""
    fresh = any(windows.hour_of(unit) == hour.hour for unit in (*day.fresh, *day.gone))
    due = [] if fresh else day.due(hour, now)
    return min(due) + WINDOW + SETTLE if due else None


def _waits_since(lake: Lake, day: Day, hour: int) -> datetime | None:
    """None: only units that are gone wait."""
    start = names.first_moment(day.date) + timedelta(hours=hour)
    units = {unit for unit in day.fresh if windows.hour_of(unit) == hour}
    keys = {day.units[unit] for unit in units}
    arrived = [
        one.last_modified for one in lake.list(f"{schema.PREFIX}date={day.date}/hour={hour:02}/") if one.key in keys
    ]
    if not arrived:
        return None
    judged = [int(name[2:]) // 10 for name in day.ledger.windows if int(name[:2]) == hour]
    first = min(max(judged, default=-1) + 1, 5)
    return max(start + (first + 1) * WINDOW + SETTLE, min(arrived))
