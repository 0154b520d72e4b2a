"""What detection derives, without an identifier: rows of activity, profiles and calls, and habits that hold it go."""

from pathlib import Path

import duckdb
import msgspec

from abslake.errors import StorageError
from abslake.storage.scratch import scratch_folder
from abslake.upkeep.traces import Traces

PREFIX = "detection/"
_HABITS, _CLIENT = "/habits.json", 3
_HOLDERS = ("client", "previous", "call")
"""Columns with identifiers, or with paths that may hold some."""

_AS_IT_WAS = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, PARQUET_VERSION v2"


def without(traces: Traces, key: str, data: bytes) -> bytes:
    """The object without it; the same bytes where it does not hold it. Raises StorageError where it cannot be read."""
    if key.endswith(".parquet"):
        try:
            return _rows_without(traces, data)
        except duckdb.Error as error:
            raise StorageError(f"{key} is not what it should be ({type(error).__name__}): see to it by hand") from None
    if key.endswith(_HABITS):
        try:
            habits = msgspec.json.decode(data, type=list[list[object]])
        except msgspec.MsgspecError:
            raise StorageError(f"{key} is not what it should be: see to it by hand") from None
        kept = [habit for habit in habits if not _is_held(traces, habit[_CLIENT])]
        return data if len(kept) == len(habits) else msgspec.json.encode(kept)
    return data  # ledgers, counters, keyed hashes


def _rows_without(traces: Traces, data: bytes) -> bytes:
    with scratch_folder("abslake-erase-") as name, duckdb.connect(config={"threads": 1}) as engine:
        old, new = Path(name, "old.parquet"), Path(name, "new.parquet")
        old.write_bytes(data)
        source = f"read_parquet('{old}', hive_partitioning = false)"
        there = {name for name, *_ in engine.execute(f"DESCRIBE FROM {source}").fetchall()}
        columns = [column for column in _HOLDERS if column in there]
        engine.execute("CREATE TEMP TABLE held (text VARCHAR)")
        for column in columns:
            condition, given = traces.condition(column)
            texts = engine.execute(f"SELECT DISTINCT {column} FROM {source} WHERE {condition}", given).fetchall()
            if held := [[text] for (text,) in texts if _is_held(traces, text)]:
                engine.executemany("INSERT INTO held VALUES (?)", held)
        if not engine.execute("SELECT 1 FROM held LIMIT 1").fetchall():
            return data
        kept = " AND ".join(f"({column} IS NULL OR {column} NOT IN (FROM held))" for column in columns)
        engine.execute(f"COPY (FROM {source} WHERE {kept}) TO '{new}' ({_AS_IT_WAS})")
        return new.read_bytes()


def _is_held(traces: Traces, text: object) -> bool:
    return isinstance(text, str) and (text == traces.value or traces.blotted_path(text) != text)
