"""The CloudFront real-time log: records without a header line, headers and cookies that were cut."""

from pathlib import Path

import pytest

from abslake.formats.cloudfront_realtime import COLUMNS, FORMAT, with_columns
from abslake.records.record import BadLine, Record
from tests.support.agreement import sure_rows

VALUES = {
    "timestamp": "1772446500.123", "c-ip": "192.0.2.1", "time-to-first-byte": "0.002", "sc-status": "200", "sc-bytes": "392",
    "cs-method": "GET", "cs-protocol": "https", "cs-host": "shop.example.com", "cs-uri-stem": "/shop?a=1", "cs-bytes": "23",
    "x-host-header": "d0.cloudfront.net", "time-taken": "0.082", "cs-protocol-version": "HTTP/2.0", "cs-user-agent": "curl/7.64",
    "cs-cookie": "SID=1;%20S=2", "cs-uri-query": "a=1",
}  # fmt: skip
WANTED = ("x-key", "cookie", "host")


def line(changes: dict[str, str], columns: tuple[str, ...] = COLUMNS) -> bytes:
    return "\t".join((VALUES | changes).get(name, "-") for name in columns).encode()


def read(**changes: str) -> Record:
    return FORMAT.parse(line({name.replace("_", "-"): value for name, value in changes.items()}), WANTED)


def test_a_plain_record() -> None:
    headers = "host:x%0AX-Key:k%20%2525%0AAuthorization:Bearer%20t%0Acontent-type:a/b%0A"
    assert read(cs_headers=headers) == Record(
        time=1_772_446_500_123_000,
        peer="192.0.2.1",
        method="GET",
        url="/shop?a=1",
        host="shop.example.com",
        protocol="HTTP/2.0",
        user_agent="curl/7.64",
        cookies="SID=1; S=2",
        auth_header="Bearer t",
        request_content_type="a/b",
        status=200,
        request_bytes=23,
        response_bytes=392,
        time_ms=82.0,
        wanted=["k %25", "SID=1; S=2", "shop.example.com"],
    )


@pytest.mark.parametrize(
    ("headers", "key"),
    [
        ("x-key:1%0A", "1"),
        ("a:b%0AX-KEY:1%0A", "1"),
        ("x-key:1%0Ax-key:2%0A", "1"),
        ("x-key:1", None),
        ("a:b%0Ax-key:1", None),
        ("x-key:-%0A", None),
        ("x-key:%0A", None),
        ("xx-key:1%0A", None),
        ("a:b%250Ax-key:1%0A", None),
        ("x-key:%C3%A9%0A", "é"),
        ("x-key:%FF%0A", "%FF"),
        ("-", None),
    ],
)
def test_a_header_counts_if_it_was_not_cut_and_nobody_can_forge_one(
    headers: str, key: str | None, tmp_path: Path
) -> None:
    assert read(cs_headers=headers).wanted[0] == key
    # The engine is sure of all but escapes of what is no ASCII, and gives the same.
    assert sure_rows(FORMAT.readers[0], [line({"cs-headers": headers})], tmp_path, WANTED) == (
        "%C3" not in headers and "%FF" not in headers
    )


@pytest.mark.parametrize(
    ("logged", "cookies"),
    [
        ("SID=" + "x" * 700 + ";%20S=2", "SID=" + "x" * 700 + "; S=2"),
        ("SID=1;%20S=" + "x" * 788, "SID=1"),
        ("SID=" + "x" * 796, None),
    ],
)
def test_a_cookie_that_may_have_been_cut_is_no_session(logged: str, cookies: str | None) -> None:
    assert read(cs_cookie=logged).cookies == cookies


@pytest.mark.parametrize(
    ("changes", "url"),
    [
        ({"cs_uri_stem": "/a?b=1", "cs_uri_query": "b=1"}, "/a?b=1"),
        ({"cs_uri_stem": "/a", "cs_uri_query": "b=1"}, "/a?b=1"),
        ({"cs_uri_stem": "/a", "cs_uri_query": "-"}, "/a"),
        ({"cs_uri_stem": "/a%2520?b=%2541"}, "/a%20?b=%41"),
    ],
)
def test_the_path_holds_the_query_or_not(changes: dict[str, str], url: str) -> None:
    assert read(**changes).url == url


def test_columns_of_a_users_own_configuration(tmp_path: Path) -> None:
    # GIVEN few fields, with all headers: what has no field of its own is found there
    columns = ("timestamp", "c-ip", "sc-status", "cs-method", "cs-uri-stem", "cs-headers")
    reader = with_columns(columns)
    record = line({"cs-headers": "host:h%0AUser-Agent:curl%0Acookie:SID=1%0Ax-key:k%0A"}, columns)

    # THEN both readings find it
    found = reader.parse(record, WANTED)
    assert (found.host, found.user_agent, found.cookies, found.wanted) == ("h", "curl", "SID=1", ["k", "SID=1", "h"])
    assert sure_rows(reader, [record], tmp_path, WANTED) == 1


def test_a_column_without_which_nothing_is_known_is_named() -> None:
    with pytest.raises(ValueError, match="columns: c-ip, cs-method missing"):
        with_columns(("timestamp", "cs-uri-stem"))


def test_fields_that_later_generations_add_are_left_alone() -> None:
    assert FORMAT.parse(line({}) + b"\t0.1\t0.2\t64500", WANTED) == read()


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        (line({"timestamp": "2026"}), "the time is not RFC 3339 with zone"),
        (line({"timestamp": "-"}), "no time"),
        (line({"c-ip": "-"}), "no client address"),
        (line({})[:50], "the line has another number of columns than this format"),
        (line({}) + b"\xff", "not UTF-8"),
    ],
    ids=lambda value: value if isinstance(value, str) else "line",
)
def test_lines_that_are_none(odd: bytes, why: str) -> None:
    with pytest.raises(BadLine) as error:
        FORMAT.parse(odd, ())
    assert str(error.value) == why
