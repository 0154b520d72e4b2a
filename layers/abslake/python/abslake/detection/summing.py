"""From what was seen of a window to its rows of activity, in as little time as can be.

A request counts in several rows (`VIEWS`), and many rows are of the very same requests: a user with one token has four. So
what makes up a row is told first, as a *set* of identities; each set is measured once, most of them being of a single
identity, of which nothing differs; and a row gets of its set's measures those that are asked for.
"""

import re
from collections.abc import Mapping, Sequence

import duckdb

from abslake.detection import profiles
from abslake.detection.detector import View
from abslake.detection.findings import ACROSS
from abslake.detection.measures import COUNTS, MEASURES, PATHS, STRANGERS, SUMS, TIMES, Measure

Asked = Mapping[View, frozenset[str]]
"""Names of the measures that rows of a view are asked for."""

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

FOUND, REFUSED, BARRED = 1, 2, 4
"""What answers a path has had, as bits: see ``found_paths``, ``refused_paths`` and ``barred_paths``."""

_FLAGS = {"found": FOUND, "refused": REFUSED, "barred": BARRED}
_DISTINCT = re.compile(r"count\(DISTINCT (\w+)\)")
_AGGREGATE = re.compile(r"\b(?:sum|max|min|bit_or)\(")
_TABLES = ("rows", "members", "alone", "traits", "differences", "visited", "measured")
_ORDERED = "kind IN ('username', 'token')"
_HASHED = ("network", "agent")
_CALL = "unknown_call"


def fill(engine: duckdb.DuckDBPyConnection, names: Asked) -> None:
    """Fill ``activity`` from the tables ``identities``, ``seen``, ``jars``, ``places``, ``unknown`` and ``orders``.

    A measure that is not among a view's `names` is NULL in its rows; one that is among no view's has no column.
    """
    every = frozenset().union(*names.values())
    sums, counts, paths = ([one for one in some if one.name in every] for some in (SUMS, COUNTS, PATHS))
    columns = sorted({"network", "agent"} | {name for one in counts for name in _DISTINCT.findall(one.window)})
    _rows(engine)
    hashes = ", ".join(name if name in _HASHED else f"{_hash(name)} AS {name}" for name in columns)
    engine.execute(
        f"CREATE OR REPLACE TEMP TABLE traits AS SELECT identity, {hashes}, thin FROM identities LEFT JOIN jars USING (api, ip)"
    )
    _differences(engine, columns)
    _visited(engine, paths)
    _measured(engine, sums, counts, paths)
    made = {one.name for one in (*sums, *counts, *paths, STRANGERS)}
    rows = " UNION ALL ".join(_of_view(view, names[view], every, made) for view in View)
    engine.execute(f"CREATE OR REPLACE TEMP TABLE activity AS {rows}")
    for table in _TABLES:
        engine.execute(f"DROP TABLE {table}")


def _of_view(view: View, names: frozenset[str], every: frozenset[str], made: set[str]) -> str:
    """A SELECT of the view's rows of activity."""
    columns = [_column(one, view, names, made) for one in MEASURES if one.name in every]
    orders = f"LEFT JOIN orders ON who = hash(rows.client) AND {_ORDERED}" if view is View.ACROSS else ""
    return (
        f"SELECT view, api, kind, client, {', '.join([*columns, *TIMES])}, {profiles.nothing()} "
        f"FROM measured JOIN (SELECT view, api, kind, client, set FROM rows WHERE view = '{view}') AS rows USING (set) {orders}"
    )


def _column(one: Measure, view: View, names: frozenset[str], made: set[str]) -> str:
    if one.name not in names:
        return f"NULL::BIGINT AS {one.name}"
    if one.name in made:
        return one.name
    return f"coalesce({one.window}, 0) AS {one.name}" if view is View.ACROSS else f"0::BIGINT AS {one.name}"


def _rows(engine: duckdb.DuckDBPyConnection) -> None:
    """Fill ``rows``, each with the name of the set of identities that it is made of, ``members`` of the sets of several, and
    ``alone``: sets of one, which are named as their identity.
    """
    views = " UNION ALL ".join(
        f"SELECT '{view}' AS view, {api} AS api, {kind} AS kind, {client} AS client, list(identity) AS identities, "
        f"min(identity) AS first, bit_xor(hash(identity)) AS mixed FROM identities {_needed(having)} "
        f"WHERE {where} GROUP BY ALL HAVING {having}"
        for view, api, kind, client, where, having in VIEWS
    )
    engine.execute(f"""
CREATE OR REPLACE TEMP TABLE rows AS
SELECT view, api, kind, client, identities,
    CASE WHEN len(identities) = 1 THEN first ELSE hash(len(identities), first, mixed) END AS set FROM ({views})""")
    engine.execute(
        "CREATE OR REPLACE TEMP TABLE alone AS SELECT DISTINCT set AS identity FROM rows WHERE len(identities) = 1"
    )
    engine.execute("""
CREATE OR REPLACE TEMP TABLE members AS
SELECT set, unnest(identities) AS identity
FROM (SELECT set, any_value(identities) AS identities FROM rows WHERE len(identities) > 1 GROUP BY set)""")


def _needed(having: str) -> str:
    return "" if having == "true" else "JOIN (SELECT identity, logins, requests FROM seen) USING (identity)"


def _hash(name: str) -> str:
    """What differs is counted by hashes."""
    return f"CASE WHEN {name} IS NOT NULL THEN hash({name}) END"


def _differences(engine: duckdb.DuckDBPyConnection, columns: Sequence[str]) -> None:
    """Fill ``differences``: numbers of what differs, and of strangers, in the sets of several."""
    engine.execute(f"""
CREATE OR REPLACE TEMP TABLE differences AS
WITH differing AS MATERIALIZED (
    SELECT set, requests, {", ".join(columns)} FROM members JOIN traits USING (identity) JOIN seen USING (identity)),
pairs AS (SELECT set, sum(requests) AS requests FROM differing GROUP BY set, network, agent)
SELECT * FROM (SELECT set, ({STRANGERS.window})::BIGINT AS {STRANGERS.name} FROM pairs GROUP BY set)
JOIN (SELECT set, {", ".join(f"count(DISTINCT {name}) AS n_{name}" for name in columns)} FROM differing GROUP BY set)
USING (set)""")


def _visited(engine: duckdb.DuckDBPyConnection, paths: Sequence[Measure]) -> None:
    """Fill ``visited``: measures of what was asked for, by set."""
    of_calls = [one for one in paths if _CALL in one.window]
    of_paths = [one for one in paths if one not in of_calls]
    # A path stands once in a set.
    once = ", ".join(f"({_DISTINCT.sub(_plainly, one.window)})::BIGINT AS {one.name}" for one in of_paths)
    counted = ", ".join(f"({one.window})::BIGINT AS {one.name}" for one in of_calls) or "0 AS calls"
    known = ", ".join(f"coalesce({one.name}, 0) AS {one.name}" for one in of_calls) or "0 AS calls"
    flags = ", ".join(f"flags & {bit} <> 0 AS {name}" for name, bit in _FLAGS.items())
    engine.execute(f"""
CREATE OR REPLACE TEMP TABLE visited AS
WITH visits AS (
    SELECT identity AS set, path, flags FROM places SEMI JOIN alone USING (identity)
    UNION ALL SELECT set, path, bit_or(flags) AS flags FROM members JOIN places USING (identity) GROUP BY set, path),
calls AS (
    SELECT identity AS set, {_CALL} FROM unknown
    UNION ALL SELECT set, {_CALL} FROM members JOIN unknown USING (identity)),
of_calls AS (SELECT set, {counted} FROM calls GROUP BY set)
SELECT of_paths.*, {known}
FROM (SELECT set, {once} FROM (SELECT set, path, {flags} FROM visits) GROUP BY set) AS of_paths LEFT JOIN of_calls USING (set)""")


def _measured(
    engine: duckdb.DuckDBPyConnection, sums: Sequence[Measure], counts: Sequence[Measure], paths: Sequence[Measure]
) -> None:
    """Fill ``measured``: all measures of the sets that rows are made of."""
    summed = ", ".join(f"sum({one.name})::BIGINT AS {one.name}" for one in sums)
    once = ", ".join(f"{_alone(one.window)}::BIGINT AS {one.name}" for one in counts)
    exact = ", ".join(f"({_DISTINCT.sub(_told, one.window)})::BIGINT AS {one.name}" for one in counts)
    names, visited = (", ".join(one.name for one in some) for some in (sums, paths))
    times = "min(first_seen) AS first_seen, max(last_seen) AS last_seen"
    engine.execute(f"""
CREATE OR REPLACE TEMP TABLE measured AS
WITH together AS (
    SELECT set, {summed}, {exact}, any_value({STRANGERS.name}) AS {STRANGERS.name}, {times}
    FROM members JOIN seen USING (identity) JOIN traits USING (identity) JOIN differences USING (set) GROUP BY set),
summed AS (
    SELECT identity AS set, {names}, {once}, 0::BIGINT AS {STRANGERS.name}, first_seen, last_seen
    FROM seen JOIN (FROM traits SEMI JOIN alone USING (identity)) USING (identity)
    UNION ALL FROM together)
SELECT summed.*, {visited} FROM summed JOIN visited USING (set)""")


def _plainly(found: re.Match[str]) -> str:
    return f"count({found[1]})"


def _alone(aggregate: str) -> str:
    """What an aggregate over rows of ``seen`` comes to where there is one row."""
    return f"({_AGGREGATE.sub('(', _DISTINCT.sub(_is_there, aggregate))})"


def _is_there(found: re.Match[str]) -> str:
    return f"({found[1]} IS NOT NULL)::BIGINT"


def _told(found: re.Match[str]) -> str:
    return f"any_value(n_{found[1]})"
