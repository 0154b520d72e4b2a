"""One port on the loopback: report requests go to the functions, everything else to the S3 server behind.

The S3 server is a WSGI application: moto in this process, or the proxy to SeaweedFS.
"""

import contextlib
import socket
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import make_server
from werkzeug.wsgi import get_input_stream

from abslake.dev.front import HttpAnswer, HttpRequest, from_result, gateway_error, split_target, to_event
from abslake.dev.functions import FunctionFailed, FunctionTimedOut
from abslake.dev.routes import route_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HOST = "127.0.0.1"
REPORT_PATHS = ("/v4/", "/v5/")


class Invocable(Protocol):
    """A function, however it runs."""

    def invoke(self, event: Mapping[str, Any]) -> Any:
        """The result. Raises FunctionFailed, FunctionTimedOut."""


class Front:
    """The report side of the port. `routes` are those of the HTTP API: path, or method and path -> function."""

    def __init__(self, routes: Mapping[str, Invocable], port: Callable[[], int] = lambda: 80) -> None:
        self.routes, self._port = routes, port

    def answer(self, request: HttpRequest) -> HttpAnswer:
        """Route, call, translate."""
        path = split_target(request.target)[0]
        route = route_of(request.method, path, self.routes)
        if not (function := self.routes.get(route)):
            return gateway_error(404)
        key = f"ANY {route}" if route.startswith("/") else route
        event = to_event(request, key, request_id=str(uuid.uuid4()), port=self._port())
        try:
            return from_result(function.invoke(event))
        except FunctionTimedOut:
            return gateway_error(503)
        except FunctionFailed:
            return gateway_error(500)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """WSGI: one request."""
        body = get_input_stream(environ).read()
        answer = self.answer(
            HttpRequest(
                environ["REQUEST_METHOD"],
                environ["abslake.target"],
                environ["abslake.headers"],
                body,
                environ["REMOTE_ADDR"],
                environ["SERVER_PROTOCOL"],
            )
        )
        length = ("content-length", str(len(answer.body)))
        headers = [pair for pair in answer.headers if pair[0].lower() != "content-length"]
        start_response(f"{answer.status} {answer.status}", [*headers, length])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.body]


class OnePort:
    """WSGI: reports to the front, the rest to the S3 server."""

    def __init__(self, front: "WSGIApplication", s3: "WSGIApplication") -> None:
        self.front, self.s3 = front, s3

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """WSGI: one request."""
        chosen = self.front if environ["PATH_INFO"].startswith(REPORT_PATHS) else self.s3
        return chosen(environ, start_response)


class _Handler(MotoRequestHandler):
    """Keeps what WSGI loses: the target as sent and repeated headers. Says nothing: identifiers stand in addresses."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def make_environ(self) -> dict[str, Any]:
        environ = super().make_environ()
        environ["abslake.target"] = self.path
        environ["abslake.headers"] = list(self.headers.items())
        return environ

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - the parent's name
        """No access log."""


@contextlib.contextmanager
def serving(application: "WSGIApplication", port: int = 0) -> Iterator[int]:
    """Serve `application` on the loopback from a thread of its own; gives the port (0: a free one is taken).

    Raises OSError where the port is taken.
    """
    with socket.create_server((HOST, port), backlog=128) as listening:  # the server itself would end the process
        server = make_server(HOST, port, application, threaded=True, request_handler=_Handler, fd=listening.fileno())
    server.daemon_threads = True  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="http", daemon=True)
    thread.start()
    try:
        yield server.port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
