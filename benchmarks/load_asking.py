"""A process that asks reports at a given rate on many connections, for `benchmarks.load`: a job on standard input as JSON."""

import http.client
import json
import queue
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_SLOW_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Job:
    """What to ask. `questions`: kind -> targets, each with the requests its answer must count (None: not looked at).

    `weights`: how often a kind is asked. `rate`: reports a second, at random moments; 0: as fast as they are answered.
    """

    port: int
    headers: Mapping[str, str]
    questions: Mapping[str, Sequence[tuple[str, int | None]]]
    weights: Mapping[str, float]
    rate: float
    seconds: float
    connections: int = 50
    seed: int = 1


@dataclass(slots=True)
class Seen:
    """What came back: milliseconds from the moment each was due to the end of its answer, and statuses."""

    milliseconds: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0


class Asking:
    """Threads with a connection each, which ask what is due by the clock, whether or not earlier answers have come.

    Who waits for an answer before it asks again leaves out exactly the requests that would have been slow.
    """

    def __init__(self, job: Job) -> None:
        self._job, self.seen = job, Seen()
        # Nothing waits in line where there is no rate: a place for each connection, filled as it becomes free.
        self._due: queue.Queue[tuple[float, str, int | None] | None] = queue.Queue(0 if job.rate else 1)
        self._lock = threading.Lock()

    def run(self) -> Seen:
        """Ask until the time is over, and wait for the last answer."""
        threads = [threading.Thread(target=self._ask, daemon=True) for _ in range(self._job.connections)]
        for thread in threads:
            thread.start()
        started = time.monotonic()
        self._fill(started)
        for _ in threads:
            self._due.put(None)
        for thread in threads:
            thread.join()
        self.seen.seconds = time.monotonic() - started
        return self.seen

    def _fill(self, started: float) -> None:
        job, rng = self._job, random.Random(self._job.seed)
        kinds, weights = list(job.weights), list(job.weights.values())
        due = started
        while True:
            due = due + rng.expovariate(job.rate) if job.rate else time.monotonic()
            if due > started + job.seconds:
                return
            time.sleep(max(0.0, due - time.monotonic()))
            self._due.put((due, *rng.choice(job.questions[rng.choices(kinds, weights)[0]])))

    def _ask(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._job.port, timeout=_SLOW_SECONDS)
        while (item := self._due.get()) is not None:
            due, target, total = item
            status = self._status(connection, target, total)
            with self._lock:
                self.seen.statuses[status] += 1
                self.seen.milliseconds.append(1000 * (time.monotonic() - due))
        connection.close()

    def _status(self, connection: http.client.HTTPConnection, target: str, total: int | None) -> str:
        try:
            connection.request("GET", target, headers=dict(self._job.headers))
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            return type(error).__name__
        if answer.status == 200 and total is not None and total_of(json.loads(body)) != total:
            return "200, wrong total"
        return str(answer.status)


def total_of(document: Mapping[str, Any]) -> int:
    """The requests that a report counts, wherever its kind says so."""
    summary = document.get("req_resp_summary") or document["summary"]
    return int(summary["total_requests"])


def main() -> None:
    """Reads the job, does it, prints what was seen as JSON."""
    seen = Asking(Job(**json.load(sys.stdin))).run()
    print(json.dumps({"milliseconds": seen.milliseconds, "statuses": seen.statuses, "seconds": seen.seconds}))


if __name__ == "__main__":
    main()
