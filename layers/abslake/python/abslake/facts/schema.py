"""The columns of a fact, where units lie, and what their Parquet metadata says.

Additive changes only: a new column may be NULL in older units; a column's meaning never changes.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

SCHEMA_VERSION = 3
"""Raised when a column is added. Stored in every unit's Parquet metadata as ``abslake.schema``.

2: ``signals``. 3: ``connection_bits``.
"""

PARSER_VERSION = 1
"""Raised when the same line would give another fact. Stored as ``abslake.parser``; part of no key."""

PREFIX = "facts/"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: DuckDB type, Hive type (Athena, Spark), meaning with units."""

    name: str
    duckdb: str
    hive: str
    meaning: str


KEYS = (
    Column("minute", "TIMESTAMP", "timestamp", "the event's minute, UTC"),
    Column("api", "VARCHAR", "string", "name of the API definition; NULL: the request fits none"),
    Column(
        "ip",
        "VARCHAR",
        "string",
        "client address: first valid one of X-Forwarded-For, else the peer's; 0.0.0.0: erased",
    ),
    Column("token", "VARCHAR", "string", "OAuth2 bearer token; NULL: none"),
    Column("cookie", "VARCHAR", "string", "value of the API's session cookie; NULL: none"),
    Column("api_key", "VARCHAR", "string", "API key; NULL: none"),
    Column("username", "VARCHAR", "string", "user name; NULL: none"),
    Column("host", "VARCHAR", "string", "Host header as sent; NULL: none"),
    Column("method", "VARCHAR", "string", "request method as sent"),
    Column("path", "VARCHAR", "string", "URL without query and fragment, percent-encoding as sent"),
    Column("user_agent", "VARCHAR", "string", "User-Agent header as sent; NULL: none"),
    Column("device", "VARCHAR", "string", "operating system, one of the documented constants (UNKNOWN: not known)"),
    Column("browser", "VARCHAR", "string", "user agent's group, one of the documented constants (UNKNOWN: not known)"),
    Column("status", "SMALLINT", "smallint", "HTTP status of the answer; NULL: the client got none"),
    Column("request_content_type", "VARCHAR", "string", "Content-Type of the request; NULL: none"),
    Column("response_content_type", "VARCHAR", "string", "Content-Type of the answer; NULL: none"),
    Column("protocol", "VARCHAR", "string", "HTTP/1.1, HTTP/2, …; NULL: not logged"),
    Column(
        "server", "VARCHAR", "string", "back end that took the request; 0.0.0.0 in sideband mode; NULL: it reached none"
    ),
    Column(
        "latency_bucket",
        "SMALLINT",
        "smallint",
        "logarithmic bucket of the response time (see abslake.facts.latency); NULL: not logged",
    ),
    Column(
        "signals",
        "INTEGER",
        "int",
        "bits of what the request gives away (see abslake.facts.signals); 0: nothing; NULL: made before there were any",
    ),
)
"""What a row is about: all requests of a unit that agree in these are one row."""

MEASURES = (
    Column("requests", "BIGINT", "bigint", "number of requests"),
    Column(
        "connections",
        "BIGINT",
        "bigint",
        "distinct connection ids among them, 0 where none is logged; not to be added up over rows that share connections",
    ),
    Column(
        "connection_bits",
        "BIGINT",
        "bigint",
        "such ids as one of 62 bits each (see abslake.facts.connections), to be added up by OR; 0: none is logged; "
        "NULL: made before there were any",
    ),
    Column("first_seen", "TIMESTAMP_MS", "timestamp", "time of the first request, UTC, milliseconds"),
    Column("last_seen", "TIMESTAMP_MS", "timestamp", "time of the last request, UTC, milliseconds"),
    Column("request_bytes", "BIGINT", "bigint", "sum of request body bytes where known; NULL: of none"),
    Column("response_bytes", "BIGINT", "bigint", "sum of response body bytes where known; NULL: of none"),
    Column("response_time_us", "BIGINT", "bigint", "sum of response times in microseconds; NULL: not logged"),
)

COLUMNS = (*KEYS, *MEASURES)


def nothing() -> str:
    """A SELECT of no row with all columns: with ``UNION ALL BY NAME`` it gives older units the columns that they lack."""
    return f"SELECT {', '.join(f'NULL::{column.duckdb} AS {column.name}' for column in COLUMNS)} WHERE false"


def hour_prefix(hour: datetime) -> str:
    """The folder of one event hour (UTC), with a slash at its end; Hive layout."""
    return f"{PREFIX}date={hour:%Y-%m-%d}/hour={hour:%H}/"


def hour_of(unit: str) -> datetime:
    """The event hour (UTC) that a unit's key names."""
    return datetime.strptime(unit.removeprefix(PREFIX)[:24], "date=%Y-%m-%d/hour=%H/").replace(tzinfo=UTC)


def unit_key(hour: datetime, source: str, part: int) -> str:
    """The key of a unit: event hour, id of the log object (`LogObject.id`), part of that object."""
    return f"{hour_prefix(hour)}{source}-{part:04d}.parquet"
