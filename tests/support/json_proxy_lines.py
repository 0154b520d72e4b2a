"""A plain line of each proxy's JSON log, to be changed by what a test is about."""

import json
from copy import deepcopy
from typing import Any

from abslake.formats import formats
from abslake.records.record import Record

Document = dict[str, Any]
TIME = 1_772_446_500_123_000
"""2026-03-02T10:15:00.123Z, the time of the plain lines, in microseconds."""

PLAIN: dict[str, Document] = {
    "kong": {
        "started_at": 1772446500123,
        "client_ip": "192.0.2.1",
        "request": {
            "method": "GET",
            "uri": "/shop/items?id=1",
            "url": "http://shop.example.com:8000/shop/items?id=1",
            "size": 526,
            "querystring": {"id": "1"},
            "headers": {"host": "shop.example.com", "user-agent": "curl/8.5.0"},
        },
        "response": {"status": 200, "size": 41583, "headers": {"content-type": "text/plain"}},
        "tries": [{"ip": "10.1.1.1", "port": 80}],
        "latencies": {"request": 12, "kong": 1, "proxy": 11},
    },
    "nginx-json": {
        "msec": "1772446500.123",
        "remote_addr": "192.0.2.1",
        "request": "GET /shop/items?id=1 HTTP/1.1",
        "http_host": "shop.example.com",
        "status": "200",
        "request_length": "526",
        "body_bytes_sent": "41583",
        "request_time": "0.012",
        "http_user_agent": "curl/8.5.0",
        "upstream_addr": "10.1.1.1:80",
    },
    "envoy-json": {
        "start_time": "2026-03-02T10:15:00.123Z",
        "method": "GET",
        "path": "/shop/items?id=1",
        "protocol": "HTTP/1.1",
        "response_code": 200,
        "response_flags": None,
        "bytes_received": 526,
        "bytes_sent": 41583,
        "duration": 12,
        "x_forwarded_for": "192.0.2.1",
        "user_agent": "curl/8.5.0",
        "authority": "shop.example.com",
        "upstream_host": "10.1.1.1:80",
        "downstream_remote_address": "192.0.2.1:46520",
    },
    "traefik-json": {
        "ClientAddr": "192.0.2.1:63251",
        "ClientHost": "192.0.2.1",
        "ClientUsername": "-",
        "DownstreamContentSize": 41583,
        "DownstreamStatus": 200,
        "Duration": 12000000,
        "RequestAddr": "shop.example.com",
        "RequestContentSize": 526,
        "RequestMethod": "GET",
        "RequestPath": "/shop/items?id=1",
        "RequestProtocol": "HTTP/1.1",
        "ServiceAddr": "10.1.1.1:80",
        "StartUTC": "2026-03-02T10:15:00.123Z",
        "level": "info",
        "msg": "",
        "request_User-Agent": "curl/8.5.0",
        "time": "2026-03-02T10:15:00Z",
    },
    "caddy": {
        "level": "info",
        "ts": 1772446500.123,
        "logger": "http.log.access",
        "msg": "handled request",
        "request": {
            "remote_ip": "192.0.2.1",
            "client_ip": "192.0.2.1",
            "proto": "HTTP/1.1",
            "method": "GET",
            "host": "shop.example.com",
            "uri": "/shop/items?id=1",
            "headers": {"User-Agent": ["curl/8.5.0"]},
        },
        "bytes_read": 526,
        "user_id": "",
        "duration": 0.012,
        "size": 41583,
        "status": 200,
        "resp_headers": {"Content-Type": ["text/plain"]},
    },
}

AGENT = {
    "kong": "request/headers/user-agent",
    "nginx-json": "http_user_agent",
    "envoy-json": "user_agent",
    "traefik-json": "request_User-Agent",
    "caddy": "request/headers/User-Agent/0",
}
"""Where the user agent stands, which is what a client can most easily choose."""

PEER = {
    "kong": "client_ip",
    "nginx-json": "remote_addr",
    "envoy-json": "downstream_remote_address",
    "traefik-json": "ClientAddr",
    "caddy": "request/remote_ip",
}


def document(name: str, changes: dict[str, Any]) -> Document:
    """The plain line with changes at paths of keys; ``...`` takes a member away."""
    changed = deepcopy(PLAIN[name])
    for path, value in deepcopy(changes).items():
        at: Any = changed
        *way, last = path.split("/")
        for key in way:
            at = at.setdefault(key, {})
        if value is ...:
            del at[last]
        else:
            at[int(last) if isinstance(at, list) else last] = value
    return changed


def line(name: str, changes: dict[str, Any] | None = None) -> bytes:
    """One line as JSON with escapes."""
    return json.dumps(document(name, changes or {})).encode()


def read(name: str, changes: dict[str, Any] | None = None, wanted: tuple[str, ...] = ()) -> Record:
    """What the format makes of it."""
    return formats()[name].parse(line(name, changes), wanted)
