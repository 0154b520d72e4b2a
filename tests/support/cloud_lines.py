"""A plain line of each cloud format, to be changed by what a test is about."""

import json
from copy import deepcopy
from typing import Any

from abslake.formats import formats
from abslake.records.record import Record

Document = dict[str, Any]
TIME = 1_772_446_500_000_000
"""2026-03-02T10:15:00Z, the time of the plain lines, in microseconds."""

PLAIN: dict[str, Document] = {
    "cloudflare": {
        "ClientIP": "192.0.2.1",
        "ClientRequestMethod": "GET",
        "ClientRequestURI": "/shop/items?id=1",
        "ClientRequestHost": "shop.example.com",
        "ClientRequestProtocol": "HTTP/2",
        "ClientRequestUserAgent": "curl/8.5.0",
        "ClientRequestBytes": 526,
        "EdgeStartTimestamp": "2026-03-02T10:15:00Z",
        "EdgeResponseStatus": 200,
        "EdgeResponseBytes": 41583,
        "EdgeTimeToFirstByteMs": 12,
        "OriginIP": "10.1.1.1",
    },
    "azure-apim": {
        "time": "2026-03-02T10:15:00.0000000Z",
        "category": "GatewayLogs",
        "durationMs": 12,
        "callerIpAddress": "192.0.2.1",
        "properties": {
            "method": "GET",
            "url": "https://shop.azure-api.net/shop/items?id=1",
            "responseCode": 200,
            "responseSize": 41583,
            "requestSize": 526,
            "clientProtocol": "HTTP/2",
            "requestHeaders": {"User-Agent": "curl/8.5.0"},
            "backendUrl": "https://10.1.1.1/items",
        },
    },
    "azure-front-door": {
        "time": "2026-03-02T10:15:00.0000000Z",
        "category": "FrontDoorAccessLog",
        "properties": {
            "httpMethod": "GET",
            "httpVersion": "2.0.0.0",
            "requestUri": "https://shop.example.com:443/shop/items?id=1",
            "requestBytes": "526",
            "responseBytes": "41583",
            "userAgent": "curl/8.5.0",
            "clientIp": "192.0.2.1",
            "socketIp": "192.0.2.1",
            "timeTaken": "0.012",
            "httpStatusCode": "200",
            "originIp": "10.1.1.1:443",
        },
    },
    "apigee": {
        "client_received_start_timestamp": 1772446500000,
        "request_verb": "GET",
        "request_uri": "/shop/items?id=1",
        "client_ip": "192.0.2.1",
        "useragent": "curl/8.5.0",
        "response_status_code": 200,
        "request_size": 526,
        "response_size": 41583,
        "total_response_time": 12,
        "target_ip": "10.1.1.1",
    },
    "ocsf": {
        "class_uid": 4002,
        "time": 1772446500000,
        "http_request": {
            "http_method": "GET",
            "url": {"path": "/shop/items", "query_string": "id=1"},
            "user_agent": "curl/8.5.0",
            "version": "HTTP/2",
        },
        "http_response": {"code": 200, "latency": 12},
        "src_endpoint": {"ip": "192.0.2.1"},
        "dst_endpoint": {"ip": "10.1.1.1"},
        "traffic": {"bytes_out": 526, "bytes_in": 41583},
    },
}

AGENT = {
    "cloudflare": "ClientRequestUserAgent",
    "azure-apim": "properties.requestHeaders.User-Agent",
    "azure-front-door": "properties.userAgent",
    "apigee": "useragent",
    "ocsf": "http_request.user_agent",
}
"""Where the user agent stands, which is what a client can most easily choose."""

PEER = {
    "cloudflare": "ClientIP",
    "azure-apim": "callerIpAddress",
    "azure-front-door": "properties.socketIp",
    "apigee": "client_ip",
    "ocsf": "src_endpoint.ip",
}

CLOCK = {
    "cloudflare": "EdgeStartTimestamp",
    "azure-apim": "time",
    "azure-front-door": "time",
    "apigee": "client_received_start_timestamp",
    "ocsf": "time",
}
"""Where the time stands."""


def document(name: str, changes: dict[str, Any]) -> Document:
    """The plain line with changes at paths of keys; ``...`` takes a member away."""
    changed = deepcopy(PLAIN[name])
    for path, value in changes.items():
        *way, last = path.split(".")
        at = changed
        for key in way:
            at = at.setdefault(key, {})
        if value is ...:
            at.pop(last, None)
        else:
            at[last] = value
    return changed


def line(name: str, changes: dict[str, Any] | None = None) -> bytes:
    """One line as JSON with escapes."""
    return json.dumps(document(name, changes or {})).encode()


def read(name: str, changes: dict[str, Any] | None = None, wanted: tuple[str, ...] = ()) -> Record:
    """What the format makes of it."""
    return formats()[name].parse(line(name, changes), wanted)
