"""GET /v5/abs/top: the clients of a kind that did most of something."""

import json
from collections import defaultdict

import pytest

from abslake.reports.analytics_models import TopReport
from tests.support import ase
from tests.support.calls import ADMIN, RESTRICTED, call, during
from tests.support.command import abslake
from tests.support.facts import fact, write_facts
from tests.support.ingesting import definitions_of, ingested
from tests.support.lakes import open_lake
from tests.support.paging import pages

PATH = "/v5/abs/top"
DAY = ("2026-03-02T00:00", "2026-03-03T00:00")
RANGE = during(*DAY)
KINDS = ("ip", "token", "cookie", "api_key", "username")


@pytest.fixture
def lake(tmp_path, monkeypatch):
    return open_lake(tmp_path, monkeypatch)


def ask(query="kind=token", user=ADMIN):
    answer = call(f"{RANGE}&{query}", user, path=PATH)
    assert answer.status == 200, answer.body
    TopReport.model_validate(answer.json)
    return answer.json


def said(ip, code, url="/shop/items", second="00"):
    headers = ase.headers(("Content-Length", "21"))
    return ase.line(
        timestamp=f"2026-03-02T10:15:{second}.123Z",
        request=ase.request(source_ip=ip, url=url),
        response=ase.response(response_code=code, headers=headers),
    )


def test_a_log_comes_back_as_clients(lake):
    lines = [
        said("192.0.2.1", "200", second="10"),
        said("192.0.2.1", "404", "/bank/a", second="20"),
        said("192.0.2.2", "500"),
    ]
    apis = definitions_of({"shop": {"url": "/shop"}, "bank": {"url": "/bank"}})
    ingested(ase.log(*lines, said("192.0.2.3", "200", "/other")), lake=lake, apis=apis)

    document = ask("kind=ip")

    assert document.pop("description")
    assert document == {
        "name": "api_top_clients",
        "earlier_date": "Mon Mar 02 00:00:00:000 2026",
        "later_date": "Tue Mar 03 00:00:00:000 2026",
        "kind": "ip",
        "sort": "requests",
        "summary": {"clients": 2, "requests": 3},
        "clients": [
            {
                "client": "192.0.2.1",
                "requests": 2,
                "client_errors": 1,
                "server_errors": 0,
                "bytes": 42,
                "apis": 2,
                "first_seen": "Mon Mar 02 10:15:10:123 2026",
                "last_seen": "Mon Mar 02 10:15:20:123 2026",
            },
            {
                "client": "192.0.2.2",
                "requests": 1,
                "client_errors": 0,
                "server_errors": 1,
                "bytes": 21,
                "apis": 1,
                "first_seen": "Mon Mar 02 10:15:00:123 2026",
                "last_seen": "Mon Mar 02 10:15:00:123 2026",
            },
        ],
    }


def test_without_traffic_there_is_nobody(lake):
    document = ask("kind=cookie&api=shop&sort=bytes")

    assert (document["summary"], document["clients"]) == ({"clients": 0, "requests": 0}, [])


def many():
    for n in range(600):
        yield fact(
            f"2026-03-02T{n % 24:02}:{n % 11:02}:{n % 60:02}",
            api=("shop", "bank", None)[n % 7 % 3],
            status=(200, 404, 503, None)[n % 13 % 4],
            request_bytes=(None, n)[n % 2],
            response_bytes=n % 5 * 10,
            requests=n % 4 + 1,
            **{kind: (f"{kind}{n % 10 % (3 + place)}", None)[n % 4 == 3] for place, kind in enumerate(KINDS[1:])},
            ip=f"192.0.2.{n * n % 7}",
        )


def plain(kind, rows):
    """Client -> requests, errors, bytes, APIs, without any SQL."""
    found = defaultdict(lambda: [0, 0, 0, set()])
    for row in rows:
        one = found[row[kind]]
        one[0] += row["requests"]
        one[1] += row["requests"] if (row["status"] or 0) >= 400 else 0
        one[2] += (row["request_bytes"] or 0) + row["response_bytes"]
        one[3].add(row["api"])
    return {client: (*counts, len(apis)) for client, (*counts, apis) in found.items() if client}


@pytest.mark.parametrize(("kind", "api"), [("ip", None), ("token", "shop"), ("username", None)])
def test_clients_are_ranked_by_a_plain_count_of_the_facts(lake, kind, api):
    rows = list(many())
    write_facts(lake, rows, units_an_hour=2)
    counted = plain(kind, [row for row in rows if row["api"] and api in (None, row["api"])])
    total = sum(requests for requests, *_ in counted.values())
    assert len(counted) > 2

    for place, sort in enumerate(("requests", "errors", "bytes", "apis")):
        found = list(pages(PATH, f"{RANGE}&kind={kind}&sort={sort}&limit=2{f'&api={api}' if api else ''}"))

        listed = [entry for page in found for entry in page["clients"]]
        expected = sorted(counted, key=lambda client: (-counted[client][place], -counted[client][0], client))
        assert [entry["client"] for entry in listed] == expected
        assert {
            e["client"]: (e["requests"], e["client_errors"] + e["server_errors"], e["bytes"], e["apis"]) for e in listed
        } == counted
        assert all(page["summary"] == {"clients": len(counted), "requests": total} for page in found)


def test_fault_22_the_restricted_user_sees_masks_in_an_order_that_tells_nothing(lake):
    rows = [fact("2026-03-02T10:00:00", **dict.fromkeys(KINDS[1:], f"secret-{n}")) for n in range(9)]
    write_facts(lake, rows)

    for kind in KINDS[1:]:
        answer = ask(f"kind={kind}", RESTRICTED)
        assert "secret" not in json.dumps(answer)
        clients = [entry["client"] for entry in answer["clients"]]
        assert clients == sorted({*clients})
        assert len(clients) == 9
        paged = list(pages(PATH, f"{RANGE}&kind={kind}&limit=2", RESTRICTED))
        assert [entry["client"] for page in paged for entry in page["clients"]] == clients
    assert ask("kind=ip", RESTRICTED) == ask("kind=ip")


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("kind=ip&api=nowhere", 404, "UNKNOWN_API"),
        ("sort=bytes", 400, "MISSING_PARAMETER"),
        ("kind=session", 400, "INVALID_PARAMETER"),
        ("kind=ip&sort=latency", 400, "INVALID_PARAMETER"),
        ("kind=ip&by=api", 400, "UNKNOWN_PARAMETER"),
    ],
)
def test_fault_20_a_question_that_cannot_be_is_refused(lake, query, status, code):
    answer = call(f"{RANGE}&{query}", path=PATH)

    assert (answer.status, answer.json["status_code"]) == (status, code)


def test_the_command_line_answers_the_same(lake):
    write_facts(lake, [fact("2026-03-02T10:00:00", token="t1")])

    words = ["--kind", "token", "--sort", "errors", "--earlier", DAY[0], "--later", DAY[1], "--lake", lake.folder]
    done = abslake("report", "top", *words)

    assert json.loads(done.stdout) == ask("kind=token&sort=errors")
