"""The sums that a period keeps of a heavy value instead of its rows, in an engine's tables.

They are the rows of the report's own SQL, so whoever reads them adds them up with the same SQL. Of an API, sessions and
addresses without bound are kept apart: only the first by rank stand among the sums.
"""

from dataclasses import dataclass

import duckdb

from abslake.traffic import body, coarsen, lists


@dataclass(frozen=True, slots=True)
class Limits:
    """How many rows sums may have. What does not fit is coarsened (`abslake.traffic.coarsen`)."""

    answer: int
    """Of a value."""
    entry: int
    """Of a session on one API, of which an answer may have many."""
    bare: int
    """Of an API's requests without session: all clients together, where it knows clients by token or not at all."""
    top_sessions: int
    """Sessions of an API that a period keeps the details of."""
    top_addresses: int
    """Addresses of an API that a period lists by rank."""
    sketch: int
    """Hashes that a period keeps to estimate distinct sessions by."""


def fit(connection: duckdb.DuckDBPyConnection, kind: str, table: str, limits: Limits) -> int:
    """Turn the table's rows of an identifier's traffic into its sums; gives the level they were coarsened to.

    A session is held to its limit API by API, since it is also asked for on one of them, and listed among others.
    """
    if kind == "cookie":
        return coarsen.fit(connection, table, body(kind), limits.entry, per=("value", "api"))
    return coarsen.fit(connection, table, body(kind), limits.answer)


def of_identifiers(connection: duckdb.DuckDBPyConnection, kind: str, joint: str, limits: Limits) -> None:
    """Add the sums of all values in the table `joint` to the table ``sums``; `joint` is used up."""
    fit(connection, kind, joint, limits)
    connection.execute(f"INSERT INTO sums BY NAME FROM {joint}")


def of_apis(connection: duckdb.DuckDBPyConnection, joint: str, limits: Limits) -> None:
    """The same for APIs; all their sessions and addresses are added to ``session_sums`` and ``address_sums``."""
    _add(connection, "sums", joint, body("api/total"))
    _make(connection, "bare", joint, "SELECT * FROM traffic WHERE part LIKE 'bare_%' OR (part IS NULL AND bare = 1)")
    coarsen.fit(connection, "bare", body("api/bare"), limits.bare)
    connection.execute("INSERT INTO sums BY NAME FROM bare")

    _make(connection, "sessions", joint, body("api/session"))
    connection.execute("INSERT INTO session_sums BY NAME FROM sessions")
    _add(connection, "sums", "sessions", lists.SESSION_COUNT)
    _make(connection, "top", "sessions", lists.top_sessions(limits.top_sessions))
    _make(
        connection,
        "listed",
        joint,
        "SELECT * FROM traffic SEMI JOIN top USING (value, session) WHERE part IS NULL OR part LIKE 'session_%'",
    )
    coarsen.fit(connection, "listed", body("api/details"), limits.entry, per=("value", "session"), keep=("session",))
    connection.execute("INSERT INTO sums BY NAME FROM listed")
    _add(connection, "sums", "sessions", lists.sketch(limits.sketch))

    _make(connection, "addresses", joint, body("api/address"))
    connection.execute("INSERT INTO address_sums BY NAME FROM addresses")
    _add(connection, "sums", "addresses", lists.address_bounds(limits.top_addresses))
    for table in ("bare", "sessions", "top", "listed", "addresses"):
        connection.execute(f"DROP TABLE {table}")


def _add(connection: duckdb.DuckDBPyConnection, table: str, traffic: str, statement: str) -> None:
    connection.execute(f"INSERT INTO {table} BY NAME FROM (WITH traffic AS (FROM {traffic}) {statement})")


def _make(connection: duckdb.DuckDBPyConnection, table: str, traffic: str, statement: str) -> None:
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS WITH traffic AS (FROM {traffic}) {statement}")
