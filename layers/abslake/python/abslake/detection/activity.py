"""Activity: what each client did in a window of ten minutes, the only thing that detectors see of the facts.

One row for each view, API and client (`abslake.detection.detector.View`); the columns are
`abslake.detection.measures.MEASURES`. The rows of a window lie in ``detection/activity/date=YYYY-MM-DD/HHMM.parquet``,
from which longer spans are added up. A row's API is "all" in the view over all APIs. Requests of no API are none of it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import duckdb

from abslake.detection import measuring, profiles, summing, transitions
from abslake.detection.detector import Detector, Span, View
from abslake.detection.measures import ALL, COLUMNS, MEASURES, REFUSED, SUMS, TIMES
from abslake.facts.connections import FULL
from abslake.facts.signals import Signal

PREFIX = "detection/activity/"
HOURS = "detection/hours/"
"""Sums of an hour's windows, and of blocks of hours, from which days are added up. Not there: to be made again."""

EVERYTHING: summing.Asked = dict.fromkeys(View, ALL)
"""All measures of all rows."""

_PARQUET = "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, PARQUET_VERSION v2, WRITE_BLOOM_FILTER false)"
"""How rows are written: they are read as a whole, no value is ever looked up."""

_FILTERED = re.compile(r"sum\((\w+)\)(?: FILTER \((.+)\))?")


_READ = """(
    SELECT NULL::INTEGER AS signals, NULL::BIGINT AS connection_bits WHERE false
    UNION ALL BY NAME FROM read_parquet(getvariable('units'), union_by_name = true))
WHERE minute >= getvariable('from') AND minute < getvariable('to') AND api IS NOT NULL AND ip IS NOT NULL"""
"""The window's facts. Units of before lack some columns."""

_TELLING = "api, ip, token, cookie, api_key, username, user_agent"
"""What tells clients apart: an identity. Facts are grouped by its hash of 64 bits, which takes half the time; where a window
has a million identities, two of them have the same hash in one window of 30 million."""

_NETWORK = (
    "hash(CASE WHEN contains(ip, ':') THEN split_part(ip, ':', 1) || ':' || split_part(ip, ':', 2) "
    "ELSE split_part(ip, '.', 1) || '.' || split_part(ip, '.', 2) END)"
)

_IDENTITIES = f"""
CREATE OR REPLACE TEMP TABLE identities AS
SELECT identity, api, ip, {_NETWORK} AS network, hash(coalesce(user_agent, '')) AS agent, token, cookie, api_key, username,
    CASE WHEN token IS NOT NULL THEN 'token' WHEN api_key IS NOT NULL THEN 'api_key'
        WHEN cookie IS NOT NULL THEN 'cookie' ELSE 'ip' END AS kind,
    coalesce(token, api_key, cookie, ip) AS client
FROM (SELECT DISTINCT hash({_TELLING}) AS identity, {_TELLING} FROM {_READ})"""

_FACTS = f"""
CREATE OR REPLACE TEMP TABLE window_facts AS
SELECT hash({_TELLING}) AS identity, hash(api, upper(method), path) AS place, hash(path) AS path, upper(method) AS method,
    status, coalesce(signals, 0) AS signals, (1 << (minute(minute) % 10)::INTEGER)::SMALLINT AS minute_bits, requests,
    connections, coalesce(connection_bits, CASE WHEN connections > 0 THEN {FULL} ELSE 0 END) AS connection_bits,
    request_bytes, response_bytes, response_time_us, first_seen::TIMESTAMP_MS AS first_seen, last_seen::TIMESTAMP_MS AS last_seen
FROM {_READ}"""

_ALIKE = "identity, method, status, signals"
"""What the conditions of `SUMS` look at, but for whether the response time is known."""

_SEEN = f"""
CREATE OR REPLACE TEMP TABLE seen AS
WITH alike AS (
    SELECT {_ALIKE}, sum(requests)::BIGINT AS requests, sum(connections)::BIGINT AS connections,
        bit_or(connection_bits) AS connection_bits, sum(request_bytes)::BIGINT AS request_bytes,
        sum(response_bytes)::BIGINT AS response_bytes, sum(response_time_us)::BIGINT AS response_time_us,
        bit_or(minute_bits) AS minute_bits, max(response_bytes // requests) AS largest,
        min(first_seen) AS first_seen, max(last_seen) AS last_seen
    FROM window_facts GROUP BY {_ALIKE}, response_time_us IS NULL),
parts AS (SELECT identity, {{parts}}, connections, connection_bits, minute_bits, largest, first_seen, last_seen FROM alike)
SELECT identity, {{sums}}, sum(connections)::BIGINT AS connections, bit_or(connection_bits) AS connection_bits,
    bit_or(minute_bits) AS minute_bits, max(largest) AS largest, min(first_seen) AS first_seen, max(last_seen) AS last_seen
FROM parts GROUP BY identity"""
"""Requests that agree in all that conditions look at are added up first: so each condition is asked a few times only."""

_JARS = """
CREATE OR REPLACE TEMP TABLE jars AS
SELECT api, ip, count(*) FILTER (requests <= 2) AS thin
FROM (SELECT api, ip, cookie, sum(requests) AS requests FROM identities JOIN seen USING (identity)
    WHERE cookie IS NOT NULL GROUP BY ALL)
GROUP BY ALL HAVING thin * 2 > count(*)"""
"""The addresses most of whose session cookies come once or twice, and how many those are."""

_REFUSED = f"coalesce({REFUSED} AND status <> 401, false) AND signals & {int(Signal.LOGIN)} = 0"

_PLACES = f"""
CREATE OR REPLACE TEMP TABLE places AS
SELECT identity, path, bit_or(CASE WHEN method = 'GET' AND status BETWEEN 200 AND 299 THEN {summing.FOUND}
    WHEN signals & {int(Signal.LOGIN)} <> 0 THEN 0 WHEN status = 401 THEN {summing.BARRED}
    WHEN status = 403 THEN {summing.BARRED | summing.REFUSED} WHEN {REFUSED} THEN {summing.REFUSED}
    ELSE 0 END::UTINYINT) AS flags
FROM window_facts GROUP BY identity, path"""

_UNKNOWN = f"""
CREATE OR REPLACE TEMP TABLE unknown AS
SELECT DISTINCT identity, unknown_call FROM window_facts JOIN unknown_places USING (place) WHERE {_REFUSED}"""


DayRows = Mapping[View, frozenset[str]]
"""What is added up to days, as much as detectors ask for: names of measures by view."""


def day_rows(detectors: Iterable[Detector]) -> DayRows:
    """What the detectors that look at a day ask for; of `View.ACROSS` in any case what profiles do."""
    those = [one for one in detectors if one.span is Span.DAY]
    return {
        view: named(
            profiles.JOINED if view is View.ACROSS else (),
            (one for one in those if one.view is view),
        )
        for view in sorted({View.ACROSS, *(one.view for one in those)})
    }


def asked(detectors: Iterable[Detector]) -> summing.Asked:
    """Measures that anything asks for of the rows of a view: these detectors, an API's own sums, profiles, and the choice
    of rows itself."""
    those, sums = list(detectors), measuring.CROWD.values()
    others: dict[View, Iterable[str]] = {View.CLIENT: sums, View.ADDRESS: sums, View.ACROSS: profiles.ASKED}
    return {
        view: named([*others.get(view, ()), *summing.ASKED], (one for one in those if one.view is view))
        for view in View
    }


def named(texts: Iterable[str], detectors: Iterable[Detector]) -> frozenset[str]:
    """Measures named in these texts (SQL) and in the SQL of these detectors, and those that they are added up from."""
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
    names: summing.Asked = EVERYTHING,
) -> None:
    """Fill the tables ``activity`` and ``transitions`` from units of facts, for ``start <= minute < end`` (UTC).

    Measures that `names` (of `asked`) does not ask for of a view are NULL in its rows, for each of them costs.

    The tables of `abslake.detection.transitions.load` and `abslake.detection.profiles.load` must be there.
    """
    if not units:
        engine.execute("CREATE OR REPLACE TEMP TABLE activity AS " + _nothing())
        transitions.clear(engine)
        return
    for name, value in (("from", start), ("to", end)):
        engine.execute(f"SET VARIABLE \"{name}\" = TIMESTAMP '{value:%Y-%m-%d %H:%M:%S}'")
    engine.execute("SET VARIABLE units = ?", [[str(path) for path in units]])
    for statement in (_IDENTITIES, _FACTS):
        engine.execute(statement)
    transitions.measure(engine)
    every = frozenset().union(*names.values())
    sums = [one for one in SUMS if one.name in every]
    parts = ", ".join(f"{_part(one.window)} AS {one.name}" for one in sums)
    summed = ", ".join(f"coalesce(sum({one.name}), 0)::BIGINT AS {one.name}" for one in sums)
    for statement in (_SEEN.format(parts=parts, sums=summed), _JARS, _PLACES, _UNKNOWN):
        engine.execute(statement)
    summing.fill(engine, names)
    for table in ("window_facts", "identities", "seen", "jars", "places", "unknown", "unknown_places", "orders"):
        engine.execute(f"DROP TABLE {table}")
    profiles.join(engine, "activity")


def _part(aggregate: str) -> str:
    """What requests that agree in `_ALIKE` add to a measure of `SUMS`."""
    found = _FILTERED.fullmatch(aggregate)
    if found is None:
        raise ValueError(f"no sum over requests: {aggregate}")
    return f"CASE WHEN {found[2]} THEN {found[1]} ELSE 0 END" if found[2] else found[1]


def _nothing() -> str:
    names = ", ".join(f"NULL::VARCHAR AS {name}" for name in ("view", "api", "kind", "client"))
    columns = ", ".join(f"NULL::{'TIMESTAMP_MS' if name in TIMES else 'BIGINT'} AS {name}" for name in COLUMNS)
    return f"SELECT {names}, {columns}, {profiles.nothing()} WHERE false"


def key(window: datetime) -> str:
    """Where the activity of a window lies."""
    return f"{PREFIX}date={window:%Y-%m-%d}/{window:%H%M}.parquet"


def write(engine: duckdb.DuckDBPyConnection, path: Path) -> None:
    """The table ``activity`` as a Parquet file."""
    engine.execute(f"COPY (SELECT * EXCLUDE ({', '.join(profiles.COLUMNS)}) FROM activity) TO '{path}' {_PARQUET}")


def read(engine: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Fill the table ``activity`` from a file that `write` made. ``profile`` must be there (`profiles.load`)."""
    engine.execute(
        f"CREATE OR REPLACE TEMP TABLE activity AS {_nothing()} UNION ALL BY NAME FROM read_parquet(?)", [str(path)]
    )
    profiles.join(engine, "activity")


def read_likely(
    engine: duckdb.DuckDBPyConnection, paths: Sequence[Path], conditions: Iterable[str], names: Iterable[str]
) -> None:
    """Fill the table ``activity`` with the rows of files that meet one of these conditions (SQL over a row and its API's
    sums, of the table ``crowd``), and these measures of them. ``profile`` must be there, and is not looked at."""
    engine.execute("SET VARIABLE files = ?", [[str(path) for path in paths]])
    columns = ", ".join(("view", "api", "kind", "client", *TIMES, *sorted(names)))
    engine.execute(
        f"CREATE OR REPLACE TEMP TABLE activity AS SELECT {columns}, {profiles.nothing()} FROM ({_nothing()} "
        "UNION ALL BY NAME FROM read_parquet(getvariable('files'), union_by_name = true, hive_partitioning = false)) "
        f"LEFT JOIN crowd USING (api) WHERE {' OR '.join(f'({one})' for one in conditions) or 'false'}"
    )


def hour_key(hour: datetime) -> str:
    """Where the sums of an hour's windows lie."""
    return f"{HOURS}date={hour:%Y-%m-%d}/{hour:%H}.parquet"


def block_key(hour: datetime, hours: int) -> str:
    """Where the sums of so many hours from that one on lie."""
    return f"{HOURS}date={hour:%Y-%m-%d}/{hour:%H}-{hours}.parquet"


def add_up_hour(engine: duckdb.DuckDBPyConnection, files: Sequence[Path], path: Path, rows: DayRows) -> None:
    """Write the sums of an hour's windows (`files`), of the rows and columns that a day needs."""
    _write_sum(engine, files, path, "count(*)", rows)


def add_up_block(engine: duckdb.DuckDBPyConnection, files: Sequence[Path], path: Path, rows: DayRows) -> None:
    """Write the sums of hours (`files`, of `add_up_hour`) as one more such file."""
    _write_sum(engine, files, path, "sum(windows)", rows)


def _write_sum(
    engine: duckdb.DuckDBPyConnection, files: Sequence[Path], path: Path, windows: str, rows: DayRows
) -> None:
    engine.execute("SET VARIABLE files = ?", [[str(file) for file in files]])
    engine.execute(f"COPY ({_added(windows, rows)}) TO '{path}' {_PARQUET}")


def add_up(engine: duckdb.DuckDBPyConnection, hours: Sequence[Path], rows: DayRows) -> None:
    """Fill the table ``day_activity`` with the sums of hours (files of `add_up_hour` or `add_up_block`), for detectors that
    look at a day."""
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
    """A SELECT of the sums of the variable ``files``, view by view: none is added up of what nobody asks for.

    What a file lacks, for it was made when nobody asked for that, is NULL.
    """
    return " UNION ALL BY NAME ".join(
        f"(SELECT '{view}' AS view, api, kind, client, ({windows})::BIGINT AS windows, "
        + "".join(f"({one.day})::BIGINT AS {one.name}, " for one in MEASURES if one.name in names)
        + "min(first_seen) AS first_seen, max(last_seen) AS last_seen "
        f"FROM ({_nothing()} UNION ALL BY NAME "
        "FROM read_parquet(getvariable('files'), union_by_name = true, hive_partitioning = false)) "
        f"WHERE view = '{view}' GROUP BY api, kind, client)"
        for view, names in rows.items()
    )
