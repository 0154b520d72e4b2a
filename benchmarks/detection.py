"""Detection beside labelled traffic and its peers: ``python -m benchmarks.detection``. README.md says what a row means."""

import json
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import detection_tables as tables
from benchmarks.detection_peers import has_forest
from benchmarks.detection_seed import FOREST, OURS, Job, Result
from benchmarks.verdict import Verdict

TUNING_SEEDS = tuple(range(101, 113))
"""For looking at while something is changed."""

JUDGING_SEEDS = tuple(range(801, 813))
"""For the figures that are published: nothing is chosen by them."""


def main(  # noqa: PLR0913 - each is a word of the command line
    seeds: Annotated[str, typer.Option(help="tuning, judging, or numbers: 101,102.")] = "judging",
    clients: Annotated[int, typer.Option(min=50, help="People in each seed.")] = 2_000,
    training: Annotated[int, typer.Option(min=24, help="Hours of training before the judged day.")] = 36,
    quick: Annotated[bool, typer.Option(help="Two seeds of 600 people.")] = False,
    poisoned: Annotated[float, typer.Option(min=0, max=1, help="Share of attacks that fall into training, too.")] = 0.0,
    explain: Annotated[
        bool, typer.Option(help="Say what was missed and what was false. Shows identifiers' ends.")
    ] = False,
    tune_peer: Annotated[bool, typer.Option(help="Also IsolationForest with other shares of contamination.")] = False,
    result_file: Annotated[Path | None, typer.Option("--json", help="Write all figures here.")] = None,
    processes: Annotated[int, typer.Option(min=1, help="Seeds at a time.")] = 1,
    strict: Annotated[bool, typer.Option(help="Exit 1 where a bound is missed.")] = False,
    keep: Annotated[Path | None, typer.Option(help="Keep the lakes in this folder.")] = None,
) -> None:
    """Measures detection on simulated traffic with labelled attacks, beside a counter and an isolation forest."""
    console = Console(width=None if sys.stdout.isatty() else 130)
    named = {"tuning": TUNING_SEEDS, "judging": JUDGING_SEEDS}
    chosen = list(named.get(seeds) or (int(number) for number in seeds.split(",")))
    if quick:
        chosen, clients = chosen[:2], min(clients, 600)
    job = Job(clients, training, poisoned, tune_peer, keep)
    total = tables.Seeds()
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not sys.stdout.isatty()) as bar:
        for seed, result in _results(job, chosen, processes, bar):
            bar.console.print(tables.told(seed, result), style="dim")
            if explain:
                tables.explain(bar.console, result.scores[OURS])
            total.add(result)
    tables.show(console, total, len(chosen))
    if result_file:
        result_file.write_text(json.dumps(tables.document(total, chosen), indent=1) + "\n")
    verdict = Verdict(
        f"Detection, {len(chosen)} seeds of {clients:,} people, {training} hours of training and a judged day"
    )
    tables.judge(verdict, total.scores[OURS])
    if not has_forest():
        verdict.not_run(FOREST, "", "uv sync --group bench")
    verdict.show(console)
    raise typer.Exit(1 if strict and verdict.missed else 0)


def _results(job: Job, seeds: Sequence[int], processes: int, bar: Progress) -> Iterator[tuple[int, Result]]:
    """Seed by seed, in their order."""
    task = bar.add_task("seeds", total=len(seeds))
    if processes > 1:
        with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
            for seed, result in zip(seeds, pool.map(job.one, seeds), strict=True):
                bar.advance(task)
                yield seed, result
        return
    for seed in seeds:

        def progress(step: str, done: int, of: int, seed: int = seed) -> None:
            bar.update(task, description=f"seed {seed}: {step}", completed=done, total=of)

        yield seed, job.one(seed, progress)


if __name__ == "__main__":
    typer.run(main)
