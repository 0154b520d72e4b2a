"""What only looks like a gateway's log, or could as well mean something else, is refused and never guessed at."""

import json
from typing import Any

import pytest

from abslake.errors import UnreadableLog
from abslake.formats import named
from abslake.records.record import BadLine
from tests.support.ingesting import ingested

NGINX = {
    "time_iso8601": "2026-03-02T10:15:00Z",
    "remote_addr": "192.0.2.7",
    "request": "GET /a HTTP/1.1",
    "status": "200",
}
COMBINED = '192.0.2.7 - - [02/Mar/2026:10:15:00 +0000] "GET /cart HTTP/1.1" 200 5120 "-" "curl/7.64"'


def nginx(**changes: Any) -> Any:
    return named("nginx-json").parse(json.dumps(NGINX | changes).encode(), ())


@pytest.mark.parametrize(
    "line",
    [
        '{"time":"2026-03-02T10:15:00Z","request":"sync orders now","status":200,"client":"worker-3","user":"svc"}',
        '{"timestamp":"2026-03-02T10:15:00Z","method":"POST","url":"https://pay.example/api","status":200,"client":"billing"}',
        '{"time":"2026-03-02T10:15:00Z","method":"POST","url":"orders now","status":200,"client":"192.0.2.7"}',
        "#Fields: date time x-edge-location c-ip cs-method sc-bytes cs-uri-stem sc-status\n"
        "2026-03-02\t10:15:00\tLAX\t55\t192.0.2.7\tGET\t/a\t200",
        '{"time":"02/Mar/2026:10:15:00","remote_addr":"192.0.2.7","method":"GET","uri":"/a","status":"200"}',
        f"{COMBINED} 12345 0",
        f"{COMBINED} 0 12345",
        f"{COMBINED} 12 12345678",
        f"{COMBINED} 1234 5119",
        f"{COMBINED} 0.100 0.113",
    ],
)
def test_a_log_of_such_lines_is_refused(line: str) -> None:
    with pytest.raises(UnreadableLog):
        ingested(line.encode() + b"\n")


@pytest.mark.parametrize("client", ["worker-3", "billing", "55", "cafe", "a.example", "1.2.3.4 x"])
def test_a_client_must_be_an_address(client: str) -> None:
    with pytest.raises(BadLine, match="the client address is no address"):
        nginx(remote_addr=client)


@pytest.mark.parametrize(
    "client", ["192.0.2.7", "2001:db8::7", "::ffff:192.0.2.7", "fe80::1%eth0", "unix:", "[2001:db8::7]:80"]
)
def test_every_form_of_an_address_passes(client: str) -> None:
    assert nginx(remote_addr=client).peer == client


def test_web_servers_may_log_host_names() -> None:
    assert named("combined").parse(COMBINED.replace("192.0.2.7", "host.example").encode(), ()).peer == "host.example"


@pytest.mark.parametrize("url", ["/a", "*", "http://h/a", "x+y://h"])
def test_a_url_is_a_path_or_absolute(url: str) -> None:
    assert nginx(request=f"GET {url} HTTP/1.1").url == url


def test_a_url_may_be_an_authority_where_the_method_is_connect() -> None:
    assert nginx(request="CONNECT h:443 HTTP/1.1").url == "h:443"
    with pytest.raises(BadLine, match="the URL is neither a path nor absolute"):
        nginx(request="GET h:443 HTTP/1.1")


@pytest.mark.parametrize(
    "start",
    [
        "203.0.113.9 10.0.0.1 - -",
        "203.0.113.9, 10.1.1.1 10.0.0.1 - -",
        "x 6.6.6.6 10.0.0.1 - -",
        "203.0.113.9 10.0.0.1 - joe",
        "203.0.113.9:80 10.0.0.1 - joe",
        "2001:db8::7 10.0.0.1 - joe",
    ],
)
def test_x_forwarded_for_in_front_of_a_combined_line_is_told(start: str) -> None:
    with pytest.raises(BadLine):
        named("combined").parse(COMBINED.replace("192.0.2.7 - -", start).encode(), ())


@pytest.mark.parametrize("times", ["0.113 0.100", "0.113 0.113", "0.110 0.113", "0.113 -", "0.113 0.001, 0.100"])
def test_a_request_takes_as_long_as_its_upstream(times: str) -> None:
    assert named("combined").parse(f"{COMBINED} {times}".encode(), ()).time_ms == float(times[:5]) * 1000


@pytest.mark.parametrize(
    ("spelled", "told"), [("0.113", 113.0), (0.1, 100.0), ("12345", None), ("113", None), (113, None)]
)
def test_a_time_without_decimals_has_no_unit(spelled: object, told: float | None) -> None:
    assert nginx(request_time=spelled).time_ms == told


def test_the_time_of_a_shipper_does_not_replace_that_of_the_request() -> None:
    at_the_shipper = {"@timestamp": "2026-03-02T11:59:59.123Z", "timestamp": "2026-03-02T11:59:59.123Z"}
    for name in ("time_local", "time", "ts"):
        document = NGINX | at_the_shipper | {name: "02/Mar/2026:10:15:00 +0000"}
        del document["time_iso8601"]
        record = named("nginx-json").parse(json.dumps(document).encode(), ())
        assert record.time == nginx().time


def test_a_request_id_of_nginx_makes_no_line_of_api_gateway() -> None:
    line = {
        "time": "2026-03-02T10:15:00Z", "request_id": "a3f8d9c2b1e04f67a1b2c3d4e5f60718", "client_ip": "192.0.2.7",
        "method": "GET", "path": "/a", "status": "200", "latency": "0.113",
    }  # fmt: skip
    with pytest.raises(BadLine, match="no request id of API Gateway"):
        named("api-gateway").parse(json.dumps(line).encode(), ())


def test_latency_without_its_maker_has_no_unit() -> None:
    line = {
        "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef", "requestTimeEpoch": "1772446500000", "ip": "192.0.2.7",
        "httpMethod": "GET", "path": "/a", "latency": "113",
    }  # fmt: skip
    assert named("api-gateway").parse(json.dumps(line).encode(), ()).time_ms is None


def test_a_header_line_with_other_columns_is_quarantined() -> None:
    first = "#Fields: date time c-ip cs-method cs-uri-stem sc-status time-taken"
    row = "2026-03-02\t10:15:00\t192.0.2.7\tGET\t/a\t200\t0.015"
    other = "#Fields: date time x-edge-location c-ip cs-method cs-uri-stem sc-status"
    shifted = "2026-03-02\t10:15:00\tLAX\t192.0.2.7\tGET\t/a\t200"

    result = ingested("\n".join([first, row, first, row, other, shifted]).encode())

    assert (result.receipt.good, result.receipt.blank, result.receipt.quarantined) == (2, 2, 2)
    assert result.reasons[5] == "a header line with other columns: the lines behind it are not of this format"


def test_apigee_s_first_address_of_x_forwarded_for_counts_for_nothing() -> None:
    line = {
        "client.ip": "10.0.0.1", "request.verb": "GET", "request.uri": "/a", "request.header.x-forwarded-for": "6.6.6.6",
        "client.received.start.timestamp": "1772446500123",
    }  # fmt: skip
    parse = named("apigee").parse
    assert parse(json.dumps(line).encode(), ()).forwarded_for is None
    line["request.header.x-forwarded-for.values.string"] = "6.6.6.6,203.0.113.9"
    assert parse(json.dumps(line).encode(), ()).forwarded_for == "6.6.6.6,203.0.113.9"


def test_front_door_s_client_is_never_taken_from_x_forwarded_for() -> None:
    about = named("azure-front-door").about
    assert about is not None
    with pytest.raises(BadLine, match="no client address"):
        named("azure-front-door").parse(about.examples[1].replace("socketIp", "otherIp").encode(), ())


def test_envoy_s_own_format_has_an_address_at_the_end_of_x_forwarded_for() -> None:
    about = named("envoy").about
    assert about is not None
    line = about.examples[0]
    assert named("envoy").parse(line.encode(), ()).peer == "192.0.2.7"
    with pytest.raises(BadLine, match="the client address is no address"):
        named("envoy").parse(line.replace("192.0.2.7", "joe").encode(), ())
