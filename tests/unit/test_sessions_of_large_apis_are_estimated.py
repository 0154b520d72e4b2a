"""Beyond what can be counted, distinct sessions are estimated from sketches that any periods add up to."""

from dataclasses import replace

import duckdb
import pytest

from abslake.reports import metrics, sessions
from abslake.traffic import lists, nothing
from tests.support.api_traffic import MANY, SHOP, engine, question, row
from tests.support.api_traffic import sessions_of as listed

DAYS_OF_TRAFFIC = 10


@pytest.fixture(scope="module")
def connection():
    """100,000 sessions, one in ten of them on two days."""
    with duckdb.connect(":memory:", config={"threads": 1}) as opened:
        opened.execute(f"CREATE TEMP TABLE joint AS {nothing('api')}")
        for stride, shift in ((1, 0), (10, 1)):
            opened.execute(
                "INSERT INTO joint BY NAME SELECT 'shop' AS value, 'session-' || i AS session, 0 AS bare, 1 AS requests, "
                f"TIMESTAMP '2024-01-01' + INTERVAL 1 DAY * (i % {DAYS_OF_TRAFFIC} + {shift}) AS minute "
                f"FROM range(0, 100000, {stride}) AS numbers (i)"
            )
        yield opened


def sketches(connection, stored):
    """``traffic`` with sketches of the days `stored` and joint rows of the others."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE traffic AS {nothing('api')}")
    for day in range(DAYS_OF_TRAFFIC + 1):
        rows = f"SELECT * FROM joint WHERE minute = TIMESTAMP '2024-01-01' + INTERVAL {day} DAY"
        if day in stored:
            rows = f"WITH traffic AS ({rows}) {lists.sketch(4096)}"
        connection.execute(f"INSERT INTO traffic BY NAME {rows}")


def test_an_estimate_is_within_its_error(connection):
    sketches(connection, range(DAYS_OF_TRAFFIC + 1))

    found = sessions.estimate(connection)

    assert found != 100_000  # it is no count
    assert abs(found - 100_000) < 3 * sessions.STANDARD_ERROR * 100_000
    assert round(sessions.STANDARD_ERROR, 4) == 0.0156


def test_it_does_not_depend_on_which_days_are_sketches(connection):
    estimates = []
    for stored in ((), range(DAYS_OF_TRAFFIC + 1), (0, 4, 5)):
        sketches(connection, stored)
        estimates.append(sessions.estimate(connection))

    assert len(set(estimates)) == 1


def test_a_sketch_of_sketches_is_that_of_the_whole(connection):
    sketches(connection, range(DAYS_OF_TRAFFIC + 1))
    merged = connection.execute(f"SELECT * FROM ({lists.sketch(4096)}) AS s ORDER BY session").fetchall()
    whole = connection.execute(
        f"SELECT * FROM (WITH traffic AS (FROM joint) {lists.sketch(4096)}) AS s ORDER BY session"
    ).fetchall()

    assert merged == whole
    assert len(whole) == 4096


@pytest.mark.parametrize("count", [0, 1, 4095])
def test_few_sessions_are_counted(connection, count):
    connection.execute(f"CREATE OR REPLACE TEMP TABLE traffic AS SELECT * FROM joint LIMIT {count}")

    assert sessions.estimate(connection) == count


def test_the_answer_says_that_it_estimates_and_lists_whole_sessions():
    """GIVEN days that keep the details of one session each WHEN sessions are not counted THEN those are listed, completely."""
    facts = [row(0, session="a", requests=5), row(0, session="b", requests=4), row(1, session="b", requests=2), row(1)]

    with engine(facts, {0, 1}, replace(MANY, top_sessions=1), exact=False) as (connection, elsewhere):
        document = metrics.compose(question(), connection, SHOP, None, elsewhere, exact=False).model_dump()

    assert [(entry["session_id"], entry["total_requests"]) for entry in listed(document)] == [("b", 6), ("a", 5)]
    assert document["req_resp_summary"]["sessions"] == 2
    assert document["req_resp_summary"]["total_requests"] == 12
    assert "estimate" in document["notes"][0]
    assert "1.6%" in document["notes"][0]


def test_an_exact_answer_does_not_speak_of_estimates():
    with engine([row(0, session="a")], {0}) as (connection, elsewhere):
        assert "notes" not in metrics.compose(question(), connection, SHOP, None, elsewhere).model_dump()
