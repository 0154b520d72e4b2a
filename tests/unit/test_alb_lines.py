"""The line parser of AWS load balancer logs."""

from datetime import UTC, datetime

import pytest

from abslake.formats.alb import FORMAT
from abslake.records.record import BadLine, Record

TIME = "2026-03-02T10:15:00.123456Z"
TAIL = '- - arn:aws:x "Root=1-5c7ccbc4" "-" "-" 0 2026-03-02T10:14:59.900000Z "forward" "-" "-"'


def line(
    kind: str = "https",
    time: str = TIME,
    client: str = "192.0.2.1:50337",
    target: str = "10.0.0.1:80",
    times: str = "0.001 0.113 0.002",
    status: str = "404",
    received: str = "152",
    sent: str = "13911",
    request: str = "GET https://shop.example.com:443/shop?a=1 HTTP/1.1",
    agent: str = "curl/7.64",
    tail: str = TAIL,
) -> bytes:
    fields = f"{kind} {time} app/x/1 {client} {target} {times} {status} 200 {received} {sent}"
    return f'{fields} "{request}" "{agent}"{tail and " " + tail}'.encode()


def read(**changes: str) -> Record:
    return FORMAT.parse(line(**changes), ())


def test_a_plain_line() -> None:
    assert FORMAT.parse(line(), ("x-key",)) == Record(
        time=int(datetime(2026, 3, 2, 10, 15, tzinfo=UTC).timestamp()) * 1_000_000 + 123456,
        peer="192.0.2.1",
        method="GET",
        url="https://shop.example.com:443/shop?a=1",
        protocol="HTTP/1.1",
        user_agent="curl/7.64",
        status=404,
        request_bytes=152,
        response_bytes=13911,
        server="10.0.0.1:80",
        time_ms=116.0,
        wanted=[None],
    )


@pytest.mark.parametrize("kind", ["http", "https", "h2", "grpcs", "ws", "wss"])
@pytest.mark.parametrize("tail", ["", "-", TAIL, f'{TAIL} "new" field', "TLS-\\x "])
def test_kinds_and_fewer_or_more_trailing_fields(kind: str, tail: str) -> None:
    assert read(kind=kind, tail=tail) == read()


@pytest.mark.parametrize(
    ("client", "peer"),
    [
        ("2001:db8::1:443", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("2001:db8:0:0:0:0:0:1:50337", "2001:db8:0:0:0:0:0:1"),
    ],
)
def test_ipv6_clients_with_and_without_brackets(client: str, peer: str) -> None:
    assert read(client=client).peer == peer


def test_what_no_target_answered() -> None:
    record = read(target="-", times="-1 -1 -1", status="-", agent="-")

    assert (record.server, record.time_ms, record.status, record.user_agent) == (None, None, None, None)


@pytest.mark.parametrize(
    ("times", "sum_ms"),
    [
        ("0.000 0.000 0.000", 0),
        ("1 2 3", 6000),
        ("0.1 -1 0.1", None),
        ("- 0.1 0.1", None),
        ("x 1 1", None),
        ("1e300 0 0", None),
    ],
)
def test_times(times: str, sum_ms: float | None) -> None:
    assert read(times=times).time_ms == sum_ms


@pytest.mark.parametrize(
    ("agent", "text"),
    [("", None), ("-", None), ("a\\x22b", 'a"b'), ('a\\"b', 'a"b'), ("\\xc3\\xa9", "é"), ("é", "é"), ("a\\\\", "a\\")],
)
def test_user_agents(agent: str, text: str | None) -> None:
    assert read(agent=agent).user_agent == text


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        (line(kind="ftp"), "the type of the line is not one of this load balancer's"),
        (line(status="20"), "the status is not a number of three digits"),
        (line(client="-"), "no client address"),
        (line().replace(b'"', b""), "the line does not have the layout of this format"),
        (line(tail="")[:-1], "the line does not have the layout of this format"),
        (b" " + line(), "the line does not have the layout of this format"),
        (b"\xff" + line(), "not UTF-8"),
        (line(time="2026-03-02T10:15:00"), "the time is not RFC 3339 with zone"),
        (line(time="2026-02-30T10:15:00Z"), "the time is not RFC 3339 with zone"),
        (line(request="- http://h:80- -"), "the request line is not METHOD URL PROTOCOL"),
        (line(request="-"), "the request line is not METHOD URL PROTOCOL"),
        (line(request=""), "the request line is not METHOD URL PROTOCOL"),
    ],
    ids=lambda value: value if isinstance(value, str) else "line",
)
def test_lines_that_are_none(changed: bytes, why: str) -> None:
    with pytest.raises(BadLine) as error:
        FORMAT.parse(changed, ())
    assert str(error.value) == why


def test_fault_05_quotes_and_blanks_inside_a_field_move_no_other_field() -> None:
    odd = read(
        request='GET http://h:80/a b" HTTP/1.1'.replace('"', "\\x22"), agent='x" 200 \\"y'.replace('x" ', 'x\\" ')
    )

    assert (odd.url, odd.user_agent, odd.status) == ('http://h:80/a b"', 'x" 200 "y', 404)


def test_the_classic_load_balancer_has_no_type_and_nothing_after_the_tls_protocol() -> None:
    classic = line(tail="- -").removeprefix(b"https ")

    assert FORMAT.parse(classic, ()) == read()


def test_what_a_tcp_listener_logs_is_no_request() -> None:
    tcp = line(tail="- -", status="-", request="- - - ", agent="-").removeprefix(b"https ")
    with pytest.raises(BadLine, match="request line"):
        FORMAT.parse(tcp, ())


def test_fault_06_no_byte_but_a_newline_ends_a_line() -> None:
    assert read(agent="a\x0c\x85\u2028b").user_agent == "a\x0c\x85\u2028b"
