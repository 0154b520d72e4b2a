"""What clients can send and gateways leave out, in every cloud format: quotes, escapes, IPv6, nothing, and what is no JSON."""

import pytest

from abslake.formats import formats
from abslake.formats.detection import detect
from abslake.records.record import BadLine
from tests.support.cloud_lines import AGENT, CLOCK, PEER, PLAIN, TIME, line, read
from tests.support.ingesting import ingested

every_format = pytest.mark.parametrize("name", PLAIN)


@every_format
def test_a_plain_line(name: str) -> None:
    record = read(name)

    assert (record.time, record.peer, record.method, record.status) == (TIME, "192.0.2.1", "GET", 200)
    assert (record.url or "").endswith("/shop/items?id=1")
    assert (record.user_agent, record.request_bytes, record.response_bytes) == ("curl/8.5.0", 526, 41583)
    assert record.time_ms == 12
    assert (record.server or "").startswith("10.1.1.1")


@every_format
def test_the_examples_of_the_documentation_are_read(name: str) -> None:
    entry = formats()[name]
    assert entry.about is not None

    for example in entry.about.examples:
        assert entry.parse(example.encode(), ()).method in ("GET", "POST")


@every_format
def test_the_format_is_found_by_its_lines(name: str) -> None:
    assert detect("upload", [line(name)] * 3 + [b"garbage"]).name == name


@every_format
@pytest.mark.parametrize(
    "agent",
    [
        'a "quoted" one',
        'back\\slash \\" \\n',
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
@pytest.mark.parametrize("agent", [None, "", "-", ..., {}, [], {"a": "b"}])
def test_no_user_agent(name: str, agent: object) -> None:
    assert read(name, {AGENT[name]: agent}).user_agent is None


@every_format
def test_a_lone_surrogate_is_replaced(name: str) -> None:
    sent = line(name, {AGENT[name]: "a@b"}).replace(b"@", rb"\ud800")

    assert formats()[name].parse(sent, ()).user_agent == "a�b"


@every_format
def test_an_ipv6_address(name: str) -> None:
    assert read(name, {PEER[name]: "2001:db8::7"}).peer == "2001:db8::7"


@every_format
@pytest.mark.parametrize("address", [None, "", "-", ...])
def test_no_address_is_no_request(name: str, address: object) -> None:
    changes = {PEER[name]: address} | ({"properties.clientIp": ...} if name == "azure-front-door" else {})

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
    changes = {PEER[name]: "", AGENT[name]: "secret"} | (
        {"properties.clientIp": ""} if name == "azure-front-door" else {}
    )

    with pytest.raises(BadLine, match=r"^(?!.*secret)"):
        read(name, changes)


@every_format
@pytest.mark.parametrize("mark", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\r"])
def test_no_request_is_forged_through_a_header(name: str, mark: str) -> None:
    # GIVEN a user agent that holds another line, behind a character that some call the end of a line
    forged = line(name, {PEER[name]: "198.51.100.66"}).decode()
    sent = line(name, {AGENT[name]: f"x{mark}{forged}"})

    # WHEN it is ingested as the gateway writes it, and with the character itself in place of its escape
    for log in (sent, sent.replace(rb"\u2028", "\u2028".encode()).replace(rb"\u0085", "\x85".encode())):
        result = ingested(log, format_name=name)

        # THEN it is one request, of the client that sent it
        assert (result.receipt.lines_read, result.receipt.good) == (1, 1)
        assert [row["ip"] for row in result.rows] == ["192.0.2.1"]


@every_format
def test_a_bad_line_costs_only_itself(name: str) -> None:
    log = b"\n".join([line(name), b"garbage", line(name, {PEER[name]: "2001:db8::7"}), b"{}", b"", line(name)])

    receipt = ingested(log).receipt

    assert (receipt.format, receipt.good, receipt.quarantined, receipt.blank) == (name, 3, 2, 1)


@every_format
def test_equal_lines_are_a_request_each(name: str) -> None:
    assert ingested(b"\n".join([line(name)] * 3)).receipt.requests == 3


@every_format
@pytest.mark.parametrize("time", ["1970-01-01T00:00:00Z", "2099-01-01T00:00:00Z"])
def test_events_of_a_clock_gone_wrong_are_quarantined(name: str, time: str) -> None:
    log = b"\n".join([line(name), line(name, {CLOCK[name]: time})])

    receipt = ingested(log, event_time_past_days=30, event_time_future_minutes=60).receipt

    assert (receipt.good, receipt.quarantined) == (1, 1)
