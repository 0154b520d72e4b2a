"""AWS WAF logs: headers as a list, decisions without an answer, redacted fields."""

import json
from typing import Any

import pytest

from abslake.formats.waf import FORMAT
from abslake.records.record import BadLine, Record
from tests.support.ingesting import ingested

HEADERS = {
    "Host": "shop.example.com",
    "User-agent": "curl/7.64",
    "cookie": "SID=1",
    "Authorization": "Bearer t",
    "X-Key": "k",
}
APIS = {"shop": {"url": "/shop", "cookie": "SID", "oauth2_access_token": True, "apikey_header": "X-Key"}}


def line(
    headers: dict[str, str] | list[Any] | None = None, request: dict[str, Any] | None = None, **changes: Any
) -> bytes:
    listed = (
        headers if isinstance(headers, list) else [{"name": n, "value": v} for n, v in (headers or HEADERS).items()]
    )
    document = {
        "timestamp": 1_772_446_500_123, "formatVersion": 1, "webaclId": "arn:aws:wafv2:x", "action": "ALLOW",
        "httpSourceName": "ALB", "responseCodeSent": None,
        "httpRequest": {
            "clientIp": "192.0.2.1", "country": "DE", "headers": listed, "uri": "/shop", "args": "a=1", "httpVersion": "HTTP/2.0",
            "httpMethod": "GET", "requestId": "1-5", **(request or {}),
        },
        **changes,
    }  # fmt: skip
    return json.dumps(document).encode()


def read(*args: Any, **changes: Any) -> Record:
    return FORMAT.parse(line(*args, **changes), ("x-key", "x-user"))


def test_a_plain_line() -> None:
    assert read() == Record(
        time=1_772_446_500_123_000,
        peer="192.0.2.1",
        method="GET",
        url="/shop?a=1",
        host="shop.example.com",
        protocol="HTTP/2.0",
        user_agent="curl/7.64",
        cookies="SID=1",
        auth_header="Bearer t",
        wanted=["k", None],
    )


@pytest.mark.parametrize(
    ("action", "sent", "status"),
    [("ALLOW", None, None), ("BLOCK", None, None), ("BLOCK", 429, 429), ("CAPTCHA", 405, 405), ("CHALLENGE", 202, 202)],
)
def test_only_an_answer_of_the_firewalls_own_has_a_status(action: str, sent: int | None, status: int | None) -> None:
    assert read(action=action, responseCodeSent=sent).status == status


def test_what_is_redacted_is_as_if_not_sent() -> None:
    record = read({"Host": "h", "authorization": "REDACTED", "Cookie": "REDACTED", "x-key": "REDACTED"})
    assert (record.auth_header, record.cookies, record.wanted) == (None, None, [None, None])
    assert read(request={"args": "REDACTED"}).url == "/shop"


def test_a_redacted_path_refuses_the_line() -> None:
    with pytest.raises(BadLine, match="no URL"):
        read(request={"uri": "REDACTED"})


@pytest.mark.parametrize(
    ("headers", "host"),
    [
        ([], None),
        ([{"name": "HOST", "value": "h"}], "h"),
        ([{"name": "host", "value": "a"}, {"name": "Host", "value": "b"}], "a"),
        ([{"name": "hos", "value": "h"}, 1, None, {}], None),
        ([{"name": "Host", "value": None}], None),
    ],
)
def test_headers_in_any_case_the_first_counts(headers: list[Any], host: str | None) -> None:
    assert read(headers).host == host


def test_the_host_that_later_generations_tell_beside_the_headers() -> None:
    assert read([], request={"host": "h"}).host == "h"


@pytest.mark.parametrize(
    ("args", "url"), [("", "/shop"), ("?a=1", "/shop?a=1"), ("a=%20&b", "/shop?a=%20&b"), (None, "/shop")]
)
def test_queries(args: str | None, url: str) -> None:
    assert read(request={"args": args}).url == url


@pytest.mark.parametrize("agent", ['a"b\\c', "\x0c\x85\u2028", "é", "\ud800"])
def test_odd_user_agents(agent: str) -> None:
    assert read({"User-Agent": agent}).user_agent == agent.replace("\ud800", "\ufffd")


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        (line(timestamp=None), "no time"),
        (line(timestamp="x"), "the time is not RFC 3339 with zone"),
        (line(request={"clientIp": "-"}), "no client address"),
        (line(webaclId=None), "webaclId is missing, which every line of this format has"),
        (line()[:-1], "not JSON"),
        (b"[" + line() + b"]", "not a JSON object"),
        (line() + b"\xff", "not UTF-8"),
    ],
    ids=lambda value: value if isinstance(value, str) else "line",
)
def test_lines_that_are_none(odd: bytes, why: str) -> None:
    with pytest.raises(BadLine) as error:
        FORMAT.parse(odd, ())
    assert str(error.value) == why


def test_identities_are_found_in_the_headers() -> None:
    row = ingested(line() + b"\n", apis=APIS).row
    assert (row["api"], row["cookie"], row["token"], row["api_key"]) == ("shop", "1", "t", "k")


def test_fault_06_a_header_forges_no_line() -> None:
    forged = line({"Host": "h", "User-Agent": 'x"}]}}\n' + line().decode()})
    assert ingested(forged + b"\n" + line() + b"\n").receipt.good == 2
