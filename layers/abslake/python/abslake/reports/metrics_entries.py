"""The entries of the metrics report: a session, or a path requested without session, each with its lists.

Both are read from ``traffic`` into a table of their own, held to the rows that an answer may have, then gathered.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import duckdb

from abslake.errors import StorageError
from abslake.index import layout
from abslake.reports import models
from abslake.reports.entries import Entry, Place, Row, gather
from abslake.reports.listing import Listed
from abslake.traffic import body, coarsen

# Added up in one pass first, rows of thirty days are as few as those of one. The other columns are not looked at below.
_PICK = """
    CREATE OR REPLACE TEMP TABLE {table} AS
    SELECT value, max(minute) AS minute, session, path, shown_path, ip, method, browser, device, server,
        max(ok) AS ok, bare, sum(requests)::BIGINT AS requests, part, max(level) AS level
    FROM traffic WHERE {condition} GROUP BY ALL
"""
_PAGED = _PICK.format(
    table="paged",
    condition="session IN (SELECT unnest($names)) AND (part IS NULL OR starts_with(part, 'session_'))",
)
_BARE = _PICK.format(table="bare", condition="(part IS NULL AND bare = 1) OR starts_with(part, 'bare_')")


class Elsewhere(Protocol):
    """What the index keeps apart from ``traffic``, read only where a report needs it."""

    def add_sessions(self, names: Sequence[str], table: str) -> None:
        """Insert into `table` all rows that these sessions have on the API in the range.

        `table` has the columns of ``traffic``. Joint rows or sums of the parts ``session_*``, with their level.
        """

    def add_addresses(self) -> None:
        """Have ``traffic`` hold the sums of part 'address' for all that it does not hold as joint rows."""


def of_sessions(
    connection: duckdb.DuckDBPyConnection,
    listed: Sequence[Listed],
    elsewhere: Elsewhere | None,
    *,
    exact: bool,
    discreet: bool,
) -> tuple[list[models.MetricsSession], int]:
    """The entries of these sessions, and the level of the coarsest.

    The index keeps details of a period's busiest sessions only: what is missing to a total comes from `elsewhere`. Not
    `exact`: the totals are not known, so everything does. Raises StorageError where rows and totals do not agree.
    """
    if not listed:
        return [], 0
    connection.execute(_PAGED, {"names": [session.name for session in listed]})
    level = _fit_sessions(connection)
    kept = _requests(connection)
    short = [one.name for one in listed if not exact or kept.get(one.name) != one.total]
    if short and elsewhere:
        connection.execute("DELETE FROM paged WHERE session IN (SELECT unnest($names))", {"names": short})
        elsewhere.add_sessions(short, "paged")
        level = _fit_sessions(connection)
        kept = _requests(connection)
    agree(not exact or all(kept.get(one.name) == one.total for one in listed))
    shown = {one.name: one.shown for one in listed}
    entries = _gather(connection, "paged", lambda row: (shown[row["session"]], ""), discreet=discreet)
    return [
        models.MetricsSession.model_validate(
            {
                "session_id": entry.session or "",
                "total_requests": entry.total,
                "path_info": entry.path_info(),
                **entry.lists(),
            }
        )
        for entry in entries
    ], level


def _fit_sessions(connection: duckdb.DuckDBPyConnection) -> int:
    return coarsen.fit(
        connection, "paged", body("api/details"), layout.LIMITS.entry, per=("value", "session"), keep=("session",)
    )


def of_paths(
    connection: duckdb.DuckDBPyConnection, requests: int, *, discreet: bool
) -> tuple[list[models.MetricsRequests], int]:
    """The entries of the `requests` without session, one a path, and their level. Raises StorageError."""
    connection.execute(_BARE)
    level = coarsen.fit(connection, "bare", body("api/bare"), layout.LIMITS.bare)
    entries = _gather(connection, "bare", lambda row: (None, row["path"]), discreet=discreet)
    agree(sum(entry.total for entry in entries) == requests)
    return [
        models.MetricsRequests.model_validate({"total_requests": entry.total, "path": entry.name, **entry.lists()})
        for entry in entries
    ], level


class SumsContradict(StorageError):
    """Sums that must be equal are not."""


def agree(agreed: bool) -> None:
    """Raise SumsContradict unless sums that must be equal are: rather no answer than a wrong one."""
    if not agreed:
        raise SumsContradict("sums in the index contradict each other: check it with 'abslake index verify'")


def _requests(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Requests by session that the sums of ``paged`` account for."""
    rows = connection.execute(
        "SELECT session, sum(requests) FROM paged WHERE part = 'session_ip' GROUP BY session"
    ).fetchall()
    return {session: int(requests) for session, requests in rows}


def _gather(
    connection: duckdb.DuckDBPyConnection, table: str, place: Callable[[Row], Place], *, discreet: bool
) -> list[Entry]:
    path = "coalesce(shown_path, path)" if discreet else "path"
    found = connection.execute(
        f"SELECT session, {path} AS path, part, ip, method, browser, device, server, requests FROM {table}"
    )
    names = [name for name, *_ in found.description]
    return gather((dict(zip(names, row, strict=True)) for row in found.fetchall()), place)
