"""A trial of a reader that a user described: the engine must be able to read lines with it, as the line parser does."""

import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from abslake.formats.readers.base import COLUMNS, Reader
from abslake.records.record import Record

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def check_sql(reader: Reader, examples: Sequence[str], wanted: Sequence[str]) -> None:
    """Read lines that the line parser takes by the reader's SQL too.

    `wanted`: all request headers that the reader knows. Raises ValueError where the engine refuses the SQL, or is sure of a
    row and gives another one.
    """
    lines = [line for line in examples if not any(mark in line for mark in "\n\r\0")]
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(config=_CONFIG) as engine:
        path = Path(folder) / "lines.log"
        path.write_text("".join(line + "\n" for line in lines), encoding="utf-8", newline="")
        try:
            found = engine.execute(reader.fast(path, wanted))
            names = [column[0] for column in found.description or ()]
            rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
        except duckdb.Error as error:  # its message would quote the lines
            raise ValueError(f"the engine cannot read files with it ({type(error).__name__})") from None
    for number, (line, row) in enumerate(zip(lines, rows, strict=False)):
        if row["ok"] and not _same(row, reader.parse(line.encode(), wanted)):
            raise ValueError(f"examples.{number}: the engine reads the line differently: describe it in another way")


_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "threads": 1,
    "memory_limit": "256MB",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}


def _same(row: dict[str, Any], record: Record) -> bool:
    moment = (row["ts"].replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
    texts = [row[f"w{n}"] for n in range(len(record.wanted))]
    return (
        moment == record.time
        and texts == list(record.wanted)
        and all(row[name] == getattr(record, name) for name in COLUMNS)
    )
