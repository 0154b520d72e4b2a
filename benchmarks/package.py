"""The package as it is deployed: its size, and cold starts under the emulator: ``python -m benchmarks.package``.

Needs what `scripts/bootstrap.sh runtime` and `scripts/bootstrap.sh sam` put into .tools; says so where it is missing.
"""

import statistics
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from abslake.dev.emulator import EmulatorMissing
from benchmarks.verdict import Verdict
from tests.support.artefacts import FUNCTIONS, build_layers, size, without_bytecode
from tests.support.cloud import local_cloud, sqs_event
from tests.support.http_events import http_event
from tests.support.rie import cold_starts, emulated

LIMIT_MB = 140
LIMIT_MS = 350
REPORTS = {"metrics": ("/v4/abs/metrics", {"api": "shop"}), "forensics": ("/v4/abs", {"token": "token-one"})}
DEPLOYED = "arm64"


def judge_size(verdict: Verdict, folder: Path) -> None:
    """Bytes unzipped of both layers and the largest function, as Lambda's limit counts them."""
    layers = build_layers(folder / DEPLOYED, DEPLOYED)
    for layer in layers:
        verdict.info(f"layer {layer.name}, {DEPLOYED}, with bytecode", f"{size(layer) / 1e6:.1f} MB")
    largest = max(size(function) for function in FUNCTIONS.iterdir() if function.is_dir())
    verdict.at_most("function and layers unzipped, MB", LIMIT_MB, (size(*layers) + largest) / 1e6, digits=1)


def judge_cold_starts(verdict: Verdict, folder: Path, times: int) -> None:
    """The first call of each report function in a fresh environment: a report of a small log, wall time."""
    layers = build_layers(folder / "here")
    bare = without_bytecode(layers, folder / "bare")
    with local_cloud() as cloud:
        with emulated(FUNCTIONS / "ingest", layers, cloud.environment) as ingest:
            ingest.invoke(sqs_event(cloud.put_log()))
        for function, (path, selector) in REPORTS.items():
            event: Any = http_event(path, cloud.query(**selector))
            with emulated(FUNCTIONS / function, layers, cloud.environment) as running:
                answer = running.invoke(event)
            if answer.get("statusCode") != 200:
                raise RuntimeError(f"{function} answered {answer.get('statusCode')}: that is no report to measure")
            started = cold_starts(FUNCTIONS / function, layers, cloud.environment, event, times)
            without = cold_starts(FUNCTIONS / function, bare, cloud.environment, event, times)
            milliseconds = statistics.median(started) * 1000
            verdict.at_most(f"cold start of {function} with bytecode, ms", LIMIT_MS, milliseconds, digits=0)
            verdict.info("  the quickest", f"{min(started) * 1000:.0f} ms")
            verdict.info("  without bytecode", f"{statistics.median(without) * 1000:.0f} ms")


def main(
    times: Annotated[int, typer.Option(min=1, help="Cold starts of each function; the median counts.")] = 7,
    strict: Annotated[bool, typer.Option(help="Exit 1 where a bound is missed.")] = False,
) -> None:
    """Measures the deployed package: size and cold starts."""
    verdict = Verdict("Package")
    with tempfile.TemporaryDirectory(prefix="abslake-package-") as folder:
        judge_size(verdict, Path(folder))
        try:
            judge_cold_starts(verdict, Path(folder), times)
        except (EmulatorMissing, FileNotFoundError) as missing:
            verdict.not_run("cold start of the report functions", f"<= {LIMIT_MS}", str(missing))
    verdict.show(Console())
    raise typer.Exit(1 if strict and verdict.missed else 0)


if __name__ == "__main__":
    typer.run(main)
