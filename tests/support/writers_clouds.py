"""Cloud logs as their gateways write them: records with the line that tells each of them, and odd lines made from a seed.

What is written follows the vendors' documentation, not our readers; a reader must give back what was written.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from hypothesis import strategies as st

from abslake.records.record import Record
from tests.support.odd_values import ADDRESSES, COOKIES, HOSTS, NUMBERS, OTHERS, SCHEMES, TEXTS, TIMES, URLS, broken

Document = dict[str, Any]
Written = st.SearchStrategy[tuple[Record, bytes]]

WANTED = ("x-key", "x~user")
"""Headers that the written lines hold beside the usual ones."""

_TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20).filter(lambda text: text != "-")
_PATH = st.text(st.characters(codec="utf-8", exclude_characters="?"), max_size=20).map(lambda text: f"/{text}")
_QUERY = _TEXT.filter(lambda text: not text.startswith("?"))
_HOST = st.sampled_from(["shop.example.com", "api.example.com:8443", "[2001:db8::1]:443", "xn--bcher-kva.example"])
_ADDRESS = st.ip_addresses().map(str)
_MILLIS = st.integers(1_000_000_000_000, 4_000_000_000_000)
_COUNT = st.integers(0, 999_999_999_999)
_STATUS = st.integers(100, 999)
_METHOD = st.sampled_from(["GET", "POST", "PATCH", "PROPFIND", "get", "M-SEARCH"])
_COOKIES = st.dictionaries(st.sampled_from(["SID", "sid", "S", "é"]), _TEXT, min_size=1)


def rfc3339(micros: int, digits: int) -> str:
    """Microseconds since 1970 as UTC text with so many decimals."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=micros // 1_000_000)
    fraction = f".{micros % 1_000_000:06d}000"[: digits + 1] if digits else ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}Z"


def said(document: Document) -> Document:
    """Without the members that are None or hold nothing, at any depth: a gateway leaves out what it does not know."""
    shown = {name: said(value) if isinstance(value, dict) else value for name, value in document.items()}
    return {name: value for name, value in shown.items() if value is not None and value != {}}


def _as_header(cookies: dict[str, str] | None) -> str | None:
    return "; ".join(f"{name}={value}" for name, value in cookies.items()) if cookies else None


class _Draw:
    """Draws from strategies, each value maybe none."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.one = draw

    def maybe(self, values: st.SearchStrategy[Any]) -> Any:
        return self.one(st.none() | values)

    def line(self, document: Document) -> bytes:
        separators = self.one(st.sampled_from([(",", ":"), (", ", ": ")]))
        return json.dumps(document, ensure_ascii=self.one(st.booleans()), separators=separators).encode()


@st.composite
def _cloudflare(draw: st.DrawFn) -> tuple[Record, bytes]:
    d = _Draw(draw)
    millis, cookies = d.one(_MILLIS), d.maybe(_COOKIES)
    form = d.one(st.sampled_from(["rfc3339", "unix", "unixnano", "rfc3339nano", "unixnano text"]))
    whole = form in ("rfc3339", "unix")
    record = Record(
        time=millis // 1000 * 1_000_000 if whole else millis * 1000,
        peer=d.one(_ADDRESS),
        forwarded_for=d.maybe(_TEXT),
        method=d.one(_METHOD),
        url=d.one(_PATH),
        host=d.maybe(_HOST),
        protocol=d.maybe(st.sampled_from(["HTTP/1.0", "HTTP/1.1", "HTTP/2", "HTTP/3"])),
        user_agent=d.maybe(_TEXT),
        cookies=_as_header(cookies),
        auth_header=d.maybe(_TEXT),
        username=d.maybe(_TEXT),
        wanted=[d.maybe(_TEXT), d.maybe(_TEXT)],
        status=d.maybe(_STATUS),
        response_content_type=d.maybe(_TEXT),
        request_bytes=d.maybe(_COUNT),
        response_bytes=d.maybe(_COUNT),
        server=d.maybe(_ADDRESS),
        time_ms=d.maybe(st.integers(0, 999_999).map(float)),
    )
    written = {
        "rfc3339": rfc3339(record.time, 0),
        "unix": millis // 1000,
        "unixnano": millis * 1_000_000,
        "rfc3339nano": rfc3339(record.time, 9),
        "unixnano text": str(millis * 1_000_000),
    }[form]
    headers = {
        "x-forwarded-for": record.forwarded_for,
        "authorization": record.auth_header,
        "cf-access-user": record.username,
    }
    document = {
        "ClientIP": record.peer,
        "ClientRequestMethod": record.method,
        "ClientRequestURI": record.url,
        "ClientRequestHost": record.host,
        "ClientRequestProtocol": record.protocol,
        "ClientRequestUserAgent": record.user_agent or d.one(st.sampled_from(["", None])),
        "ClientRequestBytes": record.request_bytes,
        "Cookies": cookies,
        "EdgeStartTimestamp": written,
        "EdgeResponseStatus": record.status or d.one(st.sampled_from([0, None])),
        "EdgeResponseBytes": record.response_bytes,
        "EdgeResponseContentType": record.response_content_type,
        "EdgeTimeToFirstByteMs": None if record.time_ms is None else int(record.time_ms),
        "OriginIP": record.server or d.one(st.sampled_from(["", None])),
        "RequestHeaders": headers | dict(zip(WANTED, record.wanted, strict=True)),
        "WorkerSubrequest": False,
    }
    return record, d.line(said(document))


@st.composite
def _azure_apim(draw: st.DrawFn) -> tuple[Record, bytes]:
    d = _Draw(draw)
    record = Record(
        time=d.one(_MILLIS) * 1000,
        peer=d.one(_ADDRESS),
        forwarded_for=d.maybe(_TEXT),
        method=d.one(_METHOD),
        url="https://shop.azure-api.net" + d.one(_PATH),
        host=d.maybe(_HOST),
        protocol=d.maybe(st.sampled_from(["HTTP/1.1", "HTTP/2"])),
        user_agent=d.maybe(_TEXT),
        cookies=d.maybe(_TEXT),
        auth_header=d.maybe(_TEXT),
        wanted=[d.maybe(_TEXT), d.maybe(_TEXT)],
        username=d.maybe(_TEXT),
        api_key=d.maybe(_TEXT),
        status=d.maybe(_STATUS),
        request_content_type=d.maybe(_TEXT),
        response_content_type=d.maybe(_TEXT),
        request_bytes=d.maybe(_COUNT),
        response_bytes=d.maybe(_COUNT),
        server=d.maybe(_HOST),
        time_ms=d.maybe(st.integers(0, 999_999).map(float)),
    )
    spelled = d.one(st.sampled_from([str.lower, str.upper, str.title]))
    headers = {
        "x-forwarded-for": record.forwarded_for,
        "host": record.host,
        "user-agent": record.user_agent,
        "cookie": record.cookies,
        "authorization": record.auth_header,
        "content-type": record.request_content_type,
    } | dict(zip(WANTED, record.wanted, strict=True))
    properties = {
        "method": record.method,
        "url": record.url,
        "backendUrl": record.server and f"https://{record.server}/items",
        "responseCode": record.status,
        "responseSize": record.response_bytes,
        "requestSize": record.request_bytes,
        "apimSubscriptionId": record.api_key,
        "userId": record.username,
        "clientProtocol": record.protocol,
        "requestHeaders": {spelled(name): value for name, value in headers.items()},
        "responseHeaders": {spelled("content-type"): record.response_content_type},
    }
    duration = None if record.time_ms is None else int(record.time_ms)
    common = {"category": "GatewayLogs", "callerIpAddress": record.peer}
    document: Document = (
        common | {"time": rfc3339(record.time, 7), "durationMs": duration, "properties": properties}
        if d.one(st.booleans())
        else common | {"timeGenerated": rfc3339(record.time, 7), "totalTime": duration} | properties
    )
    return record, d.line(said(document))


@st.composite
def _azure_front_door(draw: st.DrawFn) -> tuple[Record, bytes]:
    d = _Draw(draw)
    peer, seconds = d.one(_ADDRESS), d.maybe(st.integers(0, 999_999).map(lambda ms: f"{ms / 1000:.3f}"))
    version = d.maybe(st.sampled_from(["1.0", "1.1", "2.0"]))
    record = Record(
        time=d.one(_MILLIS) * 1000,
        peer=peer,
        forwarded_for=d.one(st.just(peer) | _ADDRESS),
        method=d.one(_METHOD),
        url="https://shop.example.com:443" + d.one(_PATH),
        host=d.maybe(_HOST),
        protocol=version and f"HTTP/{version}",
        user_agent=d.maybe(_TEXT),
        wanted=[None, None],
        status=d.maybe(_STATUS),
        request_bytes=d.maybe(_COUNT),
        response_bytes=d.maybe(_COUNT),
        server=d.maybe(st.just("198.51.100.29:443")),
        time_ms=None if seconds is None else round(float(seconds) * 1000, 3),
    )
    classic = d.one(st.booleans())
    properties = {
        "httpMethod": record.method,
        "httpVersion": version and f"{version}.0.0",
        "requestUri": record.url,
        "requestBytes": None if record.request_bytes is None else str(record.request_bytes),
        "responseBytes": None if record.response_bytes is None else str(record.response_bytes),
        "userAgent": record.user_agent or "",
        "clientIp": record.forwarded_for,
        "socketIp": record.peer,
        "timeTaken": seconds,
        "httpStatusCode": str(record.status or 0),
        "hostName": record.host,
        "backendHostname" if classic else "originIp": record.server or "N/A",
        "isReceivedFromClient": True if classic else None,
    }
    category = "FrontdoorAccessLog" if classic else "FrontDoorAccessLog"
    return record, d.line(said({"time": rfc3339(record.time, 7), "category": category, "properties": properties}))


@st.composite
def _apigee(draw: st.DrawFn) -> tuple[Record, bytes]:
    d = _Draw(draw)
    millis, elapsed = d.one(_MILLIS), d.maybe(st.integers(0, 999_999))
    record = Record(
        time=millis * 1000,
        peer=d.one(_ADDRESS),
        forwarded_for=d.maybe(_TEXT),
        method=d.one(_METHOD),
        url=d.one(_PATH),
        user_agent=d.maybe(_TEXT),
        username=d.maybe(_TEXT),
        token=d.maybe(_TEXT),
        api_key=d.maybe(_TEXT),
        status=d.maybe(_STATUS),
        server=d.maybe(_ADDRESS),
        time_ms=None if elapsed is None else float(elapsed),
        wanted=[None, None],
    )
    end = None if elapsed is None else millis + elapsed
    if d.one(st.booleans()):
        record.request_bytes, record.response_bytes = d.maybe(_COUNT), d.maybe(_COUNT)
        document: Document = {
            "client_received_start_timestamp": millis,
            "client_sent_end_timestamp": end,
            "request_verb": record.method,
            "request_uri": record.url,
            "client_ip": record.peer,
            "x_forwarded_for_ip": record.forwarded_for,
            "useragent": record.user_agent or "(not set)",
            "developer_email": record.username or "(not set)",
            "access_token": record.token or "(not set)",
            "client_id": record.api_key or "(not set)",
            "response_status_code": record.status,
            "request_size": record.request_bytes,
            "response_size": record.response_bytes,
            "target_ip": record.server,
        }
        return record, d.line(said(document))
    record.wanted, record.host, record.cookies = [d.maybe(_TEXT), d.maybe(_TEXT)], d.maybe(_HOST), d.maybe(_TEXT)
    headers = {
        "x-forwarded-for.values.string": record.forwarded_for,
        "user-agent": record.user_agent,
        "host": record.host,
    }
    headers |= {"cookie": record.cookies} | dict(zip(WANTED, record.wanted, strict=True))
    variables = {
        "client.received.start.timestamp": str(millis),
        "client.sent.end.timestamp": None if end is None else str(end),
        "client.ip": record.peer,
        "request.verb": record.method,
        "request.uri": record.url,
        "response.status.code": "" if record.status is None else str(record.status),
        "developer.email": record.username,
        "access_token": record.token,
        "client_id": record.api_key or "",
        "target.ip": record.server,
    } | {f"request.header.{name}": value for name, value in headers.items()}
    logged = {"logName": "projects/p/logs/apigee", "timestamp": "2026-03-02T10:15:00.5Z", "jsonPayload": variables}
    return record, d.line(said(logged if d.one(st.booleans()) else variables))


@st.composite
def _ocsf(draw: st.DrawFn) -> tuple[Record, bytes]:
    d = _Draw(draw)
    path, query, cookies = d.one(_PATH), d.maybe(_QUERY), d.maybe(_COOKIES)
    forwarded, ip, port = (
        d.maybe(st.lists(_ADDRESS, min_size=1, max_size=3)),
        d.maybe(_ADDRESS),
        d.maybe(st.integers(1, 65535)),
    )
    place = ip and (f"[{ip}]" if ":" in ip and port else ip)
    host, named = d.maybe(_HOST), d.maybe(st.just("shop.example.com"))
    record = Record(
        time=d.one(_MILLIS) * 1000,
        peer=d.one(_ADDRESS),
        forwarded_for=", ".join(forwarded) if forwarded else None,
        method=d.one(_METHOD),
        url=path + (f"?{query}" if query else ""),
        host=host or named,
        protocol=d.maybe(st.sampled_from(["HTTP/1.1", "HTTP/2"])),
        user_agent=d.maybe(_TEXT),
        cookies=_as_header(cookies),
        auth_header=d.maybe(_TEXT),
        wanted=[d.maybe(_TEXT), d.maybe(_TEXT)],
        username=d.maybe(_TEXT),
        api_key=d.maybe(_TEXT),
        session=d.maybe(_TEXT),
        status=d.maybe(_STATUS),
        request_content_type=d.maybe(_TEXT),
        response_content_type=d.maybe(_TEXT),
        request_bytes=d.maybe(_COUNT),
        response_bytes=d.maybe(_COUNT),
        server=place and (f"{place}:{port}" if port else place),
        time_ms=d.maybe(st.integers(0, 999_999).map(float)),
    )
    headers = {
        "Host": host,
        "Authorization": record.auth_header,
        "CONTENT-TYPE": record.request_content_type,
        "X-Key": record.wanted[0],
        "X~User": record.wanted[1],
    }
    listed = [{"name": name, "value": value} for name, value in headers.items() if value is not None]
    document = {
        "class_uid": 4002,
        "time": record.time // 1000,
        "count": d.maybe(st.just(1)),
        "http_request": {
            "http_method": record.method,
            "url": {"path": path, "query_string": query, "hostname": named},
            "user_agent": record.user_agent,
            "version": record.protocol,
            "x_forwarded_for": forwarded,
            "http_headers": listed if listed or d.one(st.booleans()) else None,
        },
        "http_response": {
            "code": record.status,
            "content_type": record.response_content_type,
            "latency": None if record.time_ms is None else int(record.time_ms),
        },
        "http_cookies": [{"name": name, "value": value} for name, value in (cookies or {}).items()],
        "src_endpoint": {"ip": record.peer, "port": 53122},
        "dst_endpoint": {"ip": ip, "port": port, "hostname": named},
        "actor": {
            "user": {"name": record.username, "credential_uid": record.api_key},
            "session": {"uid": record.session},
        },
        "traffic": {"bytes_out": record.request_bytes, "bytes_in": record.response_bytes},
    }
    return record, d.line(said(document) if d.one(st.booleans()) else document)


WRITTEN: dict[str, Written] = {
    "cloudflare": _cloudflare(),
    "azure-apim": _azure_apim(),
    "azure-front-door": _azure_front_door(),
    "apigee": _apigee(),
    "ocsf": _ocsf(),
}
"""By name of the format: records, each with a line that tells it; the wanted headers are `WANTED`."""


def _mutated(random: Random, value: Any, harm: float) -> Any:
    """Values lost, exchanged for odd ones or put under another name, at any depth."""
    if random.random() < harm:
        return random.choice([*TEXTS, *OTHERS])
    if isinstance(value, list):
        return [_mutated(random, entry, harm) for entry in value]
    if not isinstance(value, dict):
        return value
    changed = {name: _mutated(random, entry, harm) for name, entry in value.items() if random.random() >= harm}
    if random.random() < harm:
        changed["unknown"] = {"a": [1, {"x": None}]}
    return changed


def _seeded(make: Callable[[Random], Document]) -> Callable[[int], bytes]:
    def line(seed: int) -> bytes:
        random = Random(seed)
        document = _mutated(random, make(random), random.choice([0, 0, 0.01, 0.05]))
        separators = random.choice([(",", ":"), (", ", ": ")])
        return broken(random, json.dumps(document, ensure_ascii=random.random() < 0.5, separators=separators))

    return line


def _odd(random: Random, usual: Any, *others: list[Any]) -> Any:
    """The usual value mostly, else one of the others."""
    return usual if random.random() < 0.7 else random.choice(random.choice(others))


def _odd_cloudflare(random: Random) -> Document:
    times = [1772446500, 1772446500123000000, "1772446500", 1772446500.5, 0, 17724465001230]
    return {
        "ClientIP": _odd(random, "192.0.2.1", ADDRESSES),
        "ClientRequestMethod": "GET",
        "ClientRequestURI": _odd(random, "/shop/x?key=1", URLS),
        "ClientRequestHost": _odd(random, "h", HOSTS),
        "ClientRequestUserAgent": _odd(random, "curl/8", TEXTS),
        "ClientRequestBytes": _odd(random, 12, NUMBERS, OTHERS),
        "Cookies": _odd(
            random, {"SID": "1", "S": "2"}, [None, {}, {"SID": ""}, {"S": ["a", "b"]}, {"S": {"a": 1}}, {"SID": 5}]
        ),
        "EdgeStartTimestamp": _odd(random, "2026-03-02T10:15:00Z", TIMES, times),
        "EdgeResponseStatus": _odd(random, 200, [0, "404", 99, 1000]),
        "EdgeResponseBytes": _odd(random, 21, NUMBERS),
        "EdgeTimeToFirstByteMs": _odd(random, 12, NUMBERS),
        "OriginIP": _odd(random, "10.0.0.1", ["", None]),
        "RequestHeaders": {
            "authorization": _odd(random, "Bearer abc", SCHEMES),
            "x-key": _odd(random, "k", TEXTS, [["a", "b"]]),
            "x-forwarded-for": _odd(random, "192.0.2.7", ADDRESSES),
        },
        "WorkerSubrequest": _odd(random, False, [True, None, "true", "false"]),
    }


def _odd_azure_apim(random: Random) -> Document:
    properties = {
        "method": "GET",
        "url": _odd(random, "https://h/shop/x?key=1", URLS),
        "backendUrl": _odd(random, "https://b:8443/x", URLS),
        "responseCode": _odd(random, 200, [0, "404", 99, 1000]),
        "responseSize": _odd(random, 21, NUMBERS),
        "requestSize": _odd(random, 12, NUMBERS),
        "apimSubscriptionId": _odd(random, "master", TEXTS),
        "userId": _odd(random, "1", TEXTS),
        "clientProtocol": _odd(random, "HTTP/1.1", ["2.0", "http/2"]),
        "requestHeaders": {
            random.choice(["User-Agent", "user-agent", "USER-AGENT"]): _odd(random, "curl/8", TEXTS),
            random.choice(["X-Key", "x-key", "x-kéy"]): _odd(random, "k", TEXTS, [["a", "b"], {"a": 1}, None]),
            "X-Forwarded-For": _odd(random, "192.0.2.7", ADDRESSES),
            "Cookie": _odd(random, "SID=1", COOKIES),
        },
    }
    common = {
        "category": _odd(random, "GatewayLogs", [["GatewayLogs", "WebSocketConnectionLogs"]][0]),
        "callerIpAddress": _odd(random, "192.0.2.1", ADDRESSES),
        "time": _odd(random, "2026-03-02T10:15:00.1234567Z", TIMES),
        "durationMs": _odd(random, 12, NUMBERS, OTHERS),
    }
    return common | ({"properties": properties} if random.random() < 0.8 else properties)


def _odd_azure_front_door(random: Random) -> Document:
    properties = {
        "httpMethod": "GET",
        "httpVersion": _odd(random, "2.0.0.0", ["1.1.0.0", "3", "HTTP/2", "", "2.0.0"]),
        "requestUri": _odd(random, "https://h:443/shop/x?key=1", URLS),
        "requestBytes": _odd(random, "12", NUMBERS),
        "responseBytes": _odd(random, "21", NUMBERS),
        "userAgent": _odd(random, "curl/8", TEXTS),
        "clientIp": _odd(random, "192.0.2.1", ADDRESSES),
        "socketIp": _odd(random, "192.0.2.2", ADDRESSES),
        "timeTaken": _odd(random, "0.036", NUMBERS, TEXTS),
        "httpStatusCode": _odd(random, "200", ["0", "404", "99", 200]),
        "originIp": _odd(random, "10.0.0.1:443", ["N/A", ""]),
        "isReceivedFromClient": _odd(random, True, [False, None, "false"]),
    }
    category = _odd(random, "FrontDoorAccessLog", [["FrontdoorAccessLog", "FrontDoorHealthProbeLog"]][0])
    return {"time": _odd(random, "2026-03-02T10:15:00.0000000Z", TIMES), "category": category, "properties": properties}


def _odd_apigee(random: Random) -> Document:
    if random.random() < 0.7:
        return {
            "client_received_start_timestamp": _odd(random, 1772446500123, TIMES, ["1772446500123", 0, 1772446500]),
            "client_sent_end_timestamp": _odd(random, 1772446500193, [1772446500000, "x", None, "1772446500193"]),
            "request_verb": "GET",
            "request_uri": _odd(random, "/shop/x?key=1", URLS),
            "client_ip": _odd(random, "192.0.2.1", ADDRESSES, ["(not set)"]),
            "x_forwarded_for_ip": _odd(random, "192.0.2.7", ADDRESSES),
            "useragent": _odd(random, "curl/8", TEXTS, ["(not set)"]),
            "developer_email": _odd(random, "(not set)", TEXTS),
            "client_id": _odd(random, "k", TEXTS),
            "response_status_code": _odd(random, 200, [0, "404", 99, 1000]),
            "request_size": _odd(random, 12, NUMBERS),
            "total_response_time": _odd(random, 70.0, NUMBERS, OTHERS),
        }
    variables = {
        "client.received.start.timestamp": _odd(random, "1772446500123", TIMES),
        "client.ip": _odd(random, "192.0.2.1", ADDRESSES),
        "request.verb": "GET",
        "request.uri": _odd(random, "/shop/x?key=1", URLS),
        "request.header.host": _odd(random, "h", HOSTS),
        "request.header.x-key": _odd(random, "k", TEXTS),
        "response.status.code": _odd(random, "200", [200, "", None]),
    }
    return {"jsonPayload": variables, "timestamp": "2026-03-02T10:15:00.5Z"} if random.random() < 0.5 else variables


def _odd_ocsf(random: Random) -> Document:
    headers = [
        {"name": random.choice(["Host", "HOST", "host"]), "value": _odd(random, "h", HOSTS)},
        {"name": "X-Key", "value": _odd(random, "k", TEXTS)},
        {"name": "x-key", "value": "second"},
        {"name": "Authorization", "value": _odd(random, "Bearer abc", SCHEMES)},
    ]
    return {
        "class_uid": _odd(random, 4002, [4001, "4002"]),
        "time": _odd(random, 1772446500123, TIMES, [1772446500, "1772446500123"]),
        "count": _odd(random, None, [1, 2, 0, "1"]),
        "http_request": {
            "http_method": "GET",
            "url": {
                "path": _odd(random, "/shop/x", URLS),
                "query_string": _odd(random, "key=1", TEXTS),
                "hostname": "h",
            },
            "user_agent": _odd(random, "curl/8", TEXTS),
            "version": _odd(random, "HTTP/1.1", ["2.0", "http/2"]),
            "x_forwarded_for": _odd(
                random, ["192.0.2.7", "192.0.2.8"], [[], None, ["-", "::1"], [None], [5], [{"a": 1}]]
            ),
            "http_headers": random.sample(headers, random.randrange(5)),
        },
        "http_response": {"code": _odd(random, 200, [0, "404", 99]), "latency": _odd(random, 12, NUMBERS)},
        "http_cookies": _odd(
            random, [{"name": "SID", "value": "1"}], [None, [], [{"name": "SID"}], [{"value": "x", "name": "-"}]]
        ),
        "src_endpoint": {"ip": _odd(random, "192.0.2.1", ADDRESSES)},
        "dst_endpoint": {
            "ip": _odd(random, "10.0.0.1", [None, "::1"]),
            "port": _odd(random, 80, [None, "x"]),
            "hostname": "h",
        },
        "actor": {"user": {"name": _odd(random, "joe", TEXTS)}, "session": {"uid": _odd(random, "s", TEXTS)}},
        "traffic": {"bytes_out": _odd(random, 12, NUMBERS), "bytes_in": _odd(random, 21, NUMBERS)},
    }


SEEDED: dict[str, Callable[[int], bytes]] = {
    "cloudflare": _seeded(_odd_cloudflare),
    "azure-apim": _seeded(_odd_azure_apim),
    "azure-front-door": _seeded(_odd_azure_front_door),
    "apigee": _seeded(_odd_apigee),
    "ocsf": _seeded(_odd_ocsf),
}
"""By name of the format: seed -> line, good or odd."""
