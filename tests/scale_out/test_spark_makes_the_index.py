"""Spark makes the rows of the index by the same SQL, and hands the package's own folding out to its executors."""

import shutil
from collections import Counter
from collections.abc import Iterable
from typing import Any

import duckdb
import pytest

from abslake.index import layout, names, root
from abslake.index.build import Builder
from abslake.index.compaction import tend
from abslake.records.definitions import load
from abslake.reports import ddl, report
from abslake.settings import Settings
from abslake.storage import Lake
from abslake.traffic import VALUE_COLUMNS, body
from tests.support.scale_out import questions

DAY = "2026-03-02"
IDENTIFIERS = [kind for kind in VALUE_COLUMNS if kind != "api"]


@pytest.fixture
def copy(lake: Lake, tmp_path: Any) -> Lake:
    """The lake, for tests that change it."""
    assert lake.folder
    shutil.copytree(lake.folder, tmp_path / "lake")
    return Lake(str(tmp_path / "lake"))


@pytest.mark.parametrize("kind", IDENTIFIERS)
def test_the_rows_of_a_day_are_the_same(session: Any, athena: Any, lake: Lake, kind: str, monkeypatch: Any) -> None:
    # GIVEN a day's segment as the package makes it, where only the values with fewest rows are light
    light_rows = session.sql(
        f"SELECT MIN(n) FROM (SELECT COUNT(*) AS n FROM {kind}_traffic WHERE `date` = '{DAY}' GROUP BY value)"
    ).first()[0]
    monkeypatch.setattr(layout, "LIGHT_ROWS", light_rows)
    units = [entry.key for entry in lake.list(f"facts/date={DAY}/")]
    Builder(lake, Settings()).day(kind, DAY, units, [], generation := f"test-{kind}")
    columns = [name for name in ddl.columns(kind) if name != "shown_path"]
    folder = lake.local_path(names.folder(kind, DAY, generation))
    with duckdb.connect() as connection:
        ours = connection.execute(f"SELECT {', '.join(columns)} FROM read_parquet('{folder}/b=*.parquet')").fetchall()
    # WHEN Spark does the same: rows of light values as they are, sums of the others
    day = f"SELECT {', '.join(ddl.columns(kind))} FROM {kind}_traffic WHERE `date` = '{DAY}'"
    counted = "SELECT value AS counted, COUNT(*) AS n FROM day GROUP BY value"
    light = f"SELECT {', '.join(columns)} FROM day JOIN counted ON value = counted WHERE n <= {light_rows}"
    traffic = f"SELECT day.* FROM day JOIN counted ON value = counted WHERE n > {light_rows}"
    sums = ddl.spelled(ddl.plain(body(kind)), ddl.Engine.SPARK)
    begin = f"WITH day AS ({day}), counted AS ({counted})"
    joint = [tuple(row) for row in session.sql(f"{begin} {light}").collect()]
    found = session.sql(f"{begin}, traffic AS ({traffic}) {sums}")
    heavy = [tuple(row.asDict().get(name) for name in columns) for row in found.collect()]
    # THEN they are the same rows
    assert joint
    assert heavy
    place = columns.index("requests")
    assert added_up(joint + heavy, place) == added_up(ours, place)


def added_up(rows: Iterable[tuple[Any, ...]], place: int) -> Counter[tuple[Any, ...]]:
    """Requests by everything else: without shown_path two rows may be one."""
    found: Counter[tuple[Any, ...]] = Counter()
    for row in rows:
        found[(*row[:place], *row[place + 1 :])] += row[place]
    return found


def test_executors_fold_all_that_is_due(session: Any, copy: Lake) -> None:
    from examples.spark.rebuild_index import fold

    apis = load(copy)
    asked = questions(("one",))
    before = [report(question, copy, Settings(), apis).model_dump() for question in asked]

    ended = fold(session, copy.url, Settings())

    assert ended["done"] > len(VALUE_COLUMNS)
    assert not tend(copy).due
    assert set(root.load(copy).root.kinds) == set(VALUE_COLUMNS)
    assert [report(question, copy, Settings(), apis).model_dump() for question in asked] == before
