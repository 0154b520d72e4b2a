"""Sums of an hour's windows, from which a day is added up: made when they are asked for, deleted when a window changes.

Six hours that a day holds as a whole are added up once more, to a *block*: so a day is the sum of nine objects, not of 24.
"""

from collections import defaultdict
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path

import duckdb

from abslake.detection import activity
from abslake.detection.kept import Kept, window_of

_HOUR = timedelta(hours=1)
BLOCK = 6
"""Hours. They begin at midnight, at six, noon and eighteen."""


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
        """Local files of the hours with traffic, ``first <= hour < end``, as few as can be; those that are not there yet are
        made.

        Raises StorageError, WriteStateUnknown.
        """
        hours = [first + n * _HOUR for n in range((end - first) // _HOUR)]
        blocks = [hour for hour in hours if hour.hour % BLOCK == 0 and hour + BLOCK * _HOUR <= end]
        single = [hour for hour in hours if block_of(hour) not in blocks]
        new = [block for block in blocks if activity.block_key(block, BLOCK) not in self._keys]
        wanted = {*single, *(hour for block in new for hour in _hours_of(block))}
        if missing := {hour for hour in wanted if activity.hour_key(hour) not in self._keys}:
            self._make(missing)
        for block in new:
            self._make_block(block)
        keys = [*(activity.block_key(block, BLOCK) for block in blocks), *map(activity.hour_key, single)]
        return self._kept.fetched(key for key in keys if key in self._keys)

    def forget(self, window: datetime) -> None:
        """The sums of the window's hour, and of its block, do not hold any more. Raises StorageError."""
        for key in (activity.block_key(block_of(window), BLOCK), activity.hour_key(window)):
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

    def _make_block(self, block: datetime) -> None:
        there = [key for hour in _hours_of(block) if (key := activity.hour_key(hour)) in self._keys]
        if there:
            path, key = self._kept.folder / "block.parquet", activity.block_key(block, BLOCK)
            activity.add_up_block(self._engine, self._kept.fetched(there), path, self._rows)
            self._kept.put(key, path)
            self._keys.add(key)


def block_of(moment: datetime) -> datetime:
    """When the block begins that a moment is in."""
    return moment.replace(hour=moment.hour // BLOCK * BLOCK, minute=0)


def _hours_of(block: datetime) -> list[datetime]:
    return [block + n * _HOUR for n in range(BLOCK)]
