"""A Parquet file as a log: every row becomes one compact JSON object in a line, in the order of the file.

Times become RFC 3339 text in UTC with microseconds, whatever the column's unit; bytes become text where they are UTF-8
and DuckDB's ``\\x`` notation elsewhere; a number that is none (NaN, infinity) becomes null. All else is as DuckDB's to_json
gives it: structs and maps objects, lists arrays.
"""

from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import duckdb
from duckdb.sqltypes import DuckDBPyType

from abslake.errors import LogTooLarge, UnreadableLog
from abslake.records.gunzip import Caps

MAGIC = b"PAR1"
_ROWS = 256
"""Rows a piece."""
_JSON_RATIO = 10
"""So many times `max_log_ratio` the rows may be of the file: JSON names each column in each row, and says again what a
dictionary says once."""
_MEMORY_MB = 256
"""Beside the engine that ingest works with; of a file only the pages under way are held."""
_TIME = "strftime(make_timestamp(epoch_us({0})), '%Y-%m-%dT%H:%M:%S.%fZ')"
_LEAVES = {
    **dict.fromkeys(("timestamp", "timestamp with time zone", "timestamp_s", "timestamp_ms", "timestamp_ns"), _TIME),
    "blob": "coalesce(try(decode({0})), {0}::VARCHAR)",
    **dict.fromkeys(("float", "double"), "CASE WHEN isfinite({0}) THEN {0} END"),
}


def lines(source: Iterable[bytes], folder: Path, caps: Caps) -> Iterator[bytes]:
    """Pieces of JSON lines out of the pieces of a Parquet file, which is kept in the local `folder` meanwhile.

    Raises LogTooLarge over a cap, UnreadableLog where the file is damaged.
    """
    path = folder / "log.parquet"
    with path.open("wb") as file:
        file.writelines(source)
    try:
        yield from _lines(path, caps)
    except LogTooLarge:
        raise
    except Exception as error:  # noqa: BLE001 - of a damaged file the engine raises RuntimeError, UnicodeDecodeError, …
        # Its text may quote the log.
        raise UnreadableLog(f"the Parquet file cannot be read ({type(error).__name__})") from None
    finally:
        path.unlink(missing_ok=True)


def _lines(path: Path, caps: Caps) -> Iterator[bytes]:
    with closing(_engine(path.parent)) as engine:
        file = f"read_parquet('{_doubled(path)}', hive_partitioning = false)"
        _check(engine, path, caps)
        relation = engine.sql(f"FROM {file}")
        columns = zip(relation.columns, relation.types, strict=True)
        row = ", ".join(f"{_name(name)} := {_convertible(_name(name), kind)}" for name, kind in columns)
        cursor = engine.execute(f"SELECT to_json(struct_pack({row}))::VARCHAR FROM {file}")
        size = 0
        while rows := cursor.fetchmany(_ROWS):
            piece = "".join([text + "\n" for (text,) in rows]).encode()
            size += len(piece)
            _check_rows(size, path, caps)
            yield piece


def _engine(folder: Path) -> duckdb.DuckDBPyConnection:
    """An engine that reads `folder` and nothing else."""
    engine = duckdb.connect(
        config={
            "threads": 1,
            "memory_limit": f"{_MEMORY_MB}MB",
            "temp_directory": str(folder / "spill"),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )
    engine.execute(f"SET allowed_directories = ['{_doubled(folder)}']")
    engine.execute("SET enable_external_access = false")
    engine.execute("SET lock_configuration = true")
    return engine


def _check(engine: duckdb.DuckDBPyConnection, path: Path, caps: Caps) -> None:
    """Refuse what would become more than the caps allow, before a page is unpacked."""
    unpacked: int
    (unpacked,) = engine.execute(
        f"SELECT coalesce(sum(total_uncompressed_size), 0)::BIGINT FROM parquet_metadata('{_doubled(path)}')"
    ).fetchall()[0]
    if unpacked > caps.bytes:
        raise LogTooLarge(f"the Parquet file is larger than {caps.bytes} bytes when decompressed (max_log_bytes)")
    if unpacked > caps.ratio_from and unpacked > caps.ratio * path.stat().st_size:
        raise LogTooLarge(f"the Parquet file decompresses by more than {caps.ratio:g} times (max_log_ratio)")


def _check_rows(size: int, path: Path, caps: Caps) -> None:
    """Refuse what became more than the caps allow: metadata may lie, and a value may stand there once for all rows."""
    if size > caps.bytes:
        raise LogTooLarge(f"the rows of the Parquet file are more than {caps.bytes} bytes (max_log_bytes)")
    if size > caps.ratio_from and size > caps.ratio * _JSON_RATIO * path.stat().st_size:
        ratio = f"{caps.ratio * _JSON_RATIO:g} times its size ({_JSON_RATIO} times max_log_ratio)"
        raise LogTooLarge(f"the rows of the Parquet file are more than {ratio}")


def _convertible(value: str, kind: DuckDBPyType, depth: int = 0) -> str:
    """SQL for a value as to_json should see it; the value itself where its type holds nothing to convert."""
    if kind.id in _LEAVES:
        return _LEAVES[kind.id].format(value)
    nested = {"struct": _struct, "list": _list, "map": _map}.get(kind.id)
    return nested(value, _children(kind), depth) if nested else value


def _children(kind: DuckDBPyType) -> dict[str, DuckDBPyType]:
    return {name: child for name, child in kind.children if isinstance(child, DuckDBPyType)}


def _struct(value: str, children: dict[str, DuckDBPyType], depth: int) -> str:
    fields = {name: f"struct_extract({value}, '{_doubled(name)}')" for name in children}
    made = {name: _convertible(field, children[name], depth + 1) for name, field in fields.items()}
    if made == fields:
        return value
    packed = ", ".join(f"{_name(name)} := {field}" for name, field in made.items())
    return f"CASE WHEN {value} IS NOT NULL THEN struct_pack({packed}) END"


def _list(value: str, children: dict[str, DuckDBPyType], depth: int) -> str:
    item = f"item{depth}"
    made = _convertible(item, children["child"], depth + 1)
    return value if made == item else f"list_transform({value}, lambda {item}: {made})"


def _map(value: str, children: dict[str, DuckDBPyType], depth: int) -> str:
    key, mapped = f"item{depth}.key", f"item{depth}.value"
    made = _convertible(key, children["key"], depth + 1), _convertible(mapped, children["value"], depth + 1)
    if made == (key, mapped):
        return value
    entries = f"list_transform(map_entries({value}), lambda item{depth}: {{'k': {made[0]}, 'v': {made[1]}}})"
    return f"map_from_entries({entries})"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _doubled(text: object) -> str:
    """As it stands inside quotes in SQL."""
    return str(text).replace("'", "''")
