"""Compaction in the local stack: what the schedule does in AWS, every few seconds, by the compact function as it is.

There is no queue of tasks here: the function does itself what it finds due, as it does wherever it is given none.
"""

import threading
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from abslake.dev.functions import FunctionFailed

EVERY_SECONDS = 5.0
_SWEEP_EVERY = 720
"""Runs from one sweep to the next: an hour's."""


def scheduled_event(rule: str = "abslake-compact") -> dict[str, Any]:
    """What EventBridge sends for a schedule of this name.

    Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html
    """
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "123456789012",
        "time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "region": "us-east-1",
        "resources": [f"arn:aws:events:us-east-1:123456789012:rule/{rule}"],
        "detail": {},
    }


class Compaction:
    """A thread that calls the function until it is stopped; a context manager. A failure is the function's log's business."""

    def __init__(self, invoke: Callable[[Mapping[str, Any]], Any], every_seconds: float = EVERY_SECONDS) -> None:
        self.invoke, self._every = invoke, every_seconds
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="compaction", daemon=True)

    def __enter__(self) -> "Compaction":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def until_done(self, seconds: float, progress: Callable[[int], object] = lambda _: None) -> int:
        """Run at once, until nothing is due or the time is over; how many tasks are due then. Raises FunctionFailed.

        `progress` is told how many tasks have been done.
        """
        deadline, done = time.monotonic() + seconds, 0
        while True:
            answer = self.invoke(scheduled_event())
            done += int(answer["begun"])
            progress(done)
            if not answer["due"] or time.monotonic() > deadline:
                return int(answer["due"])

    def _run(self) -> None:
        runs = 0
        while not self._stopping.wait(self._every):
            runs += 1
            try:
                self.invoke(scheduled_event())
                if runs % _SWEEP_EVERY == 0:
                    self.invoke({"sweep": True})
            except FunctionFailed:
                continue
