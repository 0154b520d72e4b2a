"""Facts of a busy gateway's hours, written as units without logs, for the benchmark of detection's speed.

The n-th most active client sends about in proportion to n^-1.05, as in `benchmarks.traffic`. Every client has an API of
its own, popular as unequally, to which nine of ten of its requests go; the others go to another one. What it says of itself
and the paths that it asks for are as in `benchmarks.year`. A unit is what one of two gateways logged in five minutes.

The same for the same arguments and version of DuckDB (its hash is what draws).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import duckdb

from abslake.facts import schema
from abslake.facts.connections import BITS
from benchmarks import vocabulary as words

GATEWAYS = 2
SPAN = timedelta(minutes=5)
ZIPF = 1.05


@dataclass(frozen=True, slots=True)
class Busy:
    """How much traffic."""

    requests_an_hour: int = 10_000_000
    clients: int = 300_000
    apis: int = 20


def write_hour(lake: Path, busy: Busy, hour: datetime) -> list[Path]:
    """Write the units of an hour that are not there yet; all of them."""
    paths = []
    engine = duckdb.connect(config={"threads": 1})
    engine.execute("SET enable_progress_bar = false")
    try:
        agents = ", ".join(f"'{agent}'" for agent in words.AGENTS)
        engine.execute(f"CREATE MACRO agent_of(n) AS ([{agents}])[1 + n % {len(words.AGENTS)}]")
        for name, sql in _macros(busy):
            engine.execute(f"CREATE MACRO {name} AS {sql}")
        for number in range(GATEWAYS * int(timedelta(hours=1) / SPAN)):
            source = sha256(f"{busy} {hour.isoformat()} {number}".encode()).hexdigest()[:20]
            path = lake / schema.unit_key(hour, source, 0)
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                _write(engine, path, busy, hour + number // GATEWAYS * SPAN, number)
            paths.append(path)
    finally:
        engine.close()
    return paths


def _macros(busy: Busy) -> list[tuple[str, str]]:
    return [
        ("bits(n, what)", "hash(xor(hash(n::BIGINT), hash(what)))"),
        ("drawn(n, what)", "(bits(n, what) >> 11) / 9007199254740992.0"),
        ("ranked(u, n, zipf)", "floor((1 + u * ((n + 1) ** (1 - zipf) - 1)) ** (1 / (1 - zipf)))::INTEGER"),
        ("home(client)", f"ranked(drawn(client, 'home'), {busy.apis}, 1.05) - 1"),
        ("secret(client, what)", "md5(concat_ws(' ', client, what))"),
    ]


def _write(engine: duckdb.DuckDBPyConnection, path: Path, busy: Busy, start: datetime, number: int) -> None:
    per_unit = busy.requests_an_hour // (GATEWAYS * int(timedelta(hours=1) / SPAN))
    first = (int(start.timestamp()) // 60 * GATEWAYS + number) * per_unit
    columns = ", ".join(f"{column.name}::{column.duckdb} AS {column.name}" for column in schema.COLUMNS)
    engine.execute(f"""
COPY (SELECT {columns} FROM (
    SELECT date_trunc('minute', seen) AS minute, 'api' || api AS api,
        concat_ws('.', 11 + bits(client * 4 + place, 'a') % 200, bits(client, 'b') % 256, bits(client, 'c') % 256,
            1 + bits(client * 4 + place, 'd') % 254) AS ip,
        CASE WHEN sort < 0.35 THEN secret(client, 'token') END AS token,
        CASE WHEN sort >= 0.35 AND sort < 0.7 THEN secret(client, 'cookie') END AS cookie,
        CASE WHEN sort >= 0.7 AND sort < 0.9 THEN secret(client, 'key') END AS api_key,
        CASE WHEN sort < 0.35 THEN concat('user', client, '@example.com') END AS username,
        'api.example.com' AS host, CASE WHEN template % 7 = 0 THEN 'POST' ELSE 'GET' END AS method,
        concat_ws('/', '/api' || api, 'things', template, id) AS path, agent_of(client) AS user_agent,
        'LINUX' AS device, 'CHROME' AS browser,
        CASE WHEN u < 0.93 THEN 200 WHEN u < 0.96 THEN 404 WHEN u < 0.98 THEN 401 WHEN u < 0.995 THEN 500 END AS status,
        NULL AS request_content_type, 'application/json' AS response_content_type, 'HTTP/1.1' AS protocol,
        '10.1.0.1:8080' AS server, 20 AS latency_bucket,
        CASE WHEN client % 10007 = 7 THEN 1 ELSE 0 END AS signals, count(*) AS requests, count(*) AS connections,
        bit_or(1::BIGINT << (bits(n, 'connection') % {BITS})::INTEGER) AS connection_bits,
        min(seen) AS first_seen, max(seen) AS last_seen, NULL AS request_bytes,
        sum(200 + 40 * (template % 100)) AS response_bytes, sum(5000 + 100 * (template % 90)) AS response_time_us
    FROM (
        SELECT *, drawn(client, 'sort') AS sort, drawn(n, 'status') AS u,
            CASE WHEN drawn(n, 'usual') < 0.9 THEN home(client) ELSE home(client + 1) END AS api,
            (drawn(n, 'place') ** 4 * (1 + bits(client, 'places') % 4))::INTEGER AS place,
            CASE WHEN template % 2 = 1 THEN ranked(drawn(n, 'id'), 100000, 1.01) END AS id
        FROM (
            SELECT n, TIMESTAMP '{start:%Y-%m-%d %H:%M:%S}'
                + to_milliseconds(floor(drawn(n, 'time') * {SPAN.seconds * 1000})::BIGINT) AS seen,
                ranked(drawn(n, 'client'), {busy.clients}, {ZIPF}) AS client,
                ranked(drawn(n, 'template'), 100, 1.05) AS template
            FROM range({first}, {first + per_unit}) AS numbers(n)))
    GROUP BY ALL)
ORDER BY api, ip) TO '{path}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, PARQUET_VERSION v2,
    KV_METADATA {{'abslake.schema': '{schema.SCHEMA_VERSION}', 'abslake.parser': '{schema.PARSER_VERSION}'}})""")
