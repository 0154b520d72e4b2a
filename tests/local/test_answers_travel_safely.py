"""Compression, caches and browsers: small on the wire, kept by nobody, and readable for the pages that may."""

import gzip
import json

import pytest

from abslake.errors import SettingsError
from abslake.reports import encoding
from abslake.settings import from_environment
from tests.support.calls import ADMIN, RESTRICTED, USERS, call, during, metrics
from tests.support.counted_s3 import bucket, counted_s3
from tests.support.facts import definition, fact, write_facts
from tests.support.lakes import open_lake

QUERY = f"api=shop&{during('2018-02-13T00:00', '2018-02-14T00:00')}"
PAGE = "https://dashboard.example"
METHODS = ("GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS", "PATCH")


@pytest.fixture
def lake(tmp_path, monkeypatch):
    lake = open_lake(tmp_path, monkeypatch)
    write_facts(lake, [fact("2018-02-13T10:00:01", path=f'/shop/"{number}"') for number in range(300)])
    return lake


def accepting(encodings, headers=ADMIN):
    return {**headers, "Accept-Encoding": encodings}


def test_an_answer_is_compressed_for_whoever_takes_it(lake):
    plain, packed = metrics(QUERY), metrics(QUERY, accepting("gzip, br"))

    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.sent) == plain.sent
    assert len(packed.sent) * 4 < len(plain.sent)
    assert packed.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("query", ["x=1", f"api=bank&{during('2018-02-13T00:00', '2018-02-14T00:00')}"])
def test_what_is_small_travels_as_it_is(lake, query):
    answer = metrics(query, accepting("gzip"))

    assert len(answer.sent) < encoding.WORTH_BYTES
    assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize(
    ("header", "takes"),
    [
        ("gzip", True),
        ("GZIP", True),
        ("deflate, gzip;q=0.5", True),
        ("br;q=1.0, *;q=0.1", True),
        ("x-gzip", True),
        ("gzip ; q=1", True),
        ("*", True),
        ("", False),
        ("identity", False),
        ("br", False),
        ("gzip;q=0", False),
        ("gzip;q=0.000, *", False),
        ("*;q=0", False),
        ("gzip;q=x", False),
        ("gzipped", False),
        (",,;;", False),
    ],
)
def test_the_header_is_read_with_its_weights(header, takes):
    assert encoding.takes_gzip(header) is takes


def test_the_limit_is_held_against_what_is_sent(lake, monkeypatch):
    plain, packed = len(metrics(QUERY).sent), len(metrics(QUERY, accepting("gzip")).sent)
    monkeypatch.setenv("ABSLAKE_MAX_ANSWER_BYTES", str(plain // 2))
    assert packed * 4 / 3 + 1000 < plain // 2

    assert metrics(QUERY).status == 303
    assert metrics(QUERY, accepting("gzip")).status == 200

    monkeypatch.setenv("ABSLAKE_MAX_ANSWER_BYTES", str(packed))  # in base64 it is a third more
    assert metrics(QUERY, accepting("gzip")).status == 303


def test_a_large_answer_is_kept_by_no_cache_on_its_way_from_the_store(tmp_path, monkeypatch):
    from urllib.request import urlopen

    (tmp_path / "users.json").write_text(json.dumps(USERS))
    monkeypatch.setenv("ABSLAKE_USERS", f"file:{tmp_path / 'users.json'}")
    monkeypatch.setenv("ABSLAKE_LAKE", "s3://large-and-unkept")
    monkeypatch.setenv("ABSLAKE_MAX_ANSWER_BYTES", "1000")
    with counted_s3(monkeypatch) as (server, _):
        lake = bucket(server, "large-and-unkept")
        lake.put("config/apis/shop.json", definition("/shop"))
        write_facts(lake, [fact("2018-02-13T10:00:01", path=f"/shop/{number}") for number in range(50)])

        pointer = metrics(QUERY, accepting("gzip"))
        with urlopen(pointer.headers["Location"]) as answer:
            kept = answer.headers["Cache-Control"]

    assert pointer.status == 303
    assert kept == "no-store"


SHARED = [
    (lambda: metrics(QUERY), 200),
    (lambda: metrics(QUERY, RESTRICTED), 200),
    (lambda: metrics(QUERY, accepting("gzip")), 200),
    (lambda: metrics("x=1"), 400),
    (lambda: metrics(QUERY, {}), 401),
    (lambda: call(QUERY, RESTRICTED), 403),
    (lambda: metrics(QUERY.replace("shop", "nosuch")), 404),
    (lambda: call(path="/v4/nosuch", function_name="forensics"), 404),
    (lambda: call(method="POST"), 405),
]


@pytest.mark.parametrize(("ask", "status"), SHARED)
def test_no_cache_may_keep_or_confuse_an_answer(lake, ask, status):
    answer = ask()

    assert answer.status == status
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    varies = {name.strip().lower() for name in answer.headers["Vary"].split(",")}
    assert varies >= {
        "accept-encoding",
        "authorization",
        "origin",
        "x-abs-ak",
        "x-abs-sk",
        "x-abs-ak-ru",
        "x-abs-sk-ru",
    }


def test_an_answer_from_the_store_and_a_failure_are_kept_by_no_cache_either(lake, monkeypatch):
    monkeypatch.setenv("ABSLAKE_MAX_ANSWER_BYTES", "1000")
    pointer = metrics(QUERY)
    monkeypatch.setenv("ABSLAKE_USERS", "file:/nonexistent/users.json")
    failure = metrics(QUERY)

    assert (pointer.status, failure.status) == (303, 500)
    assert {answer.headers["Cache-Control"] for answer in (pointer, failure)} == {"no-store"}
    assert pointer.headers["Vary"] == failure.headers["Vary"]


def cors(answer):
    return {name: value for name, value in answer.headers.items() if name.startswith("Access-Control-")}


def from_page(origin=PAGE, **headers):
    return {**ADMIN, "Origin": origin, **headers}


def test_without_origins_no_page_may_ask(lake):
    asks = {"Origin": PAGE, "Access-Control-Request-Method": "GET"}

    assert cors(metrics(QUERY, from_page())) == {}
    refused = call(headers=asks, method="OPTIONS")
    assert (refused.status, cors(refused)) == (405, {})


@pytest.fixture
def pages(lake, monkeypatch):
    monkeypatch.setenv("ABSLAKE_ALLOWED_ORIGINS", f"https://other.example:8443, {PAGE}")


@pytest.mark.parametrize("origin", [PAGE, "https://other.example:8443"])
def test_a_page_of_an_origin_that_is_set_may_read_answers_and_errors(pages, origin):
    for answer in (
        metrics(QUERY, from_page(origin)),
        metrics("x=1", from_page(origin)),
        metrics("", {"Origin": origin}),
    ):
        assert answer.headers["Access-Control-Allow-Origin"] == origin
        assert "Location" in answer.headers["Access-Control-Expose-Headers"]
        assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize(
    "origin",
    [
        "https://dashboard.example.evil",
        "https://evil-dashboard.example",
        "http://dashboard.example",
        "https://dashboard.example:443",
        "https://dashboard.example, https://other.example:8443",
        "null",
        "",
        "*",
    ],
)
def test_a_page_of_another_origin_may_not(pages, origin):
    answer = metrics(QUERY, from_page(origin))

    assert answer.status == 200  # the browser keeps it from the page
    assert cors(answer) == {}


@pytest.mark.parametrize(
    ("path", "methods"),
    [("/v4/abs/metrics", "GET"), ("/v4/abs/attacklist", "GET, PUT, DELETE"), ("/v4/abs/reset", "DELETE")],
)
def test_a_browser_is_told_what_a_page_may_send(pages, path, methods):
    asks = {"Origin": PAGE, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "x-abs-ak"}

    answer = call(path=path, headers=asks, method="OPTIONS")

    assert (answer.status, answer.sent) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == PAGE
    assert answer.headers["Access-Control-Allow-Methods"] == methods
    assert {"authorization", "x-abs-ak", "x-abs-sk-ru"} <= {
        name.strip() for name in answer.headers["Access-Control-Allow-Headers"].split(",")
    }
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/v4/abs", {"Origin": PAGE}, 405),
        ("/v4/abs", {"Access-Control-Request-Method": "GET"}, 405),
        ("/v4/abs", {"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"}, 405),
        ("/v4/nosuch", {"Origin": PAGE, "Access-Control-Request-Method": "GET"}, 404),
    ],
)
def test_other_options_are_answered_as_ever(pages, path, headers, status):
    answer = call(path=path, headers=headers, method="OPTIONS", function_name="forensics")

    assert answer.status == status
    assert "Access-Control-Allow-Methods" not in answer.headers


def test_all_origins_may_be_let_in(lake, monkeypatch):
    monkeypatch.setenv("ABSLAKE_ALLOWED_ORIGINS", "*")

    assert metrics(QUERY, from_page("https://any.example")).headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "value",
    ["dashboard.example", "https://dashboard.example/", "https://*.example", "https://a b", "HTTPS://a", "null"],
)
def test_what_is_no_origin_is_no_setting(value):
    with pytest.raises(SettingsError, match="ABSLAKE_ALLOWED_ORIGINS"):
        from_environment({"ABSLAKE_ALLOWED_ORIGINS": value})
