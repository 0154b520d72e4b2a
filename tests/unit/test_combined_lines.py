"""The line parser of Apache and NGINX combined and common logs."""

from datetime import UTC, datetime

import pytest

from abslake.formats.combined import parse
from abslake.records.record import BadLine, Record


def line(
    client: str = "192.0.2.1",
    user: str = "-",
    clock: str = "02/Mar/2026:10:15:00 +0000",
    request: str = "GET /shop?a=1 HTTP/1.1",
    status: str = "200",
    size: str = "203023",
    tail: str = ' "http://ref/" "curl/7.64"',
) -> bytes:
    return f'{client} - {user} [{clock}] "{request}" {status} {size}{tail}'.encode()


def read(**changes: str) -> Record:
    return parse(line(**changes), ())


def test_a_plain_line() -> None:
    assert parse(line(), ("x-key", "b")) == Record(
        time=int(datetime(2026, 3, 2, 10, 15, tzinfo=UTC).timestamp()) * 1_000_000,
        peer="192.0.2.1",
        method="GET",
        url="/shop?a=1",
        protocol="HTTP/1.1",
        user_agent="curl/7.64",
        status=200,
        response_bytes=203023,
        wanted=[None, None],
    )


def test_the_common_log_is_its_beginning() -> None:
    assert read(tail="").user_agent is None
    assert read(tail="").response_bytes == 203023


@pytest.mark.parametrize(
    ("clock", "hour"),
    [("02/Mar/2026:10:15:00 +0000", 10), ("02/Mar/2026:10:15:00 -0700", 17), ("2/Mar/2026:10:15:00 +0530", 4)],
)
def test_time_zones(clock: str, hour: int) -> None:
    assert datetime.fromtimestamp(read(clock=clock).time / 1e6, UTC).hour == hour


@pytest.mark.parametrize(
    ("user", "name"),
    [
        ("-", None),
        ("joe", "joe"),
        ("joe smith", "joe smith"),
        ('""', None),
        ("a\\x22b", 'a"b'),
        ("dom\\\\joe", "dom\\joe"),
    ],
)
def test_users(user: str, name: str | None) -> None:
    assert read(user=user).username == name


@pytest.mark.parametrize(
    ("request_line", "parts"),
    [
        ("GET / HTTP/1.1", ("GET", "/", "HTTP/1.1")),
        ("GET /", ("GET", "/", None)),
        ("GET /a b HTTP/1.0", ("GET", "/a b", "HTTP/1.0")),
        ('GET /\\"x\\" HTTP/1.1', ("GET", '/"x"', "HTTP/1.1")),
        ("GET /\\xc3\\xa9 HTTP/1.1", ("GET", "/é", "HTTP/1.1")),
        ("GET /\\xff HTTP/1.1", ("GET", "/\xff", "HTTP/1.1")),
        ("CUSTOM-VERB * HTTP/2.0", ("CUSTOM-VERB", "*", "HTTP/2.0")),
        ("GET http://h/x HTTP/1.1", ("GET", "http://h/x", "HTTP/1.1")),
    ],
)
def test_request_lines(request_line: str, parts: tuple[str, str, str | None]) -> None:
    record = read(request=request_line)
    assert (record.method, record.url, record.protocol) == parts


@pytest.mark.parametrize(
    ("size", "count"), [("-", None), ("0", 0), ("999999999999", 999999999999), ("9999999999999", None)]
)
def test_sizes(size: str, count: int | None) -> None:
    assert read(size=size).response_bytes == count


ODD = (
    b'46.118.127.106 - - [20/May/2015:12:05:17 +0000] "GET /scripts/grok-py-test/configlib.py HTTP/1.1" 200 235 "-" '
    b'"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html'
)
"""Line 8899 of the real Apache log in examples/: its user agent never ends."""


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        (ODD, "not a combined log line"),
        (line(status="20"), "not a combined log line"),
        (line(client=""), "not a combined log line"),
        (line(tail=' "one"'), "not a combined log line"),
        (line() + b" more", "not a combined log line"),
        (b"", "not a combined log line"),
        (line() + b"\xff", "not UTF-8"),
        (line(clock="30/Feb/2026:10:15:00 +0000"), "the time is not [day/month/year:hour:minute:second zone]"),
        (line(clock="02/Mai/2026:10:15:00 +0000"), "the time is not [day/month/year:hour:minute:second zone]"),
        (line(request="-"), "the request line is not METHOD URL PROTOCOL"),
        (line(request="GET"), "the request line is not METHOD URL PROTOCOL"),
        (line(request="\\x16\\x03\\x01"), "the request line is not METHOD URL PROTOCOL"),
    ],
    ids=lambda value: value if isinstance(value, str) else "line",
)
def test_lines_that_are_none(changed: bytes, why: str) -> None:
    with pytest.raises(BadLine) as error:
        parse(changed, ())
    assert str(error.value) == why


@pytest.mark.parametrize(("users", "name"), [("- -", None), ("- joe", "joe")])
def test_vhost_combined_tells_the_host_and_the_address_behind_it(users: str, name: str | None) -> None:
    record = parse(
        f'shop.example.com:80 192.0.2.1 {users} [02/Mar/2026:10:15:00 +0000] "GET / HTTP/1.1" 200 5 "-" "curl/7.64"'.encode(),
        (),
    )
    assert (record.host, record.peer, record.username) == ("shop.example.com:80", "192.0.2.1", name)
