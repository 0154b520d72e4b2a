"""The line parser of Traefik's CLF."""

import pytest

from abslake.formats.traefik import FORMAT
from abslake.records.record import BadLine, Record

LINE = (
    '{client} - {user} [02/Mar/2026:10:15:00 +0000] "{request}" {status} {size} {referer} "{agent}" {number} {router} {server} '
    "{took}"
)
USUAL = {
    "client": "192.0.2.7", "user": "-", "request": "GET /a?b=1 HTTP/1.1", "status": "200", "size": "5", "referer": '"-"',
    "agent": "curl/7.64", "number": "116", "router": '"shop@docker"', "server": '"http://10.0.0.2:8080"', "took": "113ms",
}  # fmt: skip


def read(**changes: str) -> Record:
    return FORMAT.parse(LINE.format(**(USUAL | changes)).encode(), ())


def test_a_plain_line() -> None:
    assert read() == Record(
        time=1_772_446_500_000_000, peer="192.0.2.7", method="GET", url="/a?b=1", protocol="HTTP/1.1", status=200,
        response_bytes=5, user_agent="curl/7.64", server="10.0.0.2:8080", time_ms=113.0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "column", "value"),
    [
        ("user", "joe", "username", "joe"),
        ("status", "-", "status", None),
        ("status", "0", "status", None),
        ("size", "-", "response_bytes", None),
        ("number", "-", "status", 200),
        ("agent", "-", "user_agent", None),
        ("agent", '"Mozilla/5.0"', "user_agent", '"Mozilla/5.0"'),
        ("agent", 'foo \\" bar', "user_agent", 'foo " bar'),
        ("agent", 'a\\"b', "user_agent", 'a"b'),
        ("agent", "\\x41\\n é\u2028", "user_agent", "\\x41\\n é\u2028"),
        ("request", 'GET /?q="><script> HTTP/1.1', "url", '/?q="><script>'),
        ("referer", '"https://a/?b="c""', "status", 200),
        ("referer", "-", "status", 200),
        ("router", '"-"', "status", 200),
        ("server", '"-"', "server", None),
        ("server", "-", "server", None),
        ("server", '"https://[2001:db8::2]:443/x"', "server", "[2001:db8::2]:443/x"),
        ("server", '"10.0.0.2"', "server", "10.0.0.2"),
        ("took", "0ms", "time_ms", 0.0),
    ],
)
def test_fields(name: str, text: str, column: str, value: object) -> None:
    assert getattr(read(**{name: text}), column) == value


def test_before_2_2_there_were_no_quotes_where_there_was_no_router() -> None:
    assert read(router="-", server="-", status="404").status == 404


@pytest.mark.parametrize(
    ("client", "peer", "forwarded_for"),
    [
        ("2001:db8::7", "2001:db8::7", None),
        ("203.0.113.9, 192.0.2.7", "192.0.2.7", "203.0.113.9"),
        ("203.0.113.9,10.0.0.1, 192.0.2.7", "192.0.2.7", "203.0.113.9,10.0.0.1"),
    ],
)
def test_x_forwarded_for_of_a_believed_proxy_stands_first(client: str, peer: str, forwarded_for: str | None) -> None:
    record = read(client=client)
    assert (record.peer, record.forwarded_for) == (peer, forwarded_for)


FORGED = '9.9.9.9 - root [02/Mar/2026:10:15:00 +0000] "GET /fake HTTP/1.1" 200 5 "-" "x'


@pytest.mark.parametrize(
    "changes",
    [
        {"client": f"{FORGED}, 192.0.2.7"},
        {"agent": 'x" 7 "r" "http://evil" 0ms'},
        {"agent": 'x "y'},
        {"user": "joe smith"},
        {"user": FORGED},
        {"request": 'GET / HTTP/1.1" 200 5 "-" "x'},
        {"took": "113"},
        {"took": "113ms x"},
        {"router": "shop"},
    ],
)
def test_what_is_not_of_this_layout_is_refused(changes: dict[str, str]) -> None:
    with pytest.raises(BadLine, match="layout"):
        read(**changes)


def test_a_request_that_is_none_is_refused() -> None:
    with pytest.raises(BadLine, match="the request line is not METHOD URL PROTOCOL"):
        read(request="- - -")
