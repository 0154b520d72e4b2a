"""Caddy's JSON: every variant of docs/formats/caddy.md."""

import pytest

from abslake.records.record import BadLine, NoRequest
from tests.support.ingesting import ingested
from tests.support.json_proxy_lines import TIME, line, read


@pytest.mark.parametrize(
    ("written", "time"),
    [
        (1772446500.1234567, TIME + 456),
        (1772446500, TIME - 123_000),
        (1772446500123, TIME),
        (1772446500123456789, TIME + 456),
        ("2026-03-02T10:15:00.123Z", TIME),
        ("2026-03-02T11:15:00.123+0100", TIME),
    ],
)
def test_every_form_of_the_time_that_has_a_zone(written: object, time: int) -> None:
    assert read("caddy", {"ts": written}).time == time


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(BadLine, match="the time is not"):
        read("caddy", {"ts": "2026/03/02 10:15:00.123"})


@pytest.mark.parametrize(
    ("changes", "peer"),
    [
        ({"request/client_ip": "198.51.100.66"}, "192.0.2.1"),
        ({"request/remote_ip": ..., "request/remote_addr": "192.0.2.9:50876"}, "192.0.2.9"),
        ({"request/remote_ip": ..., "request/remote_addr": "[2001:db8::7]:50876"}, "2001:db8::7"),
        ({"request/remote_ip": "2001:db8::443"}, "2001:db8::443"),
    ],
)
def test_the_client_is_the_socket_and_never_client_ip(changes: dict[str, object], peer: str) -> None:
    assert read("caddy", changes).peer == peer


def test_durations_are_in_seconds() -> None:
    assert read("caddy", {"duration": 0.0000929675}).time_ms == 0.093
    assert read("caddy", {"duration": "1.5ms"}).time_ms is None


def test_headers_are_lists_with_names_as_go_spells_them() -> None:
    changes = {
        "request/headers/X-Api-Key": ["k", "second"],
        "request/headers/Authorization": ["Bearer t"],
        "request/headers/Cookie": ["SID=1"],
        "request/headers/X-Forwarded-For": ["198.51.100.66", "203.0.113.9"],
        "request/headers/Content-Type": ["a/b"],
        "user_id": "joe",
    }
    record = read("caddy", changes, ("x-api-key", "authorization", "x-other"))
    assert record.wanted == ["k", "Bearer t", None]
    assert (record.cookies, record.forwarded_for) == ("SID=1", "198.51.100.66, 203.0.113.9")
    assert (record.request_content_type, record.response_content_type) == ("a/b", "text/plain")
    assert record.username == "joe"


def test_older_versions_keep_credentials_back_by_an_empty_list() -> None:
    record = read("caddy", {"request/headers/Authorization": [], "request/headers/Cookie": []})
    assert (record.auth_header, record.cookies) == (None, None)


def test_a_request_without_answer_has_no_status() -> None:
    assert read("caddy", {"status": 0}).status is None


@pytest.mark.parametrize(
    "message",
    [
        {"logger": "http.log.error", "msg": "dial tcp 10.1.1.1:80: connect: connection refused", "level": "error"},
        {"logger": "admin", "msg": "admin endpoint started", "request": ...},
    ],
)
def test_other_messages_are_no_requests(message: dict[str, object]) -> None:
    with pytest.raises(NoRequest):
        read("caddy", message)
    receipt = ingested(line("caddy", message) + b"\n" + line("caddy"), format_name="caddy").receipt
    assert (receipt.blank, receipt.good, receipt.requests) == (1, 1, 1)
