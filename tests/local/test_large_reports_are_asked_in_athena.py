"""A report goes to Athena where the caller names it, or where it would read too much; else never."""

import boto3
import pytest

from abslake.detection.findings import IdentifierKind
from abslake.reports import athena
from abslake.settings import settings as current
from tests.support.athena import FakeAthena, refused
from tests.support.calls import call, metrics
from tests.support.facts import fact, finding, write_facts, write_findings
from tests.support.lakes import open_lake

RANGE = "earlier_date=2026-03-01T00:00&later_date=2026-03-03T00:00"
ATHENA = {"athena_workgroup": "abslake", "athena_database": "abslake"}


@pytest.fixture
def stack(tmp_path, monkeypatch):
    """A lake, and the clients of Athena that were made; settings are set by calling it."""
    clients = []

    def made(service, **_):
        assert service == "athena"
        clients.append(FakeAthena(lake))
        return clients[-1]

    def configured(**settings):
        nonlocal lake
        current.cache_clear()
        lake = open_lake(tmp_path, monkeypatch, **settings)
        write_facts(lake, [fact("2026-03-02T10:00", token="t1", cookie="c1", path=f"/shop/{n}") for n in range(3)])
        write_findings(lake, [finding("Data Theft", IdentifierKind.TOKEN, "t1", "shop", "2026-03-02T10:30:00")])
        return clients

    lake = None
    athena._client.cache_clear()
    monkeypatch.setattr(boto3, "client", made)
    yield configured
    current.cache_clear()
    athena._client.cache_clear()


@pytest.mark.parametrize("ask", [lambda q: call(f"token=t1&{q}"), lambda q: metrics(f"api=shop&{q}")])
def test_the_caller_may_name_it_and_gets_the_same_document(stack, ask):
    clients = stack(**ATHENA)

    ours, theirs = ask(RANGE), ask(f"{RANGE}&engine=athena")

    assert (ours.status, theirs.status) == (200, 200)
    assert theirs.json == ours.json
    assert len(clients) == 1


@pytest.mark.parametrize(("budget", "goes"), [(1, True), (10**9, False)])
def test_a_report_over_the_budget_goes_by_itself(stack, budget, goes):
    clients = stack(**ATHENA, report_budget_bytes=budget)

    assert call(f"token=t1&{RANGE}").json["summary"] == {"total_requests": 3, "total_attacks": 1, "total_anomalies": 0}

    assert bool(clients) is goes


def test_without_athena_the_budget_is_none(stack):
    clients = stack(report_budget_bytes=1)

    assert call(f"token=t1&{RANGE}").status == 200
    assert not clients


@pytest.mark.parametrize(
    ("settings", "engine", "code"), [({}, "athena", "ENGINE_NOT_AVAILABLE"), (ATHENA, "spark", "INVALID_PARAMETER")]
)
def test_an_engine_that_is_not_there_is_a_clear_400(stack, settings, engine, code):
    stack(**settings)

    answer = call(f"token=t1&{RANGE}&engine={engine}")

    assert (answer.status, answer.json["status_code"]) == (400, code)
    assert answer.json["message"].startswith("engine: ")


def test_a_busy_athena_is_a_503(stack, monkeypatch):
    stack(**ATHENA)

    def busy(self, **_):
        raise refused("TooManyRequestsException")

    monkeypatch.setattr(FakeAthena, "start_query_execution", busy)

    answer = call(f"token=t1&{RANGE}&engine=athena")

    assert (answer.status, answer.json["status_code"]) == (503, "UNAVAILABLE")
    assert "ask again" in answer.json["message"]
