"""Lakes under upkeep: logs that are kept in memory, copies of lakes, writes that fail, and every byte that a lake holds."""

import base64
import gzip
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from abslake.errors import StorageError
from abslake.facts.ingest import LogObject
from abslake.storage import Lake
from abslake.upkeep.copies import Source
from abslake.upkeep.logs import Located


class LogsInMemory:
    """A place of logs: see `abslake.upkeep.logs.Logs`."""

    where = "memory"

    def __init__(self, *logs: LogObject) -> None:
        self.logs = {Source(log.bucket, log.key, log.etag): log for log in logs}
        self._found: set[Source] = set()

    def find(self, source: Source) -> Located | None:
        self._found.add(source)
        return self._located(source) if source in self.logs else None

    def others(self, first: datetime | None, end: datetime | None) -> Iterator[Located]:
        for source, log in self.logs.items():
            in_time = (first is None or log.last_modified >= first) and (end is None or log.last_modified < end)
            if source not in self._found and in_time:
                yield self._located(source)

    def _located(self, source: Source) -> Located:
        log = self.logs[source]
        return Located(source, log.last_modified, log.size, lambda: log)


def copy_of(lake: Lake) -> Lake:
    """Another lake in memory with the same objects."""
    other = Lake("memory:")
    for entry in lake.list(""):
        other.put(entry.key, lake.get(entry.key))
    return other


def keys(lake: Lake, prefix: str) -> list[str]:
    """The keys below a folder."""
    return [entry.key for entry in lake.list(prefix)]


class Broken(StorageError):
    """A write that was to fail."""


class BreakingLake(Lake):
    """Breaks off at a write: before it has taken effect, or right behind."""

    def __init__(self, lake: Lake, at: int, *, behind: bool) -> None:
        super().__init__("memory:")
        self.store, self._left, self._behind = lake.store, at, behind

    def create(self, key: str, data: bytes | Path) -> bool:
        return self._write(super().create, key, data)

    def put(self, key: str, data: bytes, *more: Any) -> None:
        self._write(super().put, key, data, *more)

    def replace(self, key: str, data: bytes, etag: str | None) -> str:
        return self._write(super().replace, key, data, etag)

    def delete(self, keys: Any) -> None:
        for key in keys:  # one by one, since a request for many may also do a part of it
            self._write(super().delete, [key])

    def _write(self, write: Any, *given: Any) -> Any:
        self._left -= 1
        if self._left == 0 and not self._behind:
            raise Broken("on purpose")
        result = write(*given)
        if self._left == 0:
            raise Broken("on purpose")
        return result


def all_text(lake: Lake) -> Iterator[tuple[str, str]]:
    """Every object as text: its bytes, and where they are compressed what is in them."""
    for entry in lake.list(""):
        data = lake.get(entry.key)
        yield entry.key, data.decode("latin-1")
        yield entry.key, data.decode(errors="replace")
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
            yield entry.key, data.decode(errors="replace")
        if data[:1] == b"{":
            documents = (
                [data] if data[:2] == b"{\n" else data.splitlines()
            )  # one that is spread over lines, or one a line
            yield from ((entry.key, text) for document in documents for text in _strings(json.loads(document)))
        if data[:4] == b"PAR1":
            yield from ((entry.key, text) for text in _cells(data))


def _strings(value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _strings(one, key)
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)
    elif isinstance(value, str):
        yield base64.b64decode(value).decode(errors="replace") if name == "base64" else value


def _cells(data: bytes) -> Iterator[str]:
    with TemporaryDirectory() as name, duckdb.connect() as engine:
        path = Path(name, "object.parquet")
        path.write_bytes(data)
        cursor = engine.execute(f"FROM read_parquet('{path}', hive_partitioning = false)")
        for row in cursor.fetchall():
            yield from (str(cell) for cell in row if cell is not None)
        for row in engine.execute(f"SELECT decode(value) FROM parquet_kv_metadata('{path}')").fetchall():
            yield from row
