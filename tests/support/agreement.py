"""Whether a reader's SQL says of a file what its line parser says of each line."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import duckdb

from abslake.formats.readers.base import COLUMNS, Reader
from abslake.records.record import BadLine, NoRequest, Record

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def sure_rows(
    reader: Reader, lines: Sequence[bytes], folder: Path, wanted: Sequence[str] = (), *, sample: Sequence[bytes] = ()
) -> int:
    """How many rows the SQL is sure of; every one of them is what the line parser gives, or this fails.

    Lines must be as they stand in a part's file: UTF-8, not blank, without NUL, carriage return and newline.
    """
    path = folder / "rows.log"
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    result = _engine().execute(reader.fast(path, wanted, sample))
    names = [column[0] for column in result.description]
    rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    sure = 0
    for line, row in zip(lines, rows, strict=True):
        if row["ok"]:
            sure += 1
            assert _of_sql(row, wanted) == _of_parser(reader, line, wanted), line
    return sure


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    """One for all examples: to begin one takes as long as to read a few lines."""
    return duckdb.connect()


def _of_sql(row: dict[str, object], wanted: Sequence[str]) -> dict[str, object]:
    moment = row["ts"]
    assert isinstance(moment, datetime)
    time = (moment.replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
    return {"time": time, **{name: row[name] for name in COLUMNS}, "wanted": [row[f"w{n}"] for n in range(len(wanted))]}


def _of_parser(reader: Reader, line: bytes, wanted: Sequence[str]) -> dict[str, object]:
    try:
        record: Record = reader.parse(line, wanted)
    except (BadLine, NoRequest) as refused:
        return {"refused": repr(refused)}
    return {"time": record.time, **{name: getattr(record, name) for name in COLUMNS}, "wanted": list(record.wanted)}
