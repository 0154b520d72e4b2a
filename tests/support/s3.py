"""S3 servers for tests: moto in this process (optionally failing on purpose), SeaweedFS as a process of its own."""

import contextlib
import io
import random
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from abslake.dev.moto_server import moto_application
from abslake.dev.proxy import Proxy
from abslake.dev.seaweedfs import seaweedfs
from abslake.dev.serve import HOST, serving
from abslake.dev.stack import client
from abslake.storage import Lake

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


@dataclass(frozen=True)
class S3Server:
    """A running server and its keys."""

    endpoint: str
    access_key: str = "test"
    secret_key: str = "test-secret"

    def client(self) -> Any:
        """A boto3 client."""
        return client("s3", self.endpoint, self.access_key, self.secret_key)

    def make_bucket(self, name: str) -> None:
        """A new bucket."""
        with contextlib.closing(self.client()) as s3:
            s3.create_bucket(Bucket=name)

    def lake(self, url: str) -> Lake:
        """A lake there."""
        keys = {"access_key_id": self.access_key, "secret_access_key": self.secret_key, "region": "us-east-1"}
        return Lake(url, endpoint=self.endpoint, **keys)


@contextlib.contextmanager
def moto_server(faults: "Faults | None" = None) -> Iterator[S3Server]:
    """moto on a free port, empty; with `faults` between it and its clients."""
    application = moto_application()
    if faults:
        faults.behind = application
    with serving(faults or application) as port:
        yield S3Server(f"http://{HOST}:{port}")


@contextlib.contextmanager
def seaweed_server() -> Iterator[S3Server]:
    """SeaweedFS behind our proxy, as the local stack has it."""
    with seaweedfs() as server, serving(Proxy(HOST, server.port)) as port:
        yield S3Server(f"http://{HOST}:{port}", server.access_key, server.secret_key)


CONFLICT = "ConditionalRequestConflict"
SLOW_DOWN = "SlowDown"
LOST_REPLY = "lost reply"  # the write took effect, the client is told 500
CUT_OFF = "cut off"  # the write took effect, the connection breaks without an answer
LATE = "late"  # the connection breaks first; the write takes effect later, before the next write is looked at
FATES = {CONFLICT: "409 Conflict", SLOW_DOWN: "503 Slow Down", LOST_REPLY: "500 Internal Server Error"}


@dataclass
class Faults:
    """WSGI in front of an S3 server: writes fail as S3's do, decided by `seed` or one after the other by `script`.

    `rates` are chances of 0 to 1 by kind; a script's entry None lets one write through. Other calls pass.
    `meanwhile` is called once, after the first fate befell a write and before its client hears of it: it may write too.
    """

    rates: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0
    script: list[str | None] = field(default_factory=list)
    behind: "WSGIApplication | None" = None
    happened: Counter[str] = field(default_factory=Counter)
    meanwhile: Callable[[], object] | None = None

    def __post_init__(self) -> None:
        self._random, self._lock = random.Random(self.seed), threading.Lock()
        self._late: list[WSGIEnvironment] = []

    def _fate(self, environ: "WSGIEnvironment") -> str | None:
        if environ["REQUEST_METHOD"] != "PUT" or environ["PATH_INFO"].count("/") < 2:
            return None
        with self._lock:
            if self.script:
                fate = self.script.pop(0)
            else:
                fate = next((kind for kind, rate in self.rates.items() if self._random.random() < rate), None)
            if fate == CONFLICT and not environ.keys() & {"HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH"}:
                fate = None
            if fate:
                self.happened[fate] += 1
            return fate

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """WSGI: one request."""
        assert self.behind
        fate = self._fate(environ)
        if environ["REQUEST_METHOD"] == "PUT":
            self._let_late_writes_happen()
        if fate is None:
            return self.behind(environ, start_response)
        if fate in (LOST_REPLY, CUT_OFF):
            self._write(environ)
        else:
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            if fate == LATE:
                self._late.append({**environ, "wsgi.input": io.BytesIO(body)})
        if meanwhile := self.meanwhile:
            self.meanwhile = None
            meanwhile()
        if fate in (CUT_OFF, LATE):
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise ConnectionAbortedError
        answer = f"<?xml version='1.0'?><Error><Code>{fate}</Code><Message>on purpose</Message></Error>".encode()
        start_response(FATES[fate], [("content-type", "application/xml"), ("content-length", str(len(answer)))])
        return [answer]

    def _let_late_writes_happen(self) -> None:
        while self._late:
            self._write(self._late.pop(0))

    def _write(self, environ: "WSGIEnvironment") -> None:
        assert self.behind
        b"".join(self.behind(environ, lambda *_: lambda _: None))  # type: ignore[arg-type,return-value]
