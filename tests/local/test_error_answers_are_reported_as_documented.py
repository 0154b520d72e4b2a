"""GET /v4/abs/be: the five codes, and to whom they were answered; equal to a plain count of the log."""

import json
from collections import Counter

import pytest

from abslake.dev.console import Exit
from abslake.reports.traffic_models import BackendErrorReport
from tests.support.ase import headers, line, log, request, response
from tests.support.calls import ADMIN, RESTRICTED, call, during
from tests.support.command import abslake
from tests.support.facts import fact, write_facts
from tests.support.ingesting import definitions_of, ingested
from tests.support.lakes import open_lake
from tests.support.paging import pages

PATH = "/v4/abs/be"
RANGE = during("2026-03-02T00:00", "2026-03-03T00:00")
REASONS = {"403": "Forbidden", "404": "Not Found", "500": "Internal Server Error", "503": "Service Unavailable"}
REASONS["504"] = "Gateway Timeout"
SHOP = {"url": "/shop", "hostname": "*", "cookie": "JSESSIONID"}


@pytest.fixture
def lake(tmp_path, monkeypatch):
    return open_lake(tmp_path, monkeypatch)


def ask(query="", user=ADMIN):
    answer = call(f"api=shop&{RANGE}&{query}", user, path=PATH)
    assert answer.status == 200, answer.body
    BackendErrorReport.model_validate(answer.json)
    return answer.json


def counts(document):
    return {entry["error_code"]: entry["count"] for entry in document["backend_error_summary"]}


def details(document):
    return [(group["error_code"], entry) for group in document["backend_error_details"] for entry in group["details"]]


def said(code, session=None, **changes):
    sent = (("Host", "a"), *((("Cookie", f"JSESSIONID={session}"),) if session else ()))
    return line(
        request=request(headers=headers(*sent), **changes.pop("request", {})),
        response=response(response_code=code),
        **changes,
    )


def test_the_log_comes_back_as_the_documented_answer(lake):
    lines = [
        *[said("500", "5GMNKOGNGP6FCKF9", server="192.168.11.164:3001")] * 16,
        said("404", server=None),
        said("200"),
        said("401"),
        said("500", request={"url": "/bank/items"}),
    ]
    ingested(log(*lines), lake=lake, apis=definitions_of({"shop": SHOP, "bank": {"url": "/bank"}}))

    document = ask()

    assert document.pop("description")
    notes = document.pop("notes")
    assert any("no port" in note for note in notes)
    assert any(note.startswith("1 of these answers") for note in notes)
    entry = {"request_url": "/shop/items", "request_ip": "192.0.2.1"}
    assert document == {
        "company": "ping identity",
        "name": "api_backend_errors",
        "earlier_date": "Mon Mar 02 00:00:00:000 2026",
        "later_date": "Tue Mar 03 00:00:00:000 2026",
        "api_name": "shop",
        "backend_error_summary": [
            {"error_code": code, "error": reason, "count": {"500": 16, "404": 1}.get(code, 0)}
            for code, reason in REASONS.items()
        ],
        "backend_error_details": [
            {"error_code": "404", "details": [{"server": "", **entry, "request_cookie": "", "count": 1}]},
            {
                "error_code": "500",
                "details": [
                    {
                        "server": "192.168.11.164:3001",
                        **entry,
                        "request_cookie": "JSESSIONID=5GMNKOGNGP6FCKF9",
                        "count": 16,
                    }
                ],
            },
        ],
    }


def test_without_traffic_the_five_codes_are_zero(lake):
    document = ask()

    assert counts(document) == dict.fromkeys(REASONS, 0)
    assert document["backend_error_details"] == []
    assert "notes" not in document


def many():
    """Some of each code, spread over days, units and clients; and what does not count."""
    for number in range(600):
        yield fact(
            f"2026-03-{1 + number % 3:02}T{number % 24:02}:{number % 60:02}:00",
            status=(200, 403, 404, 500, 503, 504, 502)[number % 7],
            ip=f"192.0.2.{number % 5}",
            path=f"/shop/{number % 11}",
            cookie=(None, "a", "b")[number % 3 - 1],
            requests=number % 4 + 1,
            api=("shop", "bank", None)[number % 13 % 3],
        )


def test_counts_are_a_plain_count_of_the_facts(lake):
    rows = list(many())
    write_facts(lake, rows, units_an_hour=3)
    mine = [r for r in rows if r["api"] == "shop" and r["minute"].day == 2 and str(r["status"]) in REASONS]
    plain: Counter[str] = Counter()
    for row in mine:
        plain[str(row["status"])] += row["requests"]

    document = ask("limit=1000")

    assert counts(document) == {code: plain[code] for code in REASONS}
    assert len(mine) > 40
    listed: Counter[str] = Counter()
    for code, entry in details(document):
        listed[code] += entry["count"]
    assert +listed == plain


def test_older_units_lack_columns_and_are_read_all_the_same(lake, monkeypatch):
    write_facts(lake, [fact("2026-03-02T01:00:00", status=500)])
    monkeypatch.setattr("abslake.facts.schema.COLUMNS", tuple(_without_signals()))
    write_facts(lake, [fact("2026-03-02T01:00:00", status=500)], source="older")

    assert counts(ask())["500"] == 2


def _without_signals():
    from abslake.facts.schema import COLUMNS

    return [column for column in COLUMNS if column.name != "signals"]


@pytest.mark.parametrize("user", [ADMIN, RESTRICTED])
def test_pages_together_are_the_whole(lake, user):
    write_facts(lake, list(many()))

    found = list(pages(PATH, f"api=shop&{RANGE}&limit=7", user))

    assert len(found) > 3
    assert [one for page in found for one in details(page)] == details(ask("limit=1000", user))
    assert all(page["backend_error_summary"] == found[0]["backend_error_summary"] for page in found)


def test_fault_22_the_restricted_user_sees_masks(lake):
    sessions = [f"secret-{number}" for number in range(9)]
    write_facts(lake, [fact("2026-03-02T01:00:00", status=500, cookie=s, path=f"/shop/{s}") for s in sessions])

    whole, seen = ask(), ask(user=RESTRICTED)

    assert all(session in json.dumps(whole) for session in sessions)
    assert "secret-" not in json.dumps(seen)
    cookies = [entry["request_cookie"] for _, entry in details(seen)]
    assert len(set(cookies)) == len(sessions)
    assert cookies == sorted(cookies)  # the order of the hidden names would be another
    assert {entry["request_url"] for _, entry in details(seen)} == {"/shop/***"}
    assert counts(seen) == counts(whole)


def test_the_mask_is_that_of_other_reports(lake):
    write_facts(lake, [fact("2026-03-02T01:00:00", status=500, cookie="s1")])

    ((_, entry),) = details(ask(user=RESTRICTED))

    metrics = call(f"api=shop&{RANGE}", RESTRICTED, path="/v4/abs/metrics").json
    session = metrics["req_resp_details"]["session_details"][0]["session_id"]
    assert entry["request_cookie"] == f"JSESSIONID={session}"


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        (f"api=nowhere&{RANGE}", 404, "UNKNOWN_API"),
        (RANGE, 400, "MISSING_PARAMETER"),
        ("api=shop&later_date=2026-03-03T00:00", 400, "MISSING_PARAMETER"),
        (f"api=shop&{RANGE}&type=1", 400, "UNKNOWN_PARAMETER"),
        (f"api=shop&{RANGE}&details=true", 400, "UNKNOWN_PARAMETER"),
        (f"api=shop&{RANGE}&cursor=AAAAAAAAAAAAAAAA", 400, "INVALID_PARAMETER"),
        (f"api=shop&{during('2026-03-02T00:00', '2026-03-02T00:00')}", 400, "INVALID_DATE"),
    ],
)
def test_fault_20_a_question_that_cannot_be_is_refused(lake, query, status, code):
    answer = call(query, path=PATH)

    assert (answer.status, answer.json["status_code"]) == (status, code)


def test_more_than_a_report_may_read_is_refused(lake, monkeypatch):
    write_facts(lake, [fact("2026-03-02T01:00:00", status=500)])
    monkeypatch.setenv("ABSLAKE_REPORT_BUDGET_BYTES", "10")

    answer = call(f"api=shop&{RANGE}", path=PATH)

    assert (answer.status, answer.json["status_code"]) == (400, "RANGE_TOO_LARGE")


def test_the_command_line_answers_the_same(lake):
    write_facts(lake, [fact("2026-03-02T01:00:00", status=503, server=None)])
    span = ("--earlier", "2026-03-02T00:00", "--later", "2026-03-03T00:00", "--lake", lake.folder)

    done = abslake("report", "be", "shop", *span)
    unknown = abslake("report", "be", "nowhere", *span)

    assert json.loads(done.stdout) == ask()
    assert (unknown.returncode, unknown.stdout) == (Exit.UNKNOWN_API, "")
