"""The line parser of HAProxy's HTTP log."""

from pathlib import Path

import pytest

from abslake.formats.haproxy import FORMAT
from abslake.records.record import BadLine, NoRequest, Record
from tests.support.agreement import sure_rows

LINE = (
    "{prefix}{client} [{clock}] {frontend} {server} {timers} {status} {size} {cookie} - {state} {connections} 0/0 {captured}"
    '"{request}"{tail}'
)
USUAL = {
    "prefix": "Mar  2 10:15:00 lb01 haproxy[990]: ", "client": "192.0.2.7:33317", "clock": "02/Mar/2026:10:15:00.655",
    "frontend": "http-in", "server": "static/srv1", "timers": "10/0/30/69/109", "status": "200", "size": "2750", "cookie": "-",
    "state": "----", "connections": "1/1/1/1/0", "captured": "", "request": "GET /a?b=1 HTTP/1.1", "tail": "",
}  # fmt: skip


def line(**changes: str) -> bytes:
    return LINE.format(**(USUAL | changes)).encode()


def read(**changes: str) -> Record:
    return FORMAT.parse(line(**changes), ())


def test_a_plain_line_and_its_time_is_utc() -> None:
    assert read() == Record(
        time=1_772_446_500_655_000, peer="192.0.2.7", method="GET", url="/a?b=1", protocol="HTTP/1.1", status=200,
        response_bytes=2750, server="static/srv1", time_ms=109.0,
    )  # fmt: skip


@pytest.mark.parametrize(
    "prefix",
    [
        "",
        "<134>",
        "haproxy[990]: ",
        "Mar 12 10:15:00 haproxy[990]: ",
        "<134>Mar  2 10:15:00 lb01 hapee-lb[990]: ",
        "2026-03-02T10:15:00.123456+01:00 lb01 haproxy[990]: ",
        "<134>1 2026-03-02T10:15:00.123456+01:00 lb01 haproxy 990 - - ",
        '<134>1 2026-03-02T10:15:00Z lb01 haproxy 990 - [meta@1 a="b [c"] ',
    ],
)
def test_what_syslog_puts_before_the_line(prefix: str) -> None:
    assert read(prefix=prefix) == read()


@pytest.mark.parametrize(
    ("name", "text", "column", "value"),
    [
        ("client", "2001:db8::7:33317", "peer", "2001:db8::7"),
        ("client", "[2001:db8::7]:33317", "peer", "2001:db8::7"),
        ("client", "unix:1", "peer", "unix:1"),
        ("frontend", "https-in~", "status", 200),
        ("server", "px-http/<NOSRV>", "server", None),
        ("server", "fe/<STATS>", "server", None),
        ("timers", "10/-1/-1/-1/-1", "time_ms", None),
        ("timers", "-1/-1/-1/-1/+50001", "time_ms", None),
        ("status", "-1", "status", None),
        ("size", "+2750", "response_bytes", None),
        ("cookie", "SID=8f0c2c1e", "cookies", "SID=8f0c2c1e"),
        ("state", "cR--", "status", 200),
        ("connections", "2/2/2/0/+2", "status", 200),
        ("connections", "2/2/2/0", "status", 200),
        ("captured", "{1wt.eu} {} ", "url", "/a?b=1"),
        ("captured", "{1wt.eu|Mozilla/5.0 (X11; #7B#22)} ", "url", "/a?b=1"),
        ("request", "GET /#22#C3#A9#23 HTTP/1.1", "url", '/"é#'),
        ("request", "GET /#FF HTTP/1.1", "url", "/\xff"),
        ("request", "GET /#GG HTTP/1.1", "url", "/#GG"),
        ("request", "GET https://h.example/a HTTP/2.0", "url", "https://h.example/a"),
        ("request", "GET /a b HTTP/1.0", "url", "/a b"),
        ("request", "GET /", "protocol", None),
        ("tail", " 0/0/0/0/0 h.example/TLSv1.3/TLS_AES_256_GCM_SHA384", "host", "h.example"),
        ("tail", " 0/1A/0/0/1 -/TLSv1.2/X", "host", None),
    ],
)
def test_fields(name: str, text: str, column: str, value: object) -> None:
    assert getattr(read(**{name: text}), column) == value


@pytest.mark.parametrize("end", ["1", "TTP/1.1", "HTTP/1.1", " HTTP/1.1", "b=1 HTTP/1.1"])
def test_a_line_that_syslog_cut_tells_the_rest(end: str) -> None:
    record = FORMAT.parse(line()[: -len(end) - 1], ())
    assert record.url == ("/a?" if end.startswith("b") else "/a?b=1")
    assert (record.method, record.protocol, record.status) == ("GET", None, 200)


def test_the_engine_reads_lines_that_were_cut_alike(tmp_path: Path) -> None:
    whole = line(tail=" 0/0/0/0/0 h.example/TLSv1.3/X")
    assert 0 < sure_rows(FORMAT.readers[0], [whole[:end] for end in range(1, len(whole) + 1)], tmp_path) < 50


@pytest.mark.parametrize("request_line", ["<BADREQ>", "", "#16#03#01#02#00", "GET"])
def test_requests_that_are_none_are_refused(request_line: str) -> None:
    with pytest.raises(BadLine, match="the request line is not METHOD URL PROTOCOL"):
        read(request=request_line)


@pytest.mark.parametrize(
    "changes",
    [
        {"prefix": "kernel: "},
        {"server": "static"},
        {"timers": "10/0/30/69"},
        {"status": "OK"},
        {"size": "-"},
        {"tail": " more"},
        {"request": 'GET /" HTTP/1.1'},
        {"captured": "{a"},
    ],
)
def test_lines_that_are_none(changes: dict[str, str]) -> None:
    with pytest.raises(BadLine, match="expression"):
        read(**changes)


def test_a_bad_time_is_named() -> None:
    with pytest.raises(BadLine, match="the time is not day/month/year"):
        read(clock="31/Feb/2026:10:15:00.655")


@pytest.mark.parametrize(
    "message",
    [
        "192.0.2.7:33313 [06/Feb/2009:12:12:51.443] fnt bck/srv1 0/0/5007 212 -- 0/0/0/0/3 0/0",
        "192.0.2.7:56059 [03/Dec/2012:17:35:10.380] frt/f1: Connection error during SSL handshake",
        "Connect from 10.0.1.2:33312 to 10.0.3.31:8012 (www/HTTP)",
        "Server static/srv1 is DOWN, reason: Layer4 timeout. 1 active and 0 backup servers left.",
        "Proxy http-in started.",
        "backend static has no server available!",
        "[NOTICE]   (1) : New worker (8) forked",
    ],
)
@pytest.mark.parametrize("prefix", ["", "<134>Mar  2 10:15:00 lb01 haproxy[990]: "])
def test_connections_and_messages_are_no_requests(prefix: str, message: str) -> None:
    with pytest.raises(NoRequest):
        FORMAT.parse(f"{prefix}{message}".encode(), ())
