"""What a cloud gateway writes of a request is what its format reads, line by line and by the engine."""

from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from abslake.formats import formats
from abslake.formats.readers.base import COLUMNS
from abslake.records.record import Record
from tests.support.thoroughness import examples
from tests.support.writers_clouds import WANTED, WRITTEN


@pytest.mark.parametrize("name", WRITTEN)
@given(data=st.data())
def test_one_line(name: str, data: st.DataObject) -> None:
    record, line = data.draw(WRITTEN[name])

    assert formats()[name].parse(line, WANTED) == record


@pytest.mark.parametrize("name", WRITTEN)
@settings(examples(12), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_file(name: str, tmp_path: Path, data: st.DataObject) -> None:
    # GIVEN a file of lines
    written = data.draw(st.lists(WRITTEN[name], min_size=1, max_size=8))
    path = tmp_path / "rows"
    path.write_bytes(b"".join(line + b"\n" for _, line in written))

    # WHEN the engine reads it
    rows = read(name, path, [line for _, line in written])

    # THEN every row that it is sure of is what was written
    assert len(rows) == len(written)
    for row, (record, _) in zip(rows, written, strict=True):
        assert not row["ok"] or row == expected(record)


def read(name: str, path: Path, lines: list[bytes]) -> list[dict[str, Any]]:
    fast = formats()[name].fast
    assert fast is not None
    select = fast(path, lines, WANTED)
    assert select is not None
    with duckdb.connect() as engine:
        cursor = engine.execute(f"SELECT * REPLACE (epoch_us(ts) AS ts) FROM ({select})")
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def expected(record: Record) -> dict[str, Any]:
    columns = {name: getattr(record, name) for name in COLUMNS}
    wanted = {f"w{n}": value for n, value in enumerate(record.wanted)}
    return {"ok": True, "ts": record.time} | columns | wanted
