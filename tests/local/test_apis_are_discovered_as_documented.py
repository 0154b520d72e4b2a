"""GET /v4/abs/discovery and its OpenAPI form: APIs found in the traffic of the root API."""

import json
from collections import Counter
from datetime import timedelta

import pytest
from openapi_spec_validator import validate

from abslake.detection import global_config
from abslake.facts.signals import Signal
from abslake.index import replacing
from abslake.reports import discovery, planner
from abslake.reports.answer import pool
from abslake.reports.discovery_models import DiscoveryDetails, DiscoverySummary, OpenApiDocument
from abslake.settings import Settings
from tests.support.ase import headers, line, log, request, response
from tests.support.calls import ADMIN, RESTRICTED, call
from tests.support.command import abslake
from tests.support.facts import at, fact, write_facts
from tests.support.ingesting import definitions_of, ingested
from tests.support.lakes import open_lake

PATH, OPENAPI = "/v4/abs/discovery", "/v5/abs/discovery/openapi"
ROOT = {
    "url": "/",
    "hostname": "*",
    "protocol": "https",
    "cookie": "SID",
    "oauth2_access_token": True,
    "apikey_header": "X-Key",
    "apikey_qs": "key",
    "username_header": "X-User",
    "jwt": {"username": "sub", "clientid": "client", "location": "h:authorization:bearer"},
}
WHEN = "2026-03-02T10:00:01"


@pytest.fixture
def lake(tmp_path, monkeypatch):
    lake = open_lake(tmp_path, monkeypatch)
    lake.put("config/apis/shop.json", b'{"api_metadata": {"url": "/defined"}}')
    lake.put("config/apis/everything.json", json.dumps({"api_metadata": ROOT}).encode())
    return lake


def seen(path, when=WHEN, **columns):
    given = {"api": "everything", "host": "a.example.com", "protocol": "HTTP/1.1", "path": path, **columns}
    return fact(when, **given)


def listed(query="", user=ADMIN):
    answer = call(query, user, path=PATH)
    assert answer.status == 200, answer.body
    DiscoverySummary.model_validate(answer.json)
    return answer.json


def places(document=None):
    return [(one["api_name"], one["host"], one["basePath"]) for one in (document or listed())["summary"]]


def told(name="api_0", user=ADMIN):
    answer = call(f"api_name={name}", user, path=PATH)
    assert answer.status == 200, answer.body
    DiscoveryDetails.model_validate(answer.json)
    return answer.json


def openapi(name="api_0"):
    answer = call(f"api_name={name}", path=OPENAPI)
    assert answer.status == 200, answer.body
    OpenApiDocument.model_validate(answer.json)
    validate(answer.json)
    return answer.json


def test_a_log_comes_back_as_the_documented_answers(lake):
    def said(url, method="GET", code="200", **more):
        given = headers(("Host", "Books.example.com:8443"), ("Cookie", "SID=s1"), *more.pop("headers", ()))
        answered = response(response_code=code, headers=[{"Content-Type": "text/html; charset=utf-8"}])
        return line(request=request(method=method, url=url, headers=given), response=answered, server="127.0.0.1:4001")

    body = [("Content-Type", "application/json")]
    lines = [said("/books"), said("/books/81723?x=1"), said("/books/99001"), said("/books/4711", "PUT", headers=body)]
    lines += [said("/books/1", "DELETE", "404"), said("/wp-login.php", "GET", "404"), said("/defined/x")]
    ingested(log(*lines), lake=lake, apis=definitions_of({"everything": ROOT, "shop": {"url": "/defined"}}))

    summary, details = listed(), told()

    assert summary.pop("description")
    assert details.pop("description")
    [entry] = summary["summary"]
    assert summary == {
        "company": "ping identity",
        "name": "api_discovery_summary",
        "summary": [
            {
                "api_name": "api_0",
                "host": "books.example.com",
                "basePath": "/books",
                "created": entry["created"],
                "updated": entry["updated"],
            }
        ],
        "notes": summary["notes"],
    }
    assert entry["created"] == entry["updated"] == "Mon Mar 02 10:15:00:123 2026"
    assert summary["notes"][0].startswith("Counts are those from")
    operation = {"produces": ["text/html"], "responses": {"200": {"description": "OK"}}}
    assert details == {
        "company": "ping identity",
        "name": "api_discovery_details",
        "info": {"title": "api_0"},
        "host": "books.example.com",
        "basePath": "/books",
        "cookie": "SID",
        "oauth2_access_token": False,
        "apikey_qs": "",
        "apikey_header": "",
        "schemes": ["HTTP/1.1"],
        "consumes": ["application/json"],
        "produces": ["text/html"],
        "server_ssl": False,
        "backendHosts": ["127.0.0.1:4001"],
        "backendServers": ["127.0.0.1:4001"],
        "username_header": "",
        "jwt": {"username": "", "clientid": "", "location": ""},
        "paths": {"/books/{id}": {"GET": operation, "PUT": operation}, "/books": {"GET": operation}},
        "notes": details["notes"],
    }


def test_what_was_seen_is_a_valid_openapi_document(lake):
    uuid, day = "0b7e4f5e-93f9-4a8e-8d1c-5d0d4c7f3a11", "2026-02-28"
    rows = [
        seen("/books/81723", token="t" * 8),
        seen("/books/81723", token="t" * 8, status=404, requests=3),
        seen(f"/books/99001/pages/{uuid}", "2026-03-02T10:00:02", token="t" * 8, api_key="k" * 8),
        seen(
            f"/books/on/{day}", token="t" * 8, method="POST", status=201, request_content_type="application/json; a=b"
        ),
        seen("/books/list", method="PURGE", response_content_type="TEXT/html"),
        seen("/other/1", "2026-03-02T10:00:03", status=204),
    ]
    write_facts(lake, rows)

    document = openapi()

    paths = document["paths"]
    assert {(path, method) for path, item in paths.items() for method in item if method != "parameters"} == {
        ("/books/{id}", "get"),
        ("/books/{id}/pages/{id2}", "get"),
        ("/books/on/{date}", "post"),
    }
    types = [one["schema"] for one in paths["/books/{id}/pages/{id2}"]["parameters"]]
    assert types == [{"type": "integer"}, {"type": "string", "format": "uuid"}]
    assert paths["/books/on/{date}"]["parameters"][0]["schema"] == {"type": "string", "format": "date"}
    assert list(paths["/books/{id}"]["get"]["responses"]) == ["200", "404"]
    assert paths["/books/on/{date}"]["post"] == {
        "requestBody": {"content": {"application/json": {}}},
        "responses": {"201": {"description": "Created"}},
    }
    assert document["servers"] == [{"url": "https://a.example.com"}]
    assert document["components"]["securitySchemes"] == {"bearer": {"type": "http", "scheme": "bearer"}}
    assert "PURGE" in document["info"]["description"]
    # AND an API that never answered 200 is none
    assert places() == [("api_0", "a.example.com", "/books")]


@pytest.mark.parametrize(("carrying", "told_of"), [(5, True), (4, False)])
def test_an_identifier_is_told_that_half_of_the_requests_carry(lake, carrying, told_of):
    names = {"token": "t", "cookie": "c", "api_key": "k", "username": "u"}
    write_facts(lake, [seen("/books/a", requests=carrying, **names), seen("/books/a", requests=10 - carrying)])

    details = told()

    jwt = {"username": "sub", "clientid": "client", "location": "h:authorization:bearer"}
    expected = (
        ("SID", True, "key", "x-key", "x-user", jwt) if told_of else ("", False, "", "", "", dict.fromkeys(jwt, ""))
    )
    fields = ("cookie", "oauth2_access_token", "apikey_qs", "apikey_header", "username_header", "jwt")
    assert tuple(details[field] for field in fields) == expected
    assert len(openapi().get("security", [])) == int(told_of)


def test_without_root_api_the_documented_text_is_the_answer(lake):
    lake.delete(["config/apis/everything.json"])

    for path, query in ((PATH, ""), (OPENAPI, "api_name=api_0")):
        answer = call(query, path=path)
        assert (answer.status, answer.json["status_code"]) == (404, "ROOT_API_MISSING")
        assert answer.json["message"] == "root API not configured in ASE. To discover APIs configure root API in ASE"


def test_without_facts_nothing_is_discovered(lake):
    assert (listed()["summary"], "nothing is told yet" in listed()["notes"][0]) == ([], True)
    assert call("api_name=api_0", path=PATH).status == call("api_name=api_0", path=OPENAPI).status == 404


def test_only_traffic_of_the_root_api_counts_that_nobody_has_defined_since(lake):
    rows = [
        seen("/books/a"),
        seen("/shop/a", api="shop"),
        seen("/none/a", api=None),
        seen("/defined/a"),
        seen("/definedx/a"),
    ]
    rows += [seen("/here/a", host="b.example.com:80"), seen("/here/a", host="c.example.com")]
    rows += [seen("/any/a", host="d.example.com")]
    write_facts(lake, rows)
    lake.put("config/apis/d.json", b'{"api_metadata": {"url": "/", "hostname": "d.example.com:8080"}}')
    lake.put("config/apis/b.json", b'{"api_metadata": {"url": "/here", "hostname": "b.example.com"}}')

    assert {(host, base) for _, host, base in places()} == {
        ("a.example.com", "/books"),
        ("a.example.com", "/definedx"),
        ("c.example.com", "/here"),
    }


def test_misses_and_attacks_and_decoys_are_no_endpoints(lake):
    rows = [
        seen("/books/a"),
        seen("/books/b", status=404),
        seen("/x/y", status=301),
        seen("*"),
        seen("/z", status=None),
    ]
    rows += [seen("/books/c", signals=int(Signal.TRAVERSAL)), seen("/books/d", signals=int(Signal.DECOY))]
    rows += [seen("/books/e", signals=int(Signal.LOGIN))]
    write_facts(lake, rows)

    assert list(told()["paths"]) == ["/books/a", "/books/e"]
    assert len(places()) == 1


def test_what_names_no_host_counts_only_where_no_log_does(lake):
    write_facts(lake, [seen("/books/a", host=None, protocol=None)])
    assert (places(), told()["schemes"], "servers" in openapi()) == ([("api_0", "*", "/books")], ["UNKNOWN"], False)

    write_facts(lake, [seen("/shop/a")], source="later")

    assert places() == [("api_0", "a.example.com", "/shop")]
    assert listed()["notes"][1].endswith("no version of HTTP: 1.")


def test_in_sideband_mode_the_back_end_is_not_available(lake):
    write_facts(lake, [seen("/books/a", server="0.0.0.0"), seen("/books/a", server=None)])

    assert (told()["backendHosts"], told()["backendServers"]) == (["not available: 0"], ["0.0.0.0"])


def test_fault_22_no_path_holds_an_identifier_of_its_request(lake):
    secrets = {"token": "tok-Abc", "cookie": "sess-Abc", "api_key": "key-Abc", "username": "jane.doe"}
    rows = [seen(f"/books/{name}/{value}/x;jsessionid=sess-Xyz", **{name: value}) for name, value in secrets.items()]
    write_facts(lake, [*rows, seen("/books/of/jane%2Edoe", username="jane.doe"), seen("/books/by/a@b.example.com")])

    for user in (ADMIN, RESTRICTED):
        for path, query in ((PATH, ""), (PATH, "api_name=api_0"), (OPENAPI, "api_name=api_0")):
            body = call(query, user, path=path).body
            assert not [value for value in (*secrets.values(), "sess-Xyz", "%2E", "@b") if value in body]
    paths = {*(f"/books/{name}/{{id}}/x" for name in secrets), "/books/of/{id}", "/books/by/{id}"}
    assert set(told(user=RESTRICTED)["paths"]) == paths


def test_counts_are_a_plain_count_and_lists_are_capped(lake, monkeypatch):
    rows = [seen(f"/books/p{'abcdefghijk'[n % 11]}", method=f"M{n % 3}", requests=n % 7 + 1) for n in range(400)]
    plain = Counter()
    for row in rows:
        plain[row["path"]] += row["requests"]
    write_facts(lake, rows, units_an_hour=3)
    order = sorted(plain, key=lambda path: (-plain[path], path))

    assert list(told()["paths"]) == order
    monkeypatch.setattr("abslake.reports.discovery_report.MOST_METHODS", 2)
    global_config.change(lake, "ann", {"url_limit": 4})

    assert list(told()["paths"]) == order[:4]
    assert {len(methods) for methods in told()["paths"].values()} == {2}
    assert f"4 of {len(order)} paths are told." in told()["notes"]


def test_the_list_comes_in_pages(lake):
    write_facts(lake, [seen(f"/{'abcdefg'[n]}x", f"2026-03-02T10:00:0{n}") for n in range(7)])
    whole = listed()["summary"]

    first = listed("limit=5")
    second = listed(f"limit=5&cursor={first['next_cursor']}")

    assert first["summary"] + second["summary"] == whole
    assert [one["api_name"] for one in whole] == [f"api_{n}" for n in range(7)]
    assert "next_cursor" not in second


def test_base_paths_are_as_long_as_the_settings_say(lake):
    write_facts(lake, [seen("/v1/cust/app/zip/99"), seen("/v1/4711/app"), seen("/")])

    def bases(length):
        global_config.change(lake, "ann", {"discovery_subpath": length})
        return sorted(base for _, _, base in places())

    assert bases(1) == ["/", "/v1"]
    assert bases(2) == ["/", "/v1", "/v1/cust"]
    assert bases(10) == ["/", "/v1", "/v1/cust/app/zip"]


def test_the_settings_say_whether_and_when_apis_are_told(lake, monkeypatch):
    write_facts(lake, [seen("/early/a"), seen("/late/a", "2026-03-02T13:30:00")])

    def bases(now, **settings):
        monkeypatch.setattr("abslake.index.attempts.utc_now", lambda: at(now))
        global_config.change(lake, "ann", {"discovery_initial_period": 1, "discovery_update_interval": 1, **settings})
        return [base for _, _, base in places()]

    assert bases("2026-03-02T10:59:59") == []
    assert bases("2026-03-02T11:00:00") == ["/early"]
    assert bases("2026-03-02T13:59:59") == ["/early"]
    assert bases("2026-03-02T14:00:00") == ["/early", "/late"]
    assert bases("2026-03-02T14:00:00", discovery_initial_period=5) == []
    assert bases("2026-03-02T14:00:00", discovery_update_interval=4) == ["/early"]
    assert bases("2026-03-02T14:00:00", api_discovery=False) == []
    assert "api_discovery is off" in listed()["notes"][0]
    global_config.change(lake, "ann", {"api_discovery": None})


def test_the_first_telling_ends_the_initial_period_and_others_follow():
    settings = Settings(discovery_initial_period=3, discovery_update_interval=2)
    begin = at("2026-03-02T10:00:00")

    assert discovery.due(None, begin, settings) is None
    told_at = [discovery.due(begin, begin + timedelta(minutes=30 * n), settings) for n in range(5, 12)]
    hours = [None if one is None else (one - begin) / timedelta(hours=1) for one in told_at]
    assert hours == [None, 3, 3, 3, 3, 5, 5]


def test_what_retention_cut_is_not_discovered(lake):
    write_facts(lake, [seen("/old/a", "2026-03-01T10:00:00"), seen("/new/a")])
    replacing.initialise(lake)
    replacing.drop_before(lake, "2026-03-02")

    assert [base for _, _, base in places()] == ["/new"]


def test_of_more_than_discovery_may_read_the_newest_hours_count(lake, monkeypatch):
    write_facts(
        lake, [seen(f"/{name}/a", f"2026-03-02T{hour}:00:00") for name, hour in (("old", 10), ("mid", 11), ("new", 12))]
    )
    units = planner.fact_units(lake, at("2026-03-02T00:00"), at("2026-03-03T00:00"), pool())
    monkeypatch.setenv("ABSLAKE_REPORT_BUDGET_BYTES", str(discovery.SHARE * sum(unit.size for unit in units[1:])))

    assert [base for _, _, base in places()] == ["/mid", "/new"]
    assert "from Mon Mar 02 11:00:00:000 2026" in listed()["notes"][0]


@pytest.mark.parametrize(
    ("path", "query", "status", "code"),
    [
        (PATH, "api_name=nowhere", 404, "UNKNOWN_API"),
        (OPENAPI, "api_name=nowhere", 404, "UNKNOWN_API"),
        (OPENAPI, "", 400, "MISSING_PARAMETER"),
        (PATH, "api=api_0", 400, "UNKNOWN_PARAMETER"),
        (PATH, "api_name=api_0&limit=5", 400, "UNKNOWN_PARAMETER"),
        (PATH, "limit=0", 400, "INVALID_PARAMETER"),
    ],
)
def test_fault_20_a_question_that_cannot_be_is_refused(lake, path, query, status, code):
    write_facts(lake, [seen("/books/a")])
    answer = call(query, path=path)

    assert (answer.status, answer.json["status_code"]) == (status, code)


def test_the_command_line_answers_the_same(lake):
    write_facts(lake, [seen("/books/1")])

    def printed(*words):
        return json.loads(abslake("report", *words, "--lake", lake.folder).stdout)

    assert printed("discovery") == listed()
    assert printed("discovery", "api_0") == told()
    assert printed("discovery-openapi", "api_0") == openapi()
