"""WSGI to another HTTP server, byte for byte: how SeaweedFS shares the port with the reports.

The Host header goes through unchanged, so a signature made for this port is still good behind it.
"""

import contextlib
import http.client
from collections.abc import Iterable, Iterator
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_BLOCK = 1 << 20
_HOP_BY_HOP = frozenset(("connection", "expect", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"))


class Proxy:
    """Passes requests on to ``host:port``; wants the raw target and headers that `serve` keeps."""

    def __init__(self, host: str, port: int, timeout: float = 120.0) -> None:
        self.host, self.port, self.timeout = host, port, timeout

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """WSGI: one request."""
        headers: list[tuple[str, str]] = environ["abslake.headers"]
        chunked = any(n.lower() == "transfer-encoding" and "chunked" in v.lower() for n, v in headers)
        length = int(environ.get("CONTENT_LENGTH") or 0)
        connection = http.client.HTTPConnection(self.host, self.port, timeout=self.timeout)
        try:
            connection.putrequest(
                environ["REQUEST_METHOD"], environ["abslake.target"], skip_host=True, skip_accept_encoding=True
            )
            for name, value in headers:
                if name.lower() not in _HOP_BY_HOP:
                    connection.putheader(name, value)
            if chunked:
                connection.putheader("Transfer-Encoding", "chunked")
            connection.endheaders(_blocks(environ["wsgi.input"], None if chunked else length), encode_chunked=chunked)
            answer = connection.getresponse()
        except (OSError, http.client.HTTPException):
            connection.close()
            start_response("502 Bad Gateway", [("content-length", "0")])
            return []
        kept = [(n, v) for n, v in answer.getheaders() if n.lower() not in _HOP_BY_HOP]
        start_response(f"{answer.status} {answer.reason or answer.status}", kept)
        return _body(connection, answer)


def _blocks(source: IO[bytes], length: int | None) -> Iterator[bytes]:
    """The request body: `length` bytes, or to the end of a stream that knows its own."""
    left = length
    while left is None or left > 0:
        block = source.read(_BLOCK if left is None else min(_BLOCK, left))
        if not block:
            return
        yield block
        left = None if left is None else left - len(block)


def _body(connection: http.client.HTTPConnection, answer: http.client.HTTPResponse) -> Iterator[bytes]:
    with contextlib.closing(connection):
        while block := answer.read(_BLOCK):
            yield block
