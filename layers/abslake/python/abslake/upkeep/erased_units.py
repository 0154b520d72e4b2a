"""Units without an identifier: which ones hold it, and the same rows without it.

========================= =======================================================================================
column                    what becomes of it
========================= =======================================================================================
the identifier's own      NULL; for an address `ERASED_IP`, since every request came from one
other identifiers         NULL where equal; else `***` in the place where it occurs
path, host, user agent, … `***` in the place where it occurs
========================= =======================================================================================

No row goes, and no count changes. Rows that have become equal become one.
A short identifier (`abslake.upkeep.traces`) goes from its own column and from whole segments of paths only.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import duckdb

from abslake.detection.findings import IdentifierKind
from abslake.facts import schema, units
from abslake.upkeep import copies
from abslake.upkeep.copies import ERASED
from abslake.upkeep.traces import Traces

ERASED_IP = "0.0.0.0"  # noqa: S104 - an address of nobody (RFC 1122, 3.2.1.3), bound to nothing
"""What stands for an erased address: requests keep having one, and every reader takes it for an address."""

_OURS = {"api", "device", "browser"}
"""Names and constants that are not the client's."""
_TEXTS = [column.name for column in schema.KEYS if column.duckdb == "VARCHAR" and column.name not in _OURS]
_IDENTIFIERS = {kind.value for kind in IdentifierKind}


def holding(engine: duckdb.DuckDBPyConnection, traces: Traces, files: Mapping[str, Path]) -> set[str]:
    """The keys of those units that hold it, of local `files` by key. Raises StorageError."""
    keys = {str(path): key for key, path in files.items()}
    return {keys[file] for _, _, file, _ in _changes(engine, traces, files.values())}


def is_in(engine: duckdb.DuckDBPyConnection, traces: Traces, path: Path) -> bool:
    """Whether any text of a Parquet file, of whatever columns, mentions it. Raises StorageError."""
    with copies.reading():
        file = copies.relation([path])
        columns = [name for name, kind, *_ in engine.execute(f"DESCRIBE FROM {file}").fetchall() if kind == "VARCHAR"]
        for column in columns:
            condition, given = traces.condition(column)
            found = engine.execute(f"SELECT DISTINCT {column} FROM {file} WHERE {condition}", given).fetchall()
            if any(traces.is_mentioned(text) for (text,) in found):
                return True
    return False


def rewrite(engine: duckdb.DuckDBPyConnection, traces: Traces, path: Path, target: Path) -> None:
    """Write the unit at `path` without it to `target`. Raises StorageError."""
    changes: dict[str, dict[str, str | None]] = defaultdict(dict)
    for column, text, _, new in _changes(engine, traces, [path]):
        changes[column][text] = new
    with copies.reading():
        columns, joins = list[str](), list[str]()
        for name in (column.name for column in schema.COLUMNS):
            if name not in changes:
                columns.append(f"unit.{name}")
                continue
            engine.execute(f"CREATE OR REPLACE TEMP TABLE new_{name} (text VARCHAR, new VARCHAR)")
            engine.executemany(f"INSERT INTO new_{name} VALUES (?, ?)", [list(one) for one in changes[name].items()])
            columns.append(f"CASE WHEN new_{name}.text IS NULL THEN unit.{name} ELSE new_{name}.new END AS {name}")
            joins.append(f"LEFT JOIN new_{name} ON new_{name}.text = unit.{name}")
        unit = f"(FROM {copies.relation([path])} UNION ALL BY NAME {schema.nothing()})"  # an older one lacks columns
        rows = f"SELECT {', '.join(columns)} FROM {unit} AS unit {' '.join(joins)}"
        described = {**copies.metadata(engine, path), ERASED: "1"}
        units.write_unit(engine, f"{units.added_up(rows)} ORDER BY {units.ORDER}", target, described)
        for name in changes:
            engine.execute(f"DROP TABLE new_{name}")  # so that nothing of it is left


def _changes(
    engine: duckdb.DuckDBPyConnection, traces: Traces, paths: Iterable[Path]
) -> Iterator[tuple[str, str, str, str | None]]:
    """Column, text, file, and what shall stand there instead, for every text that may not stay."""
    files = copies.relation(paths, ", filename = true, union_by_name = true")
    for column in _TEXTS:
        if traces.short and column not in (traces.kind.value, "path"):
            continue
        condition, given = traces.condition(column)
        if traces.short and column != "path":
            condition, given = f"{column} = ?", [traces.value]
        with copies.reading():
            found = engine.execute(
                f"SELECT DISTINCT {column}, filename FROM {files} WHERE {condition}", given
            ).fetchall()
        for text, file in found:
            new = _instead(traces, column, text)
            if new != text:
                yield column, text, file, new


def _instead(traces: Traces, column: str, text: str) -> str | None:
    if column == "path":
        return traces.blotted_path(text)
    if column not in _IDENTIFIERS:
        return traces.blotted(text)
    new = None if text == traces.value else text if traces.short else traces.blotted(text)
    return ERASED_IP if column == "ip" and new != text else new
