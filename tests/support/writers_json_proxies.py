"""JSON lines of proxies, written as each of them writes a request; and odd ones made from a seed.

A writer is made from the gateway's documentation, not from our reader: what it writes of a record, the reader must give back.
"""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, TypeVar

from hypothesis import strategies as st

from abslake.records.record import Record
from tests.support.odd_values import (
    ADDRESSES,
    COOKIES,
    HOSTS,
    NUMBERS,
    ODD,
    OTHERS,
    SCHEMES,
    TEXTS,
    TIMES,
    URLS,
    broken,
)

T = TypeVar("T")
Document = dict[str, Any]
Choose = Callable[[Sequence[Any]], Any]
"""One of these, by hypothesis or by a seed: a gateway says the same in several ways."""

WANTED = ("x-key", "x-user")


def kong(record: Record, choose: Choose) -> Document:
    """As ``kong.log.serialize`` gives it, JSON-encoded by Lua: an empty table is an object."""
    several = record.forwarded_for.split(", ") if record.forwarded_for else None
    forwarded: Any = choose([record.forwarded_for, several]) if several else None
    headers = _sent(record) | {"x-forwarded-for": forwarded, **dict(zip(WANTED, record.wanted, strict=True))}
    ip, port = record.server.rsplit(":", 1) if record.server else (None, None)
    last = {"ip": ip, "port": port and int(port), "balancer_start": 1726783839539}
    failed = {"ip": "10.9.9.9", "port": 81, "state": "failed", "code": 502}
    return {
        "started_at": record.time // 1000,
        "client_ip": record.peer,
        "request": {
            "method": record.method,
            "uri": record.url,
            "url": f"http://{record.host or 'kong'}{record.url}",
            "size": _number(record.request_bytes, choose),
            "querystring": {},
            "headers": _said(headers) if record.host else None,
        },
        "response": {
            "status": record.status,
            "size": _number(record.response_bytes, choose),
            "headers": _said({"content-type": record.response_content_type, "vary": ["a", "b"]}),
        },
        "tries": choose([[last], [failed, last]]) if ip else {},
        "latencies": {"request": record.time_ms and int(record.time_ms), "kong": 1, "proxy": -1},
        "consumer": choose([{"username": record.username}, {"username": None, "custom_id": record.username}]),
        "authenticated_entity": {"id": record.api_key, "consumer_id": "c"} if record.api_key else None,
    }


def nginx_json(record: Record, choose: Choose) -> Document:
    """As a ``log_format`` with escape=json writes it: every value is text, what is absent is empty."""
    line = f"{record.method} {record.url} {record.protocol}"
    path, mark, query = record.url.partition("?") if record.url else ("", "", "")
    request: Document = choose(
        [
            {"request": line},
            {"request": line, "request_method": record.method, "uri": path},
            {"request_method": record.method, "request_uri": record.url},
            {"method": record.method, "request": record.url},
        ]
        + ([{"verb": record.method, "uri": path, "args": query}] if bool(query) == bool(mark) else [])
    )
    host: Document = choose([{name: record.host} for name in ("http_host", "host", "vhost")])
    if host.get("http_host"):
        host["host"] = "10.0.0.9"
    document = {
        choose(["msec", "time", "@timestamp"]): f"{record.time // 1_000_000}.{record.time // 1000 % 1000:03d}",
        choose(["remote_addr", "clientip", "client_ip"]): record.peer,
        **request,
        **host,
        "server_protocol": record.protocol,
        choose(["http_user_agent", "agent"]): record.user_agent,
        choose(["http_x_forwarded_for", "xff"]): record.forwarded_for,
        "http_cookie": record.cookies,
        "http_authorization": record.auth_header,
        "remote_user": record.username,
        choose(["status", "status_code"]): "000" if record.status is None else _number(record.status, choose),
        "content_type": record.request_content_type,
        "sent_http_content_type": record.response_content_type,
        "request_length": _number(record.request_bytes, choose),
        choose(["body_bytes_sent", "bytes", "size"]): _number(record.response_bytes, choose),
        "request_time": None if record.time_ms is None else f"{record.time_ms / 1000:.3f}",
        "upstream_addr": record.server
        and choose([record.server] * 4 + [f"10.9.9.9:81, {record.server}", f"unix:/x : {record.server}"]),
        "connection": record.connection,
        **{f"http_{name.replace('-', '_')}": value for name, value in zip(WANTED, record.wanted, strict=True)},
    }
    return {name: choose(["", "-"]) if value is None else value for name, value in document.items()}


def envoy_json(record: Record, choose: Choose) -> Document:
    """With Istio's keys or Envoy Gateway's, in the JSON format or in a template of text: there everything is text."""
    gateway = choose([True, False])
    method, path, authority, agent, forwarded = (
        ("method", "x-envoy-origin-path", ":authority", "user-agent", "x-forwarded-for")
        if gateway
        else ("method", "path", "authority", "user_agent", "x_forwarded_for")
    )
    document = {
        "start_time": rfc3339(record.time, 3),
        method: record.method,
        path: record.url,
        "protocol": record.protocol,
        "response_code": record.status or 0,
        "response_flags": "-",
        "bytes_received": record.request_bytes,
        "bytes_sent": record.response_bytes or 0,
        "duration": record.time_ms and int(record.time_ms),
        forwarded: record.forwarded_for,
        agent: record.user_agent,
        authority: record.host,
        "upstream_host": record.server,
        "upstream_cluster": "outbound|80||shop",
        "downstream_remote_address": with_port(record.peer or "", 46520),
        "authorization": record.auth_header,
        "cookie": record.cookies,
        **{(n if gateway else n.replace("-", "_")): v for n, v in zip(WANTED, record.wanted, strict=True)},
    }
    return (
        {name: "-" if value is None else str(value) for name, value in document.items()}
        if choose([True, False])
        else document
    )


def traefik_json(record: Record, choose: Choose) -> Document:
    """As logrus writes the fields, every header kept."""
    clock = rfc3339(record.time, 6).removesuffix("Z").rstrip("0").rstrip(".") + "Z"
    headers = {
        "User-Agent": record.user_agent,
        "X-Forwarded-For": record.forwarded_for,
        "Cookie": record.cookies or choose([None, "REDACTED"]),
        "Authorization": record.auth_header or choose([None, "REDACTED"]),
        "Content-Type": record.request_content_type,
        "X-Key": record.wanted[0],
        "X-User": record.wanted[1],
    }
    return {
        **choose([{"StartUTC": clock}, {"StartLocal": clock.replace("Z", "+00:00"), "time": "1970-01-01T00:00:00Z"}]),
        "ClientAddr": with_port(record.peer or "", 63251),
        "ClientHost": record.forwarded_for or record.peer,
        "ClientUsername": record.username or "-",
        "RequestAddr": record.host,
        "RequestMethod": record.method,
        "RequestPath": record.url,
        "RequestProtocol": record.protocol,
        "RequestContentSize": record.request_bytes,
        "DownstreamStatus": record.status or 0,
        "DownstreamContentSize": record.response_bytes,
        "Duration": None if record.time_ms is None else round(record.time_ms * 1_000_000),
        "ServiceAddr": record.server,
        "downstream_Content-Type": record.response_content_type,
        "level": "info",
        "msg": "",
        **{f"request_{name}": value for name, value in headers.items() if value is not None},
    }


def caddy(record: Record, choose: Choose) -> Document:
    """As zap writes it: header names as Go spells them, values in lists."""
    headers = {
        "User-Agent": record.user_agent and [record.user_agent],
        "X-Forwarded-For": record.forwarded_for and choose([[record.forwarded_for], record.forwarded_for.split(", ")]),
        "Cookie": [record.cookies] if record.cookies else choose([None, [], ["REDACTED"]]),
        "Authorization": [record.auth_header] if record.auth_header else choose([None, [], ["REDACTED"]]),
        "Content-Type": record.request_content_type and [record.request_content_type],
        "X-Key": record.wanted[0] and [record.wanted[0], "second"],
        "X-User": record.wanted[1] and [record.wanted[1]],
    }
    peer: Document = choose(
        [{"remote_ip": record.peer, "remote_port": "41342"}, {"remote_addr": with_port(record.peer or "", 41342)}]
    )
    times = [record.time // 1000, rfc3339(record.time, 3).replace("Z", "+0000"), float(f"{record.time // 1000}e-3")]
    return {
        "level": choose(["info", "error"]),
        "ts": choose(times),
        "logger": "http.log.access.log0",
        "msg": "handled request",
        "request": {
            **peer,
            "client_ip": "203.0.113.99",
            "proto": record.protocol,
            "method": record.method,
            "host": record.host or "",
            "uri": record.url,
            "headers": {name: value for name, value in headers.items() if value is not None},
        },
        "bytes_read": record.request_bytes,
        "user_id": record.username or "",
        "duration": None if record.time_ms is None else record.time_ms / 1000,
        "size": record.response_bytes,
        "status": record.status or 0,
        "resp_headers": {"Content-Type": [record.response_content_type] if record.response_content_type else []},
    }


def with_port(address: str, port: int) -> str:
    """As Go and Envoy write an address and its port."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def rfc3339(micros: int, digits: int) -> str:
    """Microseconds since 1970 as UTC text with so many decimals."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=micros // 1_000_000)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{micros % 1_000_000:06d}"[: 20 + digits] + "Z"


def _sent(record: Record) -> Document:
    return {
        "host": record.host,
        "user-agent": record.user_agent,
        "cookie": record.cookies,
        "authorization": record.auth_header or "REDACTED",
        "content-type": record.request_content_type,
    }


def _said(members: Document) -> Document:
    return {name: value for name, value in members.items() if value is not None}


def _number(value: int | None, choose: Choose) -> Any:
    return None if value is None else choose([value, str(value)])


_TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20).filter(
    lambda text: text not in ("-", "REDACTED")
)
_WORD = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=15)
_COUNT = st.integers(0, 10**12 - 1)
_ADDRESS = st.ip_addresses().map(str)
_REQUEST = st.builds(
    Record,
    time=st.integers(1_000_000_000_000, 4_000_000_000_000).map(lambda millis: millis * 1000),
    peer=_ADDRESS,
    forwarded_for=st.none() | st.lists(_ADDRESS, min_size=1, max_size=3).map(", ".join),
    method=st.sampled_from(["GET", "POST", "PATCH", "PROPFIND", "get", "M-SEARCH"]),
    url=_WORD.map("/{}".format),
    host=st.none() | st.sampled_from(["shop.example.com", "[2001:db8::1]:8443", "h:80"]),
    protocol=st.sampled_from(["HTTP/1.0", "HTTP/1.1", "HTTP/2.0", "HTTP/3"]),
    user_agent=st.none() | _TEXT,
    cookies=st.none() | _TEXT,
    auth_header=st.none() | _TEXT,
    wanted=st.lists(st.none() | _TEXT, min_size=2, max_size=2),
    username=st.none() | _TEXT,
    api_key=st.none() | _TEXT,
    status=st.none() | st.integers(100, 999),
    request_content_type=st.none() | _TEXT,
    response_content_type=st.none() | _TEXT,
    request_bytes=st.none() | _COUNT,
    response_bytes=_COUNT,
    server=st.none() | st.sampled_from(["10.0.0.1:80", "[2001:db8::9]:8080"]),
    connection=st.none() | st.integers(1, 10**9).map(str),
    time_ms=st.none() | st.integers(0, 999_999).map(float),
)

Writer = Callable[[Record, Choose], Document]
_WRITERS: dict[str, tuple[Writer, tuple[str, ...]]] = {
    "kong": (kong, ("protocol", "connection")),
    "nginx-json": (nginx_json, ("api_key",)),
    "envoy-json": (
        envoy_json,
        ("api_key", "connection", "username", "request_content_type", "response_content_type"),
    ),
    "traefik-json": (traefik_json, ("api_key", "connection")),
    "caddy": (caddy, ("api_key", "connection", "server")),
}
"""By name of the format: how it writes a request, and what of it the log does not tell."""


@st.composite
def _written(draw: st.DrawFn, name: str) -> tuple[Record, bytes]:
    write, untold = _WRITERS[name]
    record = draw(_REQUEST)
    for column in untold:
        setattr(record, column, None)
    if name == "kong" and record.host is None:  # then all its headers are left out, and the URL tells a host
        record.host, record.wanted = "kong", [None, None]
        for column in ("user_agent", "cookies", "auth_header", "request_content_type", "forwarded_for"):
            setattr(record, column, None)
        document = write(record, lambda values: draw(st.sampled_from(values)))
        del document["request"]["headers"]
    else:
        document = write(record, lambda values: draw(st.sampled_from(values)))
    separators = draw(st.sampled_from([(",", ":"), (", ", ": ")]))
    return record, json.dumps(document, ensure_ascii=draw(st.booleans()), separators=separators).encode()


WRITTEN = {name: _written(name) for name in _WRITERS}
"""By name of the format: records, each with a line that tells it; the wanted headers are `WANTED`."""


def _odd_request(random: Random) -> Record:
    """A record that has odd values where a client can put them."""

    def mostly(usual: T, *others: T) -> T:
        return usual if random.random() < 0.8 else random.choice(others)

    return Record(
        time=1772446500_123_000 + random.randrange(3600) * 1_000_000,
        peer=mostly("192.0.2.1", "2001:db8::1", "::1"),
        forwarded_for=mostly(None, *ADDRESSES),
        method=mostly("GET", "POST", "M-SEARCH", ""),
        url=mostly("/shop/x?key=1", *URLS, *ODD),
        host=mostly("h", *HOSTS),
        protocol=mostly("HTTP/1.1", "HTTP/2.0", "http/1.1", "2"),
        user_agent=mostly("curl/7.64", None, "[x]", '{"a"', *ODD),
        cookies=mostly(None, *COOKIES),
        auth_header=mostly(None, *SCHEMES),
        wanted=[mostly("k", None, *TEXTS), mostly(None, *TEXTS)],
        username=mostly(None, "joe", *ODD),
        api_key=mostly(None, "id", *ODD),
        status=mostly(200, 404, 499, 0),
        request_content_type=mostly(None, "a/b", *ODD),
        response_content_type=mostly("application/json", None, *ODD),
        request_bytes=mostly(12, None, 10**13),
        response_bytes=mostly(5, 0, 10**12),
        server=mostly("10.0.0.1:80", None, "[::1]:80"),
        connection=mostly(None, "1", "2"),
        time_ms=mostly(12.0, None, 0.0, 1234.0, 10.0**10),
    )


def _mutated(random: Random, value: Any, harm: float) -> Any:
    """Values lost, exchanged for odd ones or given other members beside them, at any depth."""
    if random.random() < harm:
        return random.choice([*TEXTS, *OTHERS, *NUMBERS, *TIMES, 0.0000929675, 1e3, 1772446500.5241024])
    if isinstance(value, list):
        return [_mutated(random, entry, harm) for entry in value]
    if not isinstance(value, dict):
        return value
    changed = {name: _mutated(random, entry, harm) for name, entry in value.items() if random.random() >= harm / 2}
    if random.random() < harm:
        changed[random.choice(["unknown", "session", "message", "duration_ms"])] = random.choice(
            [{"received": 1}, [1], "x", 5]
        )
    return changed


def _seeded(write: Writer) -> Callable[[int], bytes]:
    def line(seed: int) -> bytes:
        random = Random(seed)
        usual: Choose = lambda values: values[0]  # noqa: E731 - most lines of a log are in one shape
        document = write(_odd_request(random), usual if random.random() < 0.75 else random.choice)
        document = _mutated(random, document, random.choice([0, 0, 0.01, 0.05]))
        separators = random.choice([(",", ":"), (", ", ": ")])
        return broken(random, json.dumps(document, ensure_ascii=random.random() < 0.5, separators=separators))

    return line


SEEDED: dict[str, Callable[[int], bytes]] = {name: _seeded(write) for name, (write, _) in _WRITERS.items()}
"""By name of the format: seed -> line, good or odd."""
