"""In which hours a client has requests: read from the index day by day, so that facts need be read of these hours only.

A light client's rows of a day stand in one object. Of a heavy one that object has sums only; its rows lie apart, by hour.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import duckdb

from abslake.errors import StorageError
from abslake.index import layout, names, reading
from abslake.index.root import Shape
from abslake.reports import engine, planner
from abslake.reports.answer import cache, pool
from abslake.reports.facts_reading import Reader
from abslake.reports.question import Question

_DAYS_AT_ONCE = 32
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)

_OF_INDEX = """
    SELECT filename, part IS NULL AS joint, date_trunc('hour', minute) AS hour
    FROM read_parquet($files, hive_partitioning = false, union_by_name = true, filename = true)
    WHERE value = $value GROUP BY ALL
"""
_OF_FACTS = """
    SELECT filename, true AS joint, date_trunc('hour', minute) AS hour
    FROM read_parquet($files, hive_partitioning = false, filename = true)
    WHERE {column} = $value AND api IS NOT NULL GROUP BY ALL
"""


@dataclass(frozen=True, slots=True)
class _Segment:
    """A segment of a day: where the client's rows or sums lie, and where its rows lie if it is heavy."""

    folder: str
    shape: Shape

    def rows(self, value: str) -> str:
        return self.folder + layout.rows_name(layout.prefix(value, self.shape.digits))

    def heavy(self, value: str) -> list[str]:
        return list(layout.heavy_keys(self.folder, self.shape, 0, 24, value))


def hours(reader: Reader, question: Question, earlier: datetime) -> Iterator[datetime]:
    """The hours from that of `earlier` on, ascending, each as its begin (UTC); some may be out of the range's minutes.

    Raises FileNotFoundError (begin again), also where the index has moved on meanwhile; StorageError.
    """
    begin = earlier.replace(minute=0)
    view = reading.look(reader.lake, pool(), question.kind.value, begin, question.later)
    units = _by_day(
        view.units if view else [unit.key for unit in planner.fact_units(reader.lake, begin, question.later, pool())]
    )
    days = _days(view.earlier if view else begin, question.later)
    with engine.connected(cache(reader.lake, reader.settings.cache_bytes).folder, reader.settings) as connection:
        found = _Found(reader, question, connection)
        while some := list(islice(days, _DAYS_AT_ONCE)):
            there: set[datetime] = set()
            if view:
                there |= found.in_index([one for day in some for one in _segments(view, day)])
            there |= found.in_facts([unit for day in some for unit in units.get(day, ())])
            if not reading.still(reader.lake, view):  # each time, since whoever asks may have enough
                raise FileNotFoundError(names.ROOT)
            yield from sorted(hour for hour in there if begin <= hour < question.later)


@dataclass(frozen=True, slots=True)
class _Found:
    """Hours of the client in objects."""

    reader: Reader
    question: Question
    connection: duckdb.DuckDBPyConnection

    def in_index(self, segments: Sequence[_Segment]) -> set[datetime]:
        by_key = {segment.rows(self.question.value): segment for segment in segments}
        there: set[datetime] = set()
        heavy: list[str] = []
        for key, joint, hour in self._read(list(by_key), _OF_INDEX):
            if joint:
                there.add(hour)
            elif key in by_key:
                heavy += by_key.pop(key).heavy(self.question.value)
        return there | {hour for _, joint, hour in self._read(heavy, _OF_INDEX) if joint}

    def in_facts(self, units: Sequence[str]) -> set[datetime]:
        return {hour for *_, hour in self._read(units, _OF_FACTS.format(column=self.question.kind.value))}

    def _read(self, keys: Sequence[str], statement: str) -> Iterator[tuple[str, bool, datetime]]:
        copies = cache(self.reader.lake, self.reader.settings.cache_bytes)
        account = self.reader.account
        for start in range(0, len(keys), _DAYS_AT_ONCE):
            some = keys[start : start + _DAYS_AT_ONCE]
            account.planned += len(some)
            with copies.files(some, account.reads) as paths:
                key_of = dict(zip(map(str, paths), some, strict=True))
                rows = self._ask(statement, paths)
            for path, joint, hour in rows:
                yield key_of[path], joint, hour.replace(tzinfo=UTC) if hour else hour

    def _ask(self, statement: str, paths: Sequence[Path]) -> list[tuple[str, bool, datetime]]:
        given = {"files": engine.patterns(paths), "value": self.question.value}
        try:
            return self.connection.execute(statement, given).fetchall()
        except (duckdb.IOException, duckdb.InvalidInputException) as error:
            if all(path.exists() for path in paths):
                raise StorageError("an object of the lake cannot be read") from error
            raise FileNotFoundError from error


def _segments(view: reading.View, day: str) -> list[_Segment]:
    return [
        _Segment(names.folder(view.kind, day, segment.generation), segment.shape)
        for segment in view.root.segments(view.kind, day)
        if segment.shape.rows
    ]


def _days(earlier: datetime, later: datetime) -> Iterator[str]:
    begin = earlier.replace(hour=0, minute=0)
    return (f"{begin + number * _DAY:%Y-%m-%d}" for number in range(-(-(later - begin) // _DAY)))


def _by_day(units: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for unit in units:
        found.setdefault(names.day_of(unit), []).append(unit)
    return found
