"""Activity: what each client did in a window of ten minutes, the only thing that detectors see of the facts.

One row for each view, API and client (`abslake.detection.detector.View`); the columns are
`abslake.detection.measures.MEASURES`. The rows of a window lie in ``detection/activity/date=YYYY-MM-DD/HHMM.parquet``,
from which longer spans are added up. A row's API is "all" in the view over all APIs. Requests of no API are none of it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from abslake.detection import measuring, profiles, summing, transitions
from abslake.detection.detector import Detector, Span, View
from abslake.detection.findings import IdentifierKind
from abslake.detection.measures import ALL, COLUMNS, COUNTS, MEASURES, ORDER, PATHS, REFUSED, STRANGERS, SUMS, TIMES
from abslake.facts.signals import Signal

PREFIX = "detection/activity/"
HOURS = "detection/hours/"
"""Sums of an hour's windows, from which days are added up: a tenth of the bytes. Not there: to be made again."""


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
SELECT row_number() OVER ()::INTEGER AS seen_id, {_WHO}, {{sums}},
    bit_or(1 << (minute(minute) % 10)::INTEGER) AS minute_bits, max(response_bytes // requests) AS largest,
    min(first_seen) AS first_seen, max(last_seen) AS last_seen
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
FROM (SELECT *, coalesce({REFUSED} AND status <> 401, false) AND signals & {int(Signal.LOGIN)} = 0 AS refused FROM window_facts)
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
    whose = {(one.view.value, kind.value) for one in those for kind in one.kinds}
    whose |= {(View.ACROSS.value, kind.value) for kind in IdentifierKind}  # in how many windows each client was
    return DayRows(sorted(whose), _named(profiles.JOINED, those))


def asked(detectors: Iterable[Detector]) -> frozenset[str]:
    """Measures that anything asks for: these detectors, an API's own sums, profiles, and the choice of rows itself."""
    return _named([*measuring.CROWD.values(), *profiles.ASKED, *summing.ASKED], detectors)


def _named(texts: Iterable[str], detectors: Iterable[Detector]) -> frozenset[str]:
    """Measures named in these texts and in the SQL of these detectors, and those that they are added up from."""
    those = list(detectors)
    texts = [*texts, *(one.condition for one in those), *(v.sql for one in those for v in one.variables)]
    names = set(re.findall(r"\w+", " ".join([*texts, *(one.habit.sql for one in those if one.habit)])))
    names |= set(re.findall(r"\w+", " ".join(one.day for one in MEASURES if one.name in names)))
    return frozenset(names & {one.name for one in MEASURES})


def measure(
    engine: duckdb.DuckDBPyConnection,
    units: Sequence[Path],
    start: datetime,
    end: datetime,
    names: frozenset[str] = ALL,
) -> None:
    """Fill the tables ``activity`` and ``transitions`` from units of facts, for ``start <= minute < end`` (UTC).

    Measures that are not among `names` (of `asked`) are left out, for each of them costs.

    The tables of `abslake.detection.transitions.load` and `abslake.detection.profiles.load` must be there.
    """
    if not units:
        engine.execute("CREATE OR REPLACE TEMP TABLE activity AS " + _nothing())
        transitions.clear(engine)
        return
    for name, value in (("from", start), ("to", end)):
        engine.execute(f"SET VARIABLE \"{name}\" = TIMESTAMP '{value:%Y-%m-%d %H:%M:%S}'")
    engine.execute("SET VARIABLE units = ?", [[str(path) for path in units]])
    engine.execute(_FACTS)
    transitions.measure(engine)
    sums, counts, paths, order = ([one for one in some if one.name in names] for some in (SUMS, COUNTS, PATHS, ORDER))
    engine.execute(_SEEN.format(sums=", ".join(f"coalesce({one.window}, 0)::BIGINT AS {one.name}" for one in sums)))
    engine.execute(_JARS)
    engine.execute(_PLACES)
    summing.fill(engine, sums, counts, paths, STRANGERS, order)
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
    engine.execute(
        f"COPY (SELECT * EXCLUDE ({', '.join(profiles.COLUMNS)}) FROM activity) TO '{path}' "
        "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, PARQUET_VERSION v2)"
    )


def read(engine: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Fill the table ``activity`` from a file that `write` made. ``profile`` must be there (`profiles.load`)."""
    engine.execute(
        f"CREATE OR REPLACE TEMP TABLE activity AS {_nothing()} UNION ALL BY NAME FROM read_parquet(?)", [str(path)]
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
