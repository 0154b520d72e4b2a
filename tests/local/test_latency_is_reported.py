"""GET /v5/abs/latency: response times and error rates by API, endpoint and client."""

import json
from collections import Counter
from math import ceil

import pytest

from abslake.facts.latency import bucket
from abslake.reports.analytics_models import LatencyReport
from tests.support import ase
from tests.support.calls import ADMIN, RESTRICTED, call, during, metrics
from tests.support.command import abslake
from tests.support.facts import fact, write_facts
from tests.support.ingesting import definitions_of, ingested
from tests.support.lakes import open_lake
from tests.support.paging import pages

PATH = "/v5/abs/latency"
DAY = ("2026-03-02T00:00", "2026-03-03T00:00")
RANGE = during(*DAY)
NOON = "2026-03-02T12:00:00"


@pytest.fixture
def lake(tmp_path, monkeypatch):
    return open_lake(tmp_path, monkeypatch)


def ask(query="", user=ADMIN):
    answer = call(f"{RANGE}&{query}", user, path=PATH)
    assert answer.status == 200, answer.body
    LatencyReport.model_validate(answer.json)
    return answer.json


def said(code, ms, url="/shop/items", **request):
    return ase.line(
        request=ase.request(url=url, **request), response=ase.response(response_code=code), response_time_ms=ms
    )


def timed(ms, **columns):
    return fact(NOON, latency_bucket=None if ms is None else bucket(ms), **columns)


def test_a_log_comes_back_as_figures(lake):
    lines = [said("200", 10.0), said("404", 20.0), said("503", 1000.0), said("200", None), said("200", 5, url="/other")]
    ingested(ase.log(*lines), lake=lake, apis=definitions_of({"shop": {"url": "/shop"}}))

    document = ask()

    figures = {
        "requests": 4,
        "client_errors": 1,
        "server_errors": 1,
        "unanswered": 0,
        "client_error_rate": 0.25,
        "server_error_rate": 0.25,
        "timed_requests": 3,
        "p50_ms": pytest.approx(20, rel=0.02),
        "p95_ms": pytest.approx(1000, rel=0.02),
        "p99_ms": pytest.approx(1000, rel=0.02),
    }
    assert document.pop("description")
    assert document == {
        "name": "api_latency",
        "earlier_date": "Mon Mar 02 00:00:00:000 2026",
        "later_date": "Tue Mar 03 00:00:00:000 2026",
        "by": "api",
        "summary": figures,
        "entries": [{**figures, "api": "shop"}],
        "notes": [
            "Of 1 requests no response time is logged: they count in no percentile.",
            "1 more requests fit no API and are not counted.",
        ],
    }


def test_without_traffic_all_is_zero_and_no_time_is_known(lake):
    document = ask("api=shop&by=endpoint")

    assert (document["entries"], "notes" in document) == ([], False)
    assert not any(document["summary"].values())
    assert document["summary"]["p99_ms"] is None


def many():
    for n in range(900):
        yield fact(
            f"2026-03-02T{n % 24:02}:{n % 11:02}:{n % 60:02}",
            api=("shop", "bank", None)[n % 7 % 3],
            method=("GET", "POST")[n % 5 % 2],
            path=f"/x/{n % 3}",
            status=(200, 404, 503, None)[n % 13 % 4],
            token=(f"t{n % 9}", None)[n % 4 == 3],
            latency_bucket=(n * n % 400, None)[n % 17 == 0],
            requests=n % 4 + 1,
        )


def key_of(by, row):
    return {"api": (row["api"],), "endpoint": (row["api"], row["method"], row["path"]), "client": (row["token"],)}[by]


def plain(rows):
    """The counts and the bucket of each percentile without any SQL."""
    buckets = sorted(
        row["latency_bucket"] for row in rows if row["latency_bucket"] is not None for _ in range(row["requests"])
    )
    status = Counter()
    for row in rows:
        status[row["status"] and row["status"] // 100] += row["requests"]
    ranks = [buckets[ceil(len(buckets) * percent / 100) - 1] for percent in (50, 95, 99)] if buckets else [None] * 3
    return [status.total(), status[4], status[5], status[None], len(buckets), *ranks]


def told(entry):
    counts = ("requests", "client_errors", "server_errors", "unanswered", "timed_requests")
    return [entry[name] for name in counts] + [bucket(entry[f"p{percent}_ms"]) for percent in (50, 95, 99)]


@pytest.mark.parametrize("by", ["api", "endpoint", "client"])
def test_figures_are_a_plain_count_of_the_facts(lake, by):
    rows = list(many())
    write_facts(lake, rows, units_an_hour=3)
    groups = {}
    for row in rows:
        if row["api"] and None not in key_of(by, row):
            groups.setdefault(key_of(by, row), []).append(row)

    query = f"by={by}&limit=7{'&kind=token' if by == 'client' else ''}"
    entries = [entry for page in pages(PATH, f"{RANGE}&{query}") for entry in page["entries"]]

    names = ["client"] if by == "client" else ["api", "method", "path"][: len(key_of(by, rows[0]))]
    assert {tuple(entry[name] for name in names): told(entry) for entry in entries} == {
        key: plain(some) for key, some in groups.items()
    }
    assert len(entries) == len(groups)
    assert [entry["requests"] for entry in entries] == sorted((entry["requests"] for entry in entries), reverse=True)
    assert told(ask(query)["summary"]) == plain([row for row in rows if row["api"]])


def test_totals_are_those_of_the_metrics(lake):
    rows = list(many())
    write_facts(lake, rows)

    for entry in ask()["entries"]:
        summary = metrics(f"api={entry['api']}&{RANGE}").json["req_resp_summary"]
        assert summary["total_requests"] == entry["requests"] == ask(f"api={entry['api']}")["summary"]["requests"] > 300


WORDS = [f"{a}-{b}-{c}" for a in "abcdefghijkl" for b in "abcdefghijkl" for c in "abcdefghijkl"][:1500]


@pytest.mark.parametrize(
    ("shown_as", "ends"), [("/shop/orders/{id}", range(1500)), ("/shop/orders/…", WORDS)], ids=["numbers", "words"]
)
def test_too_many_endpoints_are_shown_with_coarser_paths(lake, shown_as, ends):
    rows = [timed(n % 50 + 1, path=f"/shop/orders/{end}", status=(200, 500)[n % 2]) for n, end in enumerate(ends)]
    write_facts(lake, [*rows, timed(9, path="/shop/items", api="bank")])

    document = ask("by=endpoint")

    shown = {(entry["api"], entry["path"]): entry for entry in document["entries"]}
    assert set(shown) == {("shop", shown_as), ("bank", "/shop/items")}
    orders = shown["shop", shown_as]
    assert (orders["requests"], orders["server_error_rate"], orders["timed_requests"]) == (1500, 0.5, 1500)
    assert orders["p50_ms"] == pytest.approx(25, rel=0.02)
    assert "{id}" in document["notes"][0]


def test_only_what_is_asked_for_counts(lake):
    rows = [
        timed(5, method=method, path=path) for method in ("GET", "POST") for path in ("/shop/a", "/shop/ab", "/shop/b")
    ]
    write_facts(lake, rows)

    found = ask("by=endpoint&method=POST&path=/shop/a")

    assert [(entry["method"], entry["path"]) for entry in found["entries"]] == [
        ("POST", "/shop/a"),
        ("POST", "/shop/ab"),
    ]
    assert found["summary"]["requests"] == 2


def test_requests_without_such_an_identifier_are_told_apart(lake):
    write_facts(lake, [timed(5, token="t1"), timed(None, requests=3)])

    document = ask("by=client&kind=token")

    assert [(entry["client"], entry["requests"]) for entry in document["entries"]] == [("t1", 1)]
    assert document["summary"]["requests"] == 4
    assert document["notes"][1] == "3 requests name no token: they count in the summary only."


def test_fault_22_the_restricted_user_sees_masks_and_tests_no_identifier(lake):
    rows = [timed(5, token=t, username=f"user-{t}", path=f"/shop/{t}") for t in ("secret-1", "secret-2")]
    write_facts(lake, rows)

    assert "secret-1" in json.dumps(ask("by=endpoint"))
    for kind in ("token", "username"):
        answer = ask(f"by=client&kind={kind}", RESTRICTED)
        assert "secret" not in json.dumps(answer)
        clients = [entry["client"] for entry in answer["entries"]]
        assert clients == sorted(clients)
        assert {len(client) for client in clients} == {32}
    assert [entry["path"] for entry in ask("by=endpoint", RESTRICTED)["entries"]] == ["/shop/***"]
    assert ask("path=/shop/secret-1")["summary"]["requests"] == 1
    assert ask("path=/shop/secret-1", RESTRICTED)["summary"]["requests"] == 0
    assert [entry["client"] for entry in ask("by=client&kind=ip", RESTRICTED)["entries"]] == ["192.0.2.1"]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("api=nowhere", 404, "UNKNOWN_API"),
        ("by=nothing", 400, "INVALID_PARAMETER"),
        ("by=client", 400, "MISSING_PARAMETER"),
        ("by=client&kind=session", 400, "INVALID_PARAMETER"),
        ("kind=token", 400, "UNKNOWN_PARAMETER"),
        ("sort=errors", 400, "UNKNOWN_PARAMETER"),
    ],
)
def test_fault_20_a_question_that_cannot_be_is_refused(lake, query, status, code):
    answer = call(f"{RANGE}&{query}", path=PATH)

    assert (answer.status, answer.json["status_code"]) == (status, code)


def test_a_cursor_is_good_for_its_own_question_only(lake):
    write_facts(lake, [timed(5, path=f"/shop/{name}") for name in "abc"])
    cursor = ask("by=endpoint&limit=1")["next_cursor"]

    assert call(f"{RANGE}&by=endpoint&cursor={cursor}", path=PATH).status == 200
    for other in ("by=api", "by=endpoint&method=GET", "by=endpoint&path=/shop", "by=endpoint&api=shop"):
        assert call(f"{RANGE}&{other}&cursor={cursor}", path=PATH).status == 400


def test_the_command_line_answers_the_same(lake):
    write_facts(lake, [timed(5, token="t1")])

    words = ["--by", "client", "--kind", "token", "--earlier", DAY[0], "--later", DAY[1], "--lake", lake.folder]
    done = abslake("report", "latency", *words)

    assert json.loads(done.stdout) == ask("by=client&kind=token")
