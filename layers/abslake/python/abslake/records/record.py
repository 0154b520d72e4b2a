"""One request as a log line tells it, before anything is known about APIs: flat, the same for every format."""

from typing import Literal

import msgspec


class BadLine(Exception):
    """A line that is no record. Holds the reason, never the line."""


class NoRequest(Exception):
    """A line that is no request and was not meant to be one, such as a header line: it counts as a blank line."""


class Record(msgspec.Struct, omit_defaults=True):
    """What one line says. Text stands as sent; what is absent or empty is None.

    `kind`: ``whole``, or one half of a transaction logged in two lines, which `correlation` ties together.
    """

    time: int = 0
    """Microseconds since 1970-01-01 UTC."""
    kind: Literal["whole", "request", "response"] = "whole"
    correlation: str | None = None
    peer: str | None = None
    """Address of the socket's other end."""
    forwarded_for: str | None = None
    """X-Forwarded-For as sent; several such headers stand in lines: what a proxy adds may be a header of its own."""
    method: str | None = None
    url: str | None = None
    host: str | None = None
    protocol: str | None = None
    user_agent: str | None = None
    cookies: str | None = None
    """The Cookie header; several are joined with ``; `` (RFC 9113, section 8.2.3)."""
    auth_header: str | None = None
    """The Authorization header."""
    wanted: list[str | None] = []
    """First values of the headers that the API definitions name, in their order (see `abslake.facts.rules`)."""
    username: str | None = None
    """The user as the gateway names it (ASE: user_info)."""
    token: str | None = None
    """The access token as the gateway names it; this and the next two are used where the API definition finds none."""
    api_key: str | None = None
    """The API key, or its id, as the gateway names it."""
    session: str | None = None
    """The session as the gateway names it."""
    status: int | None = None
    request_content_type: str | None = None
    response_content_type: str | None = None
    request_bytes: int | None = None
    response_bytes: int | None = None
    server: str | None = None
    sideband: bool | None = None
    connection: str | None = None
    time_ms: float | None = None
    """Response time, milliseconds."""


def protocol_name(version: str | None) -> str | None:
    """``1.1`` and ``HTTP/1.1`` alike as ``HTTP/1.1``."""
    if not version:
        return None
    return version if version.upper().startswith("HTTP/") else f"HTTP/{version}"


MOST_DIGITS = 12
"""Digits of a byte count, at most. A client can claim any Content-Length; the sum over a unit must stay a BIGINT."""

MOST_MS = 1_000_000_000
"""A response time is less than this, milliseconds (eleven days), for the same reason."""


def byte_count(text: str | None) -> int | None:
    """A Content-Length or a byte column as a number; None where it is none or beyond `MOST_DIGITS`."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None


def milliseconds(seconds: str) -> float | None:
    """Seconds as a load balancer writes them, as milliseconds; None for ``-``, ``-1`` and what is beyond `MOST_MS`."""
    try:
        value = float(seconds) * 1000
    except ValueError:
        return None
    return value if 0 <= value < MOST_MS else None
