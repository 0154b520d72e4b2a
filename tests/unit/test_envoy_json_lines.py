"""Envoy's JSON: every variant of docs/formats/envoy-json.md."""

import pytest

from abslake.records.record import BadLine, NoRequest
from tests.support.ingesting import ingested
from tests.support.json_proxy_lines import TIME, line, read


def test_the_names_of_envoy_gateway() -> None:
    changes: dict[str, object] = dict.fromkeys(("path", "x_forwarded_for", "user_agent", "authority"), ...)
    changes |= {"x-envoy-origin-path": "/a", "x-forwarded-for": "192.0.2.8", "user-agent": "u", ":authority": "h"}
    record = read("envoy-json", changes)
    assert (record.url, record.forwarded_for, record.user_agent, record.host) == ("/a", "192.0.2.8", "u", "h")


def test_everything_as_text_and_a_dash_for_nothing() -> None:
    texts = {"response_code": "200", "bytes_received": "526", "bytes_sent": "41583", "duration": "12"}
    dashes = {"authority": "-", "user_agent": "-", "upstream_host": "-", "x_forwarded_for": "-"}
    record = read("envoy-json", texts | dashes)
    assert (record.status, record.request_bytes, record.response_bytes, record.time_ms) == (200, 526, 41583, 12.0)
    assert (record.host, record.user_agent, record.server, record.forwarded_for) == (None, None, None, None)


def test_the_time_of_contour() -> None:
    assert read("envoy-json", {"start_time": ..., "@timestamp": "2026-03-02T10:15:00.123Z"}).time == TIME


@pytest.mark.parametrize(
    ("forwarded", "peer"),
    [
        ("198.51.100.66,203.0.113.9", "203.0.113.9"),
        ("198.51.100.66, 203.0.113.9", "203.0.113.9"),
        ("203.0.113.9", "203.0.113.9"),
        ("198.51.100.66,2001:db8::7", "2001:db8::7"),
    ],
)
@pytest.mark.parametrize("address", [..., None, "envoy://internal_client_address/"])
def test_without_the_remote_address_the_last_forwarded_one_is_the_client(
    forwarded: str, peer: str, address: object
) -> None:
    record = read("envoy-json", {"downstream_remote_address": address, "x_forwarded_for": forwarded})
    assert (record.peer, record.forwarded_for) == (peer, forwarded)


def test_the_client_left_before_an_answer() -> None:
    record = read("envoy-json", {"response_code": 0, "duration": None, "upstream_host": None})
    assert (record.status, record.time_ms, record.server) == (None, None, None)


@pytest.mark.parametrize("method", [None, "-", ...])
def test_connections_are_no_requests(method: object) -> None:
    connection = {"method": method, "path": None, "protocol": None, "response_code": 0, "authority": None}
    with pytest.raises(NoRequest):
        read("envoy-json", connection)
    receipt = ingested(line("envoy-json", connection) + b"\n" + line("envoy-json"), format_name="envoy-json").receipt
    assert (receipt.blank, receipt.good) == (1, 1)


def test_a_request_that_envoy_could_not_read_is_refused() -> None:
    with pytest.raises(BadLine, match="no method"):
        read("envoy-json", {"method": None, "path": None, "response_code": 400})


@pytest.mark.parametrize("key", ["x-api-key", "x_api_key"])
def test_headers_that_the_template_adds(key: str) -> None:
    record = read("envoy-json", {key: "k", "authorization": "Bearer t"}, ("x-api-key", "authorization", "x-other"))
    assert record.wanted == ["k", "Bearer t", None]


def test_fault_06_members_that_a_client_writes_into_a_template_of_text_are_refused() -> None:
    forged = line("envoy-json").replace(b"curl/8.5.0", b'x","downstream_remote_address":"198.51.100.66:1","z":"')
    result = ingested(forged + b"\n" + line("envoy-json"), format_name="envoy-json")
    assert (result.receipt.good, result.reasons) == (1, {1: "a key stands twice in an object"})


def test_a_quote_in_a_template_of_text_makes_a_line_that_is_kept_in_quarantine() -> None:
    broken = line("envoy-json").replace(b"curl/8.5.0", b'a"b')
    result = ingested(broken + b"\n" + line("envoy-json"), format_name="envoy-json")
    assert (result.receipt.good, result.reasons) == (1, {1: "not JSON"})
