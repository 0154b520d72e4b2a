"""What clients can send and proxies leave out, in every proxy's JSON: quotes, escapes, IPv6, nothing, and what is no JSON."""

import pytest

from abslake.formats import formats
from abslake.formats.detection import detect
from abslake.records.record import BadLine
from tests.support.ingesting import ingested
from tests.support.json_proxy_lines import AGENT, PEER, PLAIN, TIME, line, read
from tests.support.writers_json_proxies import with_port

every_format = pytest.mark.parametrize("name", PLAIN)


def address(name: str, text: str) -> str:
    """As this gateway writes an address."""
    return with_port(text, 1234) if name in ("envoy-json", "traefik-json") else text


@every_format
def test_a_plain_line(name: str) -> None:
    record = read(name)

    assert (record.time, record.peer, record.method, record.status) == (TIME, "192.0.2.1", "GET", 200)
    assert (record.url, record.host) == ("/shop/items?id=1", "shop.example.com")
    assert (record.user_agent, record.request_bytes, record.response_bytes) == ("curl/8.5.0", 526, 41583)
    assert record.time_ms == 12
    assert record.server == (None if name == "caddy" else "10.1.1.1:80")


@every_format
def test_the_format_is_found_by_its_lines(name: str) -> None:
    assert detect("upload", [line(name)] * 3 + [b"garbage"]).name == name


@every_format
@pytest.mark.parametrize(
    "agent",
    [
        'a "quoted" one',
        'back\\slash \\" \\n \\x22',
        "Ünïcode \u2028 \x85 \x0c 👩‍👩‍👧",
        "tab\there",
        "nul\x00",
        '{"like": "JSON"}',
        "[1]",
        "null",
        " blanks ",
        "%22",
    ],
)
def test_user_agents_stand_as_sent(name: str, agent: str) -> None:
    assert read(name, {AGENT[name]: agent}).user_agent == agent


@every_format
@pytest.mark.parametrize("agent", [None, "", "-", {}, [], {"a": "b"}])
def test_no_user_agent(name: str, agent: object) -> None:
    assert read(name, {AGENT[name]: agent}).user_agent is None


@every_format
def test_fault_11_a_lone_surrogate_is_replaced(name: str) -> None:
    sent = line(name, {AGENT[name]: "a@b"}).replace(b"@", rb"\ud800")

    assert formats()[name].parse(sent, ()).user_agent == "a\ufffdb"


@every_format
@pytest.mark.parametrize("text", ["2001:db8::7", "::1", "fe80::1%eth0"])
def test_an_ipv6_address(name: str, text: str) -> None:
    assert read(name, {PEER[name]: address(name, text)}).peer == text


@every_format
@pytest.mark.parametrize("nothing", [None, "", "-", ...])
def test_no_address_is_no_request(name: str, nothing: object) -> None:
    changes = {PEER[name]: nothing} | ({"x_forwarded_for": None} if name == "envoy-json" else {})

    with pytest.raises(BadLine):
        read(name, changes)


@every_format
@pytest.mark.parametrize(
    "spoiled",
    [
        b"",
        b"x",
        b"null",
        b"[]",
        b'"text"',
        b"{",
        b'{"a": 1',
        b"{}",
        b'{"a": NaN}',
        b"\xff",
        b"[" * 5000,
        b'{"a":' * 5000,
    ],
)
def test_what_is_no_line_is_refused_with_a_reason(name: str, spoiled: bytes) -> None:
    with pytest.raises(BadLine, match=r"\w"):
        formats()[name].parse(spoiled, ())


@every_format
def test_bytes_that_are_not_utf_8_are_refused(name: str) -> None:
    with pytest.raises(BadLine, match="not UTF-8"):
        formats()[name].parse(line(name, {AGENT[name]: "a@b"}).replace(b"@", b"\xff"), ())


@every_format
def test_a_reason_quotes_nothing_of_the_line(name: str) -> None:
    with pytest.raises(BadLine, match=r"^(?!.*secret)"):
        read(
            name,
            {PEER[name]: None, AGENT[name]: "secret"} | ({"x_forwarded_for": None} if name == "envoy-json" else {}),
        )


@every_format
@pytest.mark.parametrize("mark", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\r", "\n"])
def test_fault_06_no_request_is_forged_through_a_header(name: str, mark: str) -> None:
    # GIVEN a user agent that holds another line, behind a character that some call the end of a line
    forged = line(name, {PEER[name]: address(name, "198.51.100.66")}).decode()
    sent = line(name, {AGENT[name]: f"x{mark}{forged}"})

    # WHEN it is ingested as the gateway writes it, and with the character itself in place of its escape
    for log in (sent, sent.replace(rb"\u2028", "\u2028".encode()).replace(rb"\u0085", "\x85".encode())):
        result = ingested(log, format_name=name)

        # THEN it is one request, of the client that sent it
        assert (result.receipt.lines_read, result.receipt.good) == (1, 1)
        assert [row["ip"] for row in result.rows] == ["192.0.2.1"]


@every_format
def test_x_forwarded_for_does_not_choose_the_client(name: str) -> None:
    # GIVEN a client that claims to be another
    spoofed = {
        "kong": {"request/headers/x-forwarded-for": "198.51.100.66"},
        "nginx-json": {"http_x_forwarded_for": "198.51.100.66"},
        "envoy-json": {"x_forwarded_for": "198.51.100.66,192.0.2.1"},
        "traefik-json": {"ClientHost": "198.51.100.66", "request_X-Forwarded-For": "198.51.100.66"},
        "caddy": {"request/headers/X-Forwarded-For": ["198.51.100.66"], "request/client_ip": "198.51.100.66"},
    }[name]

    # WHEN its request is ingested THEN it counts for the peer, unless the peer is a trusted proxy
    log = line(name, spoofed)
    assert [row["ip"] for row in ingested(log, format_name=name).rows] == ["192.0.2.1"]
    assert [row["ip"] for row in ingested(log, format_name=name, trusted_proxies="192.0.2.0/24").rows] == [
        "198.51.100.66"
    ]


@pytest.mark.parametrize("name", ["kong", "traefik-json", "caddy"])
def test_what_the_gateway_keeps_back_is_no_identifier(name: str) -> None:
    place = {
        "kong": "request/headers/{}",
        "traefik-json": "request_{}",
        "caddy": "request/headers/{}",
    }[name]
    spelled = str.lower if name == "kong" else str
    changes = {
        place.format(spelled(header)): ["REDACTED"] if name == "caddy" else "REDACTED"
        for header in ("Authorization", "Cookie")
    }

    record = read(name, changes, ("authorization", "cookie"))

    assert (record.auth_header, record.cookies, record.wanted) == (None, None, [None, None])
