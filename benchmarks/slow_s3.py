"""A stand-in for S3 as slow as S3: each request waits for its first byte, each stream has its own bandwidth.

    with slow_s3(folder) as server:
        lake = Lake("s3://bucket", endpoint=server.endpoint, …)
        server.reset()
        …
        print(server.counts())

A process of its own on the loopback, which ends with whoever started it. It serves the buckets in a folder (see
`benchmarks.s3_folder`) and spends its time asleep: it shares the machine with what is measured. Time on the wire is
waited before the bytes are sent, in steps of at most `STEP` bytes. ``GET /-/counts``, ``POST /-/reset`` and
``POST /-/reload`` are not delayed and not counted.
"""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qsl, unquote

import typer

from benchmarks.s3_folder import Answer, Folder, Part, refusal

HOST = "127.0.0.1"
FIRST_BYTE = 0.030
RATE = 80e6
STEP = 1 << 20
_CONTROL = "/-/"

Sleep = Callable[[float], Awaitable[object]]


@dataclass(slots=True)
class Counts:
    """What the server was asked for since the last reset, by operation (GET, HEAD, LIST, PUT, DELETE).

    `places` are requests by operation and place: the key (of a LIST: the prefix) up to the first ``=``, so that all
    days or hours of a layout are one place. `answers` are requests by operation and status. Bytes are those of bodies.
    Seconds are what was waited, all streams added.
    """

    requests: Counter[str] = field(default_factory=Counter)
    places: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    bytes_sent: Counter[str] = field(default_factory=Counter)
    bytes_received: int = 0
    first_byte_seconds: float = 0.0
    transfer_seconds: float = 0.0

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "requests": dict(self.requests),
            "places": dict(self.places),
            "answers": dict(self.answers),
            "bytes_sent": dict(self.bytes_sent),
            "bytes_received": self.bytes_received,
            "first_byte_seconds": self.first_byte_seconds,
            "transfer_seconds": self.transfer_seconds,
        }


@dataclass(frozen=True, slots=True)
class Request:
    """One request: header names in small letters, path and query decoded."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def bucket(self) -> str:
        """First part of the path."""
        return self.path[1:].partition("/")[0]

    @property
    def key(self) -> str:
        """The rest of the path; empty: the bucket itself."""
        return self.path[1:].partition("/")[2]

    @property
    def operation(self) -> str:
        """What S3 counts it as."""
        if self.method == "GET" and not self.key:
            return "LIST"
        return "DELETE" if "delete" in self.query else self.method

    @property
    def place(self) -> str:
        """See `Counts`."""
        return f"{self.operation} {(self.key or self.query.get('prefix', '')).partition('=')[0]}"


class SlowS3:
    """The server. `sleep` is how it waits, by the `clock` in seconds."""

    def __init__(
        self,
        folder: Folder,
        first_byte: float = FIRST_BYTE,
        rate: float = RATE,
        sleep: Sleep = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`first_byte` in seconds, `rate` in bytes a second and stream."""
        self.folder, self._first_byte, self._rate, self._sleep, self._clock = folder, first_byte, rate, sleep, clock
        self.counts = Counts()

    async def connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers the requests of one connection, one after the other, until the client closes it."""
        try:
            while request := await _request(reader, writer):
                if request.path.startswith(_CONTROL):
                    await self._send(writer, self._control(request), 0, None)
                else:
                    await self._timed(request, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    def _control(self, request: Request) -> Answer:
        if request.method == "POST" and request.path == f"{_CONTROL}reset":
            self.counts = Counts()
        elif request.method == "POST" and request.path == f"{_CONTROL}reload":
            self.folder.reload()
        elif request.path != f"{_CONTROL}counts":
            return refusal(404, "NoSuchKey")
        return Answer(200, {"content-type": "application/json"}, json.dumps(self.counts.document()).encode())

    async def _timed(self, request: Request, writer: asyncio.StreamWriter) -> None:
        counts = self.counts
        counts.requests[request.operation] += 1
        counts.places[request.place] += 1
        counts.bytes_received += len(request.body)
        counts.first_byte_seconds += self._first_byte
        uploading = len(request.body) / self._rate
        counts.transfer_seconds += uploading
        answer = self._answer(request)
        counts.answers[f"{request.operation} {answer.status}"] += 1
        counts.bytes_sent[request.operation] += _size(answer.body)
        await self._send(writer, answer, self._first_byte + uploading, counts)

    def _answer(self, request: Request) -> Answer:
        if request.query.keys() & {"uploads", "uploadId", "partNumber", "tagging", "acl"}:
            return refusal(501, "NotImplemented")
        if request.operation == "PUT" and not request.key:
            return self.folder.make(request.bucket)
        if not self.folder.has(request.bucket):
            return refusal(404, "NoSuchBucket")
        return self._of_object(request) if request.key else self._of_bucket(request)

    def _of_bucket(self, request: Request) -> Answer:
        match request.operation:
            case "HEAD":
                return Answer(200)
            case "LIST":
                return self.folder.list(request.bucket, request.query)
            case "DELETE" if request.method == "POST":
                return self.folder.delete_all(request.bucket, request.body)
        return refusal(501, "NotImplemented")

    def _of_object(self, request: Request) -> Answer:
        match request.operation:
            case "GET" | "HEAD":
                return self.folder.get(request.bucket, request.key, request.headers, head=request.method == "HEAD")
            case "PUT":
                return self.folder.put(request.bucket, request.key, request.body, request.headers)
            case "DELETE":
                return self.folder.delete(request.bucket, request.key)
        return refusal(501, "NotImplemented")

    async def _send(self, writer: asyncio.StreamWriter, answer: Answer, wait: float, counts: Counts | None) -> None:
        """Head and body, each step after as long as the bandwidth wants; `wait` comes before the first byte."""
        size = _size(answer.body)
        headers = {**answer.headers, "content-length": str(size if answer.length is None else answer.length)}
        head = f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}\r\n"
        block = (head + "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n").encode()
        due = wait + self._clock()
        handle = os.open(answer.body.path, os.O_RDONLY) if isinstance(answer.body, Part) else None
        try:
            for at in range(0, max(size, 1), STEP):
                step = min(STEP, size - at)
                if counts:
                    due += step / self._rate
                    counts.transfer_seconds += step / self._rate
                    await self._sleep(max(0.0, due - self._clock()))
                writer.write(block + _bytes(answer.body, handle, at, step))
                await writer.drain()
                block = b""
        finally:
            if handle is not None:
                os.close(handle)


def _size(body: bytes | Part) -> int:
    return body.length if isinstance(body, Part) else len(body)


def _bytes(body: bytes | Part, handle: int | None, at: int, length: int) -> bytes:
    if isinstance(body, Part) and handle is not None:
        return os.pread(handle, length, body.start + at)
    return body[at : at + length] if isinstance(body, bytes) else b""


async def _request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Request | None:
    """The next request; None where the client has closed the connection."""
    try:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    except asyncio.IncompleteReadError:
        return None
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines) if name}
    if headers.get("expect", "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    method, target, _ = first.split(" ")
    path, _, query = target.partition("?")
    return Request(method, unquote(path), dict(parse_qsl(query, keep_blank_values=True)), headers, body)


@dataclass(frozen=True, slots=True)
class Running:
    """A server that runs: where it is, and what it was asked for."""

    endpoint: str

    def counts(self) -> dict[str, Any]:
        """The fields of `Counts`."""
        return self._call("GET", "counts")

    def reset(self) -> None:
        """Count from nought."""
        self._call("POST", "reset")

    def reload(self) -> None:
        """Let listings show what other programs have put into the folder."""
        self._call("POST", "reload")

    def _call(self, method: str, name: str) -> dict[str, Any]:
        request = urllib.request.Request(f"{self.endpoint}{_CONTROL}{name}", method=method)
        with urllib.request.urlopen(request, timeout=600) as answer:
            found: dict[str, Any] = json.load(answer)
            return found


@contextlib.contextmanager
def slow_s3(folder: Path, first_byte: float = FIRST_BYTE, rate: float = RATE) -> Iterator[Running]:
    """A server over the buckets in `folder`, until the end of the ``with`` or of this process."""
    command = [sys.executable, "-m", "benchmarks.slow_s3", str(folder), "--stop-with-input"]
    options = ["--first-byte", str(first_byte), "--rate", str(rate)]
    with subprocess.Popen(
        [*command, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]
    ) as process:
        assert process.stdin
        assert process.stdout
        try:
            yield Running(process.stdout.readline().strip())
        finally:
            process.stdin.close()


async def _serve(server: SlowS3, port: int, *, stop_with_input: bool) -> None:
    listening = await asyncio.start_server(server.connection, HOST, port, backlog=512)
    print(f"http://{HOST}:{listening.sockets[0].getsockname()[1]}", flush=True)
    over = asyncio.Event()
    if stop_with_input:  # a pipe ends with the process at its other end, however that ended
        loop = asyncio.get_running_loop()
        waiting = threading.Thread(target=lambda: (sys.stdin.read(), loop.call_soon_threadsafe(over.set)), daemon=True)
        waiting.start()
    await over.wait()


def main(
    folder: Annotated[Path, typer.Argument(help="Folder of buckets (folders) of objects (files).")],
    first_byte: Annotated[
        float, typer.Option(min=0, help="Seconds before the first byte of each answer.")
    ] = FIRST_BYTE,
    rate: Annotated[float, typer.Option(min=1, help="Bytes a second of each stream.")] = RATE,
    port: Annotated[int, typer.Option(min=0, help="Port; 0 takes a free one.")] = 0,
    stop_with_input: Annotated[bool, typer.Option("--stop-with-input", help="End with the standard input.")] = False,
) -> None:
    """Serves a folder as S3, on the loopback, as slowly as S3."""
    asyncio.run(_serve(SlowS3(Folder(folder.resolve()), first_byte, rate), port, stop_with_input=stop_with_input))


if __name__ == "__main__":
    typer.run(main)
