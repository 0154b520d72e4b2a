"""An S3 server in this process that tells which requests it got."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qs, unquote

import pytest

from abslake.reports import http
from abslake.storage import Lake
from tests.support.s3 import Faults, S3Server, moto_server

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


@dataclass
class Requests:
    """WSGI in front of the server: notes listings and reads of objects."""

    behind: "WSGIApplication | None" = None
    lists: list[str] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """WSGI: one request."""
        assert self.behind
        if environ["REQUEST_METHOD"] == "GET":
            query = parse_qs(environ.get("QUERY_STRING", ""))
            key = unquote(environ["PATH_INFO"]).lstrip("/").partition("/")[2]
            if key:
                self.reads.append(key)
            else:
                self.lists.append(query.get("prefix", [""])[0])
        return self.behind(environ, start_response)

    def clear(self) -> None:
        """Forget what was noted."""
        self.lists.clear()
        self.reads.clear()


@contextmanager
def counted_s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[S3Server, Requests]]:
    """The server and its notes; the functions' environment points at it."""
    requests = Requests()
    with moto_server(cast("Faults", requests)) as server:
        for name, value in {
            "AWS_ENDPOINT_URL": server.endpoint,
            "AWS_ACCESS_KEY_ID": server.access_key,
            "AWS_SECRET_ACCESS_KEY": server.secret_key,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_REGION": "us-east-1",
        }.items():
            monkeypatch.setenv(name, value)
        http.lake.cache_clear()
        yield server, requests
        http.lake.cache_clear()


def bucket(server: S3Server, name: str) -> Lake:
    """A new bucket as a lake."""
    server.make_bucket(name)
    return server.lake(f"s3://{name}")
