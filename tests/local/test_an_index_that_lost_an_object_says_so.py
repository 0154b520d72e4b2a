"""An object that the root names and that is gone: told as what it is, found by verify. And ranges before all calendars."""

from datetime import UTC, datetime, timedelta

import pytest

from abslake.dev import verify
from abslake.errors import StorageError
from abslake.reports import Kind, Question, report
from abslake.settings import Settings
from abslake.storage import Lake
from tests.support.facts import at, definitions, fact
from tests.support.indexed import add_facts, fold, utc

APIS = definitions(shop="/shop")
START = at("2026-01-05T00:00")


def token(earlier: datetime, later: datetime) -> Question:
    return Question(Kind.TOKEN, earlier, later, UTC, None, "t")


def folded() -> Lake:
    lake = Lake("memory:")
    add_facts(lake, [fact(START + timedelta(hours=hour), token="t", cookie="c") for hour in range(5)])
    fold(lake, utc(2026, 3, 1))
    return lake


def test_reports_and_verify_name_the_remedy():
    lake = folded()
    assert verify.incomplete(lake) == []
    [gone] = [entry.key for entry in lake.list("index/token/") if "/month=" in entry.key]
    lake.delete([gone])

    with pytest.raises(StorageError, match="index rebuild"):
        report(token(utc(2026, 1, 1), utc(2026, 2, 1)), lake, Settings(), APIS)
    assert verify.incomplete(lake) == ["token 2026-01"]
    assert verify.verify(lake, Settings(), APIS, 5, 1).missing == ["token 2026-01"]


def test_all_that_the_root_names_is_there():
    assert verify.incomplete(folded()) == []


@pytest.mark.parametrize("year", [1, 218, 999])
def test_a_range_before_the_year_1000_is_empty(year):
    question = token(datetime(year, 2, 13, tzinfo=UTC), datetime(year, 2, 18, tzinfo=UTC))

    assert report(question, folded(), Settings(), APIS).summary.total_requests == 0
