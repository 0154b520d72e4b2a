"""The days that a lake has facts of: the first and the last, without listing all that lies between."""

from datetime import UTC, datetime, timedelta

from abslake.detection import windows
from abslake.facts import schema
from abslake.storage import Lake

_DAY = timedelta(days=1)
_BEYOND = datetime(2200, 1, 1, tzinfo=UTC)


def first_and_last(lake: Lake) -> tuple[datetime, datetime] | None:
    """The days at their beginning (UTC); None: there are no facts. About 16 listings, of a page each. Raises StorageError."""
    first = windows.first_day(lake)
    if first is None:
        return None
    low, high = first, max(_BEYOND, first + _DAY)  # facts at or after `low`, none at or after `high`
    while high - low > _DAY:
        middle = low + (high - low) // _DAY // 2 * _DAY
        low, high = (middle, high) if _any_since(lake, middle) else (low, middle)
    return first, low


def _any_since(lake: Lake, day: datetime) -> bool:
    later = lake.list(schema.PREFIX, start_after=f"{schema.PREFIX}date={day:%Y-%m-%d}")
    return any(entry.key.endswith(".parquet") for entry in later)
