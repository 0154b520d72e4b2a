"""Detection in the local stack: what the schedule does in AWS, every half minute, by the detect function as it is."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

from abslake.dev.compaction import scheduled_event
from abslake.dev.functions import FunctionFailed

EVERY_SECONDS = 30.0


class Detecting:
    """A thread that calls the function until it is stopped; a context manager. A failure is the function's log's business."""

    def __init__(self, invoke: Callable[[Mapping[str, Any]], Any], every_seconds: float = EVERY_SECONDS) -> None:
        self.invoke, self._every = invoke, every_seconds
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="detection", daemon=True)

    def __enter__(self) -> "Detecting":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def once(self) -> dict[str, int]:
        """Run at once: what was judged, found and told. Raises FunctionFailed."""
        answer: dict[str, int] = self.invoke(scheduled_event("abslake-detect"))
        return answer

    def _run(self) -> None:
        while not self._stopping.wait(self._every):
            try:
                self.once()
            except FunctionFailed:
                continue
