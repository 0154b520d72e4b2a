"""GET /v4/abs/flowcontrol: requests that the gateway turned away, as far as logs tell."""

import json

import pytest

from abslake.reports.traffic_models import FlowControlReport
from tests.support.ase import line, log, request, response
from tests.support.calls import ADMIN, RESTRICTED, call, during
from tests.support.command import abslake
from tests.support.facts import fact, write_facts
from tests.support.ingesting import definitions_of, ingested
from tests.support.lakes import open_lake
from tests.support.paging import pages

PATH = "/v4/abs/flowcontrol"
DAY = ("2026-03-02T00:00", "2026-03-03T00:00")
RANGE = during(*DAY)
NONE = {"server": None, "status": 429}


@pytest.fixture
def lake(tmp_path, monkeypatch):
    return open_lake(tmp_path, monkeypatch)


def ask(query="", user=ADMIN):
    answer = call(f"api=shop&{RANGE}&{query}", user, path=PATH)
    assert answer.status == 200, answer.body
    FlowControlReport.model_validate(answer.json)
    return answer.json


def said(code, second="20", server=None, **changes):
    return line(
        timestamp=f"2026-03-02T10:15:{second}.227Z",
        request=request(**changes),
        response=response(response_code=code),
        server=server,
    )


def test_a_log_comes_back_as_the_documented_answer(lake):
    lines = [*[said("429", second) for second in ("40", "20", "30")], said("429", server="10.1.1.1:80"), said("503")]
    lines += [said("429", url="/bank/a"), said("200", server="10.1.1.1:80")]
    ingested(log(*lines), lake=lake, apis=definitions_of({"shop": {"url": "/shop"}, "bank": {"url": "/bank"}}))

    document = ask()

    assert document.pop("description")
    notes = document.pop("notes")
    assert "0 because logs do not tell" in notes[0]
    assert notes[1:] == ["1 more answers 429 came from back ends."]
    assert document == {
        "company": "ping identity",
        "name": "api_flowcontrol",
        "earlier_date": "Mon Mar 02 00:00:00:000 2026",
        "later_date": "Tue Mar 03 00:00:00:000 2026",
        "api_name": "shop",
        "server_spike_ip_count": 0,
        "summary": {"client_spike": 3, "server_spike": 0, "connection_queued": 0, "connection_quota_exceeded": 0},
        "details": {
            "client_spike": [
                {
                    "request_time": "Mon Mar 02 10:15:20:227 2026",
                    "connection_id": "",
                    "source_ip": "192.0.2.1",
                    "destination_api": "/shop/items",
                    "count": 3,
                }
            ],
            "server_spike": [],
            "connections_queued": [],
            "connections_rejected": [],
        },
    }


def test_of_a_websocket_api_the_shape_is_another(lake):
    lake.put("config/apis/shop.json", json.dumps({"api_metadata": {"url": "/shop", "protocol": "wss"}}).encode())
    write_facts(lake, [fact("2026-03-02T10:00:00", **NONE)])

    document = ask()

    assert "server_spike_ip_count" not in document
    assert document["summary"] == {
        "client_spike": 1,
        "connection_queued": 0,
        "connection_quota_exceeded": 0,
        "bytes_in_spike": 0,
        "bytes_out_spike": 0,
    }
    lists = {"server_spike", "connections_queued", "connections_rejected", "bytes_in_spike", "bytes_out_spike"}
    assert {name for name, entries in document["details"].items() if entries == []} == lists


def test_without_traffic_all_is_zero_and_the_note_stands(lake):
    document = ask()

    assert set(document["summary"].values()) == {0}
    assert set(map(tuple, document["details"].values())) == {()}
    assert len(document["notes"]) == 1


def many():
    for n in range(500):
        yield fact(
            f"2026-03-{1 + n % 3:02}T{n // 25:02}:{n % 11:02}:{n % 60:02}",
            status=(429, 200, 503)[n % 5 % 3],
            server=(None, "10.1.1.1:80", "0.0.0.0")[n % 7 % 3],
            ip=f"192.0.2.{n % 4}",
            path=f"/shop/{n % 3}",
            requests=n % 4 + 1,
        )


def test_counts_are_a_plain_count_of_the_facts(lake):
    rows = list(many())
    write_facts(lake, rows, units_an_hour=3)
    mine = [row for row in rows if row["status"] == 429 and row["server"] is None and row["minute"].day == 2]

    document = ask("limit=1000")

    total = sum(row["requests"] for row in mine)
    assert document["summary"]["client_spike"] == total > 30
    entries = document["details"]["client_spike"]
    assert sum(entry["count"] for entry in entries) == total
    assert len(entries) == len({(row["minute"], row["ip"], row["path"]) for row in mine}) > 10
    assert [entry["request_time"][11:23] for entry in entries] == sorted(e["request_time"][11:23] for e in entries)


def test_an_entry_begins_with_its_first_request_whatever_facts_it_is_of(lake):
    seconds = ("30", "10", "50")
    write_facts(lake, [fact(f"2026-03-02T10:00:{s}", f"2026-03-02T10:00:{s}", user_agent=s, **NONE) for s in seconds])

    (entry,) = ask()["details"]["client_spike"]

    assert (entry["request_time"], entry["count"]) == ("Mon Mar 02 10:00:10:000 2026", 3)


def test_pages_together_are_the_whole(lake):
    write_facts(lake, list(many()))

    found = list(pages(PATH, f"api=shop&{RANGE}&limit=5"))

    whole = ask("limit=1000")
    assert len(found) > 2
    assert [one for page in found for one in page["details"]["client_spike"]] == whole["details"]["client_spike"]
    assert all(page["summary"] == whole["summary"] for page in found)


def test_fault_22_the_restricted_user_sees_no_identifier_in_a_path(lake):
    write_facts(
        lake, [fact("2026-03-02T10:00:00", path=f"/shop/{t}", token=t, **NONE) for t in ("secret-1", "secret-2")]
    )

    assert "secret-1" in json.dumps(ask())
    entries = ask(user=RESTRICTED)["details"]["client_spike"]
    assert [(entry["destination_api"], entry["count"]) for entry in entries] == [("/shop/***", 2)]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        (f"api=nowhere&{RANGE}", 404, "UNKNOWN_API"),
        (RANGE, 400, "MISSING_PARAMETER"),
        (f"api=shop&{RANGE}&type=1", 400, "UNKNOWN_PARAMETER"),
    ],
)
def test_fault_20_a_question_that_cannot_be_is_refused(lake, query, status, code):
    answer = call(query, path=PATH)

    assert (answer.status, answer.json["status_code"]) == (status, code)


def test_the_command_line_answers_the_same(lake):
    write_facts(lake, [fact("2026-03-02T10:00:00", **NONE)])

    done = abslake("report", "flowcontrol", "shop", "--earlier", DAY[0], "--later", DAY[1], "--lake", lake.folder)

    assert json.loads(done.stdout) == ask()
