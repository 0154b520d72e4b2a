"""GET /v4/abs/hackersurl: URLs that gave themselves away, from a log to the answer."""

import json
from urllib.parse import quote

import pytest

from abslake.facts import flagged
from abslake.reports import hostile_urls
from abslake.reports.hostile_urls import LISTS
from abslake.reports.traffic_models import HostileUrlReport
from tests.support.ase import line, log, request
from tests.support.calls import ADMIN, RESTRICTED, call, during
from tests.support.command import abslake
from tests.support.ingesting import definitions_of, ingested
from tests.support.lakes import open_lake
from tests.support.paging import pages

PATH = "/v4/abs/hackersurl"
DAY = ("2026-03-02T00:00", "2026-03-03T00:00")
APIS = definitions_of({"shop": {"url": "/shop", "apikey_qs": "key"}, "bank": {"url": "/bank"}})
UNION = "abc') UNION ALL SELECT NULL,NULL#"


@pytest.fixture
def lake(tmp_path, monkeypatch):
    return open_lake(tmp_path, monkeypatch)


def put(lake, *urls, at="2026-03-02T10:15:00.123Z"):
    """Each is a URL, or an address and a URL."""
    pairs = [url if isinstance(url, tuple) else ("192.0.2.1", url) for url in urls]
    lines = [line(timestamp=at, request=request(source_ip=ip, url=url)) for ip, url in pairs]
    return ingested(log(*lines), lake=lake, apis=APIS)


def ask(query="", user=ADMIN, span=DAY):
    answer = call(f"api=shop&{during(*span)}&{query}", user, path=PATH)
    assert answer.status == 200, answer.body
    HostileUrlReport.model_validate(answer.json)
    return answer.json


def urls(document):
    return {name: [entry["url"] for entry in document[name]] for name in LISTS if document[name]}


def test_a_log_comes_back_as_the_documented_answer(lake):
    url = f"/shop/index.php?id={quote(UNION)}"
    put(lake, url, url, ("192.0.2.2", url), ("192.0.2.2", url), ("192.0.2.2", url), "/shop/items?id=1")

    document = ask()

    assert document.pop("description")
    assert document == {
        "company": "ping identity",
        "name": "api_hackers_url",
        "api_name": "shop",
        "invalid_urls": [{"url": f"/shop/index.php?id={UNION}", "ips": ["192.0.2.2", "192.0.2.1"]}],
        **{name: [] for name in LISTS if name != "invalid_urls"},
    }


def test_each_kind_has_a_list_and_a_url_of_two_kinds_stands_in_both(lake):
    long = f"/shop/items?id={'A' * 300}"
    put(
        lake,
        "/shop/a%00.png",
        "/shop/run?x=;cat /etc/passwd",
        long,
        "/shop/file?name=../../../../etc/shadow",
        "/shop/find?q=<script>alert(1)</script>",
    )

    found = urls(ask())

    assert found["irregular_urls"] == ["/shop/a%00.png"]
    assert "/shop/run?x=;cat /etc/passwd" in found["system_commands"]
    assert "/shop/run?x=;cat /etc/passwd" in found["path_traversals"]
    assert "/shop/file?name=../../../../etc/shadow" in found["path_traversals"]
    assert found["buffer_overflows"] == [long]
    assert found["cross_site_scripts"] == ["/shop/find?q=<script>alert(1)</script>"]
    assert "invalid_urls" not in found


def test_other_apis_other_hours_and_what_only_headers_gave_do_not_count(lake):
    put(lake, "/bank?id=1'+or+'1'='1", "/shop/mine?id=1'+or+'1'='1")
    put(lake, "/shop/before?id=1'+or+'1'='1", at="2026-03-02T09:59:59.999Z")
    put(lake, "/shop/after?id=1'+or+'1'='1", at="2026-03-02T11:00:00.000Z")

    span = ("2026-03-02T10:00", "2026-03-02T11:00")

    assert urls(ask(span=span)) == {"invalid_urls": ["/shop/mine?id=1' or '1'='1"]}
    assert len(urls(ask())["invalid_urls"]) == 3


def test_without_such_requests_the_lists_are_empty(lake):
    put(lake, "/shop/items?id=O'Brien")

    document = ask()

    assert urls(document) == {}
    assert "notes" not in document


def test_of_a_range_inside_an_hour_the_answer_says_what_it_cannot_tell(lake):
    url = "/shop/x?id=1'+or+'1'='1"
    lines = [line(timestamp=f"2026-03-02T10:{m}:00Z", request=request(url=url)) for m in ("05", "55")]
    ingested(log(*lines), lake=lake, apis=APIS)

    between = ask(span=("2026-03-02T10:10", "2026-03-02T10:20"))

    assert len(between["invalid_urls"]) == 1
    assert any("whether in it is not kept" in note for note in between["notes"])
    assert "notes" not in ask(span=("2026-03-02T10:05", "2026-03-02T10:06"))
    for empty in (("2026-03-02T10:00", "2026-03-02T10:05"), ("2026-03-02T10:56", "2026-03-02T10:59")):
        assert urls(ask(span=empty)) == {}


def test_what_is_not_kept_is_said(lake):
    put(lake, *(f"/shop/{number:04}?id=1'+or+'1'='1" for number in range(flagged.MOST + 5)), f"/shop/{'A' * 2000}")

    document = ask("limit=1000")

    assert len(document["invalid_urls"]) + len(document["buffer_overflows"]) == flagged.MOST
    assert any("there can be more" in note for note in document["notes"])
    assert any("cut after 1024 bytes" in note for note in document["notes"])


def test_an_entry_names_so_many_addresses_and_no_more(lake, monkeypatch):
    monkeypatch.setattr(hostile_urls, "MOST_IPS", 2)
    put(lake, *((f"192.0.2.{number}", "/shop/x?id=1'+or+'1'='1") for number in (3, 2, 1, 3)))

    document = ask()

    assert document["invalid_urls"][0]["ips"] == ["192.0.2.3", "192.0.2.1"]
    assert any("name 2 of their addresses" in note for note in document["notes"])


@pytest.mark.parametrize("user", [ADMIN, RESTRICTED])
def test_pages_together_are_the_whole(lake, user):
    put(lake, *(f"/shop/{number}?id=1'+or+'1'='1" for number in range(9)), *(f"/shop/%00{n}" for n in range(4)))

    found = list(pages(PATH, f"api=shop&{during(*DAY)}&limit=4", user))

    assert len(found) == 4
    whole = ask(user=user)
    for name in LISTS:
        assert [entry for page in found for entry in page[name]] == whole[name]


def test_fault_22_the_restricted_user_sees_masks_of_urls(lake):
    put(lake, "/shop/secret-token-1?id=1'+or+'1'='1&key=secret-key-1", "/shop/b?id=1'+or+'1'='1")

    whole, seen = ask(), ask(user=RESTRICTED)

    assert "secret-token-1" in json.dumps(whole)
    assert "secret-key-1" not in json.dumps(whole)
    assert "secret" not in json.dumps(seen)
    assert "/shop" not in json.dumps(seen)
    masks = [entry["url"] for entry in seen["invalid_urls"]]
    assert len(set(masks)) == 2
    assert masks == sorted(masks)
    assert [entry["ips"] for entry in seen["invalid_urls"]] == [["192.0.2.1"]] * 2


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        (f"api=nowhere&{during(*DAY)}", 404, "UNKNOWN_API"),
        (during(*DAY), 400, "MISSING_PARAMETER"),
        ("api=shop", 400, "MISSING_PARAMETER"),
    ],
)
def test_fault_20_a_question_that_cannot_be_is_refused(lake, query, status, code):
    answer = call(query, path=PATH)

    assert (answer.status, answer.json["status_code"]) == (status, code)


def test_more_than_a_report_may_read_is_refused(lake, monkeypatch):
    put(lake, "/shop/b?id=1'+or+'1'='1")
    monkeypatch.setenv("ABSLAKE_REPORT_BUDGET_BYTES", "160")

    answer = call(f"api=shop&{during(*DAY)}", path=PATH)

    assert (answer.status, answer.json["status_code"]) == (400, "RANGE_TOO_LARGE")


def test_the_command_line_answers_the_same(lake):
    put(lake, "/shop/b?id=1'+or+'1'='1")

    done = abslake("report", "hackersurl", "shop", "--earlier", DAY[0], "--later", DAY[1], "--lake", lake.folder)

    assert json.loads(done.stdout) == ask()
