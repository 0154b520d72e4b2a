"""Generated lakes for benchmarks: units as ingest writes them, the same for the same seed, of known identifiers."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from abslake.facts import schema
from abslake.storage import Lake
from benchmarks import year as years
from benchmarks.year import Maker, Year

SMALL = Year(first_day=date(2026, 3, 3), days=3, scale=0.004)
"""A Tuesday, a Wednesday, and the Thursday on which cookies change."""


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("year")
    assert years.write(folder / "lake", SMALL, marked=True, raw=folder / "raw", quiet=True) == 72
    return folder / "lake"


@pytest.fixture
def maker() -> Iterator[Maker]:
    maker = Maker(SMALL)
    yield maker
    maker.close()


def facts(lake: Path, day: str = "*") -> str:
    return f"read_parquet('{lake}/facts/date={day}/hour=*/*.parquet')"


def rows(select: str) -> list[tuple]:
    with duckdb.connect() as engine:
        return engine.sql(select).fetchall()


def test_units_have_the_columns_and_keys_of_facts(lake: Path) -> None:
    keys = [entry.key for entry in Lake(str(lake)).list("facts/")]
    assert keys == sorted(unit.key for unit in SMALL.units())
    described = rows(f"DESCRIBE FROM read_parquet('{lake}/{keys[0]}', hive_partitioning = false)")
    types = {column.name: column.duckdb.replace("TIMESTAMP_MS", "TIMESTAMP") for column in schema.COLUMNS}
    assert {name: kind for name, kind, *_ in described} == types
    assert [name for name, *_ in described] == [*types]


def test_a_unit_holds_its_hour_once_and_in_order(lake: Path) -> None:
    for unit in list(SMALL.units())[:30]:
        found = rows(f"FROM read_parquet('{lake}/{unit.key}', hive_partitioning = false)")
        assert {row[0].replace(minute=0) for row in found} == {unit.hour.replace(tzinfo=None)}
        assert [row[1:3] for row in found] == sorted(row[1:3] for row in found)
        assert len({row[: len(schema.KEYS)] for row in found}) == len(found)
    total = SMALL.requests_a_unit * 72
    assert rows(f"FROM {facts(lake)} SELECT sum(requests)") == [(total,)]
    inside = "first_seen >= minute AND last_seen < minute + INTERVAL 1 MINUTE AND first_seen <= last_seen"
    assert rows(f"FROM {facts(lake)} SELECT bool_and({inside})") == [(True,)]


def test_every_unit_is_marked_and_every_api_defined(lake: Path) -> None:
    marked = [entry.key for entry in Lake(str(lake)).list("pending/")]
    assert marked == sorted(unit.key.replace("facts/", "pending/") for unit in SMALL.units())
    apis = {api for (api,) in rows(f"FROM {facts(lake)} SELECT DISTINCT api")}
    defined = {
        path.stem: json.loads(path.read_text())["api_metadata"]["url"] for path in lake.glob("config/apis/*.json")
    }
    assert defined == {api: f"/{api}" for api in apis}
    assert rows(f"FROM {facts(lake)} SELECT bool_and(path LIKE '/' || api || '/%')") == [(True,)]


def test_raw_requests_are_the_same_as_the_facts(lake: Path) -> None:
    raw = f"read_parquet('{lake.parent}/raw/*/*/*.parquet')"
    keys = "api, ip, token, cookie, path, user_agent, status"
    sums = "sum(response_bytes) AS bytes, sum(response_time_us) AS us"
    ours = f"(FROM {facts(lake)} SELECT {keys}, sum(requests)::BIGINT AS n, {sums} GROUP BY ALL)"
    theirs = f"(FROM {raw} SELECT {keys}, count(*) AS n, {sums} GROUP BY ALL)"
    assert rows(f"(FROM {ours} EXCEPT FROM {theirs}) UNION ALL (FROM {theirs} EXCEPT FROM {ours}) LIMIT 1") == []
    assert rows(f"FROM {ours} SELECT max(n) > 1") == [(True,)]


def test_the_same_seed_is_the_same_lake_however_it_is_made(lake: Path, tmp_path: Path) -> None:
    one_day = Year(SMALL.first_day, 1, SMALL.scale)
    assert years.write(tmp_path / "again", one_day, workers=3, quiet=True) == 24
    for unit in one_day.units():
        again, before = f"'{tmp_path}/again/{unit.key}'", f"'{lake}/{unit.key}'"
        assert rows(f"(FROM {again} EXCEPT ALL FROM {before}) LIMIT 1") == []
    # AND nothing that is there is made again
    assert years.write(tmp_path / "again", one_day, quiet=True) == 0
    other = Year(SMALL.first_day, 1, SMALL.scale, seed=2)
    years.write(tmp_path / "other", other, quiet=True)
    same = f"FROM {facts(tmp_path / 'other')} SELECT ip INTERSECT FROM {facts(lake)} SELECT ip"
    assert len(rows(same)) < 10


def test_clients_say_of_themselves_what_they_should(lake: Path) -> None:
    said = rows(
        f"WITH clients AS (FROM {facts(lake)} SELECT DISTINCT ip, username, cookie IS NOT NULL AS cookie, api_key) "
        "FROM clients SELECT avg((username IS NOT NULL)::INT), avg(cookie::INT), avg((api_key IS NOT NULL)::INT)"
    )
    assert said[0] == pytest.approx((0.35, 0.35, 0.20), abs=0.02)
    assert rows(f"FROM {facts(lake)} SELECT bool_and((token IS NULL) = (username IS NULL))") == [(True,)]


def test_tokens_change_daily_cookies_weekly_and_the_rest_never(lake: Path) -> None:
    def kept(kind: str, first: str, second: str) -> int:
        days = (f"FROM {facts(lake, day)} SELECT {kind} WHERE {kind} IS NOT NULL" for day in (first, second))
        return len(rows(" INTERSECT ".join(days)))

    tuesday, wednesday, thursday = "2026-03-03", "2026-03-04", "2026-03-05"
    assert kept("token", tuesday, wednesday) == 0
    assert kept("cookie", tuesday, wednesday) > 100
    assert kept("cookie", wednesday, thursday) == 0
    assert kept("username", wednesday, thursday) > 100
    assert kept("api_key", wednesday, thursday) > 100
    assert kept("ip", wednesday, thursday) > 100


@pytest.mark.parametrize("kind", ["ip", "token", "cookie", "api_key", "username", "api"])
def test_whom_to_ask_about_is_light_and_heaviest(lake: Path, maker: Maker, kind: str) -> None:
    asked = maker.asked(date(2026, 3, 4))[kind]
    requests = dict(
        rows(f"FROM {facts(lake, '2026-03-04')} SELECT {kind}, sum(requests) WHERE {kind} IS NOT NULL GROUP BY ALL")
    )
    # Two of nearly the same weight may change places in what was drawn.
    assert requests[asked.heaviest] > 0.85 * max(requests.values())
    if kind == "api":
        assert requests[asked.light] < 1.15 * min(requests.values())
    else:
        assert 1 <= requests.get(asked.light, 0) <= 12


def test_several_units_an_hour_are_other_requests_of_the_same_clients(tmp_path: Path) -> None:
    parts = Year(SMALL.first_day, 1, SMALL.scale, units_an_hour=3)
    assert years.write(tmp_path, parts, quiet=True) == 72
    assert len(list(tmp_path.glob("facts/date=2026-03-03/hour=05/*.parquet"))) == 3
    assert rows(f"FROM {facts(tmp_path)} SELECT sum(requests)") == [(parts.requests_a_unit * 72,)]
    alike = f"FROM {facts(tmp_path)} SELECT first_seen, ip GROUP BY ALL HAVING count(*) > 1"
    assert len(rows(alike)) < 5
