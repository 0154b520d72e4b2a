"""HAProxy's HTTP log (``option httplog``, ``option httpslog``), with or without what syslog puts before it."""

import re

from abslake.formats import About
from abslake.formats.readers import fields as f
from abslake.formats.readers.base import declared
from abslake.formats.readers.pattern import Pattern
from abslake.formats.readers.quoted import request_line
from abslake.records.record import NoRequest

# PRI, then RFC 5424 or what RFC 3164 made of: a date, perhaps a host, the process with its number.
_SYSLOG = r"(?:<\d+>)?(?:1 (?:[^ ]+ ){5}(?:-|\[[^\]]*\]) |(?:[^ ]+ +){0,5}[^ ]+\[\d+\]: )?"
_CLIENT = r"(?P<client>[^ ]+) \[(?P<accepted>[^\]]+)\] "
_HTTP = (
    r"[^ ]+ (?P<server>[^ /]+/[^ ]+) (?:-?\d+/){4}(?P<total>[+-]?\d+) (?P<status>-?\d+) (?P<bytes>\+?\d+) "
    r"(?P<cookie>[^ ]+) [^ ]+ [^ ]{4} [0-9/+]+ \d+/\d+ (?:\{[^{}]*\} ){0,2}"
    # The request comes last since syslog may cut the line; option httpslog adds to it nevertheless.
    r'"(?P<request>[^"]*)(?:"(?: [^ ]+ (?P<name>[^ /]*)/[^ ]*)?)?'
)
_MESSAGES = (
    r"Connect from .*|Proxy .*|Server .*|Health check .*|backend .*|Stopping .*|Pausing .*|\[(?:NOTICE|WARNING|ALERT)\] .*|"
    r"[^ ]+ \[[^\]]+\] (?:[^ ]+/[^ ]+: .*|[^ ]+ [^ ]+/[^ ]+ -?\d+/-?\d+/[+-]?\d+ \+?\d+ [^ ]{2} [0-9/+]+ \d+/\d+)"
)
_ESCAPED = re.compile(r"((?:#[0-9A-Fa-f]{2})+)")


def _request(value: str | None) -> tuple[str, str, str | None]:
    method, url, protocol = request_line(_ESCAPED.sub(_bytes, value or ""))
    if protocol is None or not re.fullmatch(r"HTTP/\d(\.\d)?", protocol):
        return method, url.partition(" ")[0], None  # the rest of a line that was cut
    return method, url, protocol


def _bytes(match: re.Match[str]) -> str:
    raw = bytes.fromhex(match[1].replace("#", ""))
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _server(value: str | None) -> tuple[str | None]:
    return (None if value is None or "/<" in value or value == "-/-" else value,)


def _no_request(_value: str | None) -> tuple[()]:
    raise NoRequest


_FIELDS = (
    f.address_port("peer", "client"),
    f.clf_time("accepted"),
    f.Field(
        ("method", "url", "protocol"), (("request",),), _request, ("$p[1]", "$p[2]", "$p[3]"),
        r"len($p) = 3 AND NOT contains($0, '#') AND regexp_full_match($p[3], 'HTTP/\d(\.\d)?') AND $p[2] <> '' "
        "AND regexp_full_match($p[1], '[A-Za-z]+')",
        parts="string_split($0, ' ')", says="METHOD URL PROTOCOL; `#xx` are undone",
    ),
    f.status("status"),
    f.count("response_bytes", "bytes"),
    f.duration("total", "ms"),
    f.text("cookies", "cookie"),
    f.Field(
        ("server",), (("server",),), _server, ("CASE WHEN NOT contains($0, '/<') AND $0 <> '-/-' THEN $0 END",),
        says="back end and server; none where HAProxy answered by itself",
    ),
    f.text("host", "name"),
)  # fmt: skip

_ABOUT = About(
    title="HAProxy (HTTP)",
    sources=(
        "https://docs.haproxy.org/3.0/configuration.html#8.2.3",
        "https://docs.haproxy.org/3.0/configuration.html#8.6",
    ),
    examples=(
        "Feb  6 12:14:14 localhost haproxy[14389]: 10.0.1.2:33317 [06/Feb/2009:12:14:14.655] http-in static/srv1 10/0/30/69/109 "
        '200 2750 - - ---- 1/1/1/1/0 0/0 {1wt.eu} {} "GET /index.html HTTP/1.1"',
        "<134>1 2026-03-02T10:15:00.123456+00:00 lb01 haproxy 990 - - 2001:db8::7:51234 [02/Mar/2026:10:15:00.123] https-in~ "
        'api/srv2 0/0/1/12/13 200 512 SID=8f0c2c1e - ---- 5/5/0/1/0 0/0 "GET https://shop.example.com/cart HTTP/2.0"',
        "192.0.2.7:61818 [02/Mar/2026:10:15:00.086] https-in~ static/srv1 0/0/1/1/2 200 517 - - ---- 1/1/0/0/0 0/0 "
        '"GET /cart HTTP/1.1" 0/0/0/0/0 shop.example.com/TLSv1.3/TLS_AES_256_GCM_SHA384',
        "haproxy[18113]: 127.0.0.1:34549 [15/Oct/2003:15:19:06.103] px-http px-http/<NOSRV> 9/-1/-1/-1/+50001 503 +2750 - - "
        'SC-- 2/2/2/0/+2 0/0 "GET /"',
    ),
    switch_on=(
        "`log global` (or `log stdout format raw local0`) and `option httplog` or `option httpslog` in `defaults` or the "
        "frontend. `capture cookie NAME len 64` tells the session."
    ),
    cannot_tell=(
        "No zone: times are taken for UTC, so let HAProxy run with `TZ=UTC`. No user agent, no host but in HTTP/2 URLs and the "
        "server name of `httpslog`; the names of captured headers (`{…|…}`) do not stand in the line, nor does the address of a "
        "server. What HAProxy could not parse (`<BADREQ>`) or never got is quarantined."
    ),
    notes=(
        "The syslog prefix may be that of RFC 3164 or RFC 5424, with or without priority and host, or missing. The response time "
        "is the last timer (`Ta`), milliseconds. With `option logasap` it and the bytes begin with `+`, real ones are larger: "
        "both are none then. A captured cookie counts as the Cookie header. A request line that syslog cut loses the rest of "
        "its URL only.\n\n"
        "Connections of `option tcplog`, failed handshakes and HAProxy's own messages (`Server … is DOWN`) are no requests and "
        "count as blank lines. Other `log-format`s, captured headers too, are a grammar's task."
    ),
)

FORMAT = declared(
    "haproxy",
    (
        Pattern(_SYSLOG + _CLIENT + _HTTP, _FIELDS),
        Pattern(f"{_SYSLOG}(?P<message>{_MESSAGES})", (f.Field((), (("message",),), _no_request, ()),)),
    ),
    _ABOUT,
    name_hint=r"haproxy|hapee",
)
