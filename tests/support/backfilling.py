"""Logs to backfill, and what a lake must hold afterwards."""

import contextlib
import io
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from abslake.facts.ingest import ingest
from abslake.facts.log_object import LogObject
from abslake.records.definitions import load
from abslake.settings import Settings
from abslake.storage import Lake
from tests.support import ase
from tests.support.command import PROGRAM, abslake, environment
from tests.support.s3 import S3Server

LOGS = "logs"
ODD_KEYS = ["with blank and+plus.log", "100%25 %zz.log", "ü/🂡 €.log", "a&b=c?d#e;f.log", 'it\'s "[red]quoted"(1).log']
"""As S3 allows them."""


def log(path: str, lines: int = 3, when: str = ase.TIME) -> bytes:
    """A log of so many requests for `path` and of one line that is none."""
    one = ase.line(timestamp=when, request=ase.request(url=f"/shop/{path}"))
    return ase.log(*[one] * lines, b"no line of any log")


def facts(lake: Lake) -> dict[str, bytes]:
    """Everything that counts in a lake, byte for byte: units and quarantine."""
    return {entry.key: lake.get(entry.key) for place in ("facts/", "quarantine/") for entry in lake.list(place)}


@dataclass(frozen=True)
class Bucket:
    """A bucket of logs on a local S3 server, which the command line is told about."""

    server: S3Server
    s3: Any
    state: Path

    @property
    def environment(self) -> dict[str, str]:
        """What the command needs to find the server, and a place for its state."""
        return {
            "AWS_ENDPOINT_URL": self.server.endpoint,
            "AWS_ACCESS_KEY_ID": self.server.access_key,
            "AWS_SECRET_ACCESS_KEY": self.server.secret_key,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_REGION": "us-east-1",
            "XDG_STATE_HOME": str(self.state),
        }

    def put(self, logs: Mapping[str, bytes]) -> None:
        """Upload."""
        for key, data in logs.items():
            self.s3.put_object(Bucket=LOGS, Key=key, Body=data)

    def backfill(self, *words: str | Path) -> "subprocess.CompletedProcess[str]":
        """Run the command on the whole bucket, by one process: they are few."""
        few = () if "--queue" in words else ("--concurrency", "1")
        return abslake("backfill", f"s3://{LOGS}", *words, *few, **self.environment)

    def ingested(self, *keys: str, settings: Settings) -> dict[str, bytes]:
        """What these logs give in a fresh lake, by ingest itself."""
        lake = Lake("memory:")
        for key in keys:
            given = self.s3.get_object(Bucket=LOGS, Key=key)
            data = given["Body"].read()
            etag, uploaded = given["ETag"].strip('"'), given["LastModified"]
            one = LogObject(LOGS, key, etag, uploaded, len(data), lambda data=data: io.BytesIO(data))  # type: ignore[misc]
            ingest(one, lake, load(lake), settings)
        return facts(lake)


class Running:
    """The command in a process group of its own, as a shell starts it."""

    def __init__(self, *words: str | Path, **extra: str) -> None:
        self._process = subprocess.Popen(
            [*PROGRAM, "backfill", *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment(extra),
            start_new_session=True,
        )

    def wait_for_lines(self, state: Path, lines: int) -> None:
        """Until the state file tells of so many objects."""
        while not (state.exists() and state.read_bytes().count(b"\n") > lines):
            assert self._process.poll() is None, self.output()
            time.sleep(0.005)

    def signal(self, number: signal.Signals) -> None:
        """To the whole group, as a terminal does."""
        os.killpg(self._process.pid, number)

    def kill(self) -> None:
        """The command alone, without warning."""
        self._process.kill()
        self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()

    def wait_for_the_group(self) -> None:
        """Until no process of the group is left; those that stay are killed, and it is an error."""
        deadline = time.monotonic() + 60
        with contextlib.suppress(ProcessLookupError):
            while time.monotonic() < deadline:
                os.killpg(self._process.pid, 0)
                time.sleep(0.01)
            os.killpg(self._process.pid, signal.SIGKILL)
            raise AssertionError("processes outlive the command")

    def output(self) -> str:
        """All that it printed, when it has ended."""
        return self._process.communicate(timeout=120)[0]

    @property
    def code(self) -> int:
        """The exit code, when it has ended."""
        return self._process.wait(timeout=120)
