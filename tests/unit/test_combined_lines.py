"""The line parser of Apache and NGINX combined and common logs."""

from datetime import UTC, datetime

import pytest

from abslake.formats.combined import FORMAT
from abslake.records.record import BadLine, Record

parse = FORMAT.parse
LAYOUT = "the line does not have the layout of this format"
CLOCK = "the time is not day/month/year:hour:minute:second zone"
REQUEST = "the request line is not METHOD URL PROTOCOL"


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
        ('joe\\"', 'joe"'),
        ("x [y z]", "x [y z]"),
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
        ("GET /\\\\x41 HTTP/1.1", ("GET", "/\\x41", "HTTP/1.1")),
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
        (ODD, LAYOUT),
        (line(client=""), "no client address"),
        (line(tail=' "one'), LAYOUT),
        (line(tail=' "one"'), LAYOUT),
        (line() + b" more", LAYOUT),
        (line() + b' "xff" "host" more', LAYOUT),
        (b"", LAYOUT),
        (line() + b"\xff", "not UTF-8"),
        (line(status="20"), "the status is not a number of three digits"),
        (line(status="0.113"), "the status is not a number of three digits"),
        (line(size="0.113"), "the size of the answer is not a number of bytes"),
        (line(client="-"), "no client address"),
        (line(clock="30/Feb/2026:10:15:00 +0000"), CLOCK),
        (line(clock="02/Mai/2026:10:15:00 +0000"), CLOCK),
        (line(request="-"), REQUEST),
        (line(request=""), REQUEST),
        (line(request="GET"), REQUEST),
        (line(request="\\x16\\x03\\x01\\x02\\x00\\x01"), REQUEST),
        (line(request="GET", tail=' "-" "curl" "203.0.113.9"'), REQUEST),
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


def test_a_user_name_with_a_blank_is_no_virtual_host() -> None:
    identified = parse(line(user="joe smith").replace(b" - ", b" ident ", 1), ())
    assert (identified.peer, identified.username, identified.host) == ("192.0.2.1", "joe smith", None)
    assert read(user="192.0.2.9 x").peer == "192.0.2.1"


TOLD = ("forwarded_for", "host", "server", "request_bytes", "time_ms")
UPSTREAM = "10.0.0.1:80, 10.0.0.2:80 0, 5 0.100, 0.013 502, 200 4fc1"


@pytest.mark.parametrize(
    ("extension", "told"),
    [
        (' "203.0.113.9, 10.0.0.1"', ("203.0.113.9, 10.0.0.1", None, None, None, None)),
        (' "-"', (None, None, None, None, None)),
        (' "not an address"', ("not an address", None, None, None, None)),
        (" 0.113", (None, None, None, None, 113.0)),
        (" 0.113 -", (None, None, None, None, 113.0)),
        (" 0.113 0.001, 0.110 : 0.001", (None, None, None, None, 113.0)),
        (' "-" 12.345', (None, None, None, None, 12345.0)),
        (' rt=0.113 uct="0.001" uht="-" urt="0.1, 0.2"', (None, None, None, None, 113.0)),
        (' "203.0.113.9" rt=0.113 uct="0.001" uht="-" urt="-"', ("203.0.113.9", None, None, None, 113.0)),
        (" 152 205391", (None, None, None, 152, None)),
        (f" 152 0.113 [default-shop-80] [] {UPSTREAM}", (None, None, "10.0.0.2:80", 152, 113.0)),
        (" 152 0.113 [] [] - - - - 4fc1", (None, None, None, 152, 113.0)),
        (
            ' "203.0.113.9" "h.example" sn="x" rt=0.1 ua="-" us="-" ut="-" ul="-" cs=-',
            None,  # not as NGINX writes its times
        ),
        (
            ' "203.0.113.9" "h.example" sn="x" rt=0.100 ua="unix:/s : 10.0.0.2:80" us="-" ut="-" ul="-" cs=HIT',
            ("203.0.113.9", "h.example", "10.0.0.2:80", None, 100.0),
        ),
        (" 113", None),
        (" 0 113456", None),
        (" 0/113456", None),
        (" 0.113 0.113 x", None),
        (' "-" "h.example"', None),
    ],
)
def test_extensions_are_told_by_their_shape_or_refused(extension: str, told: tuple[object, ...] | None) -> None:
    if told is None:
        with pytest.raises(BadLine):
            parse(line() + extension.encode(), ())
        return
    record = parse(line() + extension.encode(), ())
    assert tuple(getattr(record, name) for name in TOLD) == told
    assert (record.peer, record.user_agent, record.response_bytes) == ("192.0.2.1", "curl/7.64", 203023)


@pytest.mark.parametrize("tail", [f"[shop] [] {UPSTREAM}", f"[shop] {UPSTREAM}", f"[shop] {UPSTREAM} h.example []"])
def test_old_generations_of_ingress_nginx(tail: str) -> None:
    start = line().decode().replace("192.0.2.1 - -", "192.0.2.1 - [192.0.2.1] - joe")
    record = parse(f"{start} 152 0.113 {tail}".encode(), ())
    assert (record.username, record.server, record.request_bytes, record.time_ms) == ("joe", "10.0.0.2:80", 152, 113.0)
    assert record.host == ("h.example" if "h.example" in tail else None)
