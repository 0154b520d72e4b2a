"""The line parser of Envoy's and Istio's default text logs."""

import pytest

from abslake.formats.envoy import FORMAT
from abslake.records.record import BadLine, NoRequest, Record

ENVOY = '[2026-03-02T10:15:00.310Z] "{request}" {status} - 154 5 226 100 "{xff}" "{agent}" "{id}" "{host}" "{server}"'
ISTIO = (
    '[2026-03-02T10:15:00.310Z] "{request}" {status} - via_upstream - "{failure}" 154 5 226 100 "{xff}" "{agent}" "{id}" '
    '"{host}" "{server}" outbound|80||shop.default.svc 10.0.0.5:1 10.0.0.5:2 {remote} - default'
)
OLD_ISTIO = ISTIO.replace('via_upstream - "{failure}"', '"-" "{failure}"')
USUAL = {
    "request": "GET /a?b=1 HTTP/1.1", "status": "200", "xff": "192.0.2.7", "agent": "curl/7.64", "id": "cc21d9b0",
    "host": "h.example", "server": "10.0.0.1:80", "failure": "-", "remote": "192.0.2.7:33210",
}  # fmt: skip
EVERY = [ENVOY, ISTIO, OLD_ISTIO]


def read(template: str, **changes: str) -> Record:
    return FORMAT.parse(template.format(**(USUAL | changes)).encode(), ())


@pytest.mark.parametrize("template", EVERY)
def test_a_plain_line(template: str) -> None:
    assert read(template) == Record(
        time=1_772_446_500_310_000, peer="192.0.2.7", forwarded_for=None if template is ENVOY else "192.0.2.7", method="GET",
        url="/a?b=1", protocol="HTTP/1.1", host="h.example", user_agent="curl/7.64", status=200, request_bytes=154,
        response_bytes=5, server="10.0.0.1:80", time_ms=226.0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("xff", "peer", "forwarded_for"),
    [
        ("192.0.2.7", "192.0.2.7", None),
        ("203.0.113.9,10.0.0.1, 192.0.2.7", "192.0.2.7", "203.0.113.9,10.0.0.1"),
        ("unknown, 2001:db8::7", "2001:db8::7", "unknown"),
    ],
)
def test_without_a_peer_the_last_address_of_x_forwarded_for_is_the_client(
    xff: str, peer: str, forwarded_for: str | None
) -> None:
    record = read(ENVOY, xff=xff)
    assert (record.peer, record.forwarded_for) == (peer, forwarded_for)


@pytest.mark.parametrize(("remote", "peer"), [("192.0.2.7:1", "192.0.2.7"), ("[2001:db8::7]:33210", "2001:db8::7")])
def test_istio_names_its_peer_and_x_forwarded_for_does_not_replace_it(remote: str, peer: str) -> None:
    record = read(ISTIO, remote=remote, xff="203.0.113.9")
    assert (record.peer, record.forwarded_for) == (peer, "203.0.113.9")


@pytest.mark.parametrize("template", EVERY)
@pytest.mark.parametrize(
    ("name", "text", "column", "value"),
    [
        ("status", "0", "status", None),
        ("agent", "-", "user_agent", None),
        ("agent", '"Mozilla/5.0 (X11)"', "user_agent", '"Mozilla/5.0 (X11)"'),
        ("agent", 'a" b', "user_agent", 'a" b'),
        ("agent", "back\\", "user_agent", "back\\"),
        ("agent", "\\x41 é\u2028", "user_agent", "\\x41 é\u2028"),
        ("request", 'GET /?q="><script> HTTP/2', "url", '/?q="><script>'),
        ("request", "GET /a b HTTP/2", "url", "/a b"),
        ("host", "-", "host", None),
        ("server", "-", "server", None),
        ("server", "tcp://10.0.0.1:80", "server", "10.0.0.1:80"),
        ("server", "/var/run/x.sock", "server", "/var/run/x.sock"),
    ],
)
def test_texts_are_as_they_stand(template: str, name: str, text: str, column: str, value: object) -> None:
    assert getattr(read(template, **{name: text}), column) == value


@pytest.mark.parametrize("template", EVERY)
@pytest.mark.parametrize(
    "changes",
    [
        {"agent": 'x" "id" "evil.example" "10.9.9.9:80'},
        {"agent": 'x" "y'},
        {"agent": 'x "y'},
        {"xff": '9.9.9.9" "x, 192.0.2.7'},
        {"xff": '9.9.9.9" "curl" "id" "evil.example" "h" , 192.0.2.7'},
        {"request": 'GET / HTTP/1.1" 200 - 0 0 0 0 "9.9.9.9" "x HTTP/1.1'},
    ],
)
def test_what_looks_like_further_fields_is_refused(template: str, changes: dict[str, str]) -> None:
    with pytest.raises(BadLine, match="layout"):
        read(template, **changes)


@pytest.mark.parametrize("template", EVERY)
@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"request": "- - HTTP/1.1"}, "the request line is not METHOD URL PROTOCOL"),
        ({"request": "GET"}, "the request line is not METHOD URL PROTOCOL"),
        ({"status": "OK"}, "the status is not a number of three digits"),
        ({"xff": "-", "remote": "-"}, "no client address"),
    ],
)
def test_lines_that_are_none(template: str, changes: dict[str, str], why: str) -> None:
    with pytest.raises(BadLine, match=why):
        read(template, **changes)


@pytest.mark.parametrize("template", EVERY)
def test_tcp_connections_are_no_requests(template: str) -> None:
    with pytest.raises(NoRequest):
        read(template, request="- - -", status="0", xff="-")


def test_failures_of_the_back_end_may_hold_blanks() -> None:
    assert read(ISTIO, failure="TLS error: 268435581:SSL routines", status="503").status == 503
