"""A lake of generated facts as large as a busy gateway's year, written without logs.

The same for the same seed and version of DuckDB (its hash is what draws).

2.74 million requests a day (10^9 a year), evenly over its hours, by 3 million clients, the n-th most active about in
proportion to n^-1.02. What clients, APIs and paths are like: see `benchmarks.traffic`. Tokens change every day, session
cookies every week. Units are what ingest would have written: rows that agree in every key are one, sorted by API and
address. Definitions of the APIs come along.

    python -m benchmarks.year --out lake --days 30 --scale 0.01 --pending --raw raw
"""

import hashlib
import os
import random
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from queue import SimpleQueue
from typing import Annotated

import duckdb
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from abslake.facts import latency, schema
from abslake.facts.connections import BITS
from abslake.index import pending
from abslake.records.user_agents import device_and_browser
from benchmarks import traffic
from benchmarks import vocabulary as words

REQUESTS_A_DAY = 2_740_000
CLIENTS = 3_000_000
ZIPF = 1.02
FIRST_DAY = date(2026, 3, 1)
LIGHT = 4.0
"""Requests a day of an identifier that is called light."""

_HOURS = 24
_ASKED_AMONG = 500_000  # the most active clients; one of four requests a day is about the 40,000th


@dataclass(frozen=True, slots=True)
class Year:
    """What to generate; `scale` takes that share of the requests and of the clients."""

    first_day: date = FIRST_DAY
    days: int = 365
    scale: float = 1.0
    units_an_hour: int = 1
    seed: int = 1

    @property
    def requests_a_unit(self) -> int:
        """As many in each."""
        return max(1, round(REQUESTS_A_DAY * self.scale / _HOURS / self.units_an_hour))

    @property
    def clients(self) -> int:
        """Their number."""
        return max(100, round(CLIENTS * self.scale))

    def units(self) -> "Iterator[Unit]":
        """All of them, in the order of time."""
        start = datetime.combine(self.first_day, time(), UTC)
        for hours in range(self.days * _HOURS):
            for number in range(self.units_an_hour):
                yield Unit(self, start + timedelta(hours=hours), number)


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit: as if each were of a log object of its own."""

    year: Year
    hour: datetime
    number: int

    @property
    def key(self) -> str:
        """Its key in the lake."""
        year = self.year
        source = f"{year.seed} {year.scale} {year.units_an_hour} {self.hour.isoformat()} {self.number}"
        return schema.unit_key(self.hour, hashlib.sha256(source.encode()).hexdigest()[:20], 0)

    @property
    def requests(self) -> range:
        """Their numbers, of which no two units have one in common."""
        each = self.year.requests_a_unit
        first = (int(self.hour.timestamp()) // 3600 * self.year.units_an_hour + self.number) * each
        return range(first, first + each)


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom to ask about: an identifier of about `LIGHT` requests on a day, and the one of the most."""

    light: str
    heaviest: str


class Maker:
    """Writes units of facts, and the same requests one by one. Not safe for threads: each has its own."""

    def __init__(self, year: Year) -> None:
        self._year = year
        self._engine = duckdb.connect(config={"threads": 1})
        self._engine.execute("SET enable_progress_bar = false")
        for macro in _macros(year):
            self._engine.execute(f"CREATE MACRO {macro}")
        self._load("templates", _TEMPLATE_COLUMNS, _templates(year.seed))
        agents = ((n, agent, *device_and_browser(agent)) for n, agent in enumerate(words.AGENTS))
        self._load("agents", "agent INTEGER, user_agent VARCHAR, device VARCHAR, browser VARCHAR", agents)

    def write(self, unit: Unit, facts: Path, raw: Path | None = None) -> None:
        """The unit's facts, and to `raw` its requests in no order."""
        self._engine.execute(f"CREATE OR REPLACE TEMP TABLE requests AS {_requests(unit)}")
        day = _day_number(unit.hour.date())
        metadata = f"'abslake.schema': '{schema.SCHEMA_VERSION}', 'abslake.parser': '{schema.PARSER_VERSION}'"
        columns = ", ".join(f"{column.name}::{column.duckdb} AS {column.name}" for column in schema.COLUMNS)
        grouped = f"SELECT {columns} FROM ({_worded(_GROUPED, _MEASURES, day)}) ORDER BY api, ip"
        self._copy(grouped, facts, f", KV_METADATA {{{metadata}}}")
        if raw:
            self._copy(_worded("requests", _EVENT, day), raw)

    def asked(self, day: date) -> dict[str, Asked]:
        """Whom to ask about on that day, by kind of identifier; of `api` the least and the most popular."""
        self._engine.execute(
            f"CREATE OR REPLACE TEMP TABLE clients AS SELECT client, {_identifiers(_day_number(day), '0')}, "
            f"activity(client) * {self._year.requests_a_unit * self._year.units_an_hour * _HOURS} AS requests "
            f"FROM range(1, {min(self._year.clients, _ASKED_AMONG) + 1}) AS numbers(client)"
        )
        shares = {"ip": "requests * usual_address(client)"}  # all others are a client's own
        return {kind: self._extremes(kind, shares.get(kind, "requests")) for kind in _KINDS} | {"api": self._apis()}

    def _extremes(self, kind: str, requests: str) -> Asked:
        light, heaviest = (
            self._engine.execute(
                f"FROM clients SELECT {kind} WHERE {kind} IS NOT NULL ORDER BY {order}, client LIMIT 1"
            ).fetchall()[0][0]
            for order in (f"abs(ln({requests} / {LIGHT}))", f"{requests} DESC")
        )
        return Asked(light, heaviest)

    def _apis(self) -> Asked:
        popularity = "sum((template + 1) ** -1.05)"
        apis = self._engine.execute(f"FROM templates SELECT api GROUP BY api ORDER BY {popularity} DESC").fetchall()
        return Asked(light=apis[-1][0], heaviest=apis[0][0])

    def close(self) -> None:
        """Frees what it holds."""
        self._engine.close()

    def _load(self, table: str, columns: str, rows: Iterable[tuple[object, ...]]) -> None:
        self._engine.execute(f"CREATE TABLE {table} ({columns})")
        self._engine.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * (columns.count(',') + 1))})", [*rows])

    def _copy(self, select: str, path: Path, options: str = "") -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f"{path.name}#0")  # listings of a folder pass over such a name
        settings = f"FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, PARQUET_VERSION v2{options}"
        self._engine.execute(f"COPY ({select}) TO '{unfinished}' ({settings})")
        unfinished.rename(path)


_KINDS = ("ip", "token", "cookie", "api_key", "username")
_TEMPLATE_COLUMNS = (
    "template INTEGER, api VARCHAR, front VARCHAR, behind VARCHAR, has_id BOOLEAN, usual_method VARCHAR, "
    "body_bytes BIGINT, usual_ms DOUBLE"
)


def _templates(seed: int) -> Iterator[tuple[object, ...]]:
    """Paths in the order of their popularity: each API has its share of lists and of single things with an id."""
    rng = random.Random(f"templates {seed}")
    for template in range(traffic.TEMPLATES):
        number, api = divmod(template, len(words.APIS))
        resource, action = words.RESOURCES[number // 4], words.ACTIONS[number % 4]
        front, has_id = f"/{words.APIS[api]}/v{1 + number // 50}/{resource}", bool(number % 2)
        method = rng.choices(words.METHODS, words.METHOD_WEIGHTS)[0]
        numbers = int(rng.lognormvariate(7, 1)), rng.lognormvariate(3, 0.7)
        yield template, words.APIS[api], f"{front}/" if has_id else front, action, has_id, method, *numbers


def _macros(year: Year) -> list[str]:
    """All that is drawn is a hash of the number of what it is drawn for: the same in any order, and in any thread."""
    methods = ", ".join(f"'{method}'" for method in words.METHODS)
    power = 1 - ZIPF
    return [
        # hash(a, b) only XORs the two hashes, and all draws of one number would agree in bits: so it is hashed again.
        f"any_bits(number, what) AS hash(xor(hash(number::BIGINT), hash(what, {year.seed})))",
        "drawn(number, what) AS (any_bits(number, what) >> 11) / 9007199254740992.0",
        # The inverse of the distribution of a continuous power law, cut to whole numbers.
        "ranked(u, n, zipf) AS floor((1 + u * ((n + 1) ** (1 - zipf) - 1)) ** (1 / (1 - zipf)))::INTEGER",
        f"activity(rank) AS ((rank + 1) ** {power} - rank ** {power}) / ({year.clients + 1} ** {power} - 1)",
        "addresses(client) AS 1 + any_bits(client, 'addresses') % 4",
        # An address is taken where the square of a random number falls into its part of c equal ones.
        "usual_address(client) AS sqrt(1 / addresses(client))",
        "octet(client, number, which) AS any_bits(client * 4 + number::BIGINT, which) % 256",
        "address(client, number) AS concat_ws('.', 11 + octet(client, number, 'a') % 213, octet(client, number, 'b'),"
        " octet(client, number, 'c'), 1 + octet(client, number, 'd') % 254)",
        f"secret(client, what, since) AS md5(concat_ws(' ', client, what, since, {year.seed}))",
        f"any_method(u) AS ([{methods}])[1 + floor(u * {len(words.METHODS)})::INTEGER]",
    ]


def _identifiers(day: int, address_number: str) -> str:
    """Columns of what a client says of itself: 35 % a token and a user name, 35 % a cookie, 20 % a key, 10 % nothing."""
    sort_of = "drawn(client, 'sort')"
    return f"""address(client, {address_number}) AS ip,
        CASE WHEN {sort_of} < 0.35 THEN secret(client, 'token', {day}) END AS token,
        CASE WHEN {sort_of} >= 0.35 AND {sort_of} < 0.7 THEN secret(client, 'cookie', {day // 7}) END AS cookie,
        CASE WHEN {sort_of} >= 0.7 AND {sort_of} < 0.9 THEN secret(client, 'key', 0) END AS api_key,
        CASE WHEN {sort_of} < 0.35 THEN concat('user', client, '@example.com') END AS username"""


def _requests(unit: Unit) -> str:
    """The unit's requests as numbers; words come behind grouping, to fewer rows."""
    begin = f"TIMESTAMP '{unit.hour:%Y-%m-%d %H:%M:%S}'"
    return f"""
        WITH draws AS (
            SELECT number, {begin} + to_milliseconds(floor(drawn(number, 'time') * 3600000)::BIGINT) AS seen,
                ranked(drawn(number, 'client'), {unit.year.clients}, {ZIPF}) AS client,
                ranked(drawn(number, 'template'), {traffic.TEMPLATES}, {traffic.ZIPF}) - 1 AS template,
                drawn(number, 'answered') >= {traffic.UNANSWERED} AS answered,
                sqrt(-2 * ln(1 - drawn(number, 'radius'))) * cos(2 * pi() * drawn(number, 'angle')) AS normal
            FROM range({unit.requests.start}, {unit.requests.stop}) AS numbers(number)
        )
        SELECT number, seen, date_trunc('minute', seen) AS minute, client, template,
            floor(drawn(number, 'address') ** 2 * addresses(client))::INTEGER AS address_number,
            CASE WHEN has_id THEN floor(exp(drawn(number, 'id') * ln({traffic.LARGEST_ID})))::INTEGER END AS id,
            CASE WHEN drawn(number, 'usual') < 0.8 THEN usual_method ELSE any_method(drawn(number, 'method')) END AS method,
            CASE WHEN answered THEN {_status("drawn(number, 'status')")} END AS status,
            CASE WHEN answered THEN 1 + any_bits(number, 'server') % 4 END AS host_number,
            CASE WHEN answered THEN (usual_ms * exp(0.5 * normal) * 1000)::BIGINT END AS response_time_us,
            {latency.SQL.format(ms="response_time_us / 1000")} AS latency_bucket
        FROM draws JOIN templates USING (template)
    """


def _status(u: str) -> str:
    below, cases = 0, []
    for status, weight in zip(words.STATUSES, words.STATUS_WEIGHTS, strict=True):
        below += weight
        cases.append(f"WHEN {u} < {below / sum(words.STATUS_WEIGHTS)!r} THEN {status}")
    return f"(CASE {' '.join(cases)} END)"


_GROUPED = """(
    SELECT minute, client, template, address_number, id, method, status, host_number, latency_bucket,
        count(*) AS requests, min(seen) AS first_seen, max(seen) AS last_seen,
        sum(response_time_us)::BIGINT AS response_time_us
    FROM requests GROUP BY ALL)"""
_MEASURES = f"""minute, latency_bucket, 0 AS signals, requests, requests - requests // 3 AS connections,
    1::BIGINT << (epoch_ms(first_seen) % {BITS})::INTEGER AS connection_bits, first_seen, last_seen,
    requests * asked_bytes AS request_bytes, requests * answered_bytes AS response_bytes, response_time_us"""
_EVENT = """seen AS timestamp, number // 3 AS connection_id, asked_bytes AS request_bytes,
    answered_bytes AS response_bytes, response_time_us"""


def _worded(rows: str, measures: str, day: int) -> str:
    """Rows of numbers with the words they stand for."""
    with_body = "method IN ('POST', 'PUT')"
    return f"""
        SELECT api, {_identifiers(day, "address_number")}, 'api.example.com' AS host, method,
            CASE WHEN has_id THEN concat(front, id, behind) ELSE concat(front, behind) END AS path,
            user_agent, device, browser, status,
            CASE WHEN {with_body} THEN 'application/json' END AS request_content_type,
            CASE WHEN status IS NOT NULL THEN 'application/json' END AS response_content_type,
            'HTTP/1.1' AS protocol,
            CASE WHEN host_number IS NOT NULL THEN concat('10.1.', template % {len(words.APIS)}, '.', host_number, ':8080') END
                AS server,
            CASE WHEN {with_body} THEN 100 + template % 400 END AS asked_bytes,
            CASE WHEN status BETWEEN 200 AND 299 THEN body_bytes WHEN status IS NOT NULL THEN 120 END AS answered_bytes,
            {measures}
        FROM {rows} JOIN templates USING (template)
            JOIN agents ON agent = any_bits(client, 'agent') % {len(words.AGENTS)}
    """


def _day_number(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def write(
    lake: Path,
    year: Year,
    *,
    marked: bool = False,
    raw: Path | None = None,
    workers: int | None = None,
    quiet: bool = False,
) -> int:
    """Makes the units that the folder does not have yet, with a progress bar; returns how many.

    `marked` makes their markers too; `raw` is a folder for the same requests, one object an hour and unit.
    """
    for name, document in traffic.definitions().items():
        path = lake / "config/apis" / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(document)
    missing = [unit for unit in year.units() if not (lake / unit.key).exists()]
    makers: SimpleQueue[Maker] = SimpleQueue()
    count = workers or os.cpu_count() or 1
    for _ in range(count):
        makers.put(Maker(year))

    def make(unit: Unit) -> None:
        maker = makers.get()
        try:
            maker.write(unit, lake / unit.key, raw / unit.key.removeprefix(schema.PREFIX) if raw else None)
        finally:
            makers.put(maker)
        if marked:
            marker = lake / pending.marker_key(unit.key)
            marker.parent.mkdir(parents=True, exist_ok=True)
            marker.touch()

    columns = (TextColumn("hours"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, disable=quiet) as bar, ThreadPoolExecutor(count) as pool:
        task = bar.add_task("units", total=len(missing))
        for done in as_completed([pool.submit(make, unit) for unit in missing]):
            done.result()
            bar.advance(task)
    for _ in range(count):
        makers.get().close()
    return len(missing)


def main(
    out: Annotated[Path, typer.Option(help="Folder of the lake; units that are there are kept.")],
    days: Annotated[int, typer.Option(min=1, help="Days.")] = 30,
    scale: Annotated[float, typer.Option(min=0.00001, help="Share of requests and clients.")] = 1.0,
    units_an_hour: Annotated[int, typer.Option(min=1, help="Units in each hour.")] = 1,
    seed: Annotated[int, typer.Option(help="Same seed, same requests.")] = 1,
    pending: Annotated[bool, typer.Option("--pending", help="Also the markers of units that no index covers.")] = False,
    raw: Annotated[Path | None, typer.Option(help="Also the requests one by one, by hour, into this folder.")] = None,
) -> None:
    """Writes a lake of generated facts."""
    year = Year(FIRST_DAY, days, scale, units_an_hour, seed)
    made = write(out, year, marked=pending, raw=raw)
    print(f"{made:,} units of {year.requests_a_unit:,} requests")
    maker = Maker(year)
    for kind, asked in maker.asked(year.first_day).items():
        print(f"{kind}: light {asked.light}, heaviest {asked.heaviest}")


if __name__ == "__main__":
    typer.run(main)
