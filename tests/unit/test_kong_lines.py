"""Kong's serializer: every variant of docs/formats/kong.md."""

import pytest

from abslake.records.record import NoRequest
from tests.support.ingesting import ingested
from tests.support.json_proxy_lines import line, read

CONSUMER = {
    "consumer": {"id": "c1", "username": "joe", "custom_id": "crm-7"},
    "authenticated_entity": {"id": "9f1d2c88", "consumer_id": "c1"},
}


def test_the_consumer_is_the_user_and_its_credential_the_api_key() -> None:
    record = read("kong", CONSUMER)
    assert (record.username, record.api_key) == ("joe", "9f1d2c88")


def test_a_consumer_without_username_is_known_by_its_custom_id() -> None:
    assert read("kong", CONSUMER | {"consumer/username": None}).username == "crm-7"


def test_nobody_was_authenticated() -> None:
    record = read("kong")
    assert (record.username, record.api_key) == (None, None)


def test_what_kong_names_counts_where_the_definition_finds_nothing() -> None:
    apis = {
        "shop": {"url": "/shop", "hostname": "shop.example.com", "apikey_header": "X-Key", "username_header": "X-User"}
    }
    with_key = line("kong", CONSUMER | {"request/headers/x-key": "k-17"})

    (row,) = ingested(line("kong", CONSUMER), apis=apis, format_name="kong").rows
    (keyed,) = ingested(with_key, apis=apis, format_name="kong").rows

    assert (row["api"], row["username"], row["api_key"]) == ("shop", "joe", "9f1d2c88")
    assert (keyed["username"], keyed["api_key"]) == ("joe", "k-17")


def test_old_versions_write_sizes_as_text() -> None:
    record = read("kong", {"request/size": "75", "response/size": "434"})
    assert (record.request_bytes, record.response_bytes) == (75, 434)


@pytest.mark.parametrize(
    ("tries", "server"),
    [
        ({}, None),
        ([], None),
        (..., None),
        ([{"ip": "10.1.1.1"}], "10.1.1.1"),
        (
            [{"ip": "10.1.1.1", "port": 80, "state": "failed", "code": 502}, {"ip": "10.1.1.2", "port": 8080}],
            "10.1.1.2:8080",
        ),
    ],
)
def test_the_back_end_is_that_of_the_last_try(tries: object, server: str | None) -> None:
    assert read("kong", {"tries": tries}).server == server


@pytest.mark.parametrize(
    ("changes", "host"),
    [
        ({"request/headers/host": ...}, "shop.example.com:8000"),
        ({"request/headers": ...}, "shop.example.com:8000"),
        ({"request/headers": {}, "request/url": ...}, None),
        ({"request/headers": {}, "request/url": "odd"}, None),
    ],
)
def test_without_headers_the_url_tells_the_host(changes: dict[str, object], host: str | None) -> None:
    assert read("kong", changes).host == host


def test_a_repeated_header_is_a_list() -> None:
    changes = {
        "request/headers/x-forwarded-for": ["198.51.100.1", "203.0.113.2, 203.0.113.3"],
        "request/headers/x-key": ["a", "b"],
    }
    record = read("kong", changes, ("x-key",))
    assert (record.forwarded_for, record.wanted) == ("198.51.100.1, 203.0.113.2, 203.0.113.3", ["a"])


def test_the_latency_of_the_whole_request_counts() -> None:
    assert read("kong", {"latencies": {"request": 173, "kong": 1, "proxy": -1}}).time_ms == 173.0
    assert read("kong", {"latencies": {"kong": 1, "proxy": -1}}).time_ms is None


def test_sessions_of_tcp_services_are_no_requests() -> None:
    session = {"session": {"received": 5, "sent": 7, "status": 200}, "request": ..., "response": ...}
    with pytest.raises(NoRequest):
        read("kong", session)
    assert ingested(line("kong", session) + b"\n" + line("kong"), format_name="kong").receipt.blank == 1


def test_a_batch_is_taken_apart() -> None:
    batch = b"[" + b",".join([line("kong"), line("kong", CONSUMER)]) + b"]"
    assert ingested(batch).receipt.good == 2
