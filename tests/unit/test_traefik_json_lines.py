"""Traefik's JSON: every variant of docs/formats/traefik-json.md."""

import pytest

from abslake.formats.traefik_json import canonical_name
from abslake.records.record import NoRequest
from tests.support.ingesting import ingested
from tests.support.json_proxy_lines import TIME, line, read


@pytest.mark.parametrize(
    ("changes", "time"),
    [
        ({"StartUTC": "2026-03-02T10:15:00.123456789Z"}, TIME + 456),
        ({"StartUTC": "2026-03-02T10:15:00Z"}, TIME - 123_000),
        ({"StartUTC": ..., "StartLocal": "2026-03-02T11:15:00.123+01:00"}, TIME),
        ({"StartUTC": ...}, TIME - 123_000),
    ],
)
def test_times(changes: dict[str, object], time: int) -> None:
    assert read("traefik-json", changes).time == time


def test_the_duration_is_in_nanoseconds() -> None:
    assert read("traefik-json", {"Duration": 8764859}).time_ms == pytest.approx(8.764859, abs=0.001)
    assert read("traefik-json", {"Duration": 61_000_000_000}).time_ms == 61_000.0


def test_the_client_is_the_socket_and_never_client_host() -> None:
    record = read("traefik-json", {"ClientAddr": "[2001:db8::7]:443", "ClientHost": "198.51.100.66, 203.0.113.9"})
    assert (record.peer, record.forwarded_for) == ("2001:db8::7", "198.51.100.66, 203.0.113.9")


@pytest.mark.parametrize(("address", "host"), [("192.0.2.1:5", "192.0.2.1"), ("[2001:db8::7]:5", "2001:db8::7")])
def test_client_host_that_is_the_peer_is_nothing_forwarded(address: str, host: str) -> None:
    assert read("traefik-json", {"ClientAddr": address, "ClientHost": host}).forwarded_for is None


def test_kept_headers() -> None:
    changes = {
        "request_X-Api-Key": "k",
        "request_Authorization": "Bearer t",
        "request_Cookie": "SID=1",
        "request_Content-Type": "a/b",
        "downstream_Content-Type": "c/d",
        "origin_Content-Type": "e/f",
        "ClientUsername": "joe",
    }
    record = read("traefik-json", changes, ("x-api-key", "authorization", "x-other"))
    assert record.wanted == ["k", "Bearer t", None]
    assert (record.auth_header, record.cookies, record.username) == ("Bearer t", "SID=1", "joe")
    assert (record.request_content_type, record.response_content_type) == ("a/b", "c/d")


@pytest.mark.parametrize(
    ("name", "spelled"), [("x-api-key", "X-Api-Key"), ("dnt", "Dnt"), ("x-1a", "X-1a"), ("a--b", "A--B")]
)
def test_headers_are_spelled_as_go_does(name: str, spelled: str) -> None:
    assert canonical_name(name) == spelled


@pytest.mark.parametrize(
    ("changes", "host"),
    [({"RequestAddr": "h:8443", "RequestHost": "h"}, "h:8443"), ({"RequestAddr": ..., "RequestHost": "h"}, "h")],
)
def test_hosts(changes: dict[str, object], host: str) -> None:
    assert read("traefik-json", changes).host == host


@pytest.mark.parametrize(
    "message",
    [
        b'{"level":"info","msg":"Configuration loaded from flags.","time":"2026-03-02T10:15:00Z"}',
        b'{"level":"info","version":"3.0.0","time":"2026-03-02T10:15:00Z","message":"Traefik version 3.0.0"}',
    ],
)
def test_traefiks_own_log_is_no_request(message: bytes) -> None:
    with pytest.raises(NoRequest):
        read("traefik-json", {"msg": "x"})
    receipt = ingested(message + b"\n" + line("traefik-json"), format_name="traefik-json").receipt
    assert (receipt.blank, receipt.good) == (1, 1)
