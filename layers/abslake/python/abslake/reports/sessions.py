"""The sessions of an API: how many there are, and which of them a page can list (`abslake.reports.listing`).

Beyond what can be counted in the time of a report, distinct sessions are estimated from sketches, each the k smallest of
the 64-bit hashes of a period's sessions: the k smallest of their union are those of the whole range, and with U the
largest of them as a share of all possible hashes, (k - 1) / U estimates the number, without bias and with a standard
error of 1 / sqrt(k - 2). Source: Beyer, Haas, Reinwald, Sismanis, Gemulla, "On synopses for distinct-value estimation
under multiset operations" (SIGMOD 2007).
"""

from math import sqrt

import duckdb

from abslake.index import layout
from abslake.reports.listing import Listing
from abslake.traffic import body, lists

STANDARD_ERROR = 1 / sqrt(layout.LIMITS.sketch - 2)
"""Of an estimate, as a share of it."""

ESTIMATE_NOTE = (
    f"sessions is an estimate with a standard error of {STANDARD_ERROR:.1%}. session_details lists sessions that were among "
    "the busiest of a day or month. All other counts are exact; a shorter range shows more."
)

_HASHES = 2**64

_KIND = "cookie"


def all_of(connection: duckdb.DuckDBPyConnection, apart: str = "") -> Listing:
    """Every session of ``traffic`` with its exact total: from joint rows and sums of part 'session'.

    `apart`: a table of (session, requests) that holds more such sums.
    """
    if not apart:
        return Listing.of(connection, _KIND, f"SELECT session AS name, requests FROM ({body('api/session')}) AS summed")
    return Listing.of(
        connection,
        _KIND,
        f"SELECT session AS name, sum(requests) AS requests FROM (SELECT session, requests FROM ({body('api/session')}) AS here "
        f"UNION ALL SELECT session, requests FROM {apart}) AS everything GROUP BY session",
    )


def known_of(connection: duckdb.DuckDBPyConnection) -> Listing:
    """The sessions of joint rows and those that the index keeps details of, with the requests found there."""
    return Listing.of(
        connection,
        _KIND,
        "SELECT session AS name, sum(requests) AS requests FROM traffic "
        "WHERE part = 'session_ip' OR (part IS NULL AND session IS NOT NULL) GROUP BY session",
    )


def estimate(connection: duckdb.DuckDBPyConnection) -> int:
    """How many sessions ``traffic`` has, from joint rows and sketches; exact where they are fewer than a sketch holds."""
    size = layout.LIMITS.sketch
    statement = f"SELECT count(*), max(session) FROM ({lists.sketch(size)}) AS sketch"
    [(found, largest)] = connection.execute(statement).fetchall()
    return int(found) if found < size else round((size - 1) * _HASHES / (int(largest, 16) + 1))
