"""What --explain and the metrics say of a report's reads is what the store was asked for."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from abslake.dev import explain
from abslake.index import names
from abslake.reports import Account, Kind, Question, report
from abslake.settings import Settings
from abslake.storage import Lake
from tests.support.calls import call, during
from tests.support.command import abslake
from tests.support.counted_s3 import Requests, bucket, counted_s3
from tests.support.facts import at, definitions, fact
from tests.support.indexed import add_facts, fold, utc
from tests.support.lakes import open_lake

TOKEN = "token-of-somebody"
APIS = definitions(shop="/shop")
FIRST = utc(2026, 1, 1)


@pytest.fixture
def lake(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Lake, Requests]]:
    """January and four days of February, the last of them not folded yet."""
    with counted_s3(monkeypatch) as (server, requests):
        made = bucket(server, "lake")
        fill(made)
        yield made, requests


def fill(lake: Lake) -> None:
    days = [FIRST + timedelta(days=n) for n in (0, 10, 20, 30, 31, 32, 33)]
    add_facts(lake, [fact(day + timedelta(hours=hour), token=TOKEN) for day in days for hour in (1, 13)])
    fold(lake, utc(2026, 2, 4, 12), ("token",))
    add_facts(lake, [fact(utc(2026, 2, 4, hour), token=TOKEN) for hour in (3, 4)], source="late")


def explained(lake: Lake, earlier: datetime, later: datetime) -> tuple[Account, str]:
    account = Account()
    report(Question(Kind.TOKEN, earlier, later, UTC, None, TOKEN), lake, Settings(), APIS, account=account)
    return account, "\n".join(explain.lines(account, 0.0421))


def test_the_numbers_are_those_of_the_store(lake: tuple[Lake, Requests]) -> None:
    store, requests = lake
    requests.clear()

    account, said = explained(store, FIRST, utc(2026, 2, 5))

    data = [key for key in requests.reads if not key.endswith((".json", "/"))]
    size = {entry.key: entry.size for prefix in ("index/", "facts/") for entry in store.list(prefix)}
    numbers = re.search(r"read +(\d+) objects planned, (\d+) fetched \(([\d,]+) bytes\), (\d+) kept", said)
    assert numbers, said
    assert int(numbers[1]) == account.planned == len(data) == 6  # a month, three days, two units
    assert int(numbers[2]) == len(data)
    assert int(numbers[3].replace(",", "")) == sum(size[key] for key in data)
    assert int(numbers[4]) == 0

    requests.clear()
    _, again = explained(store, FIRST, utc(2026, 2, 5))

    assert [key for key in requests.reads if not key.endswith(".json")] == []
    assert "6 objects planned, 0 fetched (0 bytes), 6 kept" in again


def test_the_plan_is_told_by_periods(lake: tuple[Lake, Requests]) -> None:
    _, said = explained(lake[0], FIRST, utc(2026, 2, 4, 12))

    assert "index of kind token" in said
    assert "month     1 whole: 2026-01" in said
    assert "days      3 whole: 2026-02-01, 2026-02-02, 2026-02-03" in said
    assert "units     2 that the index does not cover yet" in said
    assert "took      42 ms, 1 attempt" in said
    assert TOKEN not in said

    _, cut = explained(lake[0], utc(2026, 2, 1, 6), utc(2026, 2, 3, 6))
    assert "edges     2 cut, minute by minute: 2026-02-01, 2026-02-03" in cut
    assert "day       1 whole: 2026-02-02" in cut


def test_a_lake_without_an_index_is_said_to_be_one(tmp_path: Path) -> None:
    store = Lake(str(tmp_path))
    add_facts(store, [fact(FIRST, token=TOKEN)])

    assert "no index: every unit" in explained(store, FIRST, FIRST + timedelta(days=1))[1]


def test_the_command_explains_on_standard_error(tmp_path: Path) -> None:
    store = Lake(str(tmp_path))
    fill(store)
    words = (
        "report",
        "token",
        TOKEN,
        "--earlier",
        "2026-01-01T00:00",
        "--later",
        "2026-02-05T00:00",
        "--lake",
        tmp_path,
    )

    done = abslake(*words, "--explain")

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["summary"]["total_requests"] == 16
    assert "6 objects planned, 6 fetched" in done.stderr
    assert TOKEN not in done.stderr
    assert abslake(*words).stderr == ""


def test_a_report_function_counts_its_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = open_lake(tmp_path, monkeypatch)
    fill(store)

    answer = call(f"token={TOKEN}&{during('2026-01-01T00:00', '2026-02-05T00:00')}")

    assert answer.status == 200
    (line,) = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"PlannedObjects"' in line]
    read = [*(tmp_path / "lake").rglob("facts/date=2026-02-04/*/*.parquet")]
    read += [*(tmp_path / "lake").glob("index/token/month=2026-01/*/b=-.parquet")]
    read += [*(tmp_path / "lake").glob("index/token/day=2026-02-*/*/b=-.parquet")]
    assert (line["PlannedObjects"], line["ReadObjects"]) == ([6.0], [6.0])
    assert line["ReadBytes"] == [sum(path.stat().st_size for path in read)]


def test_without_the_index_retired_and_waiting_units_do_not_count(tmp_path: Path) -> None:
    """The comparison of `abslake index verify` is with the facts that count, not with all that lie there."""
    store = Lake(str(tmp_path))
    fill(store)
    unit = next(entry.key for entry in store.list("facts/"))
    store.put(names.replacement_key(unit, names.new_generation(at("2026-02-03"))), store.get(unit))
    asked = Question(Kind.TOKEN, FIRST, utc(2026, 2, 5), UTC, None, TOKEN)

    alone = report(asked, store, Settings(), APIS, with_index=False)

    assert alone == report(asked, store, Settings(), APIS)
    assert alone.summary.total_requests == 16
