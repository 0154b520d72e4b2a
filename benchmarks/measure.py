"""CPU seconds of fresh processes, and what is made of them.

CPU time, not wall time: the machine is shared. Median of the runs; rounds take every job once before any a second time,
so that a busy minute hits all of them.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TOP = Path(__file__).parents[1]
ONE_THREAD = {"OMP_NUM_THREADS": "1", "TOKIO_WORKER_THREADS": "1"}


@dataclass(frozen=True, slots=True)
class Job:
    """One thing to measure: a command, or a job of `benchmarks.jobs` by name with its arguments."""

    name: str
    command: Sequence[str]


@dataclass(slots=True)
class Measured:
    """All runs of a job: CPU seconds of each, wall seconds of each, and what the last one said."""

    seconds: list[float] = field(default_factory=list)
    said: dict[str, Any] = field(default_factory=dict)
    walls: list[float] = field(default_factory=list)

    @property
    def cpu(self) -> float:
        """CPU seconds, the median."""
        return statistics.median(self.seconds)


def own_job(name: str, job: str, **arguments: object) -> Job:
    """A job of `benchmarks.jobs`."""
    return job_of("benchmarks.jobs", name, job, **arguments)


def job_of(module: str, name: str, job: str, **arguments: object) -> Job:
    """A job of a module like `benchmarks.jobs`."""
    return Job(name, (sys.executable, "-m", module, job, json.dumps(arguments)))


def once(job: Job) -> tuple[float, dict[str, Any]]:
    """CPU seconds (user and system, all threads) of one run, and the JSON object it printed, if any. Raises as `run`."""
    measured = run(job)
    return measured.cpu, measured.said


def run(job: Job, measured: Measured | None = None) -> Measured:
    """Run a job once more, and add that to what was measured of it.

    Raises RuntimeError with the end of what it said where it fails.
    """
    measured = measured or Measured()
    environment = os.environ | ONE_THREAD | {"PYTHONPATH": f"{TOP}{os.pathsep}{TOP / 'layers/abslake/python'}"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # the functions are deployed with bytecode, too
    started = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(job.command, env=environment, cwd=TOP, stdout=said, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        measured.walls.append(time.perf_counter() - started)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read().decode(errors="replace")
    if process.returncode:
        raise RuntimeError(f"{job.name} failed ({process.returncode}): {text[-2000:]}")
    last = text.strip().rpartition("\n")[2]
    measured.seconds.append(usage.ru_utime + usage.ru_stime)
    measured.said = json.loads(last) if last.startswith("{") else {}
    return measured


def rounds(jobs: Sequence[Job], runs: int) -> Iterator[tuple[Job, Mapping[str, Measured]]]:
    """Runs all jobs `runs` times; yields after each run, so that a caller can show progress."""
    measured: dict[str, Measured] = defaultdict(Measured)
    for _ in range(runs):
        for job in jobs:
            run(job, measured[job.name])
            yield job, measured
