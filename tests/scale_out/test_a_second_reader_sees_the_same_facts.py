"""DataFusion, which shares nothing with the engine here, reads the lake's objects: the same columns, rows and sums."""

from typing import Any

import duckdb
import pytest

from abslake.facts.schema import COLUMNS
from abslake.storage import Lake

ARROW = {
    "TIMESTAMP": "timestamp[us]",
    "TIMESTAMP_MS": "timestamp[ms]",
    "VARCHAR": "string_view",
    "SMALLINT": "int16",
    "INTEGER": "int32",
    "BIGINT": "int64",
}
TEXTS = [c.name for c in COLUMNS if c.duckdb == "VARCHAR"]
TIMES = [c.name for c in COLUMNS if c.duckdb.startswith("TIMESTAMP")]
NUMBERS = [c.name for c in COLUMNS if c.name not in (*TEXTS, *TIMES, "connection_bits")]


@pytest.fixture(scope="module")
def theirs(lake: Lake) -> Any:
    import pyarrow as pa
    from datafusion import SessionContext

    context = SessionContext()
    context.register_parquet(
        "facts", f"{lake.folder}/facts/", table_partition_cols=[("date", pa.string()), ("hour", pa.string())]
    )
    return lambda sql: [tuple(row.values()) for row in context.sql(sql).to_pylist()]


@pytest.fixture(scope="module")
def ours(lake: Lake) -> Any:
    with duckdb.connect() as connection:
        files = f"read_parquet('{lake.folder}/facts/**/*.parquet', hive_types = {{'date': VARCHAR, 'hour': VARCHAR}})"
        connection.execute(f"CREATE VIEW facts AS FROM {files}")
        yield lambda sql: connection.execute(sql).fetchall()


def test_the_columns_have_the_types_of_the_schema(lake: Lake) -> None:
    from datafusion import SessionContext

    found = {field.name: str(field.type) for field in SessionContext().read_parquet(f"{lake.folder}/facts/").schema()}

    assert found == {column.name: ARROW[column.duckdb] for column in COLUMNS}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM facts",
        f"SELECT {', '.join(f'sum({name}), count({name})' for name in NUMBERS)} FROM facts",
        "SELECT bit_or(connection_bits), count(DISTINCT connection_bits), count(connection_bits) FROM facts",
        f"SELECT {', '.join(f'min({name}), max({name}), count({name})' for name in TIMES)} FROM facts",
        f"SELECT {', '.join(f'count(DISTINCT {name}), min({name}), max({name})' for name in TEXTS)} FROM facts",
        'SELECT "date", "hour", count(*), sum(requests) FROM facts GROUP BY "date", "hour" ORDER BY "date", "hour"',
        "SELECT api, token, path, sum(requests) FROM facts GROUP BY api, token, path "
        "ORDER BY api NULLS FIRST, token NULLS FIRST, path",
    ],
)
def test_rows_and_sums_are_the_same(theirs: Any, ours: Any, sql: str) -> None:
    expected = ours(sql)

    assert expected
    assert theirs(sql) == expected
