"""A year with findings on every day: a report reads the index of each month, and the days that hold what is asked for."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, timedelta

import pytest

from abslake.detection.findings import IdentifierKind, Level
from abslake.reports import Account, Kind, Question, attack_list, found, report
from abslake.reports.attack_list import ListQuestion
from abslake.reports.attack_question import FindingQuestion
from abslake.reports.forensic_models import Report
from abslake.settings import Settings
from abslake.storage import Lake
from tests.support import found_index as support
from tests.support.counted_s3 import Requests, bucket, counted_s3
from tests.support.facts import definitions
from tests.support.found_index import utc, write_day

BEGIN, END = utc("2025-07-01"), utc("2026-07-01")
APIS = definitions(shop="/shop")
TWICE = ("2025-09-30", "2026-02-28")
RARE = "2026-01-17"
MONTHS = 12


@pytest.fixture
def year(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Lake, Requests]]:
    """Every day a finding of somebody, on two of them one of the client, on another one of a rare type."""
    with counted_s3(monkeypatch) as (server, requests):
        lake = bucket(server, "year")
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda day: write(lake, day), days()))
        yield lake, requests


def days() -> list[str]:
    return [f"{BEGIN + timedelta(days=n):%Y-%m-%d}" for n in range((END - BEGIN).days)]


def write(lake: Lake, day: str) -> None:
    somebody = [support.found(f"somebody-{day}", utc(day, 12))]
    client = [support.found("198.51.100.7", utc(day, 13), IdentifierKind.IP)] if day in TWICE else []
    rare = [support.found("x", utc(day, 14), attack_id=30)] if day == RARE else []
    write_day(lake, day, [*somebody, *client, *rare])


def cost(lake: Lake, requests: Requests, kind: Kind, value: str) -> tuple[Report, int, int]:
    """A report on a client, objects of the index asked for, and objects of findings."""
    requests.clear()
    account = Account()
    question = Question(kind, BEGIN, END, UTC, None, value)
    answer = report(question, lake, Settings(), APIS, account=account)
    index, objects = reads(requests)
    assert account.reads.objects == objects + min(index, len(list(lake.list("detection/found/"))))
    return answer, index, objects


def reads(requests: Requests) -> tuple[int, int]:
    index = sum(key.startswith("detection/found/") for key in requests.reads)
    return index, sum(key.startswith("findings/") for key in requests.reads)


def test_a_year_costs_a_read_a_month_and_the_days_that_hold_the_client(year: tuple[Lake, Requests]) -> None:
    lake, requests = year
    # GIVEN no index: it is asked for in vain, and all days are read
    answer, *read = cost(lake, requests, Kind.IP, "198.51.100.7")
    assert (answer.summary.total_attacks, *read) == (1, MONTHS, 365)

    # WHEN detection has caught up, some months a run
    assert support.index_all(lake, END + timedelta(hours=3)) > 2

    # THEN the answer is the same, from the days that hold the client; of nobody there are none
    assert cost(lake, requests, Kind.IP, "198.51.100.7") == (answer, MONTHS, 2)
    nobody, *read = cost(lake, requests, Kind.TOKEN, "nobody")
    assert (nobody.summary.total_attacks, *read) == (0, MONTHS, 0)

    # AND a report on a type reads the day that has it
    requests.clear()
    (one,) = found.findings(FindingQuestion(BEGIN, END, None, "shop", 30), Level.ATTACK, lake)
    assert one.attack_id == 30
    assert reads(requests) == (MONTHS, 1)

    # AND a day that was written again since is read, whatever the index says
    write_day(lake, RARE, [support.found("nobody", utc(RARE, 12))])
    nobody, *read = cost(lake, requests, Kind.TOKEN, "nobody")
    assert (nobody.summary.total_attacks, *read) == (1, MONTHS, 1)

    # AND the attack list of the year names everybody, of the index and the one day that it does not know
    requests.clear()
    listed = attack_list.show(ListQuestion(BEGIN, END, UTC), lake, Settings(), None, END)
    active = listed.attacklist.active
    assert active
    assert (len(active.oauth_tokens), active.ips) == (365, ["198.51.100.7"])
    assert reads(requests) == (MONTHS, 1)

    # AND a report over few days asks for no index
    requests.clear()
    report(Question(Kind.TOKEN, utc(RARE), utc(RARE, 23), UTC, None, "nobody"), lake, Settings(), APIS)
    assert reads(requests) == (0, 2)
