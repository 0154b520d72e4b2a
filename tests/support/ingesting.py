"""Ingest bytes as a log object and see what became of them: receipt, fact rows, quarantine records."""

import gzip
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from hashlib import md5
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from unittest.mock import patch

import duckdb

from abslake import formats
from abslake.facts.ingest import LogObject, Receipt, ingest
from abslake.facts.schema import COLUMNS, KEYS
from abslake.records import gunzip
from abslake.records.definitions import Definitions, parse_all
from abslake.settings import Settings
from abslake.storage import Lake

Row = dict[str, Any]
UPLOADED = datetime(2026, 3, 2, 10, 20, tzinfo=UTC)
ANY_TIME = Settings(event_time_past_days=None, event_time_future_minutes=None)


@dataclass(frozen=True)
class Ingested:
    """What one ingest left in the lake."""

    receipt: Receipt
    lake: Lake

    @property
    def rows(self) -> list[Row]:
        """All fact rows of this log object's units."""
        return rows_of(self.lake, self.receipt.units)

    @property
    def row(self) -> Row:
        """The only fact row."""
        (row,) = self.rows
        return row

    @property
    def quarantine(self) -> list[dict[str, Any]]:
        """The records of the quarantine object after its head."""
        return quarantine_of(self.lake, self.receipt.quarantine)[1:]

    @property
    def reasons(self) -> dict[int | None, str]:
        """Line number -> reason."""
        return {record["line"]: record["reason"] for record in self.quarantine}


def ingested(
    data: bytes,
    *,
    apis: Mapping[str, Mapping[str, Any]] | Definitions | None = None,
    lake: Lake | None = None,
    format_name: str | None = None,
    known: Mapping[str, formats.Format] | None = None,
    **settings: Any,
) -> Ingested:
    """Ingest `data` into `lake` (a new one in memory if None), any event time unless `settings` say otherwise."""
    definitions = apis if isinstance(apis, Definitions) else definitions_of(apis or {})
    lake = lake or Lake("memory:")
    chosen = Settings.model_validate({**ANY_TIME.model_dump(), **settings})
    return Ingested(ingest(log_object(data), lake, definitions, chosen, format_name, known=known), lake)


def log_object(data: bytes, key: str = "logs/upload", uploaded: datetime = UPLOADED) -> LogObject:
    """An upload of `data`; equal bytes under an equal key are the same log object."""
    etag = md5(data, usedforsecurity=False).hexdigest()
    return LogObject("landing", key, etag, uploaded, len(data), lambda: io.BytesIO(data))


def definitions_of(apis: Mapping[str, Mapping[str, Any]]) -> Definitions:
    """Valid definitions, by name: the fields of ``api_metadata``."""
    files = ((name, json.dumps({"api_metadata": metadata}).encode()) for name, metadata in apis.items())
    found = parse_all(files)
    assert not found.rejected, found.rejected
    return found


def rows_of(lake: Lake, keys: Iterable[str]) -> list[Row]:
    """The fact rows of units, times in UTC without zone."""
    return [row for key in keys for row in _parquet_rows(lake.get(key))]


def metadata_of(lake: Lake, key: str) -> dict[str, str]:
    """The Parquet metadata of a unit."""
    with _file(lake.get(key)) as path, duckdb.connect() as engine:
        found = engine.execute(f"SELECT decode(key), decode(value) FROM parquet_kv_metadata('{path}')").fetchall()
    return dict(found)


def quarantine_of(lake: Lake, key: str | None) -> list[dict[str, Any]]:
    """Head and records of a quarantine object; empty where there is none."""
    return [json.loads(line) for line in gzip.decompress(lake.get(key)).splitlines()] if key else []


def summed(rows: Iterable[Row]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Facts independent of how they are cut into units: measures by all keys.

    `connections` is left out: it counts distinct ids within a unit, on purpose no sum.
    """
    totals: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        into = totals.setdefault(tuple(row[column.name] for column in KEYS), {})
        for name in ("requests", "request_bytes", "response_bytes", "response_time_us"):
            if row[name] is not None:
                into[name] = into.get(name, 0) + row[name]
        into["connection_bits"] = row["connection_bits"] | into.get("connection_bits", 0)
        into["first_seen"] = min(row["first_seen"], into.get("first_seen", row["first_seen"]))
        into["last_seen"] = max(row["last_seen"], into.get("last_seen", row["last_seen"]))
    return totals


@contextmanager
def line_parser_only(name: str) -> Iterator[None]:
    """The format without its fast reading."""
    every = formats.formats()
    with patch.object(formats, "formats", lambda: every | {name: replace(every[name], fast=None)}):
        yield


@contextmanager
def small_reads(size: int) -> Iterator[None]:
    """Log objects are read and decompressed so many bytes at a time, so that small logs have several parts."""
    with patch.object(gunzip, "_READ", size), patch.object(gunzip, "_PIECE", size):
        yield


@contextmanager
def _file(data: bytes) -> Iterator[Path]:
    with NamedTemporaryFile(suffix=".parquet") as file:
        file.write(data)
        file.flush()
        yield Path(file.name)


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    """One for all files: to begin one takes longer than to read a small unit."""
    return duckdb.connect(config={"threads": 1})


def _parquet_rows(data: bytes) -> list[Row]:
    with _file(data) as path:
        cursor = _engine().execute(f"FROM read_parquet('{path}')")
        names = [column[0] for column in cursor.description]
        assert names == [column.name for column in COLUMNS]
        return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]
