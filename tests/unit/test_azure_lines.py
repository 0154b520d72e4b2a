"""Azure API Management (GatewayLogs) and Azure Front Door (access log)."""

import json

import pytest

from abslake.formats import formats
from abslake.records.record import BadLine, NoRequest
from tests.support.cloud_lines import TIME, document, line, read
from tests.support.ingesting import ingested


def test_the_subscription_stands_for_the_key_and_the_user_of_the_portal_is_the_user() -> None:
    record = read("azure-apim", {"properties.apimSubscriptionId": "mobile-app", "properties.userId": "joe"})

    assert (record.api_key, record.username) == ("mobile-app", "joe")


def test_request_headers_in_any_case() -> None:
    headers = {
        "x-KEY": "k",
        "HOST": "shop.example.com",
        "authorization": "Bearer t",
        "X-Forwarded-For": "192.0.2.9:5021",
    }
    record = read("azure-apim", {"properties.requestHeaders": headers}, ("x-key",))

    assert (record.wanted, record.host, record.auth_header) == (["k"], "shop.example.com", "Bearer t")
    assert record.forwarded_for == "192.0.2.9:5021"


def test_the_self_hosted_gateway_writes_the_same_names_side_by_side() -> None:
    nested = document("azure-apim", {})
    flat = {"time": ..., "timeGenerated": nested["time"], "durationMs": ..., "totalTime": 12, "properties": ...}

    assert read("azure-apim", flat | nested["properties"]) == read("azure-apim")


def test_a_file_of_both_gateways_is_read_whole() -> None:
    nested = document("azure-apim", {})
    flat = line("azure-apim", {"properties": ...} | nested["properties"])

    receipt = ingested(b"\n".join([line("azure-apim")] * 3 + [flat] * 3)).receipt

    assert (receipt.good, receipt.quarantined) == (6, 0)


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("https://back.example.com/items", "back.example.com"),
        ("http://10.0.0.1:8080/a?b=http://c", "10.0.0.1:8080"),
        ("https://[2001:db8::1]:8443", "[2001:db8::1]:8443"),
        ("https://back.example.com?a=b", "back.example.com"),
        ("https://back.example.com#a", "back.example.com"),
        ("sb://queue", None),
        ("", None),
        (None, None),
    ],
)
def test_the_back_end_is_that_of_its_url(url: str | None, server: str | None) -> None:
    assert read("azure-apim", {"properties.backendUrl": url}).server == server


@pytest.mark.parametrize("category", ["WebSocketConnectionLogs", "GatewayLlmLogs", "FrontDoorHealthProbeLog"])
@pytest.mark.parametrize("name", ["azure-apim", "azure-front-door"])
def test_other_categories_are_no_requests(name: str, category: str) -> None:
    with pytest.raises(NoRequest):
        formats()[name].parse(line(name, {"category": category}), ())


@pytest.mark.parametrize("name", ["azure-apim", "azure-front-door"])
def test_a_record_without_category_is_none_of_azure(name: str) -> None:
    with pytest.raises(BadLine):
        read(name, {"category": ...})


@pytest.mark.parametrize("name", ["azure-apim", "azure-front-door"])
def test_seven_decimals_of_a_second(name: str) -> None:
    assert read(name, {"time": "2026-03-02T10:15:00.1234567Z"}).time == TIME + 123_456


def test_front_door_believes_x_forwarded_for_and_we_do_not() -> None:
    # GIVEN a request whose client claims another address
    sent = line("azure-front-door", {"properties.clientIp": "203.0.113.99", "properties.socketIp": "192.0.2.1"})

    # THEN it is of who sent it, unless that is a proxy that is trusted
    assert ingested(sent).row["ip"] == "192.0.2.1"
    assert ingested(sent, trusted_proxies="192.0.2.0/24").row["ip"] == "203.0.113.99"


@pytest.mark.parametrize(
    ("written", "protocol"),
    [
        ("2.0.0.0", "HTTP/2.0"),
        ("1.1.0.0", "HTTP/1.1"),
        ("3.0", "HTTP/3.0"),
        ("HTTP/2", "HTTP/2"),
        ("", None),
        (None, None),
    ],
)
def test_versions_of_front_door(written: str | None, protocol: str | None) -> None:
    assert read("azure-front-door", {"properties.httpVersion": written}).protocol == protocol


def test_an_origin_that_timed_out_and_one_that_was_not_asked() -> None:
    record = read("azure-front-door", {"properties.httpStatusCode": "0", "properties.originIp": "N/A"})

    assert (record.status, record.server) == (None, None)


def test_classic_front_door() -> None:
    changes = {
        "category": "FrontdoorAccessLog",
        "properties.originIp": ...,
        "properties.backendHostname": "back.example.com:443",
        "properties.isReceivedFromClient": True,
    }

    assert read("azure-front-door", changes).server == "back.example.com:443"


def test_what_one_edge_asks_of_another_is_the_same_request_once_more() -> None:
    changes = {"category": "FrontdoorAccessLog", "properties.isReceivedFromClient": False}

    with pytest.raises(NoRequest):
        read("azure-front-door", changes)


@pytest.mark.parametrize("indent", [None, 2])
def test_a_document_of_an_event_hub(indent: int | None) -> None:
    records = [
        document("azure-apim", {}),
        document("azure-apim", {"category": "GatewayLlmLogs"}),
        document("azure-apim", {}),
    ]

    receipt = ingested(json.dumps({"records": records}, indent=indent).encode()).receipt

    assert (receipt.format, receipt.good, receipt.blank, receipt.quarantined) == ("azure-apim", 2, 1, 0)
