"""The most popular addresses of an API, from short lists where these prove the answer.

Of a heavy API the index lists the busiest addresses of each day or month only, as two bounds (`abslake.traffic.lists`)
that add up: what an address surely has, and what it can have at most, were it the first of the unlisted wherever it is not
listed. If ten addresses surely have more than any other can have, they are the answer, in an order that is certain
too. Else the requests of all addresses have to be read. Either way the answer is exact.

The idea is that of the threshold algorithms: Fagin, Lotem, Naor, "Optimal aggregation algorithms for middleware" (2003).
"""

from collections.abc import Sequence
from typing import NamedTuple

import duckdb

from abslake.traffic import body


class _Bounds(NamedTuple):
    ip: str
    least: int
    most: int


_COUNTED = """
    CREATE OR REPLACE TEMP TABLE popular AS
    SELECT ip,
        coalesce(sum(requests) FILTER (WHERE part IS NULL OR part = 'address_least'), 0) AS least,
        coalesce(sum(requests) FILTER (WHERE part IS NULL OR part = 'address_most'), 0) AS most
    FROM traffic
    WHERE part IS NULL OR part = 'address_least' OR part = 'address_most'
    GROUP BY ip
"""


def from_lists(connection: duckdb.DuckDBPyConnection, count: int) -> list[str] | None:
    """The `count` addresses with most requests, ties by name; None where the lists of ``traffic`` leave that open."""
    connection.execute(_COUNTED)
    [(unlisted,)] = connection.execute("SELECT coalesce(sum(most), 0) FROM popular WHERE ip IS NULL").fetchall()
    known = "SELECT ip, least, most + $unlisted FROM popular WHERE ip IS NOT NULL"
    first = _bounds(connection, f"{known} ORDER BY least DESC, ip LIMIT {count}", unlisted)
    # The rival that can come closest; it may be one of `first` as well.
    rivals = _bounds(connection, f"{known} ORDER BY most DESC, ip LIMIT {count + 1}", unlisted)
    return [bounds.ip for bounds in first] if _certain(first, rivals, unlisted, count) else None


def from_all(connection: duckdb.DuckDBPyConnection, count: int) -> tuple[list[str], int]:
    """The same from the requests of all addresses (part 'address'), and what these add up to."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE popular AS {body('api/address')}")
    rows = connection.execute(f"SELECT ip FROM popular ORDER BY requests DESC, ip LIMIT {count}").fetchall()
    [(total,)] = connection.execute("SELECT coalesce(sum(requests), 0) FROM popular").fetchall()
    return [ip for (ip,) in rows], int(total)


def _bounds(connection: duckdb.DuckDBPyConnection, statement: str, unlisted: int) -> list[_Bounds]:
    return [_Bounds(*row) for row in connection.execute(statement, {"unlisted": unlisted}).fetchall()]


def _certain(first: Sequence[_Bounds], rivals: Sequence[_Bounds], unlisted: int, count: int) -> bool:
    """Whether each of `first` comes before all that follow it, named or not, whatever the true counts are."""
    if unlisted and (len(first) < count or first[-1].least <= unlisted):
        return False  # an address that is in no list at all may be among them
    for place, bounds in enumerate(first):
        before = {earlier.ip for earlier in first[: place + 1]}
        later = next((rival for rival in rivals if rival.ip not in before), None)
        if later and (-bounds.least, bounds.ip) > (-later.most, later.ip):
            return False
    return True
