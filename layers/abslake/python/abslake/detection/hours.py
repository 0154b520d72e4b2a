"""Sums of an hour's windows, from which a day is added up: made when they are asked for, deleted when a window changes."""

from collections import defaultdict
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path

import duckdb

from abslake.detection import activity
from abslake.detection.kept import Kept, window_of

_HOUR = timedelta(hours=1)


class Hours:
    """The sums of hours in the lake."""

    def __init__(self, kept: Kept, engine: duckdb.DuckDBPyConnection, rows: activity.DayRows) -> None:
        """`rows`: what is added up."""
        self._kept, self._engine, self._rows = kept, engine, rows

    @cached_property
    def _keys(self) -> set[str]:
        """Keys of those that there are. None is there of an hour whose activity has changed since."""
        return {entry.key for entry in self._kept.lake.list(activity.HOURS)}

    def files(self, first: datetime, end: datetime) -> list[Path]:
        """Local files of the hours with traffic, ``first <= hour < end``; those that are not there yet are made.

        Raises StorageError, WriteStateUnknown.
        """
        hours = [first + n * _HOUR for n in range((end - first) // _HOUR)]
        if missing := {hour for hour in hours if activity.hour_key(hour) not in self._keys}:
            self._make(missing)
        return self._kept.fetched(key for hour in hours if (key := activity.hour_key(hour)) in self._keys)

    def forget(self, window: datetime) -> None:
        """The sums of the window's hour do not hold any more. Raises StorageError."""
        key = activity.hour_key(window)
        if key in self._keys:
            self._kept.delete(key)
            self._keys.discard(key)

    def _make(self, missing: set[datetime]) -> None:
        windows: dict[datetime, list[str]] = defaultdict(list)
        for key in self._kept.keys(activity.PREFIX, min(missing), max(missing) + _HOUR):
            windows[window_of(key).replace(minute=0)].append(key)
        path = self._kept.folder / "hour.parquet"
        for hour in sorted(missing & set(windows)):
            activity.add_up_hour(self._engine, self._kept.fetched(windows[hour]), path, self._rows)
            self._kept.put(activity.hour_key(hour), path)
            self._keys.add(activity.hour_key(hour))
