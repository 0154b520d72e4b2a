"""Writers of AWS log lines: any request as each of the services would log it, and the record that the line should give.

Every writer is a strategy of (line, record). Values are as clients may send them; each writer escapes as its service does.
"""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st

from abslake.records.record import Record

Written = st.SearchStrategy[tuple[bytes, Record]]

_CLEAR = st.characters(min_codepoint=0x21, max_codepoint=0x7E)
_ANY = st.characters(exclude_categories=["Cs"])
WORDS = st.text(_CLEAR, min_size=1, max_size=12).map(lambda word: "x" if word == "-" else word)
TEXTS = st.text(_ANY, max_size=20).map(lambda text: "x" if text.strip() in ("", "-") else text.strip())
"""What a text of a request may hold; none of its values is written as the mark for none."""
HEADER_TEXTS = TEXTS.map(lambda text: text.replace("\n", "x"))
METHODS = st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"])
MOMENTS = st.integers(1_000_000_000, 4_102_444_800)
SIZES = st.none() | st.integers(0, 10**12 - 1)
STATUSES = st.none() | st.integers(100, 599)
ADDRESSES = st.ip_addresses().map(str)
PATHS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters='?#"\\%'), max_size=15).map(
    "/{}".format
)
QUERIES = st.none() | st.text(st.sampled_from("ab=&1+/"), min_size=1, max_size=10)
HOSTS = st.sampled_from(["shop.example.com", "d111111abcdef8.cloudfront.net", "api.example.com:8443"])
PROTOCOLS = st.sampled_from(["HTTP/1.0", "HTTP/1.1", "HTTP/2.0", "HTTP/3.0"])


def _or_dash(value: object) -> str:
    return "-" if value is None else str(value)


def _seconds(ms: int | None, none: str = "-") -> str:
    return none if ms is None else f"{ms // 1000}.{ms % 1000:03}"


def _url(path: str, query: str | None) -> str:
    return path + (f"?{query}" if query else "")


def _hex_escaped(text: str) -> str:
    r"""``\xhh`` for what is no printable ASCII, for quotes and for backslashes."""
    return "".join(
        chr(byte) if 0x20 <= byte < 0x7F and byte not in b'"\\' else f"\\x{byte:02x}" for byte in text.encode()
    )


@st.composite
def alb(draw: st.DrawFn, *, classic: bool = False) -> tuple[bytes, Record]:
    """The load balancer's line; `classic`: that of a Classic Load Balancer."""
    second, micro = draw(MOMENTS), draw(st.integers(0, 999_999))
    peer = draw(ADDRESSES)
    url = f"https://{draw(HOSTS)}{_url(draw(PATHS), draw(QUERIES))}"
    agent, server = draw(st.none() | TEXTS), draw(st.none() | st.just("10.0.0.1:80"))
    status, sizes = draw(STATUSES), (draw(st.integers(0, 10**11)), draw(st.integers(0, 10**11)))
    times = draw(st.none() | st.tuples(*[st.integers(0, 99_999)] * 3))
    method, protocol = draw(METHODS), draw(PROTOCOLS)
    clock = f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}.{micro:06}Z"
    waits = " ".join(_seconds(ms) for ms in times) if times else "-1 -1 -1"
    client = f"[{peer}]:50337" if ":" in peer and draw(st.booleans()) else f"{peer}:50337"
    fields = f"{clock} app/x/1 {client} {_or_dash(server)} {waits} {_or_dash(status)} 200 {sizes[0]} {sizes[1]}"
    line = f'{fields} "{method} {url} {protocol}" "{_hex_escaped(_or_dash(agent))}" - -'
    if not classic:
        tail = draw(
            st.sampled_from(
                ["", ' arn:x "Root=1-5"', ' arn:x "Root=1-5" "h" "-" 0 2026-03-02T10:14:59.9Z "waf,forward"']
            )
        )
        line = f"{draw(st.sampled_from(['http', 'https', 'h2', 'grpcs', 'ws', 'wss']))} {line}{tail}"
    return line.encode(), Record(
        time=second * 1_000_000 + micro, peer=peer, method=method, url=url, protocol=protocol, user_agent=agent,
        status=status, request_bytes=sizes[0], response_bytes=sizes[1], server=server,
        time_ms=float(sum(times)) if times else None,
    )  # fmt: skip


def _cloudfront_quoted(text: str) -> str:
    """As CloudFront writes values: %XX for blanks, controls, what is no ASCII, and sixteen marks."""
    return quote(text, safe="!$&()*+,-./:;=?@_")


CLOUDFRONT_FIELDS = (
    "date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query "
    "cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for "
    "ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port "
    "time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end"
).split()
CLOUDFRONT_HEADER = b"#Version: 1.0\n#Fields: " + " ".join(CLOUDFRONT_FIELDS).encode() + b"\n"


@st.composite
def _viewer_request(draw: st.DrawFn) -> tuple[dict[str, str], Record]:
    """Values by CloudFront's names that the standard log and the real-time log share."""
    second, ms = draw(MOMENTS), draw(st.integers(0, 999_999))
    path, query = draw(PATHS), draw(QUERIES)
    record = Record(
        time=second * 1_000_000, peer=draw(ADDRESSES), method=draw(METHODS), url=_url(path, query), host=draw(HOSTS),
        protocol=draw(PROTOCOLS), user_agent=draw(st.none() | TEXTS), cookies=draw(st.none() | TEXTS),
        forwarded_for=draw(st.sampled_from([None, "192.0.2.1", "192.0.2.1, 198.51.100.7"])),
        status=draw(STATUSES), request_bytes=draw(SIZES), response_bytes=draw(SIZES),
        time_ms=round(float(_seconds(ms)) * 1000, 3),
        response_content_type=draw(st.none() | st.sampled_from(["text/html", "text/html; charset=utf-8"])),
    )  # fmt: skip
    values = {
        "c-ip": str(record.peer), "cs-method": str(record.method), "cs-uri-stem": _cloudfront_quoted(path),
        "cs-uri-query": _cloudfront_quoted(_or_dash(query)), "cs-protocol-version": str(record.protocol),
        "sc-status": "000" if record.status is None else str(record.status), "sc-bytes": _or_dash(record.response_bytes),
        "cs-bytes": _or_dash(record.request_bytes), "time-taken": _seconds(ms), "time-to-first-byte": "0.001",
        "x-forwarded-for": _cloudfront_quoted(_or_dash(record.forwarded_for)), "cs-protocol": "https",
        "sc-content-type": _cloudfront_quoted(_or_dash(record.response_content_type)),
    }  # fmt: skip
    return values, record


@st.composite
def cloudfront(draw: st.DrawFn, *, as_json: bool = False) -> tuple[bytes, Record]:
    """A line of the standard log with all 33 fields; `as_json`: as version 2 writes it on wish."""
    values, record = draw(_viewer_request())
    moment = datetime.fromtimestamp(record.time // 1_000_000, UTC)
    values |= {
        "date": f"{moment:%Y-%m-%d}", "time": f"{moment:%H:%M:%S}", "x-host-header": str(record.host),
        "cs(Host)": "d0.cloudfront.net", "cs(User-Agent)": _cloudfront_quoted(_or_dash(record.user_agent)),
        "cs(Cookie)": _cloudfront_quoted(_or_dash(record.cookies)),
    }  # fmt: skip
    if as_json:
        return json.dumps({name: values.get(name, "-") for name in CLOUDFRONT_FIELDS}).encode(), record
    return "\t".join(values.get(name, "-") for name in CLOUDFRONT_FIELDS).encode(), record


REALTIME_FIELDS = (
    "timestamp c-ip time-to-first-byte sc-status sc-bytes cs-method cs-protocol cs-host cs-uri-stem cs-bytes x-edge-location "
    "x-edge-request-id x-host-header time-taken cs-protocol-version c-ip-version cs-user-agent cs-referer cs-cookie cs-uri-query "
    "x-edge-response-result-type x-forwarded-for ssl-protocol ssl-cipher x-edge-result-type fle-encrypted-fields fle-status "
    "sc-content-type sc-content-len sc-range-start sc-range-end c-port x-edge-detailed-result-type c-country cs-accept-encoding "
    "cs-accept cache-behavior-path-pattern cs-headers cs-header-names cs-headers-count"
).split()


@st.composite
def cloudfront_realtime(draw: st.DrawFn) -> tuple[bytes, Record]:
    """A record of the real-time log with all forty fields."""
    values, record = draw(_viewer_request())
    ms = draw(st.integers(0, 999))
    record.time += ms * 1000
    record.auth_header = draw(st.none() | HEADER_TEXTS)
    record.wanted = [draw(st.none() | HEADER_TEXTS)]
    headers = {"Host": record.host, "Authorization": record.auth_header, "X-Key": record.wanted[0], "Accept": "*/*"}
    listed = "".join(f"{name}:{value}\n" for name, value in headers.items() if value)
    values |= {
        "timestamp": f"{record.time // 1_000_000}.{ms:03}", "cs-host": str(record.host), "x-host-header": "d0.cloudfront.net",
        "cs-uri-stem": _cloudfront_quoted(str(record.url)), "cs-user-agent": _cloudfront_quoted(_or_dash(record.user_agent)),
        "cs-cookie": _cloudfront_quoted(_or_dash(record.cookies)), "cs-headers": _cloudfront_quoted(listed),
    }  # fmt: skip
    return "\t".join(values.get(name, "-") for name in REALTIME_FIELDS).encode(), record


@st.composite
def waf(draw: st.DrawFn) -> tuple[bytes, Record]:
    """A line of the web application firewall."""
    path, query = draw(PATHS), draw(QUERIES)
    record = Record(
        time=draw(MOMENTS) * 1_000_000 + draw(st.integers(0, 999)) * 1000, peer=draw(ADDRESSES),
        method=draw(METHODS), url=_url(path, query), protocol=draw(PROTOCOLS), host=draw(st.none() | HOSTS),
        user_agent=draw(st.none() | TEXTS), cookies=draw(st.none() | TEXTS), auth_header=draw(st.none() | TEXTS),
        status=draw(st.sampled_from([None, 403, 405, 429])), wanted=[draw(st.none() | TEXTS)],
    )  # fmt: skip
    headers = {
        "Host": record.host, "User-Agent": record.user_agent, "cookie": record.cookies, "Authorization": record.auth_header,
        draw(st.sampled_from(["X-Key", "x-key"])): record.wanted[0],
    }  # fmt: skip
    document = {
        "timestamp": record.time // 1000, "formatVersion": 1, "webaclId": "arn:aws:wafv2:x", "action": "BLOCK",
        "httpSourceName": "ALB", "responseCodeSent": record.status,
        "httpRequest": {
            "clientIp": record.peer, "country": "DE",
            "headers": [{"name": name, "value": value} for name, value in headers.items() if value is not None],
            "uri": path, "args": query or "", "httpVersion": record.protocol, "httpMethod": record.method, "requestId": "1-5",
        },
    }  # fmt: skip
    return json.dumps(document, ensure_ascii=draw(st.booleans())).encode(), record


@st.composite
def gateway_values(draw: st.DrawFn) -> tuple[dict[str, str], Record]:
    """Values of ``$context`` variables as API Gateway writes them (``-``: none), and the record that all of them give."""
    ms = draw(st.integers(10**12, 4 * 10**12))
    record = Record(
        time=ms * 1000, peer=draw(ADDRESSES), method=draw(METHODS), url=draw(PATHS), host=draw(HOSTS), protocol=draw(PROTOCOLS),
        user_agent=draw(st.none() | TEXTS), username=draw(st.none() | WORDS), api_key=draw(st.none() | WORDS),
        status=draw(st.integers(100, 599)), response_bytes=draw(SIZES), time_ms=float(draw(st.integers(0, 30_000))),
    )  # fmt: skip
    moment = datetime.fromtimestamp(ms // 1000, UTC)
    values: dict[str, Any] = {
        "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
        "extendedRequestId": "atXziGZMIAMEGog=", "identity.sourceIp": record.peer,
        "requestTimeEpoch": str(ms), "requestTime": f"{moment:%d/%b/%Y:%H:%M:%S} +0000", "httpMethod": record.method,
        "path": record.url, "resourcePath": record.url, "routeKey": f"{record.method} {record.url}", "domainName": record.host,
        "protocol": record.protocol, "identity.userAgent": record.user_agent, "authorizer.principalId": record.username,
        "identity.apiKeyId": record.api_key, "status": record.status, "responseLength": record.response_bytes,
        "responseLatency": record.time_ms and int(record.time_ms), "identity.user": None, "identity.caller": None,
    }  # fmt: skip
    return {name: _or_dash(value) for name, value in values.items()}, record
