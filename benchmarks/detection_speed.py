"""What detection of a busy hour costs beside ingesting it, and the memory it holds: ``python -m benchmarks.detection_speed``.

The hour is generated (`benchmarks.detection_facts`); ingest is measured on a log of fewer requests and scaled. The day that
some detectors look at is full: the 23 hours before are taken to be like the one that is judged. Their blocks
(`abslake.detection.hours`) are there; of what making one costs, the hour bears its share.
"""

import shutil
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from abslake.detection import activity, hours
from benchmarks.detection_facts import Busy, write_hour
from benchmarks.ingest import Bench, prepared
from benchmarks.ingest import default_folder as logs_folder
from benchmarks.measure import job_of, run
from benchmarks.traffic import Traffic
from benchmarks.verdict import Verdict

HOUR = datetime(2026, 3, 2, 12, tzinfo=UTC)
MEMORY_LIMIT_MB, FUNCTION_MB = 1536, 3008
"""Of the engine, and of the function as it is deployed."""


def main(
    requests: Annotated[int, typer.Option(min=10_000, help="Requests of the hour.")] = 10_000_000,
    clients: Annotated[int, typer.Option(min=100, help="Clients of the hour.")] = 300_000,
    apis: Annotated[int, typer.Option(min=1, help="APIs.")] = 20,
    ingested: Annotated[int, typer.Option(min=10_000, help="Requests in the log that is ingested.")] = 1_000_000,
    strict: Annotated[bool, typer.Option(help="Exit 1 where a bound is missed.")] = False,
) -> None:
    """Measures detection of an hour beside its ingest."""
    console = Console(width=None if sys.stdout.isatty() else 110)
    verdict = Verdict(f"Detection of {requests:,} requests of {clients:,} clients in an hour, CPU time of one thread")
    ingest = _ingest(ingested) * requests / ingested
    with tempfile.TemporaryDirectory(prefix="abslake-detection-") as name:
        lake = Path(name)
        write_hour(lake, Busy(requests, clients, apis), HOUR)
        job = job_of(
            "benchmarks.detection_jobs",
            "detect",
            "detect",
            lake=name,
            hour=HOUR.isoformat(),
            memory_limit_mb=MEMORY_LIMIT_MB,
        )
        alone = run(job)
        size = sum(path.stat().st_size for path in (lake / activity.PREFIX).rglob("*.parquet"))
        _fill_day(lake)
        making = run(job)
        made = _blocks(lake)
        _forget(lake)
        measured = run(job)
    if not alone.said["requests"] == making.said["requests"] == measured.said["requests"]:
        raise RuntimeError("a later run did not judge what the first one did")
    if not made:
        raise RuntimeError("the day has no blocks of hours")
    cpu = measured.cpu + max(0.0, making.cpu - measured.cpu) / (made * hours.BLOCK)
    verdict.info("ingest, CPU seconds (scaled)", f"{ingest:.1f}")
    verdict.info("detection, CPU seconds", f"{cpu:.1f} ({alone.cpu:.1f} with no day behind it)")
    verdict.info("activity kept of the hour, MB", f"{size / 1e6:.0f}")
    verdict.at_most("detection ÷ ingest", 0.3, cpu / ingest)
    verdict.at_most("peak memory, MB", FUNCTION_MB, measured.said["peak_mb"], digits=0)
    verdict.show(console)
    raise typer.Exit(1 if strict and verdict.missed else 0)


def _ingest(requests: int) -> float:
    """CPU seconds of ingesting a log."""
    bench = Bench(logs_folder(), requests)
    log = prepared(bench.folder, Traffic(requests), ".log.gz")
    bench.forget_facts()
    seconds = run(bench.ours("ingest", log)).cpu
    bench.forget_facts()
    return seconds


def _fill_day(lake: Path) -> None:
    """Give the hours before the sums of the one that was judged, and forget that it was."""
    made = lake / activity.hour_key(HOUR)
    for number in range(1, 24):
        like = lake / activity.hour_key(HOUR - timedelta(hours=number))
        like.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(made, like)
    _forget(lake)


def _forget(lake: Path) -> None:
    for folder in ("detection/judged", "findings"):
        shutil.rmtree(lake / folder, ignore_errors=True)


def _blocks(lake: Path) -> int:
    days = (HOUR - timedelta(hours=number) for number in range(24))
    return sum((lake / activity.block_key(hour, hours.BLOCK)).exists() for hour in days)


if __name__ == "__main__":
    typer.run(main)
