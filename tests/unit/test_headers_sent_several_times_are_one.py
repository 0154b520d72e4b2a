"""Of X-Forwarded-For and Cookie every header counts, in order, however often it was sent; the engine says so, too."""

import json
from pathlib import Path
from typing import Any

import pytest

from abslake.formats import named
from tests.support.agreement import sure_rows
from tests.support.ingesting import ingested

ADDRESSES = ("6.6.6.6", "203.0.113.9, 10.0.0.2")
COOKIES = ("a=1", "SID=2")


def listed(forwarded: tuple[str, ...], cookies: tuple[str, ...]) -> list[dict[str, str]]:
    named_values = [("X-Forwarded-For", value) for value in forwarded[:1]] + [
        ("cookie", value) for value in cookies[:1]
    ]
    named_values += [("x-forwarded-for", value) for value in forwarded[1:]]
    named_values += [("Cookie", value) for value in cookies[1:]]
    return [{"name": name, "value": value} for name, value in (("Host", "h"), *named_values)]


def waf(headers: Any) -> dict[str, Any]:
    request = {"clientIp": "10.0.0.1", "uri": "/a", "args": "", "httpMethod": "GET", "headers": headers}
    return {"timestamp": 1772446500966, "webaclId": "x", "action": "ALLOW", "httpRequest": request}


def ocsf(headers: Any) -> dict[str, Any]:
    request = {"http_method": "GET", "url": {"path": "/a"}, "http_headers": headers}
    return {"time": 1772446500123, "class_uid": 4002, "http_request": request, "src_endpoint": {"ip": "10.0.0.1"}}


def cloudflare(headers: Any) -> dict[str, Any]:
    return {
        "ClientIP": "10.0.0.1", "ClientRequestMethod": "GET", "ClientRequestURI": "/a", "RequestHeaders": headers,
        "EdgeStartTimestamp": "2026-03-02T10:15:00Z",
    }  # fmt: skip


def azure_apim(headers: Any) -> dict[str, Any]:
    return {
        "time": "2026-03-02T10:15:00Z", "category": "GatewayLogs", "callerIpAddress": "10.0.0.1",
        "properties": {"method": "GET", "url": "https://h/a", "requestHeaders": headers},
    }  # fmt: skip


def as_lists(forwarded: tuple[str, ...], cookies: tuple[str, ...]) -> dict[str, list[str]]:
    return {"x-forwarded-for": list(forwarded), "cookie": list(cookies)}


def in_two_spellings(forwarded: tuple[str, ...], cookies: tuple[str, ...]) -> dict[str, str]:
    spelled = (("X-Forwarded-For", "x-forwarded-for"), ("Cookie", "cookie"))
    values = (forwarded, cookies)
    return {n: v for names, found in zip(spelled, values, strict=True) for n, v in zip(names, found, strict=False)}


WAYS = [
    ("waf", waf, listed),
    ("ocsf", ocsf, listed),
    ("cloudflare", cloudflare, as_lists),
    ("azure-apim", azure_apim, as_lists),
    ("azure-apim", azure_apim, in_two_spellings),
]


@pytest.mark.parametrize(("name", "document", "headers"), WAYS)
def test_all_of_them_count(name: str, document: Any, headers: Any, tmp_path: Path) -> None:
    once = json.dumps(document(headers(ADDRESSES[1:], COOKIES[1:]))).encode()
    twice = json.dumps(document(headers(ADDRESSES, COOKIES))).encode()
    entry = named(name)

    record = entry.parse(twice, ())

    assert (record.forwarded_for, record.cookies) == (", ".join(ADDRESSES), "; ".join(COOKIES))
    assert entry.parse(once, ()).forwarded_for == ADDRESSES[1]
    sure_rows(entry.readers[0], [once, twice], tmp_path)


@pytest.mark.parametrize(("name", "document"), [("waf", waf), ("ocsf", ocsf)])
def test_the_engine_is_sure_of_one(name: str, document: Any, tmp_path: Path) -> None:
    line = json.dumps(document(listed(ADDRESSES[:1], COOKIES[:1]))).encode()
    assert sure_rows(named(name).readers[0], [line], tmp_path) == 1


@pytest.mark.parametrize(("name", "document", "headers"), WAYS)
def test_what_a_client_sends_first_is_not_taken_for_its_address(name: str, document: Any, headers: Any) -> None:
    line = json.dumps(document(headers(ADDRESSES, COOKIES))).encode()
    facts = ingested(line + b"\n", trusted_proxies="10.0.0.0/8")
    assert [row["ip"] for row in facts.rows] == ["203.0.113.9"]
