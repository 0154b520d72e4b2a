"""Activity: what each client did in a window of ten minutes, the only thing that detectors see of the facts.

One row for each view, API and client (`abslake.detection.detector.View`); the columns are `MEASURES`. The rows of a window
lie in ``detection/activity/date=YYYY-MM-DD/HHMM.parquet``, from which longer spans are added up. A row's API is "all" in
the view over all APIs. Requests of no API are none of it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from abslake.detection import profiles, summing, transitions
from abslake.detection.detector import Detector, Span, View
from abslake.detection.findings import IdentifierKind
from abslake.facts.signals import Signal

PREFIX = "detection/activity/"
HOURS = "detection/hours/"
"""Sums of an hour's windows, from which days are added up: a tenth of the bytes. Not there: to be made again."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A column of activity: how it is measured in a window, and how windows are added up to a day."""

    name: str
    window: str
    """An aggregate over requests grouped by who they are from (see `_SEEN`), or over rows of `seen`."""
    day: str
    meaning: str


_URL = int(Signal.SQL | Signal.TRAVERSAL | Signal.COMMAND | Signal.SCRIPT | Signal.OVERFLOW | Signal.IRREGULAR_URL)
_WRITES = "method IN ('POST', 'PUT', 'PATCH')"
_REFUSED = "status BETWEEN 400 AND 499 AND status <> 429"


def _sum(name: str, meaning: str, condition: str = "", of: str = "requests") -> Measure:
    filtered = f" FILTER ({condition})" if condition else ""
    return Measure(name, f"sum({of}){filtered}", f"sum({name})", meaning)


def _flag(name: str, bits: int, meaning: str, more: str = "") -> Measure:
    return _sum(name, meaning, f"signals & {bits} <> 0{more}")


SUMS = (
    _sum("requests", "requests"),
    _sum("answered", "requests that an answer below 500 came to, rejections for rate (429) left out",
         "status < 500 AND status <> 429"),
    _sum("ok", "requests answered 2xx", "status BETWEEN 200 AND 299"),
    _sum("refused", "requests answered 4xx, but for 429", _REFUSED),
    _sum("unauthorized", "requests answered 401", "status = 401"),
    _sum("forbidden", "requests answered 403", "status = 403"),
    _sum("missing", "requests answered 404", "status = 404"),
    _sum("failed", "requests answered 5xx or not at all", "status IS NULL OR status >= 500"),
    _sum("gets", "GET and HEAD requests", "method IN ('GET', 'HEAD')"),
    _sum("posts", "POST requests", "method = 'POST'"),
    _sum("puts", "PUT and PATCH requests", "method IN ('PUT', 'PATCH')"),
    _sum("deletes", "DELETE requests", "method = 'DELETE'"),
    _sum("written", "POST, PUT and PATCH requests answered 2xx", f"{_WRITES} AND status BETWEEN 200 AND 299"),
    _sum("deleted", "DELETE requests answered 2xx", "method = 'DELETE' AND status BETWEEN 200 AND 299"),
    _sum("bytes_in", "bytes of request bodies", of="request_bytes"),
    _sum("bytes_out", "bytes of answers", of="response_bytes"),
    _sum("post_bytes", "bytes of POST bodies", "method = 'POST'", "request_bytes"),
    _sum("put_bytes", "bytes of PUT and PATCH bodies", "method IN ('PUT', 'PATCH')", "request_bytes"),
    _flag("logins", Signal.LOGIN, "requests to the login URL"),
    _flag("login_failures", Signal.LOGIN, "requests to the login URL answered 4xx, but for 429", f" AND {_REFUSED}"),
    _sum("connections", "connections, added up over minutes", of="connections"),
    _sum("time_us", "response time, microseconds", of="response_time_us"),
    _sum("timed", "requests whose response time is known", "response_time_us IS NOT NULL"),
    _flag("query_hits", _URL, "requests whose URL holds an injection, a traversal, an overflow or is irregular"),
    _flag("written_hits", _URL | Signal.HEADER, "such requests, or with such headers, that write", f" AND {_WRITES}"),
    _flag("header_hits", Signal.HEADER, "requests with a malicious header"),
    _flag("header_odd", Signal.HEADER_ODD, "requests with an oversized or malformed header"),
    _flag("decoys", Signal.DECOY, "requests to a decoy"),
    _flag("bad_protocols", Signal.PROTOCOL, "requests with a protocol that the definition does not allow"),
    _flag("bad_methods", Signal.METHOD, "requests with a method that the definition does not allow"),
    _flag("bad_types", Signal.CONTENT_TYPE, "requests with a content type that the definition does not allow"),
)  # fmt: skip
"""Measures that are sums over requests: they are added up first by all that tells clients apart."""


def _distinct(name: str, column: str, meaning: str, day: str = "max") -> Measure:
    return Measure(name, f"count(DISTINCT {column})", f"{day}({name})", meaning)


def _sketch(name: str, column: str, what: str) -> Measure:
    return Measure(
        name, f"bit_or(1::BIGINT << ({column} % 62)::INTEGER)", f"bit_or({name})", f"{what}, a bit each of 62"
    )


def _bits(column: str, condition: str) -> str:
    return f"coalesce(bit_or(1::BIGINT << ({column} % 62)::INTEGER) FILTER ({condition}), 0)"


def _estimated(sketch: str) -> str:
    """How many things have set the bits of a sketch, by linear counting."""
    return f"round(-62 * ln(1 - least(bit_count(bit_or({sketch})), 61) / 62.0))"


COUNTS = (
    Measure("minutes", "bit_count(bit_or(minute_bits))", "sum(minutes)", "minutes with requests"),
    Measure("networks", "count(DISTINCT network)", "bit_count(bit_or(network_bits))::BIGINT",
            "networks: IPv4 /16, IPv6 /32; in a day at most 62"),
    Measure("agents", "count(DISTINCT agent)", "bit_count(bit_or(agent_bits))::BIGINT",
            "user agents; in a day at most 62"),
    _distinct("addresses", "ip", "addresses; in a day the most of one window"),
    _distinct("cookies", "cookie", "session cookies; in a day the most of one window"),
    _distinct("tokens", "token", "tokens; in a day the most of one window"),
    _distinct("keys", "api_key", "API keys; in a day the most of one window"),
    _distinct("users", "username", "user names; in a day the most of one window"),
    _distinct("apis", "api", "APIs; in a day the most of one window"),
    _sketch("network_bits", "network", "networks"),
    _sketch("agent_bits", "agent", "user agents"),
    Measure("thin_cookies", "coalesce(max(thin), 0)", "max(thin_cookies)",
            "session cookies of at most two requests from one of its addresses, where most are so; in a day "
            "the most of one window"),
    Measure("contested", "(count(DISTINCT network) > 1 AND count(DISTINCT agent) > 1)::BIGINT", "sum(contested)",
            "windows with requests from several networks and several user agents"),
)  # fmt: skip
"""Measures that count what differs."""

PATHS = (
    Measure("paths", "count(DISTINCT path)", "sum(paths)", "paths; in a day those of all windows together"),
    Measure(
        "found_paths", "count(DISTINCT path) FILTER (found)", "sum(found_paths)", "paths answered 2xx to GET, alike"
    ),
    Measure(
        "refused_paths", "count(DISTINCT path) FILTER (refused)", _estimated("refused_path_bits"),
        "paths answered 4xx, but for 401, 429 and logins; in a day estimated, at most 255",
    ),
    Measure(
        "unknown_calls", "count(DISTINCT unknown_call)", _estimated("unknown_call_bits"),
        "calls so answered that the API is not known to have; in a day estimated, at most 255",
    ),
    Measure(
        "barred_paths", "count(DISTINCT path) FILTER (barred)", "sum(barred_paths)",
        "paths answered 401 or 403; in a day those of all windows together",
    ),
    Measure("refused_path_bits", _bits("path", "refused"), "bit_or(refused_path_bits)", "such paths, a bit each of 62"),
    Measure("unknown_call_bits", _bits("unknown_call", "unknown_call IS NOT NULL"), "bit_or(unknown_call_bits)",
            "such calls, a bit each of 62"),
)  # fmt: skip
"""Measures of what was asked for."""

STRANGERS = Measure(
    "strangers", "sum(requests) - max(requests)", "sum(strangers)",
    "requests from other than the most used pair of network and user agent",
)  # fmt: skip

ORDER = (
    Measure("transitions", "transitions", "sum(transitions)", "steps from one call to another one"),
    Measure("improbable", "improbable", "sum(improbable)", "steps that clients of the API hardly ever make"),
    Measure("rare_calls", "rare_calls", "sum(rare_calls)", "requests to calls that few users of the API make"),
    Measure(
        "rare_marks", "rare_marks", "sum(rare_marks)", "of these refused ones, and improbable steps to or from them"
    ),
    Measure("rare_bits", "rare_bits", "bit_or(rare_bits)", "such calls, a bit each of 62"),
    Measure("call_bits", "call_bits", "bit_or(call_bits)", "calls, a bit each of 62"),
)
"""Measures of users and tokens over all APIs (`abslake.detection.transitions`); 0 for others."""

MEASURES = (*SUMS, *COUNTS, *PATHS, STRANGERS, *ORDER)
TIMES = ("first_seen", "last_seen")
COLUMNS = (*(measure.name for measure in MEASURES), *TIMES)

_NETWORK = (
    "hash(CASE WHEN contains(ip, ':') THEN split_part(ip, ':', 1) || ':' || split_part(ip, ':', 2) "
    "ELSE split_part(ip, '.', 1) || '.' || split_part(ip, '.', 2) END)"
)
_WHO = "api, kind, client, ip, network, agent, token, cookie, api_key, username"

_FACTS = f"""
CREATE OR REPLACE TEMP TABLE window_facts AS
SELECT api, minute, ip, {_NETWORK} AS network, hash(coalesce(user_agent, '')) AS agent, token, cookie, api_key, username,
    CASE WHEN token IS NOT NULL THEN 'token' WHEN api_key IS NOT NULL THEN 'api_key'
        WHEN cookie IS NOT NULL THEN 'cookie' ELSE 'ip' END AS kind,
    coalesce(token, api_key, cookie, ip) AS client,
    upper(method) AS method, hash(path) AS path, status, coalesce(signals, 0) AS signals,
    requests, connections, request_bytes, response_bytes, response_time_us, first_seen, last_seen
FROM (SELECT NULL::INTEGER AS signals WHERE false UNION ALL BY NAME FROM read_parquet(getvariable('units'), union_by_name = true))
WHERE minute >= getvariable('from') AND minute < getvariable('to') AND api IS NOT NULL AND ip IS NOT NULL"""

_SEEN = f"""
CREATE OR REPLACE TEMP TABLE seen AS
SELECT {_WHO}, {", ".join(f"coalesce({m.window}, 0)::BIGINT AS {m.name}" for m in SUMS)},
    bit_or(1 << (minute(minute) % 10)::INTEGER) AS minute_bits, min(first_seen) AS first_seen, max(last_seen) AS last_seen
FROM window_facts GROUP BY {_WHO}"""

_JARS = """
CREATE OR REPLACE TEMP TABLE jars AS
SELECT api, ip, count(*) FILTER (requests <= 2) AS thin
FROM (SELECT api, ip, cookie, sum(requests) AS requests FROM seen WHERE cookie IS NOT NULL GROUP BY ALL)
GROUP BY ALL HAVING thin * 2 > count(*)"""
"""The addresses most of whose session cookies come once or twice, and how many those are."""

_PLACES = f"""
CREATE OR REPLACE TEMP TABLE places AS
SELECT api, kind, client, ip, api_key, username, path, bool_or(method = 'GET' AND status BETWEEN 200 AND 299) AS found,
    bool_or(refused) AS refused, coalesce(bool_or(status IN (401, 403) AND signals & {int(Signal.LOGIN)} = 0), false) AS barred,
    min(unknown_call) FILTER (refused) AS unknown_call
FROM (SELECT *, coalesce({_REFUSED} AND status <> 401, false) AND signals & {int(Signal.LOGIN)} = 0 AS refused FROM window_facts)
LEFT JOIN unknown_places USING (api, method, path) GROUP BY ALL"""


@dataclass(frozen=True, slots=True)
class DayRows:
    """What is added up to days: as much as detectors ask for."""

    whose: Sequence[tuple[str, str]]
    """Views and kinds."""
    measures: frozenset[str]


def day_rows(detectors: Iterable[Detector]) -> DayRows:
    """What the detectors that look at a day ask for."""
    those = [one for one in detectors if one.span is Span.DAY]
    texts = [*profiles.JOINED, *(one.condition for one in those), *(v.sql for one in those for v in one.variables)]
    texts += [one.habit.sql for one in those if one.habit]
    asked = set(re.findall(r"\w+", " ".join(texts)))
    # Some are made of others when they are added up.
    asked |= set(re.findall(r"\w+", " ".join(one.day for one in MEASURES if one.name in asked)))
    asked &= {one.name for one in MEASURES}
    whose = {(one.view.value, kind.value) for one in those for kind in one.kinds}
    whose |= {(View.ACROSS.value, kind.value) for kind in IdentifierKind}  # in how many windows each client was
    return DayRows(sorted(whose), frozenset(asked))


def measure(engine: duckdb.DuckDBPyConnection, units: Sequence[Path], start: datetime, end: datetime) -> None:
    """Fill the tables ``activity`` and ``transitions`` from units of facts, for ``start <= minute < end`` (UTC).

    The tables of `abslake.detection.transitions.load` and `abslake.detection.profiles.load` must be there.
    """
    engine.execute("CREATE OR REPLACE TEMP TABLE activity AS " + _nothing())
    transitions.clear(engine)
    if not units:
        return
    for name, value in (("from", start), ("to", end)):
        engine.execute(f"SET VARIABLE \"{name}\" = TIMESTAMP '{value:%Y-%m-%d %H:%M:%S}'")
    engine.execute("SET VARIABLE units = ?", [[str(path) for path in units]])
    engine.execute(_FACTS)
    transitions.measure(engine)
    engine.execute(_SEEN)
    engine.execute(_JARS)
    engine.execute(_PLACES)
    summing.fill(engine, SUMS, COUNTS, PATHS, STRANGERS, ORDER)
    for table in ("window_facts", "seen", "jars", "places", "unknown_places", "orders"):
        engine.execute(f"DROP TABLE {table}")
    profiles.join(engine, "activity")


def _nothing() -> str:
    names = ", ".join(f"NULL::VARCHAR AS {name}" for name in ("view", "api", "kind", "client"))
    columns = ", ".join(f"NULL::{'TIMESTAMP_MS' if name in TIMES else 'BIGINT'} AS {name}" for name in COLUMNS)
    return f"SELECT {names}, {columns}, {profiles.nothing()} WHERE false"


def key(window: datetime) -> str:
    """Where the activity of a window lies."""
    return f"{PREFIX}date={window:%Y-%m-%d}/{window:%H%M}.parquet"


def write(engine: duckdb.DuckDBPyConnection, path: Path) -> None:
    """The table ``activity`` as a Parquet file."""
    columns = ", ".join(("view", "api", "kind", "client", *COLUMNS))
    engine.execute(
        f"COPY (SELECT {columns} FROM activity) TO '{path}' "
        "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, PARQUET_VERSION v2)"
    )


def read(engine: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Fill the table ``activity`` from a file that `write` made. ``profile`` must be there (`profiles.load`)."""
    engine.execute(
        f"CREATE OR REPLACE TEMP TABLE activity AS SELECT *, {profiles.nothing()} FROM read_parquet(?)", [str(path)]
    )
    profiles.join(engine, "activity")


def hour_key(hour: datetime) -> str:
    """Where the sums of an hour's windows lie."""
    return f"{HOURS}date={hour:%Y-%m-%d}/{hour:%H}.parquet"


def add_up_hour(engine: duckdb.DuckDBPyConnection, files: Sequence[Path], path: Path, rows: DayRows) -> None:
    """Write the sums of an hour's windows (`files`), of the rows and columns that a day needs."""
    engine.execute("SET VARIABLE files = ?", [[str(file) for file in files]])
    engine.execute(
        f"COPY ({_added('count(*)', rows)}) TO '{path}' "
        "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, PARQUET_VERSION v2)"
    )


def add_up(engine: duckdb.DuckDBPyConnection, hours: Sequence[Path], rows: DayRows) -> None:
    """Fill the table ``day_activity`` with the sums of hours (files of `add_up_hour`), for detectors that look at a day."""
    if hours:
        engine.execute("SET VARIABLE files = ?", [[str(file) for file in hours]])
        engine.execute(
            "CREATE OR REPLACE TEMP TABLE day_activity AS "
            f"SELECT *, {profiles.nothing()} FROM ({_added('sum(windows)', rows)})"
        )
        profiles.join(engine, "day_activity")
    else:
        engine.execute(f"CREATE OR REPLACE TEMP TABLE day_activity AS SELECT *, 0 AS windows FROM ({_nothing()})")


def _added(windows: str, rows: DayRows) -> str:
    summed = ", ".join(f"({one.day})::BIGINT AS {one.name}" for one in MEASURES if one.name in rows.measures)
    wanted = " OR ".join(f"(view = '{view}' AND kind = '{kind}')" for view, kind in rows.whose)
    return (
        f"SELECT view, api, kind, client, ({windows})::BIGINT AS windows, {summed}, min(first_seen) AS first_seen, "
        f"max(last_seen) AS last_seen FROM read_parquet(getvariable('files'), union_by_name = true, hive_partitioning = false) "
        f"WHERE {wanted or 'false'} GROUP BY view, api, kind, client"
    )
