"""The ASE line parser: every rule and variant of docs/formats/ase.md."""

from datetime import UTC, datetime
from typing import Any

import pytest

from abslake.formats.ase import parse
from abslake.records.record import Record
from tests.support import ase
from tests.support.ase import headers


def read(wanted: tuple[str, ...] = (), **changes: Any) -> Record:
    return parse(ase.line(**changes), wanted)


def of_request(**changes: Any) -> Record:
    return read(request=ase.request(**changes))


def micros(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1_000_000)


def test_a_plain_transaction() -> None:
    assert read(connection_id="7", correlation_id="c", response_time_ms=12.5) == Record(
        time=micros("2026-03-02T10:15:00.123"),
        correlation="c",
        peer="192.0.2.1",
        method="GET",
        url="/shop/items?id=1",
        host="shop.example.com",
        protocol="HTTP/1.1",
        user_agent="curl/7.64",
        status=200,
        response_content_type="application/json",
        response_bytes=21,
        server="10.1.1.1:80",
        connection="7",
        time_ms=12.5,
    )


@pytest.mark.parametrize(
    ("stamp", "time"),
    [
        ("2026-03-02T10:15:00Z", "2026-03-02T10:15:00"),
        ("2026-03-02t10:15:00.5z", "2026-03-02T10:15:00.5"),
        ("2026-03-02T10:15:00.000001+00:00", "2026-03-02T10:15:00.000001"),
        ("2026-03-02T10:15:00+02:30", "2026-03-02T07:45:00"),
        ("2026-03-02T23:15:00-01:00", "2026-03-03T00:15:00"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00"),
        (1772446500123, "2026-03-02T10:15:00.123"),
    ],
)
def test_timestamps(stamp: object, time: str) -> None:
    assert read(timestamp=stamp).time == micros(time)


@pytest.mark.parametrize("code", ["404", 404])
def test_a_status_as_text_or_number(code: object) -> None:
    assert read(response=ase.response(response_code=code)).status == 404


@pytest.mark.parametrize(
    ("version", "protocol"),
    [("1.1", "HTTP/1.1"), ("HTTP/1.1", "HTTP/1.1"), ("http/2", "http/2"), (2, "HTTP/2"), ("", None), (None, None)],
)
def test_http_versions(version: object, protocol: str | None) -> None:
    assert of_request(http_version=version).protocol == protocol


def test_a_port_as_number_text_or_not_at_all() -> None:
    assert of_request(source_port="80") == of_request(source_port=80) == of_request(source_port=None)


@pytest.mark.parametrize(("given", "text"), [("c1", "c1"), (17, "17"), (0, "0"), ("", None), (None, None)])
def test_ids_as_text_or_number(given: object, text: str | None) -> None:
    record = read(connection_id=given, correlation_id=given)
    assert (record.connection, record.correlation) == (text, text)


@pytest.mark.parametrize(
    ("mode", "sideband"), [("sideband", True), ("inline", False), ("other", False), ("", None), (None, None)]
)
def test_modes(mode: str | None, sideband: bool | None) -> None:
    assert read(mode=mode).sideband is sideband


@pytest.mark.parametrize(
    ("given", "time"),
    [
        (0, 0.0),
        (12, 12.0),
        (12.5, 12.5),
        ("12.5", 12.5),
        (-1, None),
        ("-1", None),
        ("fast", None),
        (True, None),
        (1e300, None),
        (10**12, None),
        ("9999999999", None),
        ({}, None),
        (None, None),
    ],
)
def test_response_times(given: object, time: float | None) -> None:
    assert read(response_time_ms=given).time_ms == time


@pytest.mark.parametrize("server", ["", None])
def test_an_absent_server(server: str | None) -> None:
    assert read(server=server).server is None


@pytest.mark.parametrize("answer", [None, "null"])
def test_no_answer(answer: str | None) -> None:
    line = ase.line(response=None) if answer is None else ase.line(response="@").replace(b'"@"', b"null")
    record = parse(line, ())
    assert (record.kind, record.status, record.response_bytes) == ("whole", None, None)


def test_two_lines() -> None:
    assert parse(ase.request_line("c"), ()).kind == "request"
    assert parse(ase.response_line("c"), ()).kind == "response"
    assert parse(ase.line(correlation_id="c"), ()).kind == "whole"


@pytest.mark.parametrize("body", ["request", "response"])
def test_wrapped_bodies(body: str) -> None:
    assert read(**{body: {"ASEPayload": getattr(ase, body)()}}) == read()


def test_unknown_fields_are_ignored() -> None:
    assert read(anything={"a": [1]}, request=ase.request(body="x"), response=ase.response(more=1)) == read()


def test_header_names_in_any_case() -> None:
    plain = headers(
        ("Host", "h"), ("User-Agent", "u"), ("Cookie", "a=1"), ("Authorization", "Bearer t"), ("X-Key", "k")
    )
    for spelled in (str.lower, str.upper, str.swapcase):
        other = [{spelled(name): value for name, value in entry.items()} for entry in plain]
        assert read(("x-key",), request=ase.request(headers=other)) == read(
            ("x-key",), request=ase.request(headers=plain)
        )


def test_of_repeated_headers_the_first_counts_but_cookies_and_forwarded_addresses_are_joined() -> None:
    twice = [entry for name in ("Host", "User-Agent", "Authorization", "X-Key") for entry in ({name: "1"}, {name: "2"})]
    record = read(
        ("x-key",),
        request=ase.request(
            headers=[
                *twice,
                *({name: value} for name, value in (("Cookie", "a=1"), ("cookie", ""), ("COOKIE", "b=2"))),
                *({name: value} for name, value in (("X-Forwarded-For", ""), ("x-forwarded-for", "::1, ::2"))),
            ]
        ),
    )

    assert (record.host, record.user_agent, record.auth_header, record.wanted) == ("1", "1", "1", ["1"])
    assert (record.cookies, record.forwarded_for) == ("a=1; b=2", "\n::1, ::2")


@pytest.mark.parametrize("value", ["", None])
def test_an_empty_header_is_none(value: str | None) -> None:
    record = read(("x-key",), request=ase.request(headers=[{"Host": value}, {"X-Key": value}, {"Cookie": value}]))

    assert (record.host, record.wanted, record.cookies) == (None, [None], None)


@pytest.mark.parametrize("absent", [[], None])
def test_no_headers(absent: object) -> None:
    record = read(("x-key",), request=ase.request(headers=absent), response=ase.response(headers=absent))

    assert (record.host, record.wanted, record.response_bytes) == (None, [None], None)


@pytest.mark.parametrize(
    ("length", "count"),
    [("0", 0), ("21", 21), (21, 21), ("-1", None), ("1.5", None), ("", None), ("9" * 12, 10**12 - 1), ("9" * 13, None)],
)
def test_content_lengths(length: object, count: int | None) -> None:
    body = headers(("Content-Length", length))
    record = read(request=ase.request(headers=body), response=ase.response(headers=body))
    assert (record.request_bytes, record.response_bytes) == (count, count)


@pytest.mark.parametrize(
    ("info", "user"),
    [
        ([{"username": "joe"}, {"client_id": "app"}], "joe"),
        ([{"client_id": "app"}, {"username": "joe"}], "joe"),
        ([{"client_id": "app", "username": "joe"}], "joe"),
        ([{"username": ""}, {"username": "ann"}], "ann"),
        ([{"username": 17}], "17"),
        ([{"username": "do\\main"}], "do\\main"),
        ([None, "x", 5], None),
        ({"username": "joe"}, None),
        ([], None),
        (None, None),
    ],
)
def test_user_info(info: object, user: str | None) -> None:
    assert of_request(user_info=info).username == user


@pytest.mark.parametrize("text", ["é", "\u2028\x85", "\x00", "🂡", "\\", '"', "\x7f"])
def test_text_stands_as_sent(text: str) -> None:
    assert of_request(url=f"/{text}", headers=headers(("User-Agent", text))).user_agent == text


def test_fault_11_a_lone_surrogate_is_replaced() -> None:
    line = ase.line().replace(b"curl/7.64", b"a\\ud800b")
    assert parse(line, ()).user_agent == "a\ufffdb"
