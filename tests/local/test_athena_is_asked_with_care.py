"""What a caller sends is data in Athena's statements, and whatever Athena does ends in a clear answer in time."""

import re
import time

import pytest
from botocore.exceptions import EndpointConnectionError

from abslake.errors import BadRequest, StorageError, Unavailable
from abslake.reports import Kind, Question, athena
from abslake.settings import Settings
from abslake.storage import Lake
from tests.support.athena import SETTINGS, FakeAthena, answer, refused, text_of
from tests.support.facts import at, definitions, fact, write_facts
from tests.support.scale_out import NASTY

APIS = definitions(shop="/shop")
FIRST, LAST = at("2026-03-01T07:30"), at("2026-03-03T00:00")


def about(value: str, kind: Kind = Kind.TOKEN) -> Question:
    return Question(kind, FIRST, LAST, FIRST.tzinfo, "shop" if kind is Kind.METRICS else None, value)


@pytest.fixture
def lake(tmp_path):
    lake = Lake(str(tmp_path / "lake"))
    write_facts(lake, [fact("2026-03-02T10:00", token="token1", cookie=f"c{n}", path=f"/shop/{n}") for n in range(5)])
    return lake


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))


@pytest.mark.parametrize("value", NASTY)
def test_an_identifier_is_in_the_parameters_and_nowhere_in_the_statement(lake, value):
    client, plain = FakeAthena(lake), FakeAthena(lake)

    answer(about(value), lake, client, APIS)
    answer(about("one" * (len(value) // 3 or 1)), lake, plain, APIS)

    (request,), (other,) = client.requests, plain.requests
    assert request["QueryString"] == other["QueryString"]
    texts = [text_of(parameter) for parameter in request["ExecutionParameters"]]
    assert "".join(texts[:-2]) == value
    assert texts[-2:] == ["2026-03-01 07:30:00", "2026-03-03 00:00:00"]


def test_a_long_text_of_quotes_fits_into_parameters(lake):
    client = FakeAthena(lake)

    answer(about("'" * 1000), lake, client, APIS)

    assert max(len(p) for p in client.requests[0]["ExecutionParameters"]) <= 1024


def test_the_range_s_days_are_constants_that_partitions_are_chosen_by(lake):
    client = FakeAthena(lake)

    answer(about("token1"), lake, client, APIS)

    assert "\"date\" BETWEEN '2026-03-01' AND '2026-03-02'" in client.requests[0]["QueryString"]


def test_queries_run_in_the_workgroup_and_database_of_the_settings(lake):
    client = FakeAthena(lake)

    answer(about("", Kind.METRICS), lake, client, APIS)

    settings = Settings(athena_workgroup="abslake", athena_database="abslake")
    assert settings == SETTINGS
    assert len(client.requests) > 1
    assert {r["WorkGroup"] for r in client.requests} == {"abslake"}
    assert {r["QueryExecutionContext"]["Database"] for r in client.requests} == {"abslake"}
    assert not [r for r in client.requests if "ResultConfiguration" in r]  # the workgroup's is enforced


def test_a_query_that_takes_too_long_is_ended_and_the_answer_says_what_to_do(lake):
    client = FakeAthena(lake, states=["RUNNING"])

    with pytest.raises(Unavailable, match="shorter range") as caught:
        answer(about("", Kind.METRICS), lake, client, APIS)

    assert (caught.value.http_status, caught.value.status_code) == (503, "REPORT_TIMEOUT")
    assert len(client.stopped) == len(client.requests) == 4
    assert time.monotonic() - 1000 <= athena.WAIT_SECONDS


def test_a_scan_over_the_workgroup_s_limit_asks_for_a_shorter_range(lake):
    client = FakeAthena(lake, states=["CANCELLED"], reason="Query cancelled! : Bytes scanned limit was exceeded")

    with pytest.raises(BadRequest, match="shorter range") as caught:
        answer(about("token1"), lake, client, APIS)

    assert caught.value.status_code == "RANGE_TOO_LARGE"


@pytest.mark.parametrize("state", ["FAILED", "CANCELLED"])
def test_a_failure_says_where_to_look_and_quotes_nothing(lake, state):
    client = FakeAthena(lake, states=["QUEUED", state], reason="TABLE_NOT_FOUND near 'token1'")

    with pytest.raises(StorageError) as caught:
        answer(about("", Kind.METRICS), lake, client, APIS)

    assert re.fullmatch(rf"Athena ended query [-0-9a-f]{{36}} as {state} .*abslake athena views", str(caught.value))
    assert len(client.stopped) == len(client.requests) - 1  # the others


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (refused("TooManyRequestsException"), Unavailable),
        (refused("AccessDeniedException"), StorageError),
        (EndpointConnectionError(endpoint_url="https://athena"), StorageError),
    ],
)
def test_a_refusal_is_told_without_its_text(lake, error, expected):
    class Refusing(FakeAthena):
        def start_query_execution(self, **request):
            if len(self.requests) == 2:
                raise error
            return super().start_query_execution(**request)

    client = Refusing(lake)

    with pytest.raises(expected) as caught:
        answer(about("", Kind.METRICS), lake, client, APIS)

    assert "token1" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert len(client.stopped) == 2  # what had begun


def test_an_answer_with_too_many_rows_is_refused(lake, monkeypatch):
    monkeypatch.setattr(athena, "MAX_ROWS", 3)

    with pytest.raises(BadRequest, match="more than 3 rows"):
        answer(about("token1"), lake, FakeAthena(lake), APIS)


def test_results_that_lie_elsewhere_are_not_followed(lake, tmp_path):
    client = FakeAthena(lake)
    client.lake = Lake(str(tmp_path / "elsewhere"))

    with pytest.raises(StorageError, match="outside of the lake"):
        answer(about("token1"), lake, client, APIS)


def test_without_workgroup_and_database_nothing_is_asked(lake, monkeypatch):
    client = FakeAthena(lake)
    monkeypatch.setattr("tests.support.athena.SETTINGS", Settings(athena_workgroup="abslake"))

    with pytest.raises(StorageError, match="ABSLAKE_ATHENA_DATABASE"):
        answer(about("token1"), lake, client, APIS)

    assert not client.requests
    assert not athena.configured(Settings())


def test_many_long_session_ids_are_asked_for_in_several_statements(lake):
    client = FakeAthena(lake)
    rows = [fact("2026-03-02T11:00", cookie=f"{n:03d}" * 2000, path="/shop/long") for n in range(40)]
    write_facts(lake, rows, source="long")
    question = Question(Kind.METRICS, FIRST, LAST, FIRST.tzinfo, "shop", "", 100, 0)

    found = answer(question, lake, client, APIS)

    details = [r for r in client.requests if "session IN" in r["QueryString"]]
    assert len(details) > 1
    assert len(found["req_resp_details"]["session_details"]) == 45
    assert max(len(r["QueryString"]) + sum(map(len, r["ExecutionParameters"])) for r in client.requests) < 262_144
