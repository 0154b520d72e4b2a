"""The sessions of an API: how many there are, and which of them a page lists.

The order is that of every list of an answer: falling total, then name. The name is what the caller sees: for a restricted
user the mask, since the order of equals by the hidden name would tell of it. A page may begin and end among equals, of
which there can be millions (sessions of one request); so the engine makes their masks, and only of those that share a
total with the page: one microsecond each.

Beyond what can be counted in the time of a report, distinct sessions are estimated from sketches, each the k smallest of
the 64-bit hashes of a period's sessions: the k smallest of their union are those of the whole range, and with U the
largest of them as a share of all possible hashes, (k - 1) / U estimates the number, without bias and with a standard
error of 1 / sqrt(k - 2). Source: Beyer, Haas, Reinwald, Sismanis, Gemulla, "On synopses for distinct-value estimation
under multiset operations" (SIGMOD 2007).
"""

from dataclasses import dataclass
from math import sqrt
from typing import NamedTuple, Protocol

import duckdb

from abslake.index import layout
from abslake.traffic import body, lists

STANDARD_ERROR = 1 / sqrt(layout.LIMITS.sketch - 2)
"""Of an estimate, as a share of it."""

ESTIMATE_NOTE = (
    f"sessions is an estimate with a standard error of {STANDARD_ERROR:.1%}. session_details lists sessions that were among "
    "the busiest of a day or month. All other counts are exact; a shorter range shows more."
)

_HASHES = 2**64

_MASKED = "sha256($outer || unhex(sha256($inner || encode(session))))"


class Mask(Protocol):
    """What the restricted user sees instead of a session id (`abslake.access.mask.Mask`)."""

    def __call__(self, value: str) -> str:
        """The mask of `value`."""

    def blocks(self) -> tuple[bytes, bytes]:
        """What an engine makes the same masks with."""


class Listed(NamedTuple):
    """A session of a page; `shown` is its id as the caller sees it, `total` what is known of its requests."""

    session: str
    shown: str
    total: int


@dataclass(frozen=True, slots=True)
class Sessions:
    """The temporary table ``sessions`` (session, requests) of a connection: `count` rows, `requests` in all."""

    connection: duckdb.DuckDBPyConnection
    count: int
    requests: int

    def page(self, offset: int, limit: int, mask: Mask | None) -> list[Listed]:
        """At most `limit` sessions behind the first `offset`."""
        rows = self._window("session", "TRUE", {}, offset, limit)
        if mask is None or not rows:
            return [Listed(session, session, int(total)) for session, total in rows]
        most, least = rows[0][1], rows[-1][1]
        [(before,)] = self.connection.execute("SELECT count(*) FROM sessions WHERE requests > ?", [most]).fetchall()
        inner, outer = mask.blocks()
        given = {"most": most, "least": least, "inner": inner, "outer": outer}
        rows = self._window(_MASKED, "requests BETWEEN $least AND $most", given, offset - before, limit)
        return [Listed(session, mask(session), int(total)) for session, total in rows]

    def _window(
        self, name: str, condition: str, given: dict[str, object], offset: int, limit: int
    ) -> list[tuple[str, int]]:
        return self.connection.execute(
            f"SELECT session, requests FROM sessions WHERE {condition} "
            f"ORDER BY requests DESC, {name} LIMIT {limit} OFFSET {offset}",
            given,
        ).fetchall()


def all_of(connection: duckdb.DuckDBPyConnection, apart: str = "") -> Sessions:
    """Every session of ``traffic`` with its exact total: from joint rows and sums of part 'session'.

    `apart`: a table of (session, requests) that holds more such sums.
    """
    if not apart:
        return _table(connection, body("api/session"))
    return _table(
        connection,
        f"SELECT session, sum(requests) AS requests FROM (SELECT session, requests FROM ({body('api/session')}) AS here "
        f"UNION ALL SELECT session, requests FROM {apart}) AS everything GROUP BY session",
    )


def known_of(connection: duckdb.DuckDBPyConnection) -> Sessions:
    """The sessions of joint rows and those that the index keeps details of, with the requests found there."""
    return _table(
        connection,
        "SELECT session, sum(requests) AS requests FROM traffic "
        "WHERE part = 'session_ip' OR (part IS NULL AND session IS NOT NULL) GROUP BY session",
    )


def _table(connection: duckdb.DuckDBPyConnection, statement: str) -> Sessions:
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE sessions AS SELECT session, requests FROM ({statement}) AS summed"
    )
    [(count, requests)] = connection.execute("SELECT count(*), coalesce(sum(requests), 0) FROM sessions").fetchall()
    return Sessions(connection, count, int(requests))


def estimate(connection: duckdb.DuckDBPyConnection) -> int:
    """How many sessions ``traffic`` has, from joint rows and sketches; exact where they are fewer than a sketch holds."""
    size = layout.LIMITS.sketch
    statement = f"SELECT count(*), max(session) FROM ({lists.sketch(size)}) AS sketch"
    [(found, largest)] = connection.execute(statement).fetchall()
    return int(found) if found < size else round((size - 1) * _HASHES / (int(largest, 16) + 1))
