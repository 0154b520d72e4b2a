"""Ingest of every log format beside that of ASE's JSON, and the combined log beside its peers: ``python -m benchmarks.formats``.

README.md says what a row means.
"""

import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from abslake.formats import formats
from benchmarks import format_lines, traffic
from benchmarks.ingest import Bench, default_folder
from benchmarks.measure import Job, Measured, own_job, rounds
from benchmarks.traffic import Traffic
from benchmarks.verdict import Verdict

TEXT_SHARE, JSON_SHARE = 0.8, 0.6
VECTOR = {"text": (10, 256), "json": (25, 768)}
"""MiB a second and vCPU, bytes an event: https://vector.dev/docs/setup/going-to-prod/sizing"""


def log_of(name: str, folder: Path, requests: int) -> Path:
    """The log of a format, plain, made unless it is there."""
    path = folder / f"format-{name}-{requests}.log"
    if not path.exists():
        unfinished = path.with_name(f"unfinished-{path.name}")
        if name == "ase":
            traffic.write(unfinished, Traffic(requests))
        else:
            format_lines.write(unfinished, name, requests)
        unfinished.rename(path)
    return path


def jobs(bench: Bench, names: list[str]) -> list[Job]:
    """What is run in every round."""
    logs = {name: log_of(name, bench.folder, bench.requests) for name in {"ase", "combined", *names}}
    found = [bench.ours(name, log, name) for name, log in sorted(logs.items())]
    found.append(own_job("read_csv", "read_csv_by_hand", log=str(logs["combined"])))
    if goaccess := shutil.which("goaccess"):
        report = bench.folder / "goaccess.json"
        options = ("--no-global-config", "--log-format=COMBINED", "--no-progress", "-o", str(report))
        found.append(Job("goaccess", (goaccess, str(logs["combined"]), *options)))
    return found


def judge(verdict: Verdict, measured: dict[str, Measured], names: list[str], bench: Bench) -> None:
    """The rows."""
    rate = {name: bench.requests / job.cpu / 1000 for name, job in measured.items()}
    verdict.info("ase (JSON), the measure", f"{rate['ase']:.0f} k requests/s")
    for name in sorted(names):
        said = measured[name].said
        if said["requests"] != bench.requests or said["quarantined"]:
            raise SystemExit(f"{name}: {said['requests']} of {bench.requests} requests were read")
        text = name in format_lines.TEXT
        size = log_of(name, bench.folder, bench.requests).stat().st_size
        mib = size / measured[name].cpu / 2**20
        singly = f", {said['parsed_singly']:,} lines singly" if said["parsed_singly"] else ""
        note = f" ({rate[name]:.0f} k/s, {size / bench.requests:.0f} bytes each, {mib:.0f} MiB/s{singly})"
        verdict.at_least(f"{name} ÷ ase", TEXT_SHARE if text else JSON_SHARE, rate[name] / rate["ase"], note=note)
    for kind, (mib, size) in VECTOR.items():
        verdict.info(
            f"Vector's sizing page, {kind}", f"{mib * 2**20 / size / 1000:.0f} k events/s a vCPU ({mib} MiB/s)"
        )
    verdict.at_least("combined ÷ DuckDB's read_csv and GROUP BY by hand", 1.0, rate["combined"] / rate["read_csv"])
    if "goaccess" in rate:
        verdict.at_least("combined ÷ GoAccess", 1.5, rate["combined"] / rate["goaccess"])
    else:
        verdict.not_run("combined ÷ GoAccess", ">= 1.50", "apt-get install goaccess")


def main(
    requests: Annotated[int, typer.Option(min=1000, help="Requests in each log.")] = 300_000,
    runs: Annotated[int, typer.Option(min=1, help="Runs of each job; the median counts.")] = 3,
    only: Annotated[list[str] | None, typer.Option(help="Only this format; may be given several times.")] = None,
    strict: Annotated[bool, typer.Option(help="Exit 1 where a bound is missed.")] = False,
    folder: Annotated[Path | None, typer.Option(help="Where logs are kept.", show_default="temporary folder")] = None,
) -> None:
    """Measures ingest of every log format."""
    console = Console(width=None if sys.stdout.isatty() else 130)
    names = only or sorted(set(formats()) - {"ase"})
    bench = Bench(folder or default_folder(), requests)
    verdict = Verdict(f"Log formats, {requests:,} requests a log, CPU time of one thread, median of {runs}")
    measured: dict[str, Measured] = {}
    for job, found in rounds(jobs(bench, names), runs):
        measured = dict(found)
        console.print(f"{job.name}: {measured[job.name].seconds[-1]:.2f} s CPU", style="dim")
        bench.forget_facts()
    judge(verdict, measured, names, bench)
    verdict.show(console)
    raise typer.Exit(1 if strict and verdict.missed else 0)


if __name__ == "__main__":
    typer.run(main)
