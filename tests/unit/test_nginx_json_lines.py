"""NGINX's log_format as JSON: every variant of docs/formats/nginx-json.md, and log formats of one's own."""

import json

import pytest

from abslake.formats.nginx_json_template import with_template
from abslake.records.record import BadLine
from tests.support.ingesting import ingested
from tests.support.json_proxy_lines import TIME, line, read


@pytest.mark.parametrize(
    ("name", "value", "micros"),
    [
        ("msec", "1772446500.123", 123_000),
        ("msec", 1772446500.123, 123_000),
        ("time_iso8601", "2026-03-02T11:15:00+01:00", 0),
        ("@timestamp", "2026-03-02T10:15:00+00:00", 0),
        ("time", "2026-03-02T10:15:00Z", 0),
        ("timestamp", "02/Mar/2026:10:15:00 +0000", 0),
        ("time_local", "02/Mar/2026:11:15:00 +0100", 0),
        ("ts", "1772446500", 0),
    ],
)
def test_times(name: str, value: object, micros: int) -> None:
    assert read("nginx-json", {"msec": ..., name: value}).time == TIME // 1_000_000 * 1_000_000 + micros


def test_the_finest_time_counts() -> None:
    assert read("nginx-json", {"time_iso8601": "2026-03-02T10:15:01+00:00"}).time == TIME


@pytest.mark.parametrize(
    "said",
    [
        {"request": "GET /shop?a=1 HTTP/2.0"},
        {"request": "GET /shop?a=1 HTTP/2.0", "request_method": "POST", "uri": "/other", "args": "b=2"},
        {"request_method": "GET", "request_uri": "/shop?a=1", "server_protocol": "HTTP/2.0"},
        {"request_method": "GET", "request_uri": "/shop?a=1", "args": "a=1", "server_protocol": "HTTP/2.0"},
        {"method": "GET", "uri": "/shop", "args": "a=1", "protocol": "HTTP/2.0"},
        {"verb": "GET", "path": "/shop", "query": "?a=1", "http_version": "2.0"},
        {"request_method": "GET", "request": "/shop?a=1", "request_path": "/shop", "request_proto": "HTTP/2.0"},
    ],
)
def test_requests(said: dict[str, object]) -> None:
    record = read("nginx-json", {"request": ..., **said})
    assert (record.method, record.url, record.protocol) == ("GET", "/shop?a=1", "HTTP/2.0")


@pytest.mark.parametrize("request_line", ["", "\x16\x03\x01", "-", "GET", "G\\x45T /", " / HTTP/1.1"])
def test_what_is_no_request_is_refused(request_line: str) -> None:
    with pytest.raises(BadLine):
        read("nginx-json", {"request": request_line})


def test_names_that_guides_give() -> None:
    record = read(
        "nginx-json",
        {
            **dict.fromkeys(("remote_addr", "http_host", "body_bytes_sent", "request_time", "http_user_agent"), ...),
            "upstream_addr": ...,
            "clientip": "192.0.2.9", "host": "10.0.0.9", "domain": "shop.example.com", "size": 5, "responsetime": 0.25,
            "agent": "a", "xff": "203.0.113.1", "upstreamhost": "10.1.1.2:80", "remote_user": "joe", "connection": "17",
        },
    )  # fmt: skip
    assert (record.peer, record.host, record.response_bytes, record.time_ms) == (
        "192.0.2.9",
        "shop.example.com",
        5,
        250.0,
    )
    assert (record.user_agent, record.forwarded_for, record.server) == ("a", "203.0.113.1", "10.1.1.2:80")
    assert (record.username, record.connection) == ("joe", "17")


def test_headers_that_definitions_name_are_called_as_variables() -> None:
    changes = {"http_x_api_key": "k", "http_authorization": "Bearer t", "http_cookie": "SID=1"}
    record = read("nginx-json", changes, ("x-api-key", "authorization", "x-other"))
    assert record.wanted == ["k", "Bearer t", None]
    assert (record.auth_header, record.cookies) == ("Bearer t", "SID=1")


@pytest.mark.parametrize(
    ("upstream", "server"),
    [
        ("10.1.1.1:80, 10.1.1.2:80", "10.1.1.2:80"),
        ("10.1.1.1:80 : 10.1.1.2:80", "10.1.1.2:80"),
        ("unix:/run/app.sock", "unix:/run/app.sock"),
        ("-", None),
        ("", None),
    ],
)
def test_of_several_upstreams_the_last_counts(upstream: str, server: str | None) -> None:
    assert read("nginx-json", {"upstream_addr": upstream}).server == server


def test_fault_06_members_that_a_client_writes_where_nothing_is_escaped_are_refused() -> None:
    forged = line("nginx-json").replace(b"curl/8.5.0", b'x","remote_addr":"198.51.100.66","z":"')
    result = ingested(forged + b"\n" + line("nginx-json"), format_name="nginx-json")
    assert (result.receipt.good, result.reasons) == (1, {1: "a key stands twice in an object"})


def test_a_bare_variable_that_is_empty_makes_no_json() -> None:
    broken = line("nginx-json").replace(b'"10.1.1.1:80"', b"")
    result = ingested(broken + b"\n" + line("nginx-json"), format_name="nginx-json")
    assert (result.receipt.good, result.reasons) == (1, {1: "not JSON"})


TEMPLATE = (
    '{"when":"$time_iso8601","net":{"client":"$remote_addr","host":"$http_host"},"host":"$server_addr",'
    '"req":{"m":"$request_method","u":"${request_uri}","a/b~c":"$http_x_api_key"},"status":$status,"took":$request_time,'
    '"note":"$status and $msec"}'
)
LINE = {
    "when": "2026-03-02T10:15:00+00:00",
    "net": {"client": "192.0.2.9", "host": "shop.example.com"},
    "host": "10.0.0.9",
    "req": {"m": "GET", "u": "/shop?a=1", "a/b~c": "k"},
    "status": 404,
    "took": 0.25,
    "note": "404 and 1",
}


def test_a_log_format_of_ones_own() -> None:
    record = with_template(TEMPLATE).parse(json.dumps(LINE).encode(), ("x-api-key", "x-other"))

    assert (record.peer, record.host, record.method, record.url) == (
        "192.0.2.9",
        "shop.example.com",
        "GET",
        "/shop?a=1",
    )
    assert (record.status, record.time_ms, record.wanted) == (404, 250.0, ["k", None])
    assert record.time == TIME // 1_000_000 * 1_000_000


def test_a_log_format_with_path_and_arguments() -> None:
    template = '{"t":"$msec","a":"$remote_addr","m":"$request_method","p":"$uri","q":"$args"}'
    made = {"t": "1772446500.123", "a": "192.0.2.9", "m": "GET", "p": "/shop", "q": "x=1"}
    assert with_template(template).parse(json.dumps(made).encode(), ()).url == "/shop?x=1"
    without = with_template(template.replace(',"q":"$args"', ""))
    assert without.parse(json.dumps(made).encode(), ()).url == "/shop"


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("$remote_addr - $request", "no JSON object"),
        ('{"t":"$msec","a":"$remote_addr"}', "lacks variables that tell method, url"),
        ('{"a":"$remote_addr","r":"$request"}', "lacks variables that tell time"),
        ('["$msec","$remote_addr","$request"]', "lacks variables"),
        ('{"t":"$msec","a":"$remote_addr","r":"$request","h":"$http_host","H":"$status"}', "differ in case alone"),
    ],
)
def test_a_log_format_that_cannot_be_read_is_refused_in_words(template: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        with_template(template)
