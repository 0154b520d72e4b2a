"""Compose the answer of ``GET /v5/abs/search``: identifiers that begin as specified, or lie in a network.

The index lies by hash, so all values of a period are looked at, of which two columns are needed: months where the range has
whole ones, else days. How much that may be is bounded by ``settings.report_budget_bytes``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from ipaddress import IPv4Network, ip_network
from pathlib import Path
from typing import Any

import duckdb

from abslake.detection.findings import IdentifierKind
from abslake.errors import BadRequest, StorageError
from abslake.index import layout, names, reading
from abslake.reports import dates, engine, facts_reading, paging, planner
from abslake.reports import investigation_models as models
from abslake.reports.analytics_question import one_of
from abslake.reports.answer import cache, pool
from abslake.reports.facts_reading import Reader
from abslake.reports.question import PAGE, RANGE, need, parameters, read_range
from abslake.settings import Settings

PATH = "/v5/abs/search"
FIELDS = (*RANGE, "prefix", "kind", *PAGE)
SHORTEST = 3
"""Characters of a prefix: fewer would list the lake."""

_ATTEMPTS = 5
_AT_ONCE = 64
_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)
_FIRST, _LAST = datetime(1000, 1, 1, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)

_TABLE = "CREATE OR REPLACE TEMP TABLE found (kind VARCHAR, value VARCHAR, period VARCHAR, requests BIGINT)"
_FROM_INDEX = """
    INSERT INTO found SELECT $kind, value, $periods[list_position($paths, filename)] AS period, sum(requests)::BIGINT
    FROM read_parquet($files, hive_partitioning = false, union_by_name = true, filename = true)
    WHERE {condition} AND (part IS NULL OR part = $part) GROUP BY ALL
"""
_FROM_FACTS = """
    INSERT INTO found SELECT $kind, value, strftime(minute, '%Y-%m-%d') AS period, sum(requests)::BIGINT
    FROM (SELECT {kind} AS value, minute, requests FROM read_parquet($files, hive_partitioning = false) WHERE api IS NOT NULL)
    WHERE {condition} GROUP BY ALL
"""
_NUMBER = " + ".join(f"TRY_CAST(split_part(value, '.', {n}) AS BIGINT) * {256 ** (4 - n)}" for n in range(1, 5))
_PAGE = """
    SELECT kind, value, sum(requests)::BIGINT, min(period), max(period) FROM found
    GROUP BY kind, value ORDER BY kind, value LIMIT {limit} OFFSET {offset}
"""


@dataclass(frozen=True, slots=True)
class SearchQuestion:
    """What is looked for: days (UTC) from `earlier` to before `later`, kinds of identifiers, and the page."""

    prefix: str
    kinds: tuple[IdentifierKind, ...]
    network: IPv4Network | None
    earlier: datetime
    later: datetime
    zone: tzinfo | None
    limit: int = paging.DEFAULT_LIMIT
    offset: int = 0

    @property
    def asked(self) -> str:
        """What a cursor is good for, beside the range."""
        return "\0".join(("search", self.prefix, *self.kinds))

    def condition(self, kind: IdentifierKind) -> tuple[str, dict[str, Any]]:
        """Which values are meant, as SQL with its parameters."""
        if kind is not IdentifierKind.IP:
            return "starts_with(value, $prefix)", {"prefix": self.prefix}
        if self.network is None:
            return "starts_with(value, $prefix)", {"prefix": self.prefix.lower()}
        first, last = int(self.network.network_address), int(self.network.broadcast_address)
        return f"NOT contains(value, ':') AND {_NUMBER} BETWEEN $first AND $last", {"first": first, "last": last}


def question(query: str, settings: Settings) -> SearchQuestion:
    """The question of ``GET /v5/abs/search``. Raises BadRequest naming the field."""
    return ask(parameters(query, frozenset(FIELDS)), settings)


def ask(given: Mapping[str, str], settings: Settings) -> SearchQuestion:
    """The same from decoded parts. Raises BadRequest naming the field."""
    need("prefix", given)
    prefix = given["prefix"]
    if len(prefix) < SHORTEST:
        raise BadRequest(f"prefix: write {SHORTEST} characters or more")
    kinds = (one_of(IdentifierKind, "kind", given["kind"]),) if "kind" in given else tuple(IdentifierKind)
    earlier, later, zone = read_range(given, settings)
    network = _network(prefix, needed=kinds == (IdentifierKind.IP,))
    asked = SearchQuestion(prefix, kinds, network, earlier, later, zone, paging.read_limit(given.get("limit")))
    return replace(asked, offset=paging.read_cursor(given.get("cursor"), asked.asked, earlier, later))


def _network(prefix: str, *, needed: bool) -> IPv4Network | None:
    if "/" not in prefix:
        return None
    try:
        network = ip_network(prefix, strict=False)
    except ValueError:
        network = None
    if isinstance(network, IPv4Network):
        return network
    if needed:
        raise BadRequest(
            "prefix: with kind=ip write the beginning of an address, or an IPv4 network", "INVALID_ADDRESS"
        )
    return None


def report(asked: SearchQuestion, reader: Reader) -> models.SearchReport:
    """The page that is asked for. Raises BadRequest (``RANGE_TOO_LARGE``), StorageError."""
    for _ in range(_ATTEMPTS):
        reader.account.attempts += 1
        with engine.connected(cache(reader.lake, reader.settings.cache_bytes).folder, reader.settings) as connection:
            try:
                connection.execute(_TABLE)
                _Search(asked, reader, connection).fill()
            except FileNotFoundError:
                continue
            return _composed(asked, connection)
    raise StorageError("the lake changes faster than it can be read: ask again, or for a shorter range")


def _composed(asked: SearchQuestion, connection: duckdb.DuckDBPyConnection) -> models.SearchReport:
    [(total,)] = connection.execute("SELECT count(*) FROM (SELECT DISTINCT kind, value FROM found)").fetchall()
    rows = connection.execute(_PAGE.format(limit=asked.limit, offset=asked.offset)).fetchall()
    end = asked.offset + len(rows)
    return models.SearchReport(
        earlier_date=dates.spell(asked.earlier, asked.zone),
        later_date=dates.spell(asked.later, asked.zone),
        prefix=asked.prefix,
        total=total,
        identifiers=[
            models.FoundIdentifier(
                kind=IdentifierKind(kind), identifier=value, requests=requests, first_seen=first, last_seen=last
            )
            for kind, value, requests, first, last in rows
        ],
        next_cursor=paging.write_cursor(end, asked.asked, asked.earlier, asked.later) if rows and end < total else "",
    )


@dataclass(frozen=True, slots=True)
class _Search:
    """One try: fills the table ``found``."""

    asked: SearchQuestion
    reader: Reader
    connection: duckdb.DuckDBPyConnection

    def fill(self) -> None:
        """Raises FileNotFoundError (begin again), BadRequest (``RANGE_TOO_LARGE``), StorageError."""
        earlier = max(_day_of(self.asked.earlier), _FIRST)
        later = min(_day_of(self.asked.later - _MINUTE), _LAST) + _DAY
        if earlier >= later:
            return
        lake, kinds = self.reader.lake, self.asked.kinds
        view = reading.look(lake, pool(), kinds[0].value, earlier, later)
        used: list[reading.View | None] = [view]
        if view is None:
            units = planner.fact_units(lake, earlier, later, pool())
            facts_reading.check_budget(units, self.reader.settings.report_budget_bytes)
            for kind in kinds:
                self._read_facts(kind, [unit.key for unit in units])
        else:
            views = {kind: reading.beside(lake, pool(), view, kind.value) for kind in kinds}
            self._check_budget(views)
            for kind, one in views.items():
                self._read_index(kind, dict(_objects(one)))
                self._read_facts(kind, one.units)
            used = list(views.values())
        if not all(reading.still(lake, one) for one in used):
            raise FileNotFoundError(names.ROOT)

    def _check_budget(self, views: Mapping[IdentifierKind, reading.View]) -> None:
        size = sum(piece.segment.shape.bytes for view in views.values() for piece in reading.pieces(view))
        if size > self.reader.settings.report_budget_bytes:
            raise BadRequest(
                "earlier_date to later_date: more than one search may read; ask for less, or for one kind",
                "RANGE_TOO_LARGE",
            )

    def _read_index(self, kind: IdentifierKind, periods: Mapping[str, str]) -> None:
        part = "ip" if kind is IdentifierKind.COOKIE else "method"  # sums in which each request stands once
        condition, given = self.asked.condition(kind)
        for keys, files in self._batches(list(periods)):
            self._execute(
                _FROM_INDEX.format(condition=condition),
                files,
                {**given, "kind": kind.value, "part": part, "paths": files, "periods": [periods[key] for key in keys]},
            )

    def _read_facts(self, kind: IdentifierKind, units: Sequence[str]) -> None:
        condition, given = self.asked.condition(kind)
        for _, files in self._batches(units):
            self._execute(_FROM_FACTS.format(condition=condition, kind=kind), files, {**given, "kind": kind.value})

    def _batches(self, keys: Sequence[str]) -> Iterator[tuple[Sequence[str], list[str]]]:
        copies, account = cache(self.reader.lake, self.reader.settings.cache_bytes), self.reader.account
        account.planned += len(keys)
        for start in range(0, len(keys), _AT_ONCE):
            some = keys[start : start + _AT_ONCE]
            with copies.files(some, account.reads) as paths:
                yield some, [str(path) for path in paths]

    def _execute(self, statement: str, files: Sequence[str], given: Mapping[str, Any]) -> None:
        paths = [Path(file) for file in files]
        try:
            self.connection.execute(statement, {**given, "files": engine.patterns(paths)})
        except (duckdb.IOException, duckdb.InvalidInputException) as error:
            if all(path.exists() for path in paths):
                raise StorageError("an object of the lake cannot be read") from error
            raise FileNotFoundError from error


def _objects(view: reading.View) -> Iterator[tuple[str, str]]:
    """The objects that hold all values of a view, each with its period."""
    for piece in reading.pieces(view):
        shape = piece.segment.shape
        if shape.rows:
            folder = names.folder(view.kind, piece.period, piece.segment.generation)
            yield from ((folder + layout.rows_name(bucket), piece.period) for bucket in layout.prefixes(shape.digits))


def _day_of(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0)
