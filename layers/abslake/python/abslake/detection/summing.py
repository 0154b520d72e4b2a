"""From what was seen of a window to its rows of activity, in as little time as can be.

A request counts in several rows (`VIEWS`), and most rows come of a single combination of identifiers. So each row and each
combination gets a number, grouping is by numbers, and what differs is counted exactly only in the rows in which anything
differs: a ``count(DISTINCT …)`` over all rows at once would take ten times as long as all else.
"""

import re
from collections.abc import Sequence
from typing import Protocol

import duckdb

from abslake.detection import profiles
from abslake.detection.detector import View
from abslake.detection.findings import ACROSS


class Measured(Protocol):
    """What is taken of `abslake.detection.measures.Measure`."""

    @property
    def name(self) -> str:
        """The column."""

    @property
    def window(self) -> str:
        """An aggregate."""


ASKED = ("requests", "logins", "minutes", "paths", "transitions")
"""Measures that are always made: what decides which rows there are, and one of each sort."""

LEAST_OF_ADDRESS = 100
"""An address has a row of its own at an API where it has requested a login, or so much: most addresses have one client."""

VIEWS = (
    (View.CLIENT, "api", "kind", "client", "true", "true"),
    (View.ACROSS, f"'{ACROSS}'", "kind", "client", "kind <> 'api_key'", "true"),
    (View.ACROSS, f"'{ACROSS}'", "'api_key'", "api_key", "api_key IS NOT NULL", "true"),
    (View.ACROSS, f"'{ACROSS}'", "'username'", "username", "username IS NOT NULL", "true"),
    (View.USER, "api", "'username'", "username", "username IS NOT NULL", "true"),
    (View.ADDRESS, "api", "'ip'", "ip", "true", f"sum(logins) > 0 OR sum(requests) >= {LEAST_OF_ADDRESS}"),
)
"""The rows that a request counts in: view, API, kind, client; of which requests; and which rows there are."""

_KEYS = "api, kind, client, ip, api_key, username"
"""What decides of the rows; the keys of ``places`` but for the path."""

_DISTINCT = re.compile(r"count\(DISTINCT (\w+)\)")
_AGGREGATE = re.compile(r"\b(?:sum|max|min|bit_or)\(")
_TABLES = ("combined", "rows", "row_seen", "differing", "differences", "visits", "odd_rows", "visited")


def fill(
    engine: duckdb.DuckDBPyConnection,
    sums: Sequence[Measured],
    counts: Sequence[Measured],
    paths: Sequence[Measured],
    strangers: Measured,
    orders: Sequence[Measured],
) -> None:
    """Fill ``activity`` from the tables ``seen``, ``jars``, ``places`` and ``orders``."""
    columns = sorted({"network", "agent"} | {name for one in counts for name in _DISTINCT.findall(one.window)})
    _number(engine)
    _differences(engine, columns, strangers)
    _visited(engine, paths)
    summed = ", ".join(f"sum({one.name})::BIGINT AS {one.name}" for one in sums)
    times = "min(first_seen) AS first_seen, max(last_seen) AS last_seen"
    once = ", ".join(f"{_alone(one.window)}::BIGINT AS {one.name}" for one in counts)
    exact = ", ".join(f"({_DISTINCT.sub(_exactly, one.window)})::BIGINT AS {one.name}" for one in counts)
    engine.execute(f"""
CREATE OR REPLACE TEMP TABLE activity AS
WITH members AS (SELECT row_id, seen_id, count(*) OVER (PARTITION BY row_id) AS many FROM row_seen),
alone AS (
    SELECT seen_id, {", ".join(one.name for one in sums)}, {once}, 0::BIGINT AS {strangers.name}, first_seen, last_seen
    FROM seen LEFT JOIN jars USING (api, ip)),
together AS (
    SELECT row_id, {summed}, {exact}, coalesce(any_value(n_strangers), 0) AS {strangers.name}, {times}
    FROM members JOIN seen USING (seen_id) LEFT JOIN differences USING (row_id) LEFT JOIN jars USING (api, ip)
    WHERE many > 1 GROUP BY row_id),
summed AS (
    SELECT members.row_id, alone.* EXCLUDE (seen_id) FROM members JOIN alone USING (seen_id) WHERE many = 1
    UNION ALL FROM together)
SELECT view, rows.api, rows.kind, rows.client, summed.* EXCLUDE (row_id), visited.* EXCLUDE (row_id),
    {", ".join(f"coalesce({one.name}, 0) AS {one.name}" for one in orders)}, {profiles.nothing()}
FROM rows JOIN summed USING (row_id) JOIN visited USING (row_id)
LEFT JOIN orders ON view = '{View.ACROSS}' AND rows.kind IN ('username', 'token') AND who = hash(rows.client)""")
    for table in _TABLES:
        engine.execute(f"DROP TABLE {table}")


def _number(engine: duckdb.DuckDBPyConnection) -> None:
    """Fill ``combined`` (combinations of `_KEYS`), ``rows`` and ``row_seen``."""
    engine.execute(
        f"CREATE OR REPLACE TEMP TABLE combined AS SELECT row_number() OVER ()::INTEGER AS key_id, * FROM (SELECT {_KEYS}, "
        f"list(seen_id) AS seen_ids, sum(requests) AS requests, sum(logins) AS logins FROM seen GROUP BY {_KEYS})"
    )
    views = " UNION ALL ".join(
        f"SELECT '{view}' AS view, {api} AS api, {kind} AS kind, {client} AS client, list(key_id) AS key_ids "
        f"FROM combined WHERE {where} GROUP BY ALL HAVING {having}"
        for view, api, kind, client, where, having in VIEWS
    )
    engine.execute(
        f"CREATE OR REPLACE TEMP TABLE rows AS SELECT row_number() OVER ()::INTEGER AS row_id, * FROM ({views})"
    )
    engine.execute(
        "CREATE OR REPLACE TEMP TABLE row_seen AS SELECT row_id, unnest(seen_ids) AS seen_id "
        "FROM (SELECT row_id, unnest(key_ids) AS key_id FROM rows) JOIN combined USING (key_id)"
    )


def _differences(engine: duckdb.DuckDBPyConnection, columns: Sequence[str], strangers: Measured) -> None:
    """Fill ``differences``: numbers of what differs, and of strangers, for the rows in which anything does."""
    differs = " OR ".join(f"min({column}) <> max({column})" for column in columns)
    engine.execute(f"""
CREATE OR REPLACE TEMP TABLE differing AS
WITH multiple AS (SELECT row_id FROM row_seen GROUP BY row_id HAVING count(*) > 1),
parts AS (
    SELECT row_id, requests, {", ".join(columns)} FROM row_seen SEMI JOIN multiple USING (row_id) JOIN seen USING (seen_id)),
those AS (SELECT row_id FROM parts GROUP BY row_id HAVING {differs})
FROM parts SEMI JOIN those USING (row_id)""")
    counted = " ".join(
        f"LEFT JOIN (SELECT row_id, count(*) AS n_{column} FROM (SELECT DISTINCT row_id, {column} FROM differing "
        f"WHERE {column} IS NOT NULL) GROUP BY row_id) USING (row_id)"
        for column in columns
    )
    engine.execute(f"""
CREATE OR REPLACE TEMP TABLE differences AS
WITH pairs AS (SELECT row_id, sum(requests) AS requests FROM differing GROUP BY row_id, network, agent)
SELECT row_id, n_strangers, {", ".join(f"coalesce(n_{column}, 0) AS n_{column}" for column in columns)}
FROM (SELECT row_id, ({strangers.window})::BIGINT AS n_strangers FROM pairs GROUP BY row_id) {counted}""")


def _visited(engine: duckdb.DuckDBPyConnection, paths: Sequence[Measured]) -> None:
    """Fill ``visited``: measures of what was asked for, by row."""
    names = [name for name, *_ in engine.execute("SELECT * FROM places LIMIT 0").description or ()]
    flags = [name for name in names if name not in (*_KEYS.split(", "), "path", "unknown_call")]
    engine.execute(f"""
CREATE OR REPLACE TEMP TABLE visits AS
WITH placed AS (
    SELECT key_id, path, unknown_call, {", ".join(flags)} FROM combined AS c JOIN places AS p
    ON {" AND ".join(f"c.{name} IS NOT DISTINCT FROM p.{name}" for name in _KEYS.split(", "))}),
single AS (SELECT row_id, key_ids[1] AS key_id FROM rows WHERE len(key_ids) = 1),
several AS (SELECT row_id, unnest(key_ids) AS key_id FROM rows WHERE len(key_ids) > 1)
SELECT row_id, path, unknown_call, {", ".join(flags)} FROM single JOIN placed USING (key_id)
UNION ALL SELECT row_id, path, unknown_call, {", ".join(f"bool_or({flag}) AS {flag}" for flag in flags)}
FROM several JOIN placed USING (key_id) GROUP BY row_id, path, unknown_call""")
    engine.execute(
        "CREATE OR REPLACE TEMP TABLE odd_rows AS SELECT DISTINCT row_id FROM visits WHERE unknown_call IS NOT NULL"
    )
    # Without unknown calls a path stands once in a row.
    once = ", ".join(f"({_DISTINCT.sub(_plainly, one.window)})::BIGINT AS {one.name}" for one in paths)
    counted = ", ".join(f"({one.window})::BIGINT AS {one.name}" for one in paths)
    engine.execute(f"""
CREATE OR REPLACE TEMP TABLE visited AS
SELECT row_id, {once} FROM visits ANTI JOIN odd_rows USING (row_id) GROUP BY row_id
UNION ALL SELECT row_id, {counted} FROM visits SEMI JOIN odd_rows USING (row_id) GROUP BY row_id""")


def _plainly(found: re.Match[str]) -> str:
    return f"count({found[1]})"


def _alone(aggregate: str) -> str:
    """What an aggregate over rows of ``seen`` comes to where there is one row."""
    return f"({_AGGREGATE.sub('(', _DISTINCT.sub(_is_there, aggregate))})"


def _is_there(found: re.Match[str]) -> str:
    return f"({found[1]} IS NOT NULL)::BIGINT"


def _any(found: re.Match[str]) -> str:
    return f"(count({found[1]}) > 0)::BIGINT"


def _exactly(found: re.Match[str]) -> str:
    return f"coalesce(any_value(n_{found[1]}), {_any(found)})"
