"""Lines of the ASE access log for tests: a plain transaction, and every way to say it otherwise."""

import json
from typing import Any

Json = Any
HOST = "shop.example.com"
TIME = "2026-03-02T10:15:00.123Z"


def headers(*pairs: tuple[str, Json], **named: Json) -> list[dict[str, Json]]:
    """A list of one-key objects; `named` for names without a dash."""
    return [{name: value} for name, value in (*pairs, *named.items())]


def request(**changes: Json) -> dict[str, Json]:
    """The body of /ase/request; a field given as None is left out."""
    body = {
        "source_ip": "192.0.2.1",
        "source_port": 53122,
        "method": "GET",
        "url": "/shop/items?id=1",
        "http_version": "1.1",
        "headers": headers(("Host", HOST), ("User-Agent", "curl/7.64")),
    }
    return _changed(body, changes)


def response(**changes: Json) -> dict[str, Json]:
    """The body of /ase/response."""
    body = {
        "response_code": "200",
        "response_status": "OK",
        "http_version": "1.1",
        "headers": headers(("Content-Type", "application/json"), ("Content-Length", "21")),
    }
    return _changed(body, changes)


def transaction(**changes: Json) -> dict[str, Json]:
    """A whole transaction as an object; a field given as None is left out."""
    return _changed({"timestamp": TIME, "request": request(), "response": response(), "server": "10.1.1.1:80"}, changes)


def line(**changes: Json) -> bytes:
    """A whole transaction as a line, without its newline."""
    return encode(transaction(**changes))


def request_line(correlation: Json, **changes: Json) -> bytes:
    """The first of two lines."""
    return line(correlation_id=correlation, **{"response": None, "server": None, **changes})


def response_line(correlation: Json, **changes: Json) -> bytes:
    """The second of two lines."""
    return line(correlation_id=correlation, **{"request": None, "server": None, **changes})


def encode(document: Json) -> bytes:
    """One line of JSON, without its newline."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def log(*lines: bytes) -> bytes:
    """A log of these lines."""
    return b"".join(one + b"\n" for one in lines)


def _changed(body: dict[str, Json], changes: dict[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in (body | changes).items() if value is not None}
