"""Values that fields of log lines have, should not have, or have on purpose: what the mutations choose from."""

from random import Random
from typing import Any

NAMES = "Host User-Agent Cookie Authorization X-Forwarded-For X-Key X-User Content-Type Content-Length Accept".split()
URLS = [
    "/shop/a?key=1%20+&b",
    "/a/b/c#f?x",
    "http://u@h:80/a/b?key=+",
    "http://h",
    "//shop",
    "*",
    "?a",
    "/shop?key=%FF&key=2",
]
ADDRESSES = [*"1.2.3.4 1.2.3.4:5 01.2.3.4 ::1 [::1]:4 unknown é".split(), "1.2.3.4, 5.6.7.8", " 9.9.9.9", "unknown,::1"]
HOSTS = ["h:80", "H", "h", "h:", "[::1]:80"]
COOKIES = ["SID=1; S=2", 'S=a;SID="q"', "SID=; SID=2", "sid=1", "XSID=1", "SID"]
SCHEMES = [
    "Bearer abc",
    "bearer  x ",
    "BEARER x",
    " Bearer y",
    "Basic q",
    "Bearer ",
    "Bearer\tz",
    "Bearer a.eyJzdWIiOiJqIn0.c",
]
NUMBERS = ["12", "0", "999999999999", "9999999999999", "-1", "1.5", "200", "404", "099", "99", "1000"]
ODD = ["", "x", "\u2028\x85\x0c", "\x00a", "\t", "\\", "'", '"', "null", "👩‍👩‍👧", "a" * 300, "\x7f", "\x1f"]
TIMES = [
    "2026-03-02T10:15:00Z",
    "2026-03-02T10:15:00.5Z",
    "2026-03-02T10:15:00.1234567Z",
    "2026-03-02t10:15:00z",
    "2026-03-02T10:15:60Z",
    "2026-02-30T10:15:00Z",
    "2026-03-02T10:15:00+01:00",
    "2026-03-02 10:15:00Z",
    "2026-03-02T24:00:00Z",
    "9999-12-31T23:59:59Z",
    "1969-12-31T23:59:59Z",
    "0001-01-01T00:00:00Z",
]
TEXTS = [
    *URLS,
    *ADDRESSES,
    *HOSTS,
    *COOKIES,
    *SCHEMES,
    *NUMBERS,
    *ODD,
    *TIMES,
    "GET",
    "HTTP/1.1",
    "http/2",
    "2.0",
    "sideband",
]
USERS: list[Any] = [[{"username": name}] for name in ("u", "", 5, None)] + [
    ["a", {"username": "b"}],
    [None],
    {"username": "z"},
]
OTHERS: list[Any] = [
    None,
    True,
    False,
    0,
    1,
    200,
    12.5,
    1772446500123,
    -5,
    10**25,
    [],
    {},
    [1],
    ["x"],
    {"a": 1},
    *USERS,
]


def broken(random: Random, text: str) -> bytes:
    """The line, now and then cut off or with bytes before or after it that do not belong there."""
    line = text.encode("utf-8", "surrogatepass")
    chance = random.random()
    if chance < 0.02:
        return line[: random.randrange(len(line))]
    if chance < 0.04:
        return random.choice([b" ", b"\t", b"x", b"[", b"\x0c", b"\x00", b"\xff"]) + line
    if chance < 0.06:
        return line + random.choice([b" ", b"\t", b"x", b"]", b"\x0c", b"\r", b"\r\r", b"\x00", b"\xff", line])
    return line
