"""The CloudFront standard log: header lines, encodings, generations, JSON."""

import json
from datetime import UTC, datetime

import pytest

from abslake.formats.cloudfront import COLUMNS, FORMAT, with_columns
from abslake.formats.detection import detect
from abslake.records.record import BadLine, NoRequest, Record
from tests.support.ingesting import ingested
from tests.support.writers_aws import CLOUDFRONT_HEADER

VALUES = {
    "date": "2026-03-02", "time": "10:15:00", "x-edge-location": "FRA56-P1", "sc-bytes": "392", "c-ip": "192.0.2.1",
    "cs-method": "GET", "cs(Host)": "d0.cloudfront.net", "cs-uri-stem": "/shop", "sc-status": "200",
    "cs(User-Agent)": "curl/7.64",
    "cs-uri-query": "a=1", "cs(Cookie)": "SID=1;%20S=2", "x-host-header": "shop.example.com", "cs-protocol": "https",
    "cs-bytes": "23", "time-taken": "0.082", "x-forwarded-for": "-", "cs-protocol-version": "HTTP/2.0",
    "sc-content-type": "text/html",
}  # fmt: skip


def line(columns: tuple[str, ...] = COLUMNS, /, **changes: str) -> bytes:
    values = VALUES | {name.replace("_", "-"): value for name, value in changes.items()}
    return "\t".join(values.get(name, "-") for name in columns).encode()


def of(name: str, value: str) -> Record:
    return FORMAT.parse("\t".join((VALUES | {name: value}).get(column, "-") for column in COLUMNS).encode(), ())


def test_a_plain_line() -> None:
    assert FORMAT.parse(line(), ("x-key", "user-agent")) == Record(
        time=int(datetime(2026, 3, 2, 10, 15, tzinfo=UTC).timestamp()) * 1_000_000,
        peer="192.0.2.1",
        method="GET",
        url="/shop?a=1",
        host="shop.example.com",
        protocol="HTTP/2.0",
        user_agent="curl/7.64",
        cookies="SID=1; S=2",
        status=200,
        response_content_type="text/html",
        request_bytes=23,
        response_bytes=392,
        time_ms=82.0,
        wanted=[None, "curl/7.64"],
    )


@pytest.mark.parametrize(
    ("logged", "sent"),
    [
        ("/a%2520b", "/a%20b"),
        ("/a%252Fb", "/a%2Fb"),
        ("/100%2525", "/100%25"),
        ("/%7Ejoe/a%7Cb", "/~joe/a|b"),
        ("/a%20b%0A%C3%A9%7F", "/a%20b%0A%C3%A9%7F"),
        ("/%25C3%25A9", "/%C3%A9"),
        ("/images/cat.jpg", "/images/cat.jpg"),
    ],
)
def test_a_url_is_told_as_it_was_sent(logged: str, sent: str) -> None:
    assert of("cs-uri-stem", logged).url == f"{sent}?a=1"


@pytest.mark.parametrize(
    ("logged", "agent"),
    [
        ("Mozilla/5.0%20(X11;%20Linux)", "Mozilla/5.0 (X11; Linux)"),
        ("Mozilla/5.0%2520(X11;%2520Linux)", "Mozilla/5.0 (X11; Linux)"),
        ("My%2520App/1%20CFNetwork/1220.1", "My%20App/1 CFNetwork/1220.1"),
        ("a%22b%5Cc", 'a"b\\c'),
        ("%C3%A9", "é"),
        ("%FF", "%FF"),
        ("50%25%20off", "50% off"),
        ("-", None),
        ("", None),
    ],
)
def test_user_agents_of_both_generations(logged: str, agent: str | None) -> None:
    assert of("cs(User-Agent)", logged).user_agent == agent


@pytest.mark.parametrize(
    ("logged", "cookies"),
    [("SID=a%2520b", "SID=a%20b"), ("S=%22q%22;%20SID=1", 'S="q"; SID=1'), ("-", None), ("SID=%25257B", "SID=%257B")],
)
def test_cookies_are_decoded_once(logged: str, cookies: str | None) -> None:
    assert of("cs(Cookie)", logged).cookies == cookies


@pytest.mark.parametrize(("code", "status"), [("000", None), ("-", None), ("404", 404)])
def test_a_client_that_left_before_the_answer_has_no_status(code: str, status: int | None) -> None:
    assert of("sc-status", code).status == status


def test_ipv6_and_forwarded_clients() -> None:
    assert of("c-ip", "2001:db8::1").peer == "2001:db8::1"
    assert of("x-forwarded-for", "203.0.113.9,%20192.0.2.4").forwarded_for == "203.0.113.9, 192.0.2.4"


def test_without_a_host_header_the_distribution_is_the_host() -> None:
    assert of("x-host-header", "-").host == "d0.cloudfront.net"


def test_header_lines_are_no_requests() -> None:
    for header in CLOUDFRONT_HEADER.splitlines():
        with pytest.raises(NoRequest):
            FORMAT.parse(header, ())


def test_the_header_of_an_object_decides_its_columns() -> None:
    # GIVEN an old object with fewer columns, in another order
    columns = ("cs-method", "cs-uri-stem", "c-ip", "time", "date", "sc-status")
    header = b"#Version: 1.0\n#Fields: " + " ".join(columns).encode() + b"\n"

    # THEN its lines are read by these, header lines are counted as blank, and rows of other objects do not fit
    result = ingested(header + line(columns) + b"\n" + line() + b"\n" + line(columns) + b"\n")
    assert (result.receipt.good, result.receipt.blank, result.receipt.quarantined) == (2, 2, 1)
    assert {row["path"] for row in result.rows} == {"/shop"}


@pytest.mark.parametrize(
    ("columns", "missing"),
    [(("date", "c-ip"), "cs-method, cs-uri-stem, time"), (("timestamp(ms)",), "c-ip, cs-method, cs-uri-stem")],
)
def test_a_users_own_columns_must_tell_who_asked_when_for_what(columns: tuple[str, ...], missing: str) -> None:
    with pytest.raises(ValueError, match=f"columns: {missing} missing"):
        with_columns(columns)


def test_an_object_of_header_lines_alone_is_a_log_without_requests() -> None:
    assert ingested(CLOUDFRONT_HEADER).receipt.blank == 2


def test_columns_that_a_later_generation_adds_are_left_alone() -> None:
    assert FORMAT.parse(line() + b"\t1234\tx", ()) == FORMAT.parse(line(), ())


def test_version_2_as_json() -> None:
    document = json.dumps({name: VALUES.get(name, "-") for name in COLUMNS}).encode()
    assert FORMAT.parse(document, ()) == FORMAT.parse(line(), ())


@pytest.mark.parametrize("moment", [{"timestamp(ms)": 1772446500000}, {"timestamp": "1772446500"}])
def test_version_2_with_a_timestamp_for_date_and_time(moment: dict[str, object]) -> None:
    values = {name: value for name, value in VALUES.items() if name not in ("date", "time")} | moment
    assert FORMAT.parse(json.dumps(values).encode(), ()) == FORMAT.parse(line(), ())


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        (line(date="2026-02-30"), "the time is not RFC 3339 with zone"),
        (line(c_ip="-"), "no client address"),
        (line(cs_method="-"), "no method"),
        (line(sc_status="20"), "the status is not a number of three digits"),
        (line()[:60], "the line has another number of columns than this format"),
        (line() + b"\xff", "not UTF-8"),
    ],
    ids=lambda value: value if isinstance(value, str) else "line",
)
def test_lines_that_are_none(odd: bytes, why: str) -> None:
    with pytest.raises(BadLine) as error:
        FORMAT.parse(odd, ())
    assert str(error.value) == why


def test_fault_06_control_characters_forge_no_line() -> None:
    # GIVEN a user agent with every character that some reader ends a line at, not encoded as CloudFront would
    forged = line().replace(b"curl/7.64", "x\x0b\x0c\x1c\x85\u2028\u2029y".encode())
    result = ingested(CLOUDFRONT_HEADER + forged + b"\n" + line() + b"\n")
    assert (result.receipt.lines_read, result.receipt.good) == (4, 2)


def test_fault_12_a_clock_gone_wrong_is_quarantined() -> None:
    late = line(date="2099-03-02") + b"\n" + line() + b"\n"
    assert ingested(late, event_time_past_days=7, event_time_future_minutes=5).receipt.good == 1


def test_the_log_is_known_by_its_lines_and_by_its_header() -> None:
    assert detect("x.gz", [*CLOUDFRONT_HEADER.splitlines(), line()]).name == "cloudfront"
    assert detect("x.gz", [line()]).name == "cloudfront"
