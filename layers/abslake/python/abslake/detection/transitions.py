"""The calls of each API and the order in which clients make them, as counts: learned like histograms, held against windows.

A call is a method and a path with its ids as ``{id}`` (`abslake.traffic.coarsen`). Of each window it is kept how many
clients made each call and each pair of calls one after the other, and which users made a call (a bounded sample of hashes,
from which their number is estimated). The model adds windows up with decay and keeps the most frequent. By it a request is

- *unknown*: to a call that clients of the API do not make,
- *rare*: to a call that at most `RARE_SHARE` of the API's users make,
- *out of order*: after a call whose next calls are well known, and none of which it is; or which it follows less than a
  tenth as often as chance would have it.

Only what is counted by clients is learned, so a single client moves nothing. Limits: requests of a minute that agree in
everything are one row of facts and one step; steps are told within a window only, each user agent's by itself (two devices
of a user take turns); the same call again is no step; an API with more than `MOST_CALLS` calls (names instead of ids in its
paths) is not judged by any of this.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import duckdb

from abslake.detection.measures import bit
from abslake.formats.readers.sql import literal
from abslake.traffic.coarsen import STEPS

PREFIX = "detection/transitions/"
"""Where the counts of windows lie."""

MODEL = "calls.parquet"
"""Their sums, beside a model's histograms."""

MOST_CALLS = 3_000
"""Of one API in a model; an API that has so many is not judged."""

MOST_PAIRS = 30_000
"""Of one API in a model; pairs beyond count as never seen."""

KNOWN = 3
"""A call is known that so many client-windows made."""

RARE_SHARE = 0.03
LEAST_USERS = 50
"""Of an API, before some of its calls can be rare."""

LEAST_EXPECTED = 8
"""Client-windows that chance would have given a pair, before it is called improbable by what it has."""

LEAST_FOLLOWED = 30
NEW_SHARE = 0.05
"""A call's next calls are well known when so many client-windows made one, and at most this share of them one that nobody
else made: that is how often a usual client makes a new one (Good and Turing)."""

_SAMPLE = 64
_MOST_CHARACTERS = 200
_CLIENT_ERRORS = "status BETWEEN 400 AND 499 AND status NOT IN (401, 429)"
_CALL_BIT = bit("hash(api, name)")
_TABLES = ("templates", "named", "place_calls", "called", "judged_calls", "steps_made", "pairs", "odd_pairs", "made")

_TEMPLATES = f"""
CREATE OR REPLACE TEMP TABLE templates AS
SELECT api, hash(api, method, path) AS place,
    method || ' ' || left({STEPS[1]["path"].replace("@", "path")}, {_MOST_CHARACTERS}) AS name
FROM (SELECT DISTINCT api, upper(method) AS method, path FROM read_parquet(getvariable('units'), union_by_name = true)
    WHERE minute >= getvariable('from') AND minute < getvariable('to') AND api IS NOT NULL AND ip IS NOT NULL)"""

_NAMED = """
CREATE OR REPLACE TEMP TABLE named AS
SELECT api, name, row_number() OVER ()::INTEGER AS call FROM (SELECT DISTINCT api, name FROM templates)"""

_PLACE_CALLS = """
CREATE OR REPLACE TEMP TABLE place_calls AS SELECT place, call FROM templates JOIN named USING (api, name)"""

_CALLED = f"""
CREATE OR REPLACE TEMP TABLE called AS
SELECT identity, call, first_seen, requests, {_CLIENT_ERRORS} AS refused
FROM window_facts JOIN place_calls USING (place) WHERE status < 500 AND status NOT IN (401, 429)"""

_MADE = """
CREATE OR REPLACE TEMP TABLE made AS
SELECT DISTINCT call, hash(coalesce(username, client)) AS who
FROM (SELECT DISTINCT identity, call FROM called) JOIN identities USING (identity)"""

_JUDGED_CALLS = f"""
CREATE OR REPLACE TEMP TABLE judged_calls AS
SELECT api, call, name, coalesce(k.clients, 0) >= {KNOWN} AS known, coalesce(k.rare, false) AS rare,
    k.before, k.singles, k.after, k.total
FROM named JOIN known_apis USING (api) LEFT JOIN known_calls AS k USING (api, name)"""

_STEPS = """
CREATE OR REPLACE TEMP TABLE steps_made AS
SELECT who, lane, call, first_seen, requests, refused FROM called JOIN (
    SELECT identity, who, hash(api, who, agent) AS lane
    FROM (SELECT *, hash(coalesce(username, client)) AS who FROM identities WHERE username IS NOT NULL OR kind = 'token'))
USING (identity)"""

_PAIRS = """
CREATE OR REPLACE TEMP TABLE pairs AS
SELECT who, previous, call, count(*) AS steps FROM (
    SELECT who, lag(call) OVER (PARTITION BY lane ORDER BY first_seen, call) AS previous, call FROM steps_made)
WHERE previous <> call GROUP BY ALL"""

_ODD_PAIRS = f"""
CREATE OR REPLACE TEMP TABLE odd_pairs AS
SELECT previous, call, rare FROM (
    SELECT p.previous, p.call, one.rare OR other.rare AS rare, one.name AS previous_name, other.name, other.api,
        one.before / one.total * coalesce(other.after, 0) AS expected,
        one.before >= {LEAST_FOLLOWED} AND one.singles <= {NEW_SHARE} * one.before AS followed
    FROM (SELECT DISTINCT previous, call FROM pairs) AS p
    JOIN judged_calls AS one ON one.call = p.previous JOIN judged_calls AS other ON other.call = p.call
    WHERE one.known AND (other.known OR other.rare))
LEFT JOIN known_pairs USING (api, previous_name, name)
WHERE followed AND clients IS NULL OR expected >= {LEAST_EXPECTED} AND coalesce(clients, 0) + 0.5 < 0.1 * expected"""

_ORDERS = f"""
CREATE OR REPLACE TEMP TABLE orders AS
SELECT who, sum(steps)::BIGINT AS transitions, sum(odd)::BIGINT AS improbable, sum(rare_odd + rare_refused)::BIGINT AS rare_marks,
    sum(rare_calls)::BIGINT AS rare_calls, bit_or(rare_bits) AS rare_bits, bit_or(call_bits) AS call_bits
FROM (
    SELECT who, steps, CASE WHEN o.rare IS NULL THEN 0 ELSE steps END AS odd, CASE WHEN o.rare THEN steps ELSE 0 END AS rare_odd,
        0 AS rare_refused, 0 AS rare_calls, 0::BIGINT AS rare_bits, 0::BIGINT AS call_bits
    FROM pairs LEFT JOIN odd_pairs AS o USING (previous, call)
    UNION ALL
    SELECT who, 0, 0, 0, CASE WHEN rare AND refused THEN requests ELSE 0 END, CASE WHEN rare THEN requests ELSE 0 END,
        CASE WHEN rare THEN bit ELSE 0 END, bit
    FROM steps_made JOIN (SELECT call, {_CALL_BIT} AS bit FROM named) USING (call)
    LEFT JOIN (SELECT call, rare FROM judged_calls) USING (call))
GROUP BY who"""

_WINDOW = f"""
CREATE OR REPLACE TEMP TABLE transitions AS
WITH counted AS (
    SELECT NULL::INTEGER AS previous, call, count(*) AS clients, min(who, {_SAMPLE}) AS users FROM made GROUP BY call
    UNION ALL SELECT previous, call, count(*), NULL FROM pairs GROUP BY previous, call),
placed AS (
    SELECT api, counted.* FROM counted JOIN named USING (call)
    UNION ALL SELECT api, NULL, NULL, count(*), min(who, {_SAMPLE})
    FROM (SELECT DISTINCT api, who FROM made JOIN named USING (call)) GROUP BY api)
SELECT c.api, one.name AS previous, other.name AS call, clients::DOUBLE AS clients, users
FROM placed AS c LEFT JOIN named AS one ON one.call = c.previous LEFT JOIN named AS other ON other.call = c.call
QUALIFY row_number() OVER (PARTITION BY c.api, c.previous IS NULL ORDER BY clients DESC, one.name, other.name) <= {MOST_CALLS}"""


def measure(engine: duckdb.DuckDBPyConnection) -> None:
    """Fill ``transitions`` (counts of the window), ``orders`` (by client) and ``unknown_places`` from ``window_facts`` and
    ``identities``.

    What was learned must be there (`load`).
    """
    named, held = (
        (_TEMPLATES, _NAMED, _PLACE_CALLS, _CALLED, _MADE),
        (_JUDGED_CALLS, _STEPS, _PAIRS, _ODD_PAIRS, _ORDERS),
    )
    for statement in (*named, *held, _WINDOW):
        engine.execute(statement)
    engine.execute(
        "CREATE OR REPLACE TEMP TABLE unknown_places AS SELECT place, hash(api, name) AS unknown_call "
        "FROM place_calls JOIN judged_calls USING (call) WHERE NOT known"
    )
    for table in _TABLES:
        engine.execute(f"DROP TABLE {table}")


def clear(engine: duckdb.DuckDBPyConnection) -> None:
    """Make ``transitions`` empty."""
    engine.execute(f"CREATE OR REPLACE TEMP TABLE transitions AS {_nothing()}")


def load(engine: duckdb.DuckDBPyConnection, learned: Path | None) -> None:
    """Fill the tables that windows are held against from a model's file; None: nothing was learned."""
    source = f"read_parquet({literal(str(learned))})" if learned else f"({_nothing()})"
    engine.execute(f"CREATE OR REPLACE TEMP TABLE learned_calls AS FROM {source}")
    engine.execute(
        "CREATE OR REPLACE TEMP TABLE known_apis AS SELECT api FROM learned_calls WHERE previous IS NULL "
        f"GROUP BY api HAVING count(call) < {MOST_CALLS}"
    )
    engine.execute(
        "CREATE OR REPLACE TEMP TABLE known_pairs AS SELECT api, previous AS previous_name, call AS name, clients "
        "FROM learned_calls WHERE previous IS NOT NULL"
    )
    engine.execute(f"""
CREATE OR REPLACE TEMP TABLE known_calls AS
WITH calls AS (SELECT api, call, clients, {_estimate("users")} AS users FROM learned_calls WHERE previous IS NULL),
before AS (SELECT api, previous_name AS call, sum(clients) AS before,
    coalesce(sum(clients) FILTER (clients <= 1), 0) AS singles FROM known_pairs GROUP BY ALL),
after AS (SELECT api, name AS call, sum(clients) AS after FROM known_pairs GROUP BY ALL),
whole AS (SELECT api, sum(clients) AS total FROM known_pairs GROUP BY api)
SELECT c.api, c.call AS name, c.clients, before, singles, after, total,
    of_all.users >= {LEAST_USERS} AND c.users <= {RARE_SHARE} * of_all.users AS rare
FROM calls AS c JOIN calls AS of_all ON of_all.api = c.api AND of_all.call IS NULL
LEFT JOIN before ON before.api = c.api AND before.call = c.call LEFT JOIN after ON after.api = c.api AND after.call = c.call
LEFT JOIN whole ON whole.api = c.api WHERE c.call IS NOT NULL""")
    engine.execute("DROP TABLE learned_calls")


def write(engine: duckdb.DuckDBPyConnection, window: datetime, path: Path) -> None:
    """The counts of a window as a Parquet file."""
    engine.execute(
        f"COPY (SELECT TIMESTAMP '{window:%Y-%m-%d %H:%M:%S}' AS \"window\", * FROM transitions ORDER BY api, previous, call) "
        f"TO '{path}' (FORMAT parquet, COMPRESSION zstd)"
    )


def learn(
    engine: duckdb.DuckDBPyConnection,
    windows: Sequence[Path],
    previous: tuple[Path, float, datetime] | None,
    path: Path,
) -> None:
    """Write a model's file: the windows' counts added to those of the previous model (its file, weight and moment).

    What the table ``forgotten`` says (api, until: a reset of its training) is left out.
    """
    parts = []
    if windows:
        engine.execute("SET VARIABLE files = ?", [[str(one) for one in windows]])
        parts.append(
            "SELECT w.api, previous, call, clients, users FROM read_parquet(getvariable('files')) AS w "
            'ANTI JOIN forgotten ON forgotten.api = w.api AND w."window" < forgotten.until'
        )
    if previous:
        file, weight, as_of = previous
        parts.append(
            f"SELECT p.api, previous, call, clients * {weight}, users FROM read_parquet({literal(str(file))}) AS p "
            f"ANTI JOIN (FROM forgotten WHERE until > TIMESTAMP '{as_of:%Y-%m-%d %H:%M:%S}') AS f ON f.api = p.api"
        )
    engine.execute(f"""
COPY (
    SELECT api, previous, call, sum(clients) AS clients,
        list_sort(list_distinct(flatten(list(users) FILTER (users IS NOT NULL))))[1:{_SAMPLE}] AS users
    FROM ({" UNION ALL ".join(parts) or _nothing()}) GROUP BY api, previous, call HAVING sum(clients) >= 0.25
    QUALIFY row_number() OVER (PARTITION BY api, previous IS NULL ORDER BY call IS NOT NULL, sum(clients) DESC, previous, call)
        <= CASE WHEN previous IS NULL THEN {MOST_CALLS + 1} ELSE {MOST_PAIRS} END
    ORDER BY api, previous, call) TO '{path}' (FORMAT parquet, COMPRESSION zstd)""")


def key(window: datetime) -> str:
    """Where the counts of a window lie."""
    return f"{PREFIX}date={window:%Y-%m-%d}/{window:%H%M}.parquet"


def _estimate(users: str) -> str:
    """How many there are, from the smallest of their hashes: exact up to the sample's size, then within an eighth or so."""
    return (
        f"CASE WHEN len({users}) < {_SAMPLE} THEN len({users}) "
        f"ELSE {_SAMPLE - 1} * pow(2, 64) / greatest({users}[{_SAMPLE}], 1) END"
    )


def _nothing() -> str:
    return (
        "SELECT NULL::VARCHAR AS api, NULL::VARCHAR AS previous, NULL::VARCHAR AS call, NULL::DOUBLE AS clients, "
        "NULL::UBIGINT[] AS users WHERE false"
    )
