"""The SQL of the reports is what DuckDB, Athena and Spark have in common: values and ranges are put around it."""

import re

import pytest
import sqlglot

from abslake.facts.schema import COLUMNS
from abslake.traffic import VALUE_COLUMNS, text
from tests.support.calls import ROOT

FOLDER = ROOT / "layers/abslake/python/abslake/traffic/sql"
FILES = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.sql"))
DUCKDB_ONLY = r"\b(GROUP BY ALL|EXCLUDE|REPLACE|QUALIFY|PIVOT|LIST|STRUCT_PACK|read_\w+)\b|::|\[|\{|\bFROM \w+ SELECT\b"


def sql(name: str) -> str:
    return "\n".join(line for line in text(name).splitlines() if not line.startswith("--"))


def test_each_kind_has_a_view_and_each_report_its_sums():
    assert {name.removeprefix("views/") for name in FILES if name.startswith("views/")} == {
        f"{k}.sql" for k in VALUE_COLUMNS
    }
    assert {name for name in FILES if "/" not in name} == {
        f"{kind}.sql" for kind in VALUE_COLUMNS if kind not in ("api", "api_key")
    }
    assert {"api/total.sql", "clients/requests.sql"} <= set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_it_holds_neither_parameters_nor_what_only_duckdb_knows(name):
    assert not re.search(r"[$?]", sql(name))
    assert not re.search(DUCKDB_ONLY, sql(name), re.IGNORECASE)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("dialect", ["athena", "trino", "spark", "duckdb"])
def test_each_dialect_reads_it_as_one_select(name, dialect):
    (parsed,) = sqlglot.parse(sql(name), read=dialect, error_level=sqlglot.ErrorLevel.RAISE)

    assert isinstance(parsed, sqlglot.exp.Query)


@pytest.mark.parametrize("kind", VALUE_COLUMNS)
def test_a_view_reads_columns_that_facts_have(kind):
    known = {column.name for column in COLUMNS} | {"shown_path"}

    used = {column.name for column in sqlglot.parse_one(sql(f"views/{kind}.sql")).find_all(sqlglot.exp.Column)}

    assert used <= known


@pytest.mark.parametrize("name", [name for name in FILES if not name.startswith("views/")])
def test_sums_have_columns_of_their_traffic(name):
    folder, _, _ = name.rpartition("/")
    kind = {"api": "api", "clients": "token"}.get(folder, name.removesuffix(".sql"))
    traffic = set(sqlglot.parse_one(sql(f"views/{kind}.sql")).named_selects)

    given = set(sqlglot.parse_one(sql(name)).named_selects)

    assert {"value", "part", "requests"} <= given <= traffic
