"""Units on this machine: local copies of objects, what their Parquet metadata says, and how the engine is told of them."""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

import duckdb

from abslake.errors import StorageError
from abslake.facts.engine import work_engine
from abslake.facts.log_object import identity
from abslake.index import names
from abslake.settings import Settings
from abslake.storage import Lake
from abslake.storage.scratch import scratch_folder

ERASED = "abslake.erased"
"""Parquet metadata of a unit that something was erased from."""

_AT_ONCE = 64
_TRANSFERS = 16
_GLOB = str.maketrans({"[": "[[]", "*": "[*]", "?": "[?]"})
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """A log object that units were made of."""

    bucket: str
    key: str
    etag: str

    @property
    def id(self) -> str:
        """See `abslake.facts.log_object.LogObject.id`."""
        return identity(self.bucket, self.key, self.etag)


@dataclass(frozen=True, slots=True)
class Described:
    """A unit and what it says of itself."""

    key: str
    metadata: dict[str, str]
    requests: int
    bytes: int

    @property
    def source(self) -> Source | None:
        """The log object it was made of; None where it does not say."""
        found = [self.metadata.get(f"abslake.{name}") for name in ("bucket", "key", "etag")]
        return Source(*(text or "" for text in found)) if found[1] else None


def source_id(unit: str) -> str:
    """The id of the log object, out of a unit's key."""
    return names.short_name(unit).rpartition("/")[2].partition("-")[0]


def original(unit: str) -> str:
    """The key that ingest gave: that of a unit which stands in for another, without its generation."""
    folder, slash, name = unit.rpartition("/")
    return f"{folder}{slash}{'-'.join(name.removesuffix('.parquet').split('-')[:2])}.parquet"


@contextlib.contextmanager
def copies(lake: Lake, keys: Sequence[str]) -> Iterator[dict[str, Path]]:
    """Local files of objects, inside the ``with``. Raises FileNotFoundError, StorageError."""
    with scratch_folder("abslake-upkeep-") as name, ThreadPoolExecutor(_TRANSFERS) as pool:

        def bring(number: int, key: str) -> Path:
            path = lake.local_path(key)
            if path is None:
                path = Path(name, f"{number}.parquet")
                path.write_bytes(lake.get(key))
            elif not path.exists():
                raise FileNotFoundError(key)
            return path

        yield dict(zip(keys, pool.map(bring, range(len(keys)), keys), strict=True))


def describe(lake: Lake, keys: Iterable[str], engine: duckdb.DuckDBPyConnection) -> Iterator[Described]:
    """What units say of themselves; those that are gone since they were listed are left out. Raises StorageError."""
    for batch in batches(keys):
        with copies(lake, [key for key in batch if lake.folder is None or lake.exists(key)]) as files, reading():
            for key, path in files.items():
                (requests,) = engine.execute(f"SELECT sum(requests)::BIGINT FROM {relation([path])}").fetchall()[0]
                yield Described(key, metadata(engine, path), requests or 0, path.stat().st_size)


def metadata(engine: duckdb.DuckDBPyConnection, path: Path) -> dict[str, str]:
    """What ingest wrote beside the rows."""
    rows = engine.execute(f"SELECT key, value FROM parquet_kv_metadata({_list([path])})").fetchall()
    found = {bytes(name).decode(): bytes(value).decode(errors="replace") for name, value in rows}
    return {name: value for name, value in found.items() if name.startswith("abslake.")}


def relation(paths: Iterable[Path], more: str = "") -> str:
    """Parquet files as the engine is told of them. It takes every name for a pattern."""
    return f"read_parquet({_list(paths)}, hive_partitioning = false{more})"


@contextlib.contextmanager
def engine(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """An engine of one's own."""
    with (
        scratch_folder("abslake-upkeep-") as folder,
        work_engine(folder, settings) as connection,
    ):
        yield connection


@contextlib.contextmanager
def reading() -> Iterator[None]:
    """What the engine says may quote identifiers: only that it failed is told."""
    try:
        yield
    except duckdb.Error as error:
        raise StorageError(f"the engine failed on units of the lake ({type(error).__name__})") from None


def batches(items: Iterable[_Item], size: int = _AT_ONCE) -> Iterator[list[_Item]]:
    """So many at a time."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def _list(paths: Iterable[Path]) -> str:
    return "[" + ", ".join("'{}'".format(str(path).translate(_GLOB).replace("'", "''")) for path in paths) + "]"
