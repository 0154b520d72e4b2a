"""GET /v4/abs/bc: what the gateway did not pass on, as far as logs tell, in sum and one by one."""

import json
from collections import Counter

import pytest

from abslake.facts.signals import Signal
from abslake.reports.traffic_models import BlockedConnectionDetails, BlockedConnections
from tests.support.ase import line, log, request, response
from tests.support.calls import ADMIN, RESTRICTED, call, during
from tests.support.command import abslake
from tests.support.facts import fact, write_facts
from tests.support.ingesting import definitions_of, ingested
from tests.support.lakes import open_lake
from tests.support.paging import pages

PATH = "/v4/abs/bc"
DAY = ("2026-03-02T00:00", "2026-03-03T00:00")
RANGE = during(*DAY)
COUNTERS = (
    "api_not_found",
    "host_header_not_found",
    "backend_not_found",
    "client_spike",
    "server_spike",
    "bytes_in_threshold",
    "bytes_out_threshold",
    "quota_threshold",
    "customer_blacklist",
    "abs_detected_attacks",
    "ase_detected_attacks",
    "decoy_detected_attacks",
)
SHOP = {"url": "/shop", "api_pattern_enforcement": {"methods_allowed": ["GET"]}}


@pytest.fixture
def lake(tmp_path, monkeypatch):
    return open_lake(tmp_path, monkeypatch)


def ask(query="", user=ADMIN, span=RANGE):
    answer = call(f"{span}&{query}", user, path=PATH)
    assert answer.status == 200, answer.body
    model = BlockedConnectionDetails if "details=true" in query else BlockedConnections
    model.model_validate(answer.json)
    return answer.json


def counters(document):
    return {name: document[name] for name in COUNTERS if document[name]}


def entries(document):
    return [
        (day["date"], category["category"], *entry.values())
        for day in document["api_blocked_connections"]
        for node in day["blocked_connections"]
        for category in node["blocked_connections"]
        for entry in category["details"]
    ]


def said(code, server=None, **changes):
    return line(request=request(**changes), response=response(response_code=code), server=server)


@pytest.mark.parametrize(
    ("zone", "span"),
    [
        ("utc", ("9999-12-30T00:00", "9999-12-31T23:59")),
        ("Asia/Tokyo", ("0001-01-01T12:00", "0001-01-03T00:00")),
        ("America/New_York", ("9999-12-30T00:00", "9999-12-31T18:59")),
    ],
)
def test_a_range_at_an_end_of_the_calendar_has_no_connections(lake, monkeypatch, zone, span):
    monkeypatch.setenv("ABSLAKE_TIMEZONE", zone)

    assert ask("details=true", span=during(*span))["api_blocked_connections"] == []


def test_a_log_comes_back_as_the_documented_answer(lake):
    lines = [
        *[said("429")] * 3,
        *[said("503", source_ip="100.64.31.235")] * 2,
        said("503", url="/nowhere"),
        said("405", method="DELETE"),
        said("403"),
        *[said(code, "10.1.1.1:80") for code in ("200", "403", "429", "503")],
        said("404"),
        said("404", url="/nowhere"),
        said("405", "10.1.1.1:80", method="DELETE"),
    ]
    ingested(log(*lines), lake=lake, apis=definitions_of({"shop": SHOP}))

    document, details = ask(), ask("details=true")

    assert document.pop("description")
    assert document["notes"] == details["notes"]
    note, denied = document.pop("notes")
    assert "0 because logs do not tell" in note
    assert denied.startswith("1 more answers 403")
    found = {"client_spike": 3, "backend_not_found": 2, "api_not_found": 1, "ase_detected_attacks": 1}
    span = {"earlier_date": "Mon Mar 02 00:00:00:000 2026", "later_date": "Tue Mar 03 00:00:00:000 2026"}
    assert document == {
        "company": "ping identity",
        "name": "api_blockedconnections",
        **span,
        "api_name": "global",
        "total_blocked_connections": 7,
        **dict.fromkeys(COUNTERS, 0),
        **found,
    }
    assert list(document)[-12:] == list(COUNTERS)
    api = [
        {"source": "100.64.31.235", "type": "no_backend_available", "destination_api": "/shop/items", "count": 2},
        {"source": "192.0.2.1", "type": "api_not_found", "destination_api": "/nowhere", "count": 1},
    ]
    rest = {"source": "192.0.2.1", "destination_api": "/shop/items"}
    categories = [
        {"category": "ioc", "details": []},
        {"category": "api", "details": api},
        {"category": "flow_control", "details": [{**rest, "type": "client_spike", "count": 3}]},
        {"category": "ase", "details": [{**rest, "type": "not_allowed", "count": 1}]},
    ]
    node = {"apiproxy_node": "", "blocked_connections": categories}
    assert {name: details[name] for name in (*span, "api_blocked_connections")} == {
        **span,
        "api_blocked_connections": [{"date": "02March2026", "blocked_connections": [node]}],
    }


def test_without_traffic_all_is_zero_and_the_note_stands(lake):
    document, details = ask(), ask("details=true")

    assert document["total_blocked_connections"] == 0
    assert counters(document) == {}
    assert details["api_blocked_connections"] == []
    assert len(document["notes"]) == len(details["notes"]) == 1


def many():
    for n in range(900):
        api = ("shop", "bank", None)[n % 3]
        yield fact(
            f"2026-03-{1 + n // 300:02}T{n % 24:02}:{n % 7:02}:00",
            api=api,
            status=(429, 503, 200, 405, 403, None)[n % 7 % 6],
            server=(None, "10.1.1.1:80")[n % 5 // 4],
            signals=int(Signal.METHOD) if n % 2 and api else 0,
            ip=f"192.0.2.{n % 4}",
            path=f"/shop/{n % 2}",
            requests=n % 4 + 1,
        )


def reason(row):
    if row["server"] is not None or row["status"] is None:
        return None
    if row["status"] == 429:
        return "client_spike"
    if row["status"] == 503:
        return "backend_not_found" if row["api"] else "api_not_found"
    return "ase_detected_attacks" if row["status"] >= 400 and row["signals"] else None


def test_counts_are_a_plain_count_of_the_facts(lake):
    rows = list(many())
    write_facts(lake, rows, units_an_hour=2)
    plain = Counter()
    for row in rows:
        if row["minute"].day == 2 and reason(row):
            plain[reason(row)] += row["requests"]

    document = ask()

    assert counters(document) == plain
    assert len(plain) == 4
    assert document["total_blocked_connections"] == plain.total()
    assert sum(entry[-1] for entry in entries(ask("details=true&limit=1000"))) == plain.total()


def test_days_are_those_of_the_zone(lake, monkeypatch):
    write_facts(lake, [fact(f"2026-03-0{d}T18:{m}:00", status=503, server=None) for d in (1, 2) for m in ("29", "30")])
    monkeypatch.setenv("ABSLAKE_TIMEZONE", "Asia/Kolkata")  # 5:30 ahead

    document = ask("details=true", span=during("2026-03-01T00:00", "2026-03-05T00:00"))

    assert [(entry[0], entry[-1]) for entry in entries(document)] == [
        ("01March2026", 1),
        ("02March2026", 2),
        ("03March2026", 1),
    ]


def test_pages_together_are_the_whole(lake):
    write_facts(lake, list(many()))
    span = during("2026-03-01T00:00", "2026-03-04T00:00")

    found = list(pages(PATH, f"{span}&details=true&limit=7"))

    whole = entries(ask("details=true&limit=1000", span=span))
    assert len(found) > 5
    assert [entry for page in found for entry in entries(page)] == whole
    assert [entry[0] for entry in whole] == sorted(entry[0] for entry in whole)


def test_fault_22_the_restricted_user_sees_no_identifier_in_a_path(lake):
    blocked = {"status": 503, "server": None}
    write_facts(
        lake,
        [
            *[fact("2026-03-02T10:00:00", path=f"/shop/{t}", token=t, **blocked) for t in ("secret-1", "secret-2")],
            fact("2026-03-02T10:00:00", path="/other/secret-3", api=None, **blocked),
        ],
    )

    whole, seen = ask("details=true"), ask("details=true", RESTRICTED)

    assert all(f"secret-{n}" in json.dumps(whole) for n in (1, 2, 3))
    assert [(entry[3], *entry[4:]) for entry in entries(seen)] == [
        ("no_backend_available", "/shop/***", 2),
        ("api_not_found", "/***", 1),
    ]
    assert ask(user=RESTRICTED) == ask()


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("", 400, "MISSING_PARAMETER"),
        (f"{RANGE}&api=shop", 400, "UNKNOWN_PARAMETER"),
        (f"{RANGE}&details=yes", 400, "INVALID_PARAMETER"),
        (f"{RANGE}&limit=5", 400, "UNKNOWN_PARAMETER"),
    ],
)
def test_fault_20_a_question_that_cannot_be_is_refused(lake, query, status, code):
    answer = call(query, path=PATH)

    assert (answer.status, answer.json["status_code"]) == (status, code)


def test_the_command_line_answers_the_same(lake):
    write_facts(lake, [fact("2026-03-02T10:00:00", status=503, server=None)])
    span = ("--earlier", DAY[0], "--later", DAY[1], "--lake", lake.folder)

    assert json.loads(abslake("report", "bc", *span).stdout) == ask()
    assert json.loads(abslake("report", "bc", "--details", *span).stdout) == ask("details=true")
    assert abslake("report", "bc", "shop", *span).returncode == 2
