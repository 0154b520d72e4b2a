"""Listings and reads of a report depend on its range, not on how many years the lake holds."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from abslake.facts.schema import unit_key
from abslake.reports import Kind, Question, report
from abslake.settings import Settings
from tests.support.counted_s3 import bucket, counted_s3
from tests.support.facts import at, definitions, fact, write_facts

DAY = timedelta(days=1)
APIS = definitions(shop="/shop")
START = at("2018-02-13T00:00")


@pytest.fixture
def s3(monkeypatch):
    with counted_s3(monkeypatch) as (server, requests):
        yield server, requests


def fill(lake, days: int) -> None:
    """Real facts on ten days, and `days` of history around them that no report of those days may read."""
    write_facts(lake, [fact(START + n * DAY + timedelta(hours=10), token="t") for n in range(10)])
    history = [START + (n - days // 2) * DAY for n in range(days)]
    keys = [unit_key(day + timedelta(hours=h), "f" * 20, 0) for day in history for h in (3, 23)]
    outside = [key for key in keys if not START - DAY <= day_of(key) < START + 12 * DAY]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: lake.put(key, b"never read"), outside))


def day_of(key: str) -> datetime:
    return at(key.split("date=")[1][:10])


def cost(lake, requests, days: int) -> tuple[int, int]:
    """Listings and reads of a report of so many days."""
    requests.clear()
    question = Question(Kind.TOKEN, START, START + days * DAY, START.tzinfo, None, "t")
    document = report(question, lake, Settings(), APIS)
    assert document.summary.total_requests == days
    return len(requests.lists), len(requests.reads)


def test_fault_26_history_costs_nothing(s3):
    server, requests = s3
    young, old = bucket(server, "young"), bucket(server, "old")
    fill(young, 0)
    fill(old, 1200)  # more than two pages of a listing

    for days in (1, 3, 10):
        listings, reads = cost(old, requests, days)
        assert (listings, reads) == cost(young, requests, days)
        assert reads <= days + 1  # a unit a day, and the root that is not there
        assert listings <= 17


def test_fault_26_a_warm_report_reads_nothing_again(s3):
    server, requests = s3
    lake = bucket(server, "warm")
    fill(lake, 0)

    cold, warm = cost(lake, requests, 10), cost(lake, requests, 10)

    assert cold[1] == 11
    assert warm[1] == 1  # the root: it alone may change
