"""What a report on all clients of a kind reads: requests by client, slice by slice, and the rows of those on a page.

Bounded in memory: objects are read some at a time, sums by client lie in tables that the engine spills, and only the clients
of one page are looked at in detail.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import duckdb

from abslake.index import layout
from abslake.reports import engine
from abslake.reports.engine import How
from abslake.reports.listing import Listing
from abslake.reports.planner import Plan
from abslake.reports.question import Question
from abslake.reports.slices import Slices
from abslake.traffic import body, coarsen

ReadWith = Callable[[Sequence[str], Callable[[Sequence[Path]], None]], None]
"""Hands some objects at a time, as files, to what loads them."""

_ROWS_AT_ONCE = 10_000
_ADDED_UP_FROM = 1_000_000


class ClientRows:
    """The rows of one question, on the report's connection."""

    def __init__(
        self, question: Question, planned: Plan, connection: duckdb.DuckDBPyConnection, read_with: ReadWith
    ) -> None:
        self._question, self._planned, self._connection, self._read_with = question, planned, connection, read_with
        self._sums = {"near": 0, "apart": 0}
        self._listed: tuple[str, Listing] | None = None
        self._near = [
            ([unit.key for unit in planned.units], How.FACTS),
            ([*planned.cut, *planned.heavy], How.CUT),
        ]
        self._empty("near")
        for keys, how in self._near:
            self._add("near", keys, how)

    @property
    def slices(self) -> Slices:
        """What is read in slices."""
        return self._planned.slices

    def requests(self) -> int:
        """All requests of all clients."""
        [(near,)] = self._connection.execute("SELECT coalesce(sum(requests), 0) FROM near").fetchall()
        return int(near) + self._planned.slices.requests

    def slice(self, beginning: str) -> Listing:
        """The clients whose hash begins so, with their requests. It takes the place of the listing before it."""
        if self._listed and self._listed[0] == beginning:
            return self._listed[1]
        self._empty("apart")
        keys = list(self._planned.slices.keys(beginning))
        self._note(keys)
        self._add("apart", keys, How.WHOLE, beginning)
        listing = Listing.of(
            self._connection,
            self._question.kind.value,
            "SELECT value AS name, sum(requests)::BIGINT AS requests FROM (FROM near UNION ALL FROM apart) "
            f"WHERE starts_with(md5(value), '{beginning}') GROUP BY value",
        )
        self._listed = beginning, listing
        return listing

    def details(self, names: list[str]) -> int:
        """Have ``traffic`` hold the sums of these clients, each held to what an entry may have; the coarsest level."""
        keys = list(self._planned.slices.keys_of(names))
        self._note(keys)
        for some, how in (*self._near, (keys, How.WHOLE)):
            self._read_with(some, self._loader(how, names))
        return coarsen.fit(self._connection, "traffic", body(self._question.kind.value), layout.LIMITS.entry)

    def by_client(self) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        """The sums that `details` has made, client by client."""
        found = self._connection.execute("FROM traffic ORDER BY value")
        names = [name for name, *_ in found.description]
        batches = iter(lambda: found.fetchmany(_ROWS_AT_ONCE), [])
        rows = (dict(zip(names, row, strict=True)) for batch in batches for row in batch)
        for value, group in groupby(rows, key=itemgetter("value")):
            yield value, list(group)

    def _loader(self, how: How, names: Sequence[str]) -> Callable[[Sequence[Path]], None]:
        return lambda paths: engine.load_values(self._connection, paths, self._question, how, names)

    def _note(self, keys: Iterable[str]) -> None:
        self._planned.whole = list(dict.fromkeys([*self._planned.whole, *keys]))

    def _empty(self, table: str) -> None:
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} (value VARCHAR, requests BIGINT)")
        self._sums[table] = 0

    def _add(self, table: str, keys: Sequence[str], how: How, beginning: str = "") -> None:
        def load(paths: Sequence[Path]) -> None:
            engine.load_requests(self._connection, paths, self._question, how, table, beginning)
            self._add_up(table)

        self._read_with(keys, load)

    def _add_up(self, table: str) -> None:
        """One row a client again, once the table has grown by as much as it had."""
        count = f"SELECT count(*) FROM {table}"
        [(rows,)] = self._connection.execute(count).fetchall()
        if rows < _ADDED_UP_FROM or rows < 2 * self._sums[table]:
            return
        self._connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {table} AS "
            f"SELECT value, sum(requests)::BIGINT AS requests FROM {table} GROUP BY value"
        )
        [(self._sums[table],)] = self._connection.execute(count).fetchall()
