"""GET /v4/abs/validurl: paths that were answered with success, of the newest days."""

import json
from collections import Counter
from datetime import timedelta

import pytest

from abslake.index import names, pending, replacing
from abslake.index.attempts import utc_now
from abslake.reports import planner
from abslake.reports.answer import pool
from abslake.reports.traffic_models import ValidUrlReport
from abslake.storage import Entry
from tests.support.ase import line, log, request, response
from tests.support.calls import ADMIN, RESTRICTED, call
from tests.support.command import abslake
from tests.support.facts import at, fact, write_facts
from tests.support.indexed import add_facts, fold
from tests.support.ingesting import definitions_of, ingested
from tests.support.lakes import open_lake

PATH = "/v4/abs/validurl"
APIS = {"shop": {"url": "/shop"}}


@pytest.fixture
def lake(tmp_path, monkeypatch):
    return open_lake(tmp_path, monkeypatch)


def ask(query="", user=ADMIN):
    answer = call(f"api=shop{query}", user, path=PATH)
    assert answer.status == 200, answer.body
    ValidUrlReport.model_validate(answer.json)
    return answer.json


def counts(document):
    return {
        (group["protocol"], entry["url"], method["method"]): method["count"]
        for group in document["url_list"]
        for entry in group["urls"]
        for method in entry["methods"]
    }


def said(method, url, code="200", version="1.1"):
    return line(
        request=request(method=method, url=url, http_version=version),
        response=response(response_code=code),
    )


def test_a_log_comes_back_as_the_documented_answer(lake):
    lines = [*[said("POST", "/shop/post?id=1")] * 3, *[said("GET", "/shop/post")] * 2, said("GET", "/shop/a", "204")]
    lines += [said("GET", "/shop/b", "404"), said("GET", "/shop/b", "301"), said("GET", "/shop/post", version="2")]
    ingested(log(*lines), lake=lake, apis=definitions_of(APIS))

    document = ask()

    assert document.pop("description")
    assert document == {
        "company": "ping identity",
        "name": "api_url_list",
        "api_name": "shop",
        "host_name": "*",
        "api_url": "/shop",
        "allowed_methods": ["GET", "POST"],
        "url_list": [
            {
                "protocol": "HTTP/1.1",
                "urls": [
                    {
                        "url": "/shop/post",
                        "total_count": 5,
                        "methods": [{"method": "POST", "count": 3}, {"method": "GET", "count": 2}],
                    },
                    {"url": "/shop/a", "total_count": 1, "methods": [{"method": "GET", "count": 1}]},
                ],
            },
            {
                "protocol": "HTTP/2",
                "urls": [{"url": "/shop/post", "total_count": 1, "methods": [{"method": "GET", "count": 1}]}],
            },
        ],
        "notes": [
            "Counts are those from Tue Feb 24 00:00:00:000 2026 to Tue Mar 03 00:00:00:000 2026, the end not included."
        ],
    }


def test_methods_of_the_definition_are_the_allowed_ones(lake):
    metadata = {"url": "/shop", "api_pattern_enforcement": {"methods_allowed": ["get", "PUT"]}}
    lake.put("config/apis/shop.json", json.dumps({"api_metadata": metadata}).encode())
    write_facts(lake, [fact("2026-03-02T10:00:00", method="POST")])

    assert ask()["allowed_methods"] == ["GET", "PUT"]


def test_without_facts_the_list_is_empty(lake):
    document = ask()

    assert document["url_list"] == document["allowed_methods"] == []
    assert document["notes"] == ["There are no facts to look at."]


@pytest.mark.parametrize("indexed", [False, True])
def test_the_newest_seven_days_count_and_no_other(lake, indexed):
    rows = [fact(at("2026-03-01T12:00:00") + timedelta(days=n), path=f"/shop/{n}", requests=n + 1) for n in range(10)]
    far = fact(utc_now() + timedelta(days=5), path="/shop/far")
    add_facts(lake, rows[:8])
    if indexed:
        fold(lake, at("2026-04-01T00:00:00"), ("api",))
    add_facts(lake, [*rows[8:], far], source="late")

    assert counts(ask()) == {("UNKNOWN", f"/shop/{n}", "GET"): n + 1 for n in range(3, 10)}


def test_the_newest_day_is_known_of_the_index_alone(lake):
    add_facts(lake, [fact("2026-03-02T12:00:00", path="/shop/indexed")])
    fold(lake, at("2026-04-01T00:00:00"))
    pending.forget(lake, pending.of_day(lake, "2026-03-02"))

    assert [url for _, url, _ in counts(ask())] == ["/shop/indexed"]


def test_days_that_retention_cut_are_no_newest_days(lake):
    add_facts(lake, [fact("2026-03-02T12:00:00")])
    replacing.initialise(lake)
    replacing.drop_before(lake, "2026-03-03")

    assert ask()["notes"] == ["There are no facts to look at."]


def test_what_retention_cut_is_not_looked_at(lake):
    add_facts(lake, [fact(f"2026-03-0{day}T12:00:00", path=f"/shop/{day}") for day in (1, 2, 3)])
    replacing.initialise(lake)
    replacing.drop_before(lake, "2026-03-03")

    assert [url for _, url, _ in counts(ask())] == ["/shop/3"]


def test_counts_are_a_plain_count_and_the_list_is_capped(lake, monkeypatch):
    rows = [
        fact(
            f"2026-03-02T{n % 24:02}:00:00",
            path=f"/shop/{n % 37}",
            method=("GET", "POST", "ABDU")[n % 3],
            protocol=("HTTP/1.1", None)[n % 2],
            status=(200, 299, 199, 300, None)[n % 5],
            requests=n % 4 + 1,
            api=("shop", "bank")[n % 7 == 0],
        )
        for n in range(800)
    ]
    write_facts(lake, rows, units_an_hour=2)
    plain = Counter()
    for row in rows:
        if row["api"] == "shop" and row["status"] in (200, 299):
            plain[row["protocol"] or "UNKNOWN", row["path"], row["method"]] += row["requests"]

    assert counts(ask()) == plain

    totals = Counter()
    for (protocol, url, _), count in plain.items():
        totals[protocol, url] += count
    first = sorted(totals, key=lambda one: (-totals[one], one))[:5]
    monkeypatch.setenv("ABSLAKE_URL_LIMIT", "5")

    capped = ask()

    assert {(protocol, url) for protocol, url, _ in counts(capped)} == set(first)
    assert counts(capped).items() <= plain.items()
    assert f"5 of {len(totals)} URLs are listed." in capped["notes"]


def test_methods_are_bounded_and_counts_stay_whole(lake):
    rows = [fact("2026-03-02T10:00:00", path="/shop/a", method=f"M{n:03}", requests=n) for n in range(1, 103)]
    write_facts(lake, [*rows, fact("2026-03-02T10:00:00", path="/shop/b", method="GET", requests=9)])

    document = ask()

    first, second = document["url_list"][0]["urls"]
    assert (first["total_count"], len(first["methods"])) == (102 * 103 // 2, 100)
    assert first["methods"][-1] == {"method": "M003", "count": 3}
    assert second == {"url": "/shop/b", "total_count": 9, "methods": [{"method": "GET", "count": 9}]}
    assert len(document["allowed_methods"]) == 100
    assert document["notes"][1].startswith("methods has 100")


@pytest.mark.parametrize("vanishes", [False, True])
def test_units_that_are_replaced_meanwhile_make_it_begin_again(lake, monkeypatch, vanishes):
    write_facts(lake, [fact("2026-03-02T10:00:00", path="/shop/a")])
    chosen = planner.fact_units
    calls = []

    def replaced_meanwhile(*given):
        calls.append(1)
        if len(calls) > 1:
            return chosen(*given)
        if vanishes:
            return [Entry("facts/date=2026-03-02/hour=10/gone-0000.parquet", 1, utc_now())]
        raise FileNotFoundError

    monkeypatch.setattr(planner, "fact_units", replaced_meanwhile)

    assert counts(ask()) == {("UNKNOWN", "/shop/a", "GET"): 1}
    assert len(calls) == 2


def test_of_more_than_a_report_may_read_the_newest_hours_count(lake, monkeypatch):
    write_facts(lake, [fact(f"2026-03-02T{hour:02}:00:00", path=f"/shop/{hour}") for hour in (1, 5, 9)])
    units = planner.fact_units(lake, names.first_moment("2026-03-02"), names.first_moment("2026-03-03"), pool())
    monkeypatch.setenv("ABSLAKE_REPORT_BUDGET_BYTES", str(sum(unit.size for unit in units[1:])))

    document = ask()

    assert sorted(url for _, url, _ in counts(document)) == ["/shop/5", "/shop/9"]
    assert "from Mon Mar 02 05:00:00:000 2026 to Tue Mar 03 00:00:00:000 2026" in document["notes"][0]

    monkeypatch.setenv("ABSLAKE_REPORT_BUDGET_BYTES", "1")
    answer = call("api=shop", path=PATH)
    assert (answer.status, answer.json["status_code"]) == (400, "RANGE_TOO_LARGE")


def test_fault_22_the_restricted_user_sees_no_identifier_in_a_path(lake):
    kinds = {"token": "secret-1", "cookie": "secret-2", "username": "secret-3"}
    write_facts(lake, [fact("2026-03-02T10:00:00", path=f"/shop/{t}/x", **{kind: t}) for kind, t in kinds.items()])

    assert [url for _, url, _ in counts(ask())] == [f"/shop/{t}/x" for t in kinds.values()]
    assert counts(ask(user=RESTRICTED)) == {("UNKNOWN", "/shop/***/x", "GET"): 3}


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("api=nowhere", 404, "UNKNOWN_API"),
        ("", 400, "MISSING_PARAMETER"),
        ("api=shop&limit=5", 400, "UNKNOWN_PARAMETER"),
        ("api=shop&earlier_date=2026-03-02T10:00", 400, "UNKNOWN_PARAMETER"),
    ],
)
def test_fault_20_a_question_that_cannot_be_is_refused(lake, query, status, code):
    answer = call(query, path=PATH)

    assert (answer.status, answer.json["status_code"]) == (status, code)


def test_the_command_line_answers_the_same(lake):
    write_facts(lake, [fact("2026-03-02T01:00:00")])

    done = abslake("report", "validurl", "shop", "--lake", lake.folder)

    assert json.loads(done.stdout) == ask()
