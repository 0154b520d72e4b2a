"""GET /v5/abs/search: identifiers of the lake by how they begin."""

import json

import pytest

from abslake.errors import BadRequest
from abslake.reports import Account, search
from abslake.reports.facts_reading import Reader
from abslake.reports.investigation_models import SearchReport
from abslake.settings import Settings
from tests.support import ase
from tests.support.calls import RESTRICTED, call, during
from tests.support.command import abslake
from tests.support.facts import fact, write_facts
from tests.support.indexed import add_facts, fold, utc
from tests.support.ingesting import definitions_of, ingested
from tests.support.lakes import open_lake
from tests.support.paging import pages

PATH = "/v5/abs/search"
SPAN = ("2026-03-02T00:00", "2026-03-03T00:00")
RANGE = during(*SPAN)
SPRING = during("2026-02-01T00:00", "2026-05-01T00:00")


@pytest.fixture
def lake(tmp_path, monkeypatch):
    return open_lake(tmp_path, monkeypatch)


def ask(query, span=RANGE):
    answer = call(f"{query}&{span}", path=PATH)
    assert answer.status == 200, answer.body
    SearchReport.model_validate(answer.json)
    return answer.json


def found(query, span=RANGE):
    return [
        (one["kind"], one["identifier"], one["requests"], one["first_seen"], one["last_seen"])
        for one in ask(query, span)["identifiers"]
    ]


def test_a_log_comes_back_by_identifier(lake):
    headers = ase.headers(("Host", "shop.example.com"), ("Authorization", "Bearer tok-1"))
    line = ase.line(request=ase.request(headers=headers, user_info=[{"username": "tok"}]))
    apis = definitions_of({"shop": {"url": "/shop", "oauth2_access_token": True}})
    ingested(ase.log(line, line, ase.line(request=ase.request(url="/tok"))), lake=lake, apis=apis)

    document = ask("prefix=tok")

    assert document.pop("description")
    seen = {"requests": 2, "first_seen": "2026-03-02", "last_seen": "2026-03-02"}
    assert document == {
        "name": "api_search",
        "earlier_date": "Mon Mar 02 00:00:00:000 2026",
        "later_date": "Tue Mar 03 00:00:00:000 2026",
        "prefix": "tok",
        "total": 2,
        "identifiers": [
            {"kind": "token", "identifier": "tok-1", **seen},
            {"kind": "username", "identifier": "tok", **seen},
        ],
    }


def test_in_an_empty_lake_there_is_nothing(lake):
    document = ask("prefix=any")

    assert (document["total"], document["identifiers"]) == (0, [])


def test_days_are_told_as_far_as_the_index_keeps_them(lake):
    days = ("2026-02-03", "2026-02-20", "2026-03-05", "2026-03-09", "2026-04-01")
    add_facts(
        lake, [fact(f"{day}T10:00:00", token="tok-1", api_key=None, requests=n) for n, day in enumerate(days, start=1)]
    )
    fold(lake, utc(2026, 4, 15), ("token",))

    assert found("prefix=tok", SPRING) == [("token", "tok-1", 15, "2026-02", "2026-04-01")]
    of_february = during("2026-02-03T12:00", "2026-02-27T00:00")
    assert found("prefix=tok", of_february) == [("token", "tok-1", 3, "2026-02-03", "2026-02-20")]


def test_a_busy_identifier_counts_once(lake):
    add_facts(
        lake, [fact(f"2026-03-02T{n % 24:02}:{n % 60:02}:00", cookie="busy", path=f"/shop/{n}") for n in range(1300)]
    )
    fold(lake, utc(2026, 3, 20), ("cookie",))

    assert found("prefix=busy") == [("cookie", "busy", 1300, "2026-03-02", "2026-03-02")]


def test_pages_together_are_the_whole(lake):
    rows = [
        fact("2026-03-02T10:00:00", token=f"tok-{n:03}", username=f"tok-{n % 5}", requests=n + 1) for n in range(40)
    ]
    add_facts(lake, rows[:25])
    fold(lake, utc(2026, 3, 20), ("token", "username"))
    add_facts(lake, rows[25:], source="later")

    paged = list(pages(PATH, f"prefix=tok-&{RANGE}&limit=10"))

    listed = [(one["kind"], one["identifier"], one["requests"]) for page in paged for one in page["identifiers"]]
    assert listed[:40] == [("token", f"tok-{n:03}", n + 1) for n in range(40)]
    assert listed[40:] == [("username", f"tok-{n}", sum(range(n + 1, 41, 5))) for n in range(5)]
    assert {page["total"] for page in paged} == {45}
    assert len(paged) == 5


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("203.0.113.0/24", ["203.0.113.7", "203.0.113.77"]),
        ("203.0.113.64/26", ["203.0.113.77"]),
        ("203.0.112.0/20", ["203.0.112.1", "203.0.113.7", "203.0.113.77"]),
        ("203.0.113.7", ["203.0.113.7", "203.0.113.77"]),
        ("2001:DB8:", ["2001:db8::1"]),
        ("0.0.0.0/0", ["198.51.100.1", "203.0.112.1", "203.0.113.7", "203.0.113.77"]),
    ],
)
def test_addresses_are_found_by_beginning_and_by_network(lake, prefix, expected):
    addresses = ("203.0.113.7", "203.0.113.77", "203.0.112.1", "198.51.100.1", "2001:db8::1")
    write_facts(lake, [fact("2026-03-02T10:00:00", ip=ip) for ip in addresses])

    assert [identifier for _, identifier, *_ in found(f"prefix={prefix}&kind=ip")] == expected


def test_a_network_is_a_beginning_for_other_kinds(lake):
    rows = [fact("2026-03-02T10:00:00", ip="10.0.0.9", token="10.0.0.0/24x"), fact("2026-03-02T10:00:00", token="=x/y")]
    write_facts(lake, rows)

    assert [one[:2] for one in found("prefix=10.0.0.0/24")] == [("ip", "10.0.0.9"), ("token", "10.0.0.0/24x")]
    assert [one[:2] for one in found("prefix==x/")] == [("token", "=x/y")]


def test_nobody_may_search_more_than_a_report_may_read(lake):
    add_facts(lake, [fact("2026-03-02T10:00:00", token="tok-1")])
    given = {"earlier_date": SPAN[0], "later_date": SPAN[1], "prefix": "tok"}
    small = Settings(report_budget_bytes=1)

    with pytest.raises(BadRequest, match="more than one report may read"):
        search.report(search.ask(given, small), Reader(lake, small, Account()))
    fold(lake, utc(2026, 3, 20), ("token",))
    with pytest.raises(BadRequest, match="more than one search may read"):
        search.report(search.ask(given, small), Reader(lake, small, Account()))


def test_fault_22_the_restricted_user_is_refused(lake):
    answer = call(f"prefix=192.0.2&{RANGE}", RESTRICTED, path=PATH)

    assert (answer.status, answer.json["status_code"]) == (403, "FORBIDDEN")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "MISSING_PARAMETER"),
        ("prefix=ab", "INVALID_PARAMETER"),
        ("prefix=2001:db8::/32&kind=ip", "INVALID_ADDRESS"),
        ("prefix=10.0.0.0/99&kind=ip", "INVALID_ADDRESS"),
        ("prefix=abc&kind=session", "INVALID_PARAMETER"),
        ("prefix=abc&api=shop", "UNKNOWN_PARAMETER"),
    ],
)
def test_fault_20_a_question_that_cannot_be_is_refused(lake, query, code):
    answer = call(f"{query}&{RANGE}", path=PATH)

    assert (answer.status, answer.json["status_code"]) == (400, code)


def test_the_command_line_answers_the_same(lake):
    write_facts(lake, [fact("2026-03-02T10:00:00", token="tok-1")])

    words = ["--kind", "token", "--earlier", SPAN[0], "--later", SPAN[1], "--lake", lake.folder]
    done = abslake("report", "search", "tok", *words)

    assert json.loads(done.stdout) == ask("prefix=tok&kind=token")
