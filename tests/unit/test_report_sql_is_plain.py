"""Each report has one SQL file; values are bound; nothing in it is DuckDB's alone."""

import re

import pytest

from abslake.facts.schema import COLUMNS
from abslake.reports import Kind, engine
from tests.support.calls import ROOT

FOLDER = ROOT / "layers/abslake/python/abslake/reports/sql"
DUCKDB_ONLY = r"\b(GROUP BY ALL|EXCLUDE|REPLACE|QUALIFY|PIVOT|LIST|STRUCT_PACK|read_\w+)\b|::|\[|\{|\bFROM \w+ SELECT\b"


def test_there_is_one_file_for_each_report():
    assert {path.stem for path in FOLDER.iterdir()} == set(Kind)


@pytest.mark.parametrize("kind", Kind)
def test_it_is_the_shared_dialect_with_bound_values(kind):
    text = "\n".join(line for line in (FOLDER / f"{kind}.sql").read_text().splitlines() if not line.startswith("--"))

    assert not re.search(DUCKDB_ONLY, text, re.IGNORECASE)
    assert sorted(re.findall(r"\$(\w+)", text)) == sorted(set(re.findall(r"\$(\w+)", text))), (
        "each value once, in order"
    )
    assert {"earlier", "later"} < set(re.findall(r"\$(\w+)", text))


def test_reports_read_columns_that_facts_have():
    assert set(engine.COLUMNS) <= {column.name for column in COLUMNS}
