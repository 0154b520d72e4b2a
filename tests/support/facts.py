"""Facts for tests, written as units into a lake without any ingest: rows in, Parquet out."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from abslake.detection.findings import Finding, IdentifierKind, Level, key
from abslake.facts import schema
from abslake.records.definitions import Definitions, parse_all
from abslake.storage import Lake

Row = Mapping[str, Any]

_PLAIN: Row = {
    "api": "shop",
    "ip": "192.0.2.1",
    "method": "GET",
    "path": "/shop/items",
    "device": "UNKNOWN",
    "browser": "DOWNLOAD",
    "status": 200,
    "server": "127.0.0.1:3000",
    "requests": 1,
    "connections": 0,
}


def at(text: str) -> datetime:
    """A UTC time from ISO text without zone."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def fact(when: str | datetime, last: str | datetime | None = None, **columns: Any) -> dict[str, Any]:
    """A whole row: `when` is its first request (and its minute), `last` its last; what is not said is plain."""
    first_seen = at(when) if isinstance(when, str) else when
    last_seen = first_seen if last is None else at(last) if isinstance(last, str) else last
    unknown = set(columns) - {column.name for column in schema.COLUMNS}
    assert not unknown, unknown
    return {
        **_PLAIN,
        "minute": first_seen.replace(second=0, microsecond=0),
        "first_seen": first_seen,
        "last_seen": last_seen,
        **columns,
    }


def write_facts(lake: Lake, rows: Iterable[Row], units_an_hour: int = 1, source: str = "test") -> list[str]:
    """Write rows as units, spread over so many units an hour; the keys. Equal `source`: the same keys again."""
    hours: dict[tuple[datetime, int], list[Row]] = defaultdict(list)
    for number, row in enumerate(rows):
        hours[row["minute"].replace(minute=0), number % units_an_hour].append(row)
    keys = []
    with TemporaryDirectory() as folder:
        for (hour, part), unit in sorted(hours.items(), key=lambda item: item[0]):
            name = schema.unit_key(hour, sha256(source.encode()).hexdigest()[:20], part)
            lake.create(name, _parquet(unit, Path(folder, "unit.parquet")))
            keys.append(name)
    return keys


def _parquet(rows: Sequence[Row], path: Path) -> bytes:
    columns = ", ".join(f'unnest(?::{column.duckdb}[]) AS "{column.name}"' for column in schema.COLUMNS)
    values = [[_naive(row.get(column.name)) for row in rows] for column in schema.COLUMNS]
    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        connection.execute(f"COPY (SELECT {columns}) TO '{path}' (FORMAT parquet)", values)
    return path.read_bytes()


def _naive(value: Any) -> Any:
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def finding(
    name: str,
    kind: IdentifierKind,
    identifier: str,
    api: str,
    last: str,
    level: Level = Level.ATTACK,
    attack_id: int = 1,
) -> Finding:
    """A finding of ten minutes that ends at `last`."""
    end = at(last)
    return Finding(
        attack_id=attack_id,
        name=name,
        level=level,
        identifier_kind=kind,
        identifier=identifier,
        api=api,
        first=end - timedelta(minutes=10),
        last=end,
        attack_code="varA(Tx, 26)",
        attack_deviation="varA(700%)",
    )


def write_findings(lake: Lake, findings: Iterable[Finding]) -> None:
    """Write findings, one file a day."""
    days: dict[str, list[Finding]] = defaultdict(list)
    for one in findings:
        days[key(one.last.astimezone(UTC), "test")].append(one)
    for name, several in days.items():
        lake.create(name, b"".join(one.model_dump_json().encode() + b"\n" for one in several))


def definitions(**urls: str) -> Definitions:
    """API definitions by name and URL prefix; underscores in a name stay."""
    return parse_all((name, definition(url)) for name, url in urls.items())


def definition(url: str) -> bytes:
    """The smallest valid definition of an API with sessions."""
    return f'{{"api_metadata": {{"url": "{url}", "hostname": "*", "cookie": "JSESSIONID"}}}}'.encode()
