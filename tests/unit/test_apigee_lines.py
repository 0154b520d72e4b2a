"""Apigee analytics records, and messages whose members are called as the flow variables."""

import json
from typing import Any

import pytest

from abslake.formats import formats
from abslake.records.record import BadLine, Record
from tests.support.cloud_lines import TIME, read
from tests.support.ingesting import ingested

VARIABLES: dict[str, Any] = {
    "client.ip": "192.0.2.1",
    "request.verb": "POST",
    "request.uri": "/shop/orders?a=1",
    "request.header.host": "shop.example.com",
    "request.header.x-key": "k",
    "response.status.code": "201",
    "client.received.start.timestamp": "1772446500000",
    "client.sent.end.timestamp": "1772446500012",
    "client_id": "6gClRCKp",
}


def message(document: dict[str, Any]) -> Record:
    return formats()["apigee"].parse(json.dumps(document).encode(), ("x-key",))


@pytest.mark.parametrize("written", [1772446500000, "1772446500000", "2026-03-02T10:15:00Z"])
def test_times(written: object) -> None:
    assert read("apigee", {"client_received_start_timestamp": written}).time == TIME


def test_identities() -> None:
    record = read("apigee", {"client_id": "key", "access_token": "token", "developer_email": "joe@example.com"})

    assert (record.api_key, record.token, record.username) == ("key", "token", "joe@example.com")


def test_what_is_not_set_is_none() -> None:
    names = (
        "client_id",
        "access_token",
        "developer_email",
        "useragent",
        "x_forwarded_for_ip",
        "target_ip",
        "target_host",
    )
    record = read("apigee", dict.fromkeys(names, "(not set)"))

    found = (record.api_key, record.token, record.username, record.user_agent, record.forwarded_for, record.server)
    assert set(found) == {None}


def test_the_next_place_counts_where_the_first_is_not_set() -> None:
    record = read(
        "apigee",
        {"client_ip": "(not set)", "proxy_client_ip": "192.0.2.5", "target_ip": "(not set)", "target_host": "b"},
    )

    assert (record.peer, record.server) == ("192.0.2.5", "b")


def test_a_client_cannot_choose_its_address() -> None:
    changes = {"x_forwarded_for_ip": "203.0.113.99, 192.0.2.1", "ax_resolved_client_ip": "203.0.113.99"}

    assert read("apigee", changes).peer == "192.0.2.1"


@pytest.mark.parametrize(
    ("start", "end", "elapsed"),
    [
        (1772446500000, 1772446500071, 71),
        ("1772446500000", "1772446500071", 71),
        (1772446500000, 1772446499999, None),
        (1772446500000, 0, None),
        (1772446500000, None, None),
        (1772446500000, "soon", None),
    ],
)
def test_the_response_time_of_records_without_a_total(start: object, end: object, elapsed: float | None) -> None:
    changes = {"client_received_start_timestamp": start, "client_sent_end_timestamp": end, "total_response_time": ...}

    assert read("apigee", changes).time_ms == elapsed


def test_a_message_of_flow_variables() -> None:
    assert message(VARIABLES) == Record(
        time=TIME,
        peer="192.0.2.1",
        method="POST",
        url="/shop/orders?a=1",
        host="shop.example.com",
        wanted=["k"],
        api_key="6gClRCKp",
        status=201,
        time_ms=12,
    )


def test_a_message_in_an_entry_of_cloud_logging() -> None:
    assert message({"logName": "projects/p/logs/apigee", "jsonPayload": VARIABLES}) == message(VARIABLES)


def test_the_time_of_the_entry_counts_where_the_message_has_none() -> None:
    rest = {name: value for name, value in VARIABLES.items() if "timestamp" not in name}

    assert message({"timestamp": "2026-03-02T10:15:00Z", "jsonPayload": rest}).time == TIME


def test_a_message_without_client_address_needs_a_grammar() -> None:
    shaped = {"jsonPayload": {"verb": "GET", "requestUri": "/a", "proxyRequestReceived": "1772446500000"}}

    with pytest.raises(BadLine):
        message(shaped)


def test_a_file_of_both_kinds_is_read_whole() -> None:
    about = formats()["apigee"].about
    assert about is not None

    receipt = ingested("\n".join(about.examples * 3).encode()).receipt

    assert (receipt.good, receipt.quarantined) == (9, 0)
