"""What a fact adds up: requests, connections, bytes, times; and what it says of devices, servers and success."""

from typing import Any

import pytest

from abslake.facts.latency import bucket, middle_ms
from abslake.records.user_agents import device_and_browser
from tests.support import ase
from tests.support.ingesting import ingested

CHROME = "Mozilla/5.0 (Windows NT 6.1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/57.0.2987.133 Safari/537.36"
WIDEST = 2**63 - 1


def row_of(*changes: dict[str, Any]) -> dict[str, Any]:
    return ingested(ase.log(*(ase.line(**change) for change in changes))).row


def agents(*values: str | None) -> list[tuple[str | None, str, str]]:
    lines = [
        ase.line(request=ase.request(headers=[] if value is None else [{"User-Agent": value}])) for value in values
    ]
    return sorted((row["user_agent"] or "", row["device"], row["browser"]) for row in ingested(ase.log(*lines)).rows)


def test_requests_that_agree_are_one_row() -> None:
    times = [f"2026-03-02T10:15:{second:02}.{second:03}999Z" for second in (30, 10, 59)]
    row = row_of(*({"timestamp": time} for time in times))

    assert row["requests"] == 3
    assert (row["minute"].second, row["first_seen"].second, row["last_seen"].second) == (0, 10, 59)
    # milliseconds are cut, not rounded
    assert (row["first_seen"].microsecond, row["last_seen"].microsecond) == (10_000, 59_000)


def test_connections_are_distinct_ids() -> None:
    assert row_of(*({"connection_id": value} for value in ("1", 1, "2", None, "")))["connections"] == 2
    assert row_of({"connection_id": None})["connections"] == row_of({"connection_id": ""})["connections"] == 0
    assert row_of({"connection_id": 7})["connections"] == 1


def test_bytes() -> None:
    known = [ase.request(headers=[{"Content-Length": value}]) for value in ("5", "7", "x", "")]
    row = row_of(*({"request": request, "response": ase.response(headers=[])} for request in known))

    assert (row["requests"], row["request_bytes"], row["response_bytes"]) == (4, 12, None)


@pytest.mark.parametrize("claimed", ["9" * 12, "9" * 13, "9" * 15, "9" * 30])
def test_no_content_length_that_a_client_claims_overflows_a_sum(claimed: str) -> None:
    many = [ase.line(request=ase.request(headers=[{"Content-Length": claimed}]))] * 9500
    total = ingested(ase.log(*many)).row["request_bytes"]

    assert total is None or 0 < total <= WIDEST


@pytest.mark.parametrize("time", [999_999_999, 10**9, 10**15, 1e300, "999999999.999", "1e300"])
def test_no_response_time_overflows_a_sum(time: object) -> None:
    rows = ingested(ase.log(*[ase.line(response_time_ms=time)] * 3, ase.line(response_time_ms=1))).rows

    assert sum(row["requests"] for row in rows) == 4
    assert all((row["response_time_us"] or 0) <= WIDEST for row in rows)


def test_one_absurd_time_leaves_the_other_lines_to_the_fast_reading() -> None:
    for odd, format_name in (
        (ase.line(response_time_ms=1e300), "ase"),
        (b'http 2026-03-02T10:15:00Z a 192.0.2.1:1 - 1e300 1.5 1.5 503 - 0 0 "GET http://h:80/ HTTP/1.1" "-"', "alb"),
    ):
        plain = odd.replace(b"1e+300", b"1").replace(b"1e300", b"1.5")
        assert ingested(ase.log(*[plain] * 50, odd), format_name=format_name).receipt.parsed_singly == 1


def test_response_times() -> None:
    row = row_of(*({"response_time_ms": time} for time in (12.5, 12.5, 12.4996)))
    assert row["response_time_us"] == 37_500

    assert row_of({"response_time_ms": None})["response_time_us"] is None
    assert row_of({"response_time_ms": None})["latency_bucket"] is None


@pytest.mark.parametrize("time", [0.011, 0.5, 1, 1.5, 12.5, 99, 1000, 65_432.1, 999_999_999])
def test_the_middle_of_a_latency_bucket_is_within_two_per_cent(time: float) -> None:
    found = row_of({"response_time_ms": time})["latency_bucket"]

    assert found == bucket(time)
    assert abs(middle_ms(found) - time) <= 0.02 * time


@pytest.mark.parametrize("time", [0, 0.001, 0.01])
def test_the_shortest_times_share_a_bucket(time: float) -> None:
    assert row_of({"response_time_ms": time})["latency_bucket"] == bucket(time) == 0


def test_devices_and_browsers_are_those_of_the_user_agent_as_sent() -> None:
    assert (
        agents(CHROME, "curl/7.64", "")
        == sorted((text, *device_and_browser(text)) for text in (CHROME, "curl/7.64", ""))
        == [("", "UNKNOWN", "UNKNOWN"), (CHROME, "WINDOWS_7", "CHROME"), ("curl/7.64", "UNKNOWN", "DOWNLOAD")]
    )
    assert agents(None) == [("", "UNKNOWN", "UNKNOWN")]


@pytest.mark.parametrize(
    ("changes", "server"),
    [
        ({"server": "a:1"}, "a:1"),
        ({"server": ""}, None),
        ({"server": None}, None),
        ({"server": "a:1", "response": None}, "a:1"),
        ({"mode": "sideband"}, "0.0.0.0"),
        ({"mode": "sideband", "server": None}, "0.0.0.0"),
        ({"mode": "sideband", "response": None}, None),
        ({"mode": "inline", "server": "a:1"}, "a:1"),
    ],
)
def test_servers(changes: dict[str, Any], server: str | None) -> None:
    assert row_of(changes)["server"] == server


def test_what_a_row_says_of_protocol_and_content() -> None:
    headers = ase.headers(("Content-Type", "application/json"), ("Host", "h"))
    row = row_of({"request": ase.request(headers=headers, http_version="HTTP/2")})

    assert (row["protocol"], row["request_content_type"], row["response_content_type"]) == (
        "HTTP/2",
        "application/json",
        "application/json",
    )
    assert (row["host"], row["method"], row["status"]) == ("h", "GET", 200)
