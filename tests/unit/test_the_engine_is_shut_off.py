"""The reports' engine reads the folder of the lake's copies and nothing else, and cannot be talked into more."""

import duckdb
import pytest

from abslake.errors import BadRequest
from abslake.reports.engine import connected, engine
from abslake.settings import Settings


@pytest.fixture
def connection(tmp_path):
    (tmp_path / "lake").mkdir()
    (tmp_path / "outside.csv").write_text("a\n1\n")
    with engine(tmp_path / "lake", Settings(memory_limit_mb=123), "ip") as connection:
        yield connection


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_csv('{outside}')",
        "COPY (SELECT 1) TO '{outside}'",
        "ATTACH '{outside}.db'",
        "SELECT * FROM read_parquet('https://example.com/a.parquet')",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET memory_limit = '10GB'",
    ],
)
def test_it_refuses(connection, tmp_path, statement):
    with pytest.raises(duckdb.Error):
        connection.execute(statement.format(outside=tmp_path / "outside.csv"))


def test_it_keeps_to_its_memory_and_threads(connection):
    settings = dict(connection.execute("SELECT name, value FROM duckdb_settings()").fetchall())

    assert settings["threads"] == "1"
    assert settings["memory_limit"].startswith("117.3")  # 123 MB in MiB
    assert settings["enable_external_access"] == "false"


def test_tables_of_one_report_are_not_seen_by_another(tmp_path, connection):
    connection.execute("INSERT INTO traffic (api) VALUES ('shop')")

    with engine(tmp_path / "lake", Settings(memory_limit_mb=123), "ip") as other:
        assert other.execute("SELECT count(*) FROM traffic").fetchone() == (0,)


def test_more_than_it_can_hold_is_the_question_s_fault(tmp_path):
    with (
        pytest.raises(BadRequest, match="ask for less") as refused,
        connected(tmp_path, Settings(memory_limit_mb=1)) as few,
    ):
        few.execute("CREATE TEMP TABLE found AS SELECT range, count(*) FROM range(100000) GROUP BY ALL")

    assert refused.value.status_code == "RANGE_TOO_LARGE"
