"""The ingest function in a process of its own, all that it prints caught, with buckets on a local S3 server."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

from abslake.storage import Lake
from tests.support.cloud import sqs_event
from tests.support.ingesting import Row, rows_of
from tests.support.s3 import S3Server, moto_server

ROOT = Path(__file__).parents[2]
LANDING, LAKE = "landing-bucket", "lake-bucket"
_SCRIPT = """
import json, sys
import app
from abslake.dev.functions import Context
for event in json.load(sys.stdin):
    print("RESULT", json.dumps(app.handler(event, Context("ingest"))))
"""


@dataclass(frozen=True)
class Run:
    """What the function answered, event for event, and everything that it printed; `failed` if it raised."""

    answers: list[Any]
    log: str
    failed: bool


@dataclass(frozen=True)
class Place:
    """A landing bucket and a lake."""

    server: S3Server
    s3: Any

    @property
    def lake(self) -> Lake:
        """The lake."""
        return self.server.lake(f"s3://{LAKE}")

    @property
    def rows(self) -> list[Row]:
        """All facts in the lake."""
        return rows_of(self.lake, [entry.key for entry in self.lake.list("facts/")])

    def put(self, key: str, data: bytes) -> dict[str, Any]:
        """Upload a log; the notification that S3 sends."""
        self.s3.put_object(Bucket=LANDING, Key=key, Body=data)
        return notification(key, len(data))

    def ingest(self, *events: dict[str, Any], **environment: str) -> Run:
        """Call the function with these events, one after the other."""
        server = self.server
        done = subprocess.run(
            [sys.executable, "-c", _SCRIPT],
            input=json.dumps(events),
            capture_output=True,
            text=True,
            check=False,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": f"{ROOT / 'functions/ingest'}:{ROOT / 'layers/abslake/python'}",
                "AWS_ENDPOINT_URL": server.endpoint,
                "AWS_ACCESS_KEY_ID": server.access_key,
                "AWS_SECRET_ACCESS_KEY": server.secret_key,
                "AWS_DEFAULT_REGION": "us-east-1",
                "POWERTOOLS_SERVICE_NAME": "ingest",
                "POWERTOOLS_TRACE_DISABLED": "true",
                "ABSLAKE_LAKE": f"s3://{LAKE}",
                "ABSLAKE_EVENT_TIME_PAST_DAYS": "",
                **environment,
            },
        )
        answers = [json.loads(line[7:]) for line in done.stdout.splitlines() if line.startswith("RESULT ")]
        return Run(answers, done.stdout + done.stderr, done.returncode != 0)


@contextlib.contextmanager
def place(**definitions: dict[str, Any]) -> Iterator[Place]:
    """Both buckets, with API definitions by name (the fields of ``api_metadata``)."""
    with moto_server() as server, contextlib.closing(server.client()) as s3:
        for bucket in (LANDING, LAKE):
            server.make_bucket(bucket)
        made = Place(server, s3)
        for name, metadata in definitions.items():
            made.lake.put(f"config/apis/{name}.json", json.dumps({"api_metadata": metadata}).encode())
        yield made


def notification(key: str, size: int) -> dict[str, Any]:
    """An S3 event of one upload, its key encoded as S3 does."""
    event: dict[str, Any] = json.loads((ROOT / "events/s3-put.json").read_text())
    entry = event["Records"][0]["s3"]
    entry["bucket"] |= {"name": LANDING, "arn": f"arn:aws:s3:::{LANDING}"}
    entry["object"] |= {"key": quote_plus(key, safe="/"), "size": size}
    del entry["object"]["versionId"]
    return event


def batch(*notifications: dict[str, Any]) -> dict[str, Any]:
    """An SQS batch; the messages are called 0, 1, 2, …"""
    messages = [sqs_event(one, str(number))["Records"][0] for number, one in enumerate(notifications)]
    return {"Records": messages}
