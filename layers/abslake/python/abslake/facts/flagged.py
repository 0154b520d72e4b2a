"""Flagged requests, beside the facts: the URLs of requests whose URL or headers gave a signal.

A unit's lie in ``flagged/date=YYYY-MM-DD/hour=HH/<source>-<part>.ndjson``, one JSON object a line (`Flagged`); a unit without
any has no object. Facts hold no query, and these are all that is kept of any. Bounded: `MOST` records a unit, the most frequent
first and at least `MOST_OF_A_KIND` of every bit there is, URLs of at most `MOST_BYTES`.
The values of query parameters that an API definition names for an identifier are masked. A URL may hold identifiers elsewhere:
the object is as secret as the log.
"""

from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote_plus

import duckdb
import msgspec

from abslake.facts import resolve, schema
from abslake.facts.signals import HEADER_BITS, URL_BITS, Signal
from abslake.storage import Lake

PREFIX = "flagged/"
BITS = int(URL_BITS | HEADER_BITS)
"""Bits that make a request a flagged one."""
MOST = 200
MOST_OF_A_KIND = 20
MOST_BYTES = 1024
MASK = "***"

_READERS = 8
_HOUR = timedelta(hours=1)


class Flagged(msgspec.Struct, omit_defaults=True, frozen=True):
    """Requests that agree in all but their times."""

    url: str
    """As sent, masked, cut after `MOST_BYTES` bytes of UTF-8. The path alone, where the bits are those of a header that a fact
    keeps (host, user agent, content type)."""
    signals: int
    """Bits of `abslake.facts.signals.Signal`."""
    requests: int
    first: datetime
    """Time of the first request, UTC, milliseconds."""
    last: datetime
    ip: str | None = None
    api: str | None = None
    method: str | None = None
    status: int | None = None


def key_of(unit: str) -> str:
    """The key of a unit's flagged requests; of a unit that stands in for another, that of the other."""
    folder, _, name = unit.removeprefix(schema.PREFIX).rpartition("/")
    return f"{PREFIX}{folder}/{'-'.join(name.removesuffix('.parquet').split('-')[:2])}.ndjson"


def objects(engine: duckdb.DuckDBPyConnection, secret: Collection[str]) -> dict[datetime, bytes]:
    """The object of each event hour (UTC) of the table ``grouped``, resolved (`abslake.facts.resolve`).

    `secret`: names of query parameters whose values are masked. The same rows give the same bytes.
    """
    found: dict[datetime, dict[tuple[object, ...], Flagged]] = {}
    for naive, *columns in engine.execute(_CHOSEN).fetchall():
        url, signals, requests, first, last, *rest = columns
        one = Flagged(_cut(masked(url, secret)), signals, requests, _utc(first), _utc(last), *rest)
        records = found.setdefault(_utc(naive), {})
        same = (one.url, one.signals, *rest)
        records[same] = _sum(records[same], one) if same in records else one
    encode = msgspec.json.Encoder().encode
    return {hour: b"".join(encode(one) + b"\n" for one in records.values()) for hour, records in found.items()}


def read(lake: Lake, earlier: datetime, later: datetime) -> list[Flagged]:
    """The flagged requests of the hours that ``[earlier, later)`` touches, hour by hour. Raises StorageError.

    An object that vanishes meanwhile is left out: its unit counts no more.
    """
    keys = [key for hour in _hours(earlier, later) for key in _keys(lake, hour)]
    with ThreadPoolExecutor(_READERS) as pool:
        return [one for records in pool.map(lambda key: _read(lake, key), keys) for one in records]


def parsed(data: bytes) -> list[Flagged]:
    """The records of an object. What an erasure left as a mark is none."""
    return [one for line in data.splitlines() if (one := _record(line)) is not None]


def masked(url: str, secret: Collection[str]) -> str:
    """The URL with a mask for the values of these query parameters, and for a user in its authority."""
    head, question, query = url.partition("?")
    scheme, separator, rest = head.partition("://")
    authority, slash, path = rest.partition("/")
    if separator and "@" in authority:
        head = f"{scheme}://{MASK}@{authority.rpartition('@')[2]}{slash}{path}"
    if not secret or not question:
        return head + question + query
    return head + question + "&".join(_masked(pair, secret) for pair in query.split("&"))


def _masked(pair: str, secret: Collection[str]) -> str:
    name, equals, _ = pair.partition("=")
    return f"{name}={MASK}" if equals and unquote_plus(name) in secret else pair


_KEY = "url, signals, api, ip, method, status"
_ORDER = f"requests DESC, {', '.join(f'{name} NULLS FIRST' for name in _KEY.split(', '))}"
_KINDS = [int(signal) for signal in Signal if signal & BITS]
_RANKS = ", ".join(
    f"CASE WHEN signals & {bit} > 0 THEN row_number() OVER (PARTITION BY hour, signals & {bit} ORDER BY {_ORDER}) END"
    for bit in _KINDS
)
_CHOSEN = f"""
WITH rows AS (
    SELECT date_trunc('hour', minute) AS hour, coalesce(suspects.url, path) AS url, {resolve.SIGNALS} AS signals,
        coalesce(grouped.ip, addresses.ip) AS ip, grouped.api AS api, method, status,
        sum(requests)::BIGINT AS requests, min(first_seen) AS first, max(last_seen) AS last
    FROM grouped {resolve.JOINED} WHERE {resolve.SIGNALS} & {BITS} > 0 GROUP BY ALL
), ranked AS (
    SELECT *, least({_RANKS}) AS rank_of_kind, row_number() OVER (PARTITION BY hour ORDER BY {_ORDER}) AS rank FROM rows
), placed AS (
    SELECT *, row_number() OVER (PARTITION BY hour ORDER BY rank_of_kind > {MOST_OF_A_KIND}, rank) AS place FROM ranked
)
SELECT hour, url, signals, requests, first, last, ip, api, method, status FROM placed WHERE place <= {MOST} ORDER BY hour, rank
"""


def _sum(one: Flagged, other: Flagged) -> Flagged:
    first, last = min(one.first, other.first), max(one.last, other.last)
    return msgspec.structs.replace(one, requests=one.requests + other.requests, first=first, last=last)


def _cut(url: str) -> str:
    return url.encode("utf-8", "replace")[:MOST_BYTES].decode(errors="ignore")


def _utc(naive: datetime) -> datetime:
    return naive.replace(tzinfo=UTC, microsecond=naive.microsecond // 1000 * 1000)


def _hours(earlier: datetime, later: datetime) -> Iterator[datetime]:
    hour = earlier.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    while hour < later:
        yield hour
        hour += _HOUR


def _keys(lake: Lake, hour: datetime) -> Iterable[str]:
    folder = schema.hour_prefix(hour).removeprefix(schema.PREFIX)
    return sorted(entry.key for entry in lake.list(f"{PREFIX}{folder}"))


def _read(lake: Lake, key: str) -> list[Flagged]:
    try:
        return parsed(lake.get(key))
    except FileNotFoundError:
        return []


def _record(line: bytes) -> Flagged | None:
    try:
        return msgspec.json.decode(line, type=Flagged)
    except msgspec.ValidationError:
        return None
