"""No single line, whatever a client or a gateway puts into it, takes the other lines of its log with it."""

import base64
from typing import Any

import pytest

from tests.support import ase
from tests.support.ingesting import ingested

GOOD = ase.line()
APIS = {
    "shop": {
        "url": "/",
        "cookie": "SID",
        "apikey_qs": "key",
        "apikey_header": "X-Key",
        "jwt": {"location": "h:authorization:bearer", "username": "sub"},
    }
}


def of_headers(*pairs: tuple[str, Any]) -> bytes:
    return ase.line(request=ase.request(headers=ase.headers(*pairs)))


def deep(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


LINES = {
    "time beyond all numbers": ase.line(response_time_ms=1e300),
    "JSON nested deeply": b'{"timestamp":' + deep(200_000) + b"}",
    "unknown field nested deeply": GOOD[:-1] + b',"x":' + deep(200_000) + b"}",
    "header nested deeply": of_headers(("Host", "@")).replace(b'"@"', deep(3000)),
    "token nested deeply": of_headers(
        ("Authorization", "Bearer e30." + base64.urlsafe_b64encode(b'{"sub":' + deep(100_000) + b"}").decode() + ".x")
    ),
    "headers in a list of lists": ase.line(
        request=ase.request(headers=[[{"Host": "x"}]]), response=ase.response(headers=[[{}]])
    ),
    "headers of numbers": ase.line(request=ase.request(headers=[1, 2])),
    "integer without end": b'{"timestamp":' + b"9" * 20_000 + b"}",
    "number beyond all numbers": b'{"timestamp":1e999}',
    "NUL in every field": ase.line(
        server="\0",
        connection_id="\0",
        request=ase.request(
            source_ip="\0", method="\0", url="\0", headers=ase.headers(("Host", "\0"), ("Cookie", "SID=\0"))
        ),
    ),
    "lone surrogate": GOOD.replace(b"/shop", b"/\\udfff\\ud800"),
    "quotes and SQL": of_headers(
        ("Host", "'; DROP TABLE grouped; --"), ("User-Agent", "' || \"x\" || '"), ("X-Key", "{0}%s$1\\1")
    ),
    "the separator of the row reader": of_headers(("User-Agent", "\x01\x02\x03\x04")),
    "query of broken escapes": ase.line(request=ase.request(url="/?key=%&key=%0&%zz=%u1234&key=%ED%A0%80&=&&")),
    "URL of slashes": ase.line(request=ase.request(url="/" * 50_000)),
    "forwarded for of commas": of_headers(("X-Forwarded-For", "," * 20_000)),
    "byte order mark": b"\xef\xbb\xbf" + GOOD,
    "two objects": GOOD + GOOD,
    "spaces": b" " * 100_000,
}


@pytest.mark.parametrize("name", LINES)
def test_fault_04_one_line_among_good_ones(name: str) -> None:
    # GIVEN good lines around an odd one
    result = ingested(ase.log(GOOD, GOOD, LINES[name], GOOD), apis=APIS)

    # THEN the good ones count, and the odd one is counted once
    receipt = result.receipt
    assert receipt.lines_read == 4 == receipt.good + receipt.quarantined + receipt.blank
    plain = [
        row
        for row in result.rows
        if row["path"] == "/shop/items" and row["host"] == ase.HOST and row["ip"] == "192.0.2.1"
    ]
    assert sum(row["requests"] for row in plain) >= 3


def test_a_log_of_nothing_but_odd_lines() -> None:
    receipt = ingested(ase.log(*LINES.values()), apis=APIS, format_name="ase").receipt

    assert receipt.lines_read == len(LINES) == receipt.good + receipt.quarantined + receipt.blank


@pytest.mark.parametrize("format_name", ["alb", "combined"])
def test_text_formats(format_name: str) -> None:
    lines = {
        "alb": b'http 2026-03-02T10:15:00Z a 192.0.2.1:1 - 0.1 0.1 0.1 200 - 1 1 "GET http://h:80/@ HTTP/1.1" "@"',
        "combined": b'192.0.2.1 - - [02/Mar/2026:10:15:00 +0000] "GET /@ HTTP/1.1" 200 5 "-" "@"',
    }
    good = lines[format_name]
    odd = [
        b"\x01\x02\x03\x04",
        b"\\x00",
        b"\x00",
        b"\r",
        b"\\xff",
        b"'",
        b"\x1b[31m",
        b"\\",
        b'"',
        b"%",
        b"a" * 100_000,
        b'\\"' * 9,
    ]
    result = ingested(
        ase.log(good, *(good.replace(b"@", text) for text in odd), good), apis=APIS, format_name=format_name
    )

    receipt = result.receipt
    assert receipt.lines_read == len(odd) + 2 == receipt.good + receipt.quarantined
    assert receipt.good >= len(odd)
