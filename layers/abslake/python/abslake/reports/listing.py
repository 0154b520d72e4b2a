"""A long list of names with their requests, of which a page is shown: sessions of an API, clients of a kind.

The order is that of every list of an answer: falling total, then name. The name is what the caller sees: for a restricted
user the mask, since the order of equals by the hidden name would tell of it. A page may begin and end among equals, of
which there can be millions (sessions of one request); so the engine makes their masks, and only of those that share a
total with the page: one microsecond each.
"""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import duckdb

from abslake.access.mask import MASK_DIGITS


def masked(column: str) -> str:
    """What an engine gives as the mask of a column: SQL whose parameters `inner` and `outer` are `Mask.blocks`."""
    return f"substring(sha256($outer || unhex(sha256($inner || encode({column})))), 1, {MASK_DIGITS})"


class Mask(Protocol):
    """What the restricted user sees instead of an identifier (`abslake.access.mask.Mask`)."""

    def __call__(self, value: str, kind: str = ...) -> str:
        """The mask of `value`; without `kind` of a session id."""

    def blocks(self, kind: str = ...) -> tuple[bytes, bytes]:
        """What an engine makes the same masks with."""


class Listed(NamedTuple):
    """One of a page; `shown` is the name as the caller sees it, `total` what is known of its requests."""

    name: str
    shown: str
    total: int


@dataclass(frozen=True, slots=True)
class Listing:
    """The temporary table ``listing`` (name, requests) of a connection: `count` rows, `requests` in all.

    `kind` is what the names are, as a mask knows it.
    """

    connection: duckdb.DuckDBPyConnection
    kind: str
    count: int
    requests: int

    @classmethod
    def of(cls, connection: duckdb.DuckDBPyConnection, kind: str, statement: str) -> "Listing":
        """The rows (name, requests) of `statement`, each name once. It takes the place of the connection's listing."""
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE listing AS SELECT name, requests FROM ({statement}) AS summed"
        )
        [(count, requests)] = connection.execute("SELECT count(*), coalesce(sum(requests), 0) FROM listing").fetchall()
        return cls(connection, kind, count, int(requests))

    def page(self, offset: int, limit: int, mask: Mask | None) -> list[Listed]:
        """At most `limit` names behind the first `offset`."""
        rows = self._window("name", "TRUE", {}, offset, limit)
        if mask is None or not rows:
            return [Listed(name, name, int(total)) for name, total in rows]
        most, least = rows[0][1], rows[-1][1]
        [(before,)] = self.connection.execute("SELECT count(*) FROM listing WHERE requests > ?", [most]).fetchall()
        inner, outer = mask.blocks(self.kind)
        given = {"most": most, "least": least, "inner": inner, "outer": outer}
        rows = self._window(masked("name"), "requests BETWEEN $least AND $most", given, offset - before, limit)
        return [Listed(name, mask(name, self.kind), int(total)) for name, total in rows]

    def _window(
        self, order: str, condition: str, given: dict[str, object], offset: int, limit: int
    ) -> list[tuple[str, int]]:
        return self.connection.execute(
            f"SELECT name, requests FROM listing WHERE {condition} "
            f"ORDER BY requests DESC, {order} LIMIT {limit} OFFSET {offset}",
            given,
        ).fetchall()
