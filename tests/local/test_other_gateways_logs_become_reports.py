"""A log of any gateway becomes the documented reports, by the identifiers that the gateway records."""

import gzip
import json

import pytest

from abslake.formats import formats
from abslake.records.definitions import parse_all
from abslake.reports import Kind, ask, report
from abslake.settings import Settings
from tests.support.ingesting import ingested

EVERYTHING = {"site": {"url": "/", "hostname": "*"}}
SETTINGS = Settings(max_range_days=40_000)
EVER = {"earlier_date": "1990-01-01T00:00", "later_date": "2090-01-01T00:00"}


def total(lake, apis, kind: Kind, value: str, **more: str) -> int:
    """How many requests the report counts."""
    definitions = parse_all((name, json.dumps({"api_metadata": m}).encode()) for name, m in apis.items())
    document = report(ask(kind, value, EVER | more, SETTINGS), lake, SETTINGS, definitions)
    told = json.loads(document.model_dump_json())
    summary = told.get("req_resp_summary") or told["summary"]
    return summary["total_requests"]


@pytest.mark.parametrize("name", formats())
def test_every_example_of_every_format_is_counted_for_its_address_and_its_api(name: str) -> None:
    entry = formats()[name]
    for example in entry.about.examples:
        line = example.encode()
        result = ingested(line, apis=EVERYTHING, format_name=name)
        address = result.row["ip"]
        assert total(result.lake, EVERYTHING, Kind.IP, address) == 1
        assert total(result.lake, EVERYTHING, Kind.METRICS, "", api="site") == 1


@pytest.mark.parametrize(
    ("name", "kind", "value", "requests"),
    [
        ("kong", Kind.API_KEY, "9f1d2c88-4e2b-4f0d-8b61-6f5f0f3f9c55", 1),
        ("kong", Kind.USERNAME, "joe", 1),
        ("api-gateway", Kind.API_KEY, "a1b2c3", 1),
        ("api-gateway", Kind.USERNAME, "joe", 2),
        ("azure-apim", Kind.API_KEY, "mobile-app", 1),
        ("apigee", Kind.API_KEY, "6gClRCKp0UCO", 2),
        ("caddy", Kind.USERNAME, "joe", 1),
        ("combined", Kind.USERNAME, "joe", 1),
        ("ocsf", Kind.USERNAME, "joe", 1),
        ("ocsf", Kind.API_KEY, "AKIA0000", 1),
    ],
)
def test_identifiers_that_the_gateway_names_need_no_configuration(
    name: str, kind: Kind, value: str, requests: int
) -> None:
    log = "\n".join(formats()[name].about.examples).encode()
    result = ingested(log, apis=EVERYTHING)
    assert result.receipt.format == name
    assert total(result.lake, EVERYTHING, kind, value) == requests
    assert total(result.lake, EVERYTHING, kind, value + "x") == 0


@pytest.mark.parametrize(
    ("name", "kind", "place", "value"),
    [
        ("kong", Kind.API_KEY, {"api_key": ["header:X-API-Key"]}, "k-17"),
        ("nginx-json", Kind.API_KEY, {"api_key": ["header:X-API-Key"]}, "k-17"),
        ("caddy", Kind.API_KEY, {"api_key": ["header:X-API-Key"]}, "k-17"),
        ("ocsf", Kind.API_KEY, {"api_key": ["header:X-Key"]}, "k-17"),
        ("cloudflare", Kind.COOKIE, {"session": ["cookie:SID"]}, "5f2c"),
        ("haproxy", Kind.COOKIE, {"session": ["cookie:SID"]}, "8f0c2c1e"),
        ("cloudfront-realtime", Kind.TOKEN, {"token": ["bearer"]}, "abc"),
        ("kong", Kind.API_KEY, {"api_key": ["query:id"]}, "1"),
        ("alb", Kind.USERNAME, {"username": ["query:user"]}, "joe"),
    ],
)
def test_an_api_definition_says_where_else_an_identifier_stands(name, kind, place, value) -> None:
    apis = {"site": {"url": "/", "hostname": "*", "identities": place}}
    log = formats()[name].about.examples
    if name == "alb":
        log = [log[0].replace("example.com:80/", "example.com:80/a?user=joe")]
    result = ingested("\n".join(log).encode(), apis=apis)
    assert total(result.lake, apis, kind, value) == 1


def test_batches_of_kong_in_gzip_are_taken_apart() -> None:
    one = json.loads(formats()["kong"].about.examples[0])
    batches = b"\n".join(json.dumps([one] * count).encode() for count in (3, 1, 2))
    result = ingested(gzip.compress(batches), apis=EVERYTHING)
    assert (result.receipt.format, result.receipt.lines_read, result.receipt.good) == ("kong", 6, 6)
    assert total(result.lake, EVERYTHING, Kind.USERNAME, "joe") == 6
