"""One request to somebody else's server: over TLS with the certificate verified, no redirect followed, ended in time.

Plain HTTP is spoken to the loopback only.
"""

import http.client
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Event, Timer
from urllib.parse import urlsplit

from abslake.settings import LOOPBACK

_READ_AT_MOST = 65_536  # of the answer to a POST: nothing in it matters, but a connection ends better when it was read


@dataclass(frozen=True, slots=True)
class Target:
    """Where to send a request to. The URL and the headers may hold secrets."""

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    authority: str = field(default="", repr=False)
    """Certificates in PEM that are trusted instead of the system's; empty: the system's."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The status, or why there is none."""

    status: int = 0
    fault: str = ""
    retry_after: float = 0.0
    """Seconds that the receiver asked for."""
    final: bool = False
    """Whether it would be the same another time, as with a certificate that is not trusted."""
    body: bytes = field(default=b"", repr=False)
    """What was answered, as much of it as was read."""


def post(target: Target, body: bytes, seconds: float) -> Reply:
    """POST JSON and give the reply: in `seconds` once it is connected, which may take as long for each address of the host."""
    headers = {"Content-Type": "application/json", **target.headers}
    return _exchange(target, "POST", body, headers, seconds, _READ_AT_MOST)


def get(target: Target, seconds: float, at_most: int) -> Reply:
    """GET, in the same time. The reply holds `at_most` bytes of the body; one as long as that may be only the beginning."""
    return _exchange(target, "GET", None, target.headers, seconds, at_most)


def _exchange(
    target: Target, method: str, body: bytes | None, headers: Mapping[str, str], seconds: float, at_most: int
) -> Reply:
    connection = _connection(target, seconds)
    over = Event()

    def end() -> None:
        over.set()
        if connection.sock:
            with suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    timer = Timer(seconds, end)  # the socket's own time-out begins anew with every byte
    timer.daemon = True
    timer.start()
    try:
        parts = urlsplit(target.url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.connect()
        if over.is_set():
            return Reply(fault="too slow")
        connection.request(method, path, body, dict(headers))
        answer = connection.getresponse()
        read = answer.read(at_most)
        if over.is_set() and method == "GET":
            return Reply(fault="too slow")  # what was read may be cut off
        return Reply(answer.status, retry_after=_seconds(answer.getheader("Retry-After")), body=read)
    except ssl.SSLCertVerificationError:
        return Reply(fault="its certificate is not trusted", final=True)
    except (OSError, http.client.HTTPException) as error:
        return Reply(fault="too slow" if over.is_set() else type(error).__name__)
    finally:
        timer.cancel()
        connection.close()


def _connection(target: Target, seconds: float) -> http.client.HTTPConnection:
    parts = urlsplit(target.url)
    host = parts.hostname or ""
    if parts.scheme == "http" and host in LOOPBACK:
        return http.client.HTTPConnection(host, parts.port, timeout=seconds)
    context = ssl.create_default_context(cadata=target.authority or None)
    return http.client.HTTPSConnection(host, parts.port, timeout=seconds, context=context)


def _seconds(retry_after: str | None) -> float:
    """Source: RFC 9110, section 10.2.3: seconds, or a date."""
    if not retry_after:
        return 0.0
    if retry_after.strip().isdecimal():
        wanted = float(retry_after)
    else:
        try:
            moment = parsedate_to_datetime(retry_after)
        except ValueError:
            return 0.0
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        wanted = (moment - datetime.now(UTC)).total_seconds()
    return max(wanted, 0.0)
