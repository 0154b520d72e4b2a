"""GET /v5/abs/health: whether the lake can be read, and whether ingest, index and detection keep up."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from abslake.detection import lateness
from abslake.detection.run import run
from abslake.facts import schema
from abslake.index import names
from abslake.reports import health
from abslake.reports.health_models import HealthReport
from abslake.settings import Settings
from abslake.storage import Lake
from tests.support.calls import ADMIN, RESTRICTED, call
from tests.support.command import abslake
from tests.support.facts import fact
from tests.support.indexed import add_facts, fold
from tests.support.lakes import open_lake

PATH = "/v5/abs/health"


@pytest.fixture
def lake(tmp_path, monkeypatch):
    return open_lake(tmp_path, monkeypatch, threads=1)


def ask(query="", headers=ADMIN):
    answer = call(query, headers, path=PATH)
    HealthReport.model_validate(answer.json)
    return answer.status, answer.json


def iso(moment):
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def test_an_empty_lake_is_well(lake):
    status, document = ask()

    assert (status, document["status"], document["reasons"]) == (200, "ok", [])
    assert document["versions"] == {"schema_version": schema.SCHEMA_VERSION, "parser_version": 1, "index_format": 1}
    assert document["facts"] == {"newest_event_hour": None, "newest_arrival": None, "age_seconds": None}
    assert document["index"] == {"written": None, "units_waiting": 0, "lag_seconds": 0}
    assert document["detection"] == {
        "judged_until": None,
        "judged_at": None,
        "at_work": False,
        "hours_due": 0,
        "lag_seconds": 0,
    }


def test_a_lake_at_work_says_how_far_it_is(lake):
    now = datetime.now(UTC)
    hour = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=2)
    add_facts(lake, [fact(hour - timedelta(hours=3)), fact(hour + timedelta(minutes=5))])
    fold(lake, now, ("token",))
    run(lake, Settings(threads=1), until=now)
    add_facts(lake, [fact(hour + timedelta(minutes=50))], source="later")

    status, document = ask("max_age_minutes=5")

    assert (status, document["reasons"]) == (200, [])
    assert document["facts"]["newest_event_hour"] == iso(hour)
    assert document["facts"]["age_seconds"] < 60
    assert document["facts"]["newest_arrival"][:10] == f"{now:%Y-%m-%d}"
    assert document["index"]["units_waiting"] == 3  # for other kinds of index
    assert document["index"]["written"][:10] == f"{now:%Y-%m-%d}"
    assert document["detection"]["judged_until"] == iso(hour + timedelta(minutes=10))
    assert (document["detection"]["hours_due"], document["detection"]["at_work"]) == (1, False)
    assert ask(headers=RESTRICTED)[1]["facts"]["newest_event_hour"] == iso(hour)


def test_what_is_behind_is_said_and_is_a_503(lake, monkeypatch):
    now = datetime.now(UTC)
    add_facts(lake, [fact(now - timedelta(hours=5))])
    fold(lake, now, ("token",))
    run(lake, Settings(threads=1), until=now)
    add_facts(lake, [fact(now - timedelta(hours=2))], source="later")
    monkeypatch.setattr(lateness, "LATE_SECONDS", -1.0)
    monkeypatch.setattr(health, "INDEX_LATE_SECONDS", -1.0)

    status, document = ask()

    assert (status, document["status"]) == (503, "degraded")
    assert [reason.partition(":")[0] for reason in document["reasons"]] == ["index", "detection"]
    assert "2 units wait" in document["reasons"][0]
    assert "facts of 1 hours wait" in document["reasons"][1]


def test_that_no_facts_come_is_said_where_it_is_asked(lake):
    add_facts(lake, [fact("2026-03-02T10:00:00")])
    later = datetime.now(UTC) + timedelta(minutes=31)

    assert health.show(lake, {}, later).status == "ok"
    assert health.show(lake, {"max_age_minutes": "60"}, later).status == "ok"
    document = health.show(lake, {"max_age_minutes": "30"}, later)
    assert (document.status, document.reasons) == ("degraded", ["facts: none have come for 30 minutes"])
    assert health.show(Lake("memory:"), {"max_age_minutes": "30"}).status == "degraded"


def test_a_lake_that_detection_never_judged_does_not_use_it(lake):
    add_facts(lake, [fact("2026-03-02T10:00:00")])

    assert ask()[1]["detection"]["hours_due"] == 0


def test_a_lake_that_cannot_be_read_is_unavailable_and_says_no_more(lake):
    lake.put(names.ROOT, b"secret-bytes")

    status, document = ask()

    assert (status, document["status"]) == (503, "unavailable")
    assert document["reasons"] == ["the lake cannot be read; the log of the function says why"]
    assert "secret" not in json.dumps(document)


def test_without_keys_nothing_is_told(lake):
    assert call(headers={}, path=PATH).status == 401


@pytest.mark.parametrize("text", ["0", "x", "1.5", "-1", "525601"])
def test_fault_20_minutes_that_are_none_are_refused(lake, text):
    answer = call(f"max_age_minutes={text}", path=PATH)

    assert (answer.status, answer.json["status_code"]) == (400, "INVALID_PARAMETER")


def test_the_command_line_answers_the_same(lake):
    done = abslake("report", "health", "--max-age", "5", "--lake", lake.folder)

    document = json.loads(done.stdout)
    assert {**document, "checked_at": ""} == {**ask("max_age_minutes=5")[1], "checked_at": ""}
    assert document["status"] == "degraded"
