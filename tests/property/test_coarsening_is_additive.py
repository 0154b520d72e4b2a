"""Sums of sums are the sums of all: whichever part was held to its rows before, and how often."""

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from abslake.traffic import body, coarsen, nothing
from tests.support.thoroughness import examples

PATHS = st.one_of(
    st.lists(st.sampled_from(["a", "b", "7", "81723", "c0ffee12", "", "…", "{id}"]), max_size=6).map(
        lambda s: "/" + "/".join(s)
    ),
    st.text(max_size=8).filter(lambda text: "\0" not in text),
)
ADDRESSES = st.one_of(
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map(lambda address: address.compressed),
    st.sampled_from(["192.0.2.1", "192.0.2.2", "192.0.9.1", "192.9.9.9", "*"]),
)
ROWS = st.lists(
    st.tuples(st.sampled_from("vw"), ADDRESSES, st.sampled_from(["GET", "POST"]), PATHS, st.integers(1, 5)), max_size=30
)


def table(connection, name, rows):
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {nothing('token')}")
    if rows:
        connection.executemany(
            f"INSERT INTO {name} (value, ip, method, path, requests, device, api, level) "
            "VALUES (?, ?, ?, ?, ?, 'LINUX', 'shop', 0)",
            rows,
        )


def content(connection, name):
    return sorted(connection.execute(f"FROM {name}").fetchall(), key=repr)


@examples(15)
@given(ROWS, ROWS, ROWS, st.integers(4, 20))
def test_in_any_order(first, second, late, limit):
    with duckdb.connect(config={"threads": 1}) as connection:
        table(connection, "whole", first + second + late)
        level = coarsen.fit(connection, "whole", body("token"), limit)

        table(connection, "parts", late)
        for rows in (first, second):
            table(connection, "part", rows)
            coarsen.fit(connection, "part", body("token"), limit)
            connection.execute("INSERT INTO parts BY NAME FROM part")

        assert coarsen.fit(connection, "parts", body("token"), limit) == level
        assert content(connection, "parts") == content(connection, "whole")


@examples(12)
@given(ROWS, st.integers(4, 20))
def test_every_count_stays_exact_and_the_rows_fit(rows, limit):
    with duckdb.connect(config={"threads": 1}) as connection:
        table(connection, "t", rows)
        coarsen.fit(connection, "t", body("token"), limit)

        for part in ("device", "method", "path", "api"):
            found = connection.execute(
                "SELECT value, sum(requests) FROM t WHERE part = ? GROUP BY value", [part]
            ).fetchall()
            assert dict(found) == {v: sum(r[4] for r in rows if r[0] == v) for v in {r[0] for r in rows}}
        kept = connection.execute("SELECT value, count(*) FROM t GROUP BY value").fetchall()
        # Two methods, a device, an API and a path are what remains of anything at the last level.
        assert all(count <= max(limit, 5) for _, count in kept)


def test_a_level_is_the_smallest_that_fits():
    rows = [("v", "192.0.2.1", "GET", f"/orders/{n}", 1) for n in range(20)]
    with duckdb.connect(config={"threads": 1}) as connection:
        levels = []
        for limit in (23, 22, 4):
            table(connection, "t", rows)
            levels.append(coarsen.fit(connection, "t", body("token"), limit))
    assert levels == [0, 1, 1]
