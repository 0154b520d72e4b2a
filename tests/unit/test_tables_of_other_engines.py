"""The statements that make the lake's table and views elsewhere: readable there, and what the reports need."""

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from abslake.facts.schema import COLUMNS
from abslake.reports import ddl
from abslake.traffic import VALUE_COLUMNS, nothing
from abslake.traffic.discreet import SHOWN_PATH


@pytest.mark.parametrize("engine", ddl.Engine)
@pytest.mark.parametrize("kind", VALUE_COLUMNS)
def test_a_view_is_one_statement_of_the_dialect(kind, engine):
    (parsed,) = sqlglot.parse(ddl.create_view(kind, engine), read=engine.value, error_level=sqlglot.ErrorLevel.RAISE)

    assert isinstance(parsed, exp.Create)
    assert (parsed.kind, parsed.args["replace"]) == ("VIEW", True)
    assert parsed.this.name == f"{kind}_traffic"
    # its rows are those that the reports look at, and the columns by which days are chosen
    assert parsed.expression.named_selects == [*ddl.columns(kind), "date", "hour"]


@pytest.mark.parametrize("kind", VALUE_COLUMNS)
def test_its_columns_are_those_that_the_engine_here_has(kind):
    with duckdb.connect() as connection:
        described = connection.execute(f"DESCRIBE {nothing(kind)}").fetchall()

    assert [*ddl.columns(kind), "level"] == [name for name, *_ in described]


@pytest.mark.parametrize("dialect", ["hive", "spark", "athena"])
def test_the_table_has_the_columns_and_partitions_of_the_facts(dialect):
    statement = ddl.create_table("s3://bucket/facts/")
    (parsed,) = sqlglot.parse(statement, read=dialect, error_level=sqlglot.ErrorLevel.RAISE)

    assert isinstance(parsed, exp.Create)
    columns = [(column.name, column.kind.sql("hive").lower()) for column in parsed.find_all(exp.ColumnDef)]
    facts = [(column.name, column.hive) for column in COLUMNS]
    assert columns == [*facts, ("date", "string"), ("hour", "string")]
    assert statement.endswith("STORED AS PARQUET\nLOCATION 's3://bucket/facts/'")


def test_no_text_in_the_table_ends_a_statement_or_a_quote():
    statement = ddl.create_table("s3://bucket/facts/")

    assert ";" not in statement
    assert statement.count("'") == 2 * (len(COLUMNS) + len(ddl.PARTITIONS) + 1)


def test_a_location_with_a_quote_is_refused():
    with pytest.raises(ValueError, match="quote"):
        ddl.create_table("s3://bucket/fac'ts/")


PATHS = ["/a", "/a;s=1", "/%61", "/tok", "/x/tok/y", "/cook", "/key", "/user", "/to", ""]


@pytest.mark.parametrize("token", ["tok", None, ""])
def test_nothing_is_shown_of_a_path_that_may_hold_an_identifier(token):
    # GIVEN paths with and without the request's identifiers
    statement = sqlglot.parse_one(ddl.create_view("api", ddl.Engine.ATHENA), read="athena").expression
    shown = next(column for column in statement.selects if column.alias == "shown_path").this.sql("duckdb")
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE facts AS SELECT unnest($paths) AS path", {"paths": PATHS})
        names = (
            "SELECT path, $token::VARCHAR AS token, 'cook' AS cookie, 'key' AS api_key, 'user' AS username FROM facts"
        )
        # WHEN both expressions look at them
        rows = connection.execute(f"SELECT path, {shown}, {SHOWN_PATH} FROM ({names})", {"token": token}).fetchall()
    # THEN whatever loses an identifier here is shown nothing of there
    assert {theirs for _, theirs, _ in rows} == {None, "/***"} or token == ""
    for path, theirs, ours in rows:
        assert theirs == "/***" or ours in (None, path)
        assert theirs is None or any(
            mark in path for mark in (";", "%", "cook", "key", "user", *([] if token is None else [token]))
        )
