"""OCSF HTTP Activity events, one a line."""

from pathlib import Path

import duckdb
import pytest

from abslake.records.record import BadLine, NoRequest
from tests.support.cloud_lines import TIME, line, read
from tests.support.ingesting import ingested


def headers(*pairs: tuple[str, str | None]) -> list[dict[str, str | None]]:
    return [{"name": name, "value": value} for name, value in pairs]


def test_identities() -> None:
    actor = {"user": {"name": "joe", "uid": "u-1", "credential_uid": "AKIA0000"}, "session": {"uid": "5f2c"}}
    record = read("ocsf", {"actor": actor})

    assert (record.username, record.api_key, record.session) == ("joe", "AKIA0000", "5f2c")


@pytest.mark.parametrize(
    ("user", "name"),
    [({"email_addr": "joe@example.com", "uid": "u-1"}, "joe@example.com"), ({"uid": "u-1"}, "u-1"), ({}, None)],
)
def test_a_user_without_name(user: dict[str, str], name: str | None) -> None:
    assert read("ocsf", {"actor": {"user": user}}).username == name


def test_the_source_is_the_client_so_what_goes_out_of_it_is_the_request() -> None:
    record = read("ocsf", {"traffic": {"bytes_in": 2000, "bytes_out": 100, "bytes": 2100}})

    assert (record.request_bytes, record.response_bytes) == (100, 2000)


def test_how_long_an_event_lasted_is_no_response_time() -> None:
    """An export of a log without response times says duration 0: read back it must not be an answer within 0 ms."""
    assert read("ocsf", {"duration": 0, "http_response.latency": None}).time_ms is None
    assert read("ocsf", {"duration": 900, "http_response.latency": 12}).time_ms == 12


def test_lengths_count_where_there_is_no_traffic() -> None:
    record = read("ocsf", {"traffic": ..., "http_request.length": 100, "http_response.length": 2000})

    assert (record.request_bytes, record.response_bytes) == (100, 2000)


def test_headers_in_any_case_and_the_first_of_a_name() -> None:
    found = headers(("HOST", "shop.example.com:8443"), ("x-Key", "1"), ("X-Key", "2"), ("Authorization", "Bearer t"))
    record = read("ocsf", {"http_request.http_headers": found, "http_request.url.hostname": "other"}, ("x-key",))

    assert (record.host, record.wanted, record.auth_header) == ("shop.example.com:8443", ["1"], "Bearer t")


def test_what_aws_waf_writes() -> None:
    record = read(
        "ocsf",
        {
            "http_request": {
                "args": "id=1",
                "http_method": "GET",
                "uid": "1-5e7",
                "url": {"path": "/shop/items"},
                "version": "HTTP/1.1",
                "http_headers": headers(("Host", "h"), ("User-Agent", "curl/8.5.0"), ("Cookie", "SID=1")),
            },
            "http_response": ...,
            "traffic": ...,
        },
    )

    assert (record.url, record.host, record.user_agent, record.cookies) == (
        "/shop/items?id=1",
        "h",
        "curl/8.5.0",
        "SID=1",
    )
    assert (record.status, record.request_bytes, record.response_bytes) == (None, None, None)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ({"path": "/a", "query_string": "b=c"}, "/a?b=c"),
        ({"path": "/a", "query_string": "?b=c"}, "/a?b=c"),
        ({"path": "/a", "query_string": ""}, "/a"),
        ({"path": "/a", "url_string": "https://h/other"}, "/a"),
        ({"url_string": "https://h/a?b=c"}, "https://h/a?b=c"),
        ({"text": "https://h/a?b=c"}, "https://h/a?b=c"),
    ],
)
def test_urls(url: dict[str, str], expected: str) -> None:
    assert read("ocsf", {"http_request.url": url}).url == expected


@pytest.mark.parametrize(
    ("forwarded", "text"),
    [
        (["203.0.113.7"], "203.0.113.7"),
        (["203.0.113.7", "198.51.100.1"], "203.0.113.7, 198.51.100.1"),
        (["", None, "-", "::1"], "::1"),
        ([], None),
        (None, None),
        ("203.0.113.7", "203.0.113.7"),
    ],
)
def test_forwarded_addresses_in_their_order(forwarded: object, text: str | None) -> None:
    assert read("ocsf", {"http_request.x_forwarded_for": forwarded}).forwarded_for == text


def test_a_forged_forwarded_address_is_not_believed_beyond_a_trusted_proxy() -> None:
    sent = line("ocsf", {"http_request.x_forwarded_for": ["6.6.6.6", "203.0.113.7", "192.0.2.2"]})

    assert ingested(sent).row["ip"] == "192.0.2.1"
    assert ingested(sent, trusted_proxies="192.0.2.0/24").row["ip"] == "203.0.113.7"


def test_cookies_as_a_list() -> None:
    cookies = [
        {"name": "SID", "value": "5f2c", "path": "/"},
        {"name": "S", "value": None},
        {"value": "x"},
        {"name": "T", "value": "u"},
    ]

    assert read("ocsf", {"http_cookies": cookies}).cookies == "SID=5f2c; T=u"


@pytest.mark.parametrize(
    ("endpoint", "server"),
    [
        ({"ip": "10.1.1.1", "port": 80}, "10.1.1.1:80"),
        ({"ip": "2001:db8::1", "port": 80}, "[2001:db8::1]:80"),
        ({"ip": "10.1.1.1"}, "10.1.1.1"),
        ({"hostname": "back.example.com", "port": 80}, "back.example.com:80"),
        ({"hostname": "shop.example.com", "port": 443}, None),
        ({"port": 80}, None),
        (None, None),
    ],
)
def test_the_back_end(endpoint: object, server: str | None) -> None:
    assert read("ocsf", {"dst_endpoint": endpoint, "http_request.url.hostname": "shop.example.com"}).server == server


@pytest.mark.parametrize("written", [1772446500000, "1772446500000", "2026-03-02T10:15:00Z"])
def test_times(written: object) -> None:
    assert read("ocsf", {"time": written}).time == TIME


@pytest.mark.parametrize("response", [{"code": 0}, {"code": None}, {}, None])
def test_no_status(response: object) -> None:
    assert read("ocsf", {"http_response": response}).status is None


def test_the_status_of_earlier_versions() -> None:
    assert read("ocsf", {"http_response": ..., "http_status": 404}).status == 404


@pytest.mark.parametrize("count", [None, 1, "1", ...])
def test_one_request(count: object) -> None:
    assert read("ocsf", {"count": count}).status == 200


@pytest.mark.parametrize("count", [0, 2, 1000, "2"])
def test_a_sum_of_requests_is_refused(count: object) -> None:
    with pytest.raises(BadLine, match="several requests"):
        read("ocsf", {"count": count})


def test_sums_are_quarantined_with_the_reason() -> None:
    log = b"\n".join([line("ocsf"), line("ocsf", {"count": 5}), line("ocsf", {"count": 1})])

    result = ingested(log)

    assert (result.receipt.good, result.receipt.quarantined) == (2, 1)
    assert result.reasons == {2: "the event stands for several requests (count is not 1)"}


@pytest.mark.parametrize("uid", [4001, 6003, 2004])
def test_other_classes_are_no_requests(uid: int) -> None:
    with pytest.raises(NoRequest):
        read("ocsf", {"class_uid": uid})


def test_other_classes_in_the_same_object_are_passed_over() -> None:
    log = b"\n".join([line("ocsf"), b'{"class_uid":4001,"time":1772446500000}', line("ocsf")])

    receipt = ingested(log).receipt

    assert (receipt.good, receipt.blank, receipt.quarantined) == (2, 1, 0)


def test_parquet_has_an_event_a_row(tmp_path: Path) -> None:
    # GIVEN events as Amazon Security Lake keeps them: structs and lists, what is not there is null
    events = [
        line("ocsf", {"http_request.http_headers": headers(("Host", "h")), "actor": {"user": {"name": "joe"}}}),
        line("ocsf", {"http_request.x_forwarded_for": ["203.0.113.7"], "count": 2}),
        line("ocsf", {"class_uid": 4001}),
    ]
    (tmp_path / "events.json").write_bytes(b"\n".join(events))
    with duckdb.connect() as engine:
        engine.execute(f"COPY (FROM '{tmp_path}/events.json') TO '{tmp_path}/events.parquet' (COMPRESSION zstd)")

    # WHEN the object is ingested
    result = ingested((tmp_path / "events.parquet").read_bytes())

    # THEN it is what the lines are
    receipt, row = result.receipt, result.row
    assert (receipt.format, receipt.good, receipt.quarantined, receipt.blank) == ("ocsf", 1, 1, 1)
    assert (row["host"], row["username"], row["path"], row["request_bytes"]) == ("h", "joe", "/shop/items", 526)
