"""What API discovery costs on a day of facts: ``python -m benchmarks.discovery``. Time, memory and facts read of both answers.

The day is generated (`benchmarks.detection_facts`), all of it under one root API, so that everything is to be looked at. A path
has an id in half of its requests; a share of these are names instead of numbers, which only the data tell.
"""

import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import duckdb
import typer
from rich.console import Console

from benchmarks.detection_facts import Busy, write_hour
from benchmarks.measure import job_of, run
from benchmarks.verdict import Verdict

DAY = datetime(2026, 3, 2, tzinfo=UTC)
MEMORY_MB, SECONDS = 1769, 29
"""Of the function as it is deployed."""


def main(
    facts: Annotated[
        int, typer.Option(min=24_000, help="Requests of the day; most are a fact of their own.")
    ] = 1_000_000,
    names: Annotated[float, typer.Option(min=0, max=1, help="Share of ids that are names.")] = 0.3,
    strict: Annotated[bool, typer.Option(help="Exit 1 where a bound is missed.")] = False,
) -> None:
    """Measures the list of APIs, and one API in detail, each in a fresh process."""
    verdict = Verdict(f"Discovery on a day of {facts:,} requests")
    with tempfile.TemporaryDirectory(prefix="abslake-discovery-") as name:
        lake = Path(name)
        _write(lake, facts, names)
        for what in ("list", "details"):
            measured = run(job_of("benchmarks.discovery_jobs", what, "discover", lake=name, what=what))
            said = measured.said
            verdict.info(f"{what}: facts read, MB", f"{said['bytes'] / 1e6:.0f}")
            verdict.info(f"{what}: APIs, paths", f"{said['apis']}, {said['paths']}")
            verdict.info(f"{what}: CPU seconds of one thread", f"{measured.cpu:.1f}")
            verdict.at_most(f"{what}: seconds", SECONDS, measured.walls[-1])
            verdict.at_most(f"{what}: peak memory, MB", MEMORY_MB, said["peak_mb"], digits=0)
    verdict.show(Console(width=None if sys.stdout.isatty() else 110))
    raise typer.Exit(1 if strict and verdict.missed else 0)


def _write(lake: Path, facts: int, names: float) -> None:
    definition = lake / "config" / "apis" / "everything.json"
    definition.parent.mkdir(parents=True)
    definition.write_text('{"api_metadata": {"url": "/", "hostname": "*", "oauth2_access_token": true}}')
    with duckdb.connect(config={"threads": 1}) as engine:
        for number in range(24):
            for path in write_hour(lake, Busy(facts // 24), DAY + timedelta(hours=number)):
                changed = path.with_suffix(".new")
                engine.execute(
                    f"""
                    COPY (SELECT * REPLACE ('everything' AS api, CASE WHEN hash(path) % 1000 < {1000 * names} THEN
                        regexp_replace(path, '[0-9]+$', chr(97 + (hash(path) % 26)::INTEGER) || translate(
                            (hash(path) % 1000000)::VARCHAR, '0123456789', 'aeioulmnrs')) ELSE path END AS path)
                    FROM '{path}') TO '{changed}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"""
                )
                changed.replace(path)


if __name__ == "__main__":
    typer.run(main)
