"""Find the APIs in the traffic of the root API, for ``GET /v4/abs/discovery`` and its OpenAPI form (contract 7.7).

On demand and from facts: nothing is kept. What a lake of any age costs is bounded by `abslake.reports.newest`. Names hold
from one telling (``discovery_update_interval``) to the next; host and base path are what an API can be followed by.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeVar

import duckdb

from abslake.detection.global_config import overlaid
from abslake.errors import NotFound
from abslake.facts.signals import URL_BITS, Signal
from abslake.index import attempts
from abslake.records.definitions import Api, ApiMetadata, Definitions, segments
from abslake.reports import facts_reading, newest
from abslake.reports.facts_reading import Facts, Reader
from abslake.reports.traffic_question import TrafficQuestion
from abslake.settings import Settings
from abslake.traffic import templates

_Answer = TypeVar("_Answer")

NO_ROOT = "root API not configured in ASE. To discover APIs configure root API in ASE"
"""The documented text."""
_NOT_YET = "The initial period is not over, or there are no facts: nothing is told yet."

SHARE = 8
"""Of what a report may read discovery reads one part in so many: it takes some 100 ms for a megabyte of facts."""

_ROOT = ApiMetadata(url="/")

ANY_HOST = "*"
MOST_METHODS = 20
"""Of one path; the most frequent."""
MOST_LISTED = 50
"""Media types, servers and versions of one API or operation."""

_OK = "status BETWEEN 200 AND 299"
_MEDIA = "nullif(lower(trim(split_part({}, ';', 1))), '')"
_SHOWN = f"""CASE WHEN contains(path, username) OR (username IS NOT NULL AND contains(path, '%'))
    THEN array_to_string(list_transform(string_split({facts_reading.SHOWN}, '/'),
        lambda part: CASE WHEN coalesce(TRY(url_decode(part)), part) = username THEN '***' ELSE part END), '/')
    ELSE {facts_reading.SHOWN} END"""
"""A path without any identifier of its request, for whoever asks: what stands there is no part of an API's description."""

_COUNTS = {"tokens": "token", "cookies": "cookie", "api_keys": "api_key", "usernames": "username"}
_KEYS = ("method", "status", "consumed", "produced", "protocol", "server")
_SUMS = {
    **dict.fromkeys(("requests", "ok", "exactly", *_COUNTS), "sum"),
    "first": "min",
    "last": "max",
}
_CARRIED = ", ".join(
    f"coalesce(sum(requests) FILTER ({_OK} AND {column} IS NOT NULL), 0)::BIGINT AS {name}"
    for name, column in _COUNTS.items()
)
_COLUMNS = f"""
    lower(regexp_replace(nullif(host, ''), ':\\d*$', '')) AS host, {templates.segments(f"({_SHOWN})")} AS segments,
    method, status, {_MEDIA.format("request_content_type")} AS consumed,
    {_MEDIA.format("response_content_type")} AS produced, protocol, server,
    sum(requests)::BIGINT AS requests, coalesce(sum(requests) FILTER ({_OK}), 0)::BIGINT AS ok,
    coalesce(sum(requests) FILTER (status = 200), 0)::BIGINT AS exactly,
    {_CARRIED},
    min(first_seen) FILTER ({_OK}) AS first, max(last_seen) FILTER ({_OK}) AS last
"""
_CONDITION = f"starts_with(path, '/') AND coalesce(signals, 0) & {int(URL_BITS | Signal.DECOY)} = 0"

_TELLING = """
    CREATE TEMP TABLE telling AS
    SELECT * REPLACE (coalesce(host, '*') AS host) FROM found
    WHERE (host IS NOT NULL OR NOT (SELECT coalesce(bool_or(host IS NOT NULL), false) FROM found))
        AND (protocol IS NOT NULL OR NOT (SELECT coalesce(bool_or(protocol IS NOT NULL), false) FROM found))
"""
"""Host and version of HTTP have to be known (contract 7.7), unless the logs tell none of any request."""
_LEFT_OUT = "SELECT (SELECT coalesce(sum(ok), 0) FROM found) - (SELECT coalesce(sum(ok), 0) FROM telling)"

_OPERATIONS = """
    CREATE TEMP TABLE operations AS
    SELECT *, '/' || array_to_string(names[:least($most, len(names))], '/') AS base
    FROM (
        SELECT *, list_filter(string_split(split_part(template, '{', 1), '/'), lambda name: name <> '') AS names FROM templates
        SEMI JOIN (SELECT host, template, method FROM templates GROUP BY ALL HAVING sum(ok) > 0) USING (host, template, method))
"""
_APIS = """
    CREATE TEMP TABLE apis AS
    SELECT 'api_' || row_number() OVER (ORDER BY created, host, base) - 1 AS name, * FROM (
        SELECT host, base, min(first) AS created, max(last) AS updated FROM operations GROUP BY ALL HAVING sum(exactly) > 0)
"""


class Discovered(NamedTuple):
    """One API. Times are UTC, without zone as in the facts."""

    name: str
    host: str
    base: str
    created: datetime
    updated: datetime


@dataclass(frozen=True, slots=True)
class Discovery:
    """The APIs that were found, in a connection; none where there is no connection. `metadata`: the root API's."""

    metadata: ApiMetadata
    settings: Settings
    notes: list[str]
    connection: duckdb.DuckDBPyConnection | None = None

    def page(self, offset: int, limit: int) -> list[Discovered]:
        """At most `limit` APIs behind the first `offset`, by the number of their name."""
        return self._apis("", f"LIMIT {limit} OFFSET {offset}", [])

    def named(self, name: str) -> Discovered:
        """The API of that name. Raises NotFound (``UNKNOWN_API``)."""
        found = self._apis("WHERE name = ?", "", [name])
        if not found:
            raise NotFound("api_name: no API of this name is discovered", "UNKNOWN_API")
        return found[0]

    def rows(self, api: Discovered, statement: str, **given: object) -> list[tuple[Any, ...]]:
        """The rows of a SELECT from ``one``, which holds the operations of the API; `given` are further parameters."""
        if self.connection is None:
            return []
        one = "WITH one AS (FROM operations WHERE host = $host AND base = $base)"
        return self.connection.execute(f"{one} {statement}", {"host": api.host, "base": api.base, **given}).fetchall()

    def _apis(self, condition: str, window: str, given: Sequence[object]) -> list[Discovered]:
        if self.connection is None:
            return []
        order = "ORDER BY created, host, base"
        statement = f"SELECT name, host, base, created, updated FROM apis {condition} {order} {window}"
        return [Discovered(*row) for row in self.connection.execute(statement, list(given)).fetchall()]


def of_discovered(
    question: TrafficQuestion, definitions: Definitions, reader: Reader, compose: Callable[[Discovery], _Answer]
) -> _Answer:
    """What `compose` makes of all that is discovered by now.

    Raises NotFound without root API, BadRequest (``RANGE_TOO_LARGE``), StorageError.
    """

    def composed() -> _Answer:
        with _discovered(question, definitions, reader) as discovery:
            return compose(discovery)

    return facts_reading.begun_again(composed)


@contextmanager
def _discovered(question: TrafficQuestion, definitions: Definitions, reader: Reader) -> Iterator[Discovery]:
    """What is discovered by now. Raises FileNotFoundError (begin again), otherwise as `of_discovered`."""
    settings = overlaid(reader.lake, reader.settings)
    root = next((api for api in definitions.apis.values() if _is_root(api)), None)
    if not settings.api_discovery:
        yield Discovery(_ROOT, settings, ["api_discovery is off: no APIs are looked for."])
        return
    if root is None:
        raise NotFound(NO_ROOT, "ROOT_API_MISSING")
    end = due(newest.first_hour(reader.lake), attempts.utc_now(), settings)
    if end is None:
        yield Discovery(root.metadata, settings, [_NOT_YET])
        return
    looked = newest.looked(reader, end, SHARE)
    facts = Facts(looked.earlier, looked.later, _COLUMNS, _CONDITION, [root.name])
    with facts_reading.found(reader, facts, looked.units) as connection:
        left_out = _discover(connection, definitions, settings)
        yield Discovery(root.metadata, settings, [newest.said(looked, question.zone), *left_out], connection)


def due(begin: datetime | None, now: datetime, settings: Settings) -> datetime | None:
    """Until when traffic is looked at: the end of the initial period, or of the newest interval behind it that is over.

    `begin`: first hour of the lake. None: there is no traffic, or its initial period is not over.
    """
    if begin is None:
        return None
    first = begin + timedelta(hours=settings.discovery_initial_period)
    interval = timedelta(hours=settings.discovery_update_interval)
    return first + (now - first) // interval * interval if now >= first else None


def _is_root(api: Api) -> bool:
    return not segments(api.metadata.url) and api.metadata.hostname == ANY_HOST


def _discover(connection: duckdb.DuckDBPyConnection, definitions: Definitions, settings: Settings) -> list[str]:
    """Make ``operations`` and ``apis`` of ``found``; notes on what could not be told of any API."""
    connection.execute(_TELLING)
    [(left_out,)] = connection.execute(_LEFT_OUT).fetchall()
    _leave_out_defined(connection, definitions)
    templates.fold(connection, "telling", _KEYS, _SUMS)
    connection.execute(_OPERATIONS, {"most": settings.discovery_subpath})
    connection.execute(_APIS)
    return [f"Requests left out because their log names no host or no version of HTTP: {left_out}."] if left_out else []


def _leave_out_defined(connection: duckdb.DuckDBPyConnection, definitions: Definitions) -> None:
    """Traffic that would today be that of another API was discovered already: since it was ingested, somebody defined it."""
    prefixes: dict[int, list[tuple[str, list[str]]]] = {}
    for api in definitions.apis.values():
        if not _is_root(api):
            path = segments(api.metadata.url)
            prefixes.setdefault(len(path), []).append((re.sub(r":\d*$", "", api.metadata.hostname), path))
    for levels, known in prefixes.items():
        connection.execute(
            f"DELETE FROM telling WHERE len(segments) >= {levels} AND (segments[:{levels}] IN (SELECT unnest($anywhere)) "
            f"OR (host, segments[:{levels}]) IN (SELECT unnest($hosts), unnest($there)))",
            {
                "anywhere": [path for host, path in known if host == ANY_HOST],
                "hosts": [host for host, _ in known],
                "there": [path for _, path in known],
            },
        )
