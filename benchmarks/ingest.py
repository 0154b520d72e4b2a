"""Ingest beside its bound and its peers: ``python -m benchmarks.ingest [--big]``. README.md says what a row means."""

import hashlib
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks import traffic, vocabulary
from benchmarks.measure import Job, Measured, once, own_job, rounds
from benchmarks.traffic import Traffic
from benchmarks.verdict import Verdict

BAD = 0.005
SMALL_LETTERS = 0.3
HALF_GB, FIVE_GB = 850_000, 8_500_000
"""Requests in about 0.5 and 5 GB of JSON lines."""


def prepared(folder: Path, what: Traffic, suffix: str) -> Path:
    """The log of this traffic, made unless it is there."""
    path = folder / f"{what.kind}-{what.requests}-{what.bad}-{what.small_letters}-{what.seed}{suffix}"
    if not path.exists():
        unfinished = path.with_name(f"unfinished-{path.name}")
        traffic.write(unfinished, what)
        unfinished.rename(path)
    return path


def default_folder() -> Path:
    """Where logs are kept from run to run: another folder for another generator."""
    sources = b"".join(Path(str(module.__file__)).read_bytes() for module in (traffic, vocabulary))
    return Path(tempfile.gettempdir()) / f"abslake-benchmarks-{hashlib.sha256(sources).hexdigest()[:8]}"


class Bench:
    """The logs, the lake and the jobs over them."""

    def __init__(self, folder: Path, requests: int) -> None:
        self.folder, self.requests = folder, requests
        self.lake = folder / "lake"
        folder.mkdir(parents=True, exist_ok=True)
        apis = self.lake / "config/apis"
        apis.mkdir(parents=True, exist_ok=True)
        for name, document in traffic.definitions().items():
            (apis / f"{name}.json").write_text(document)

    def ours(self, name: str, log: Path, kind: str = "ase") -> Job:
        """Our ingest of a log."""
        return own_job(name, "ours", log=str(log), lake=str(self.lake), kind=kind)

    def jobs(self) -> list[Job]:
        """What is run in every round."""
        clean = prepared(self.folder, Traffic(self.requests), ".log.gz")
        bad = prepared(self.folder, Traffic(self.requests, bad=BAD), ".log.gz")
        small = prepared(self.folder, Traffic(self.requests, small_letters=SMALL_LETTERS), ".log.gz")
        combined = prepared(self.folder, Traffic(self.requests, kind="combined"), ".log")
        jobs = [
            own_job("msgspec", "bound_msgspec", log=str(clean)),
            own_job("duckdb", "bound_duckdb", log=str(clean)),
            self.ours("clean", clean),
            self.ours("bad", bad),
            self.ours("small letters", small),
            self.ours("combined", combined, "combined"),
        ]
        if goaccess := shutil.which("goaccess"):
            report = self.folder / "goaccess.json"
            options = ("--no-global-config", "--log-format=COMBINED", "--no-progress", "-o", str(report))
            jobs.append(Job("goaccess", (goaccess, str(combined), *options)))
        return jobs

    def forget_facts(self) -> None:
        """Empties the lake: a unit that is there already would not be written."""
        for part in ("facts", "quarantine"):
            shutil.rmtree(self.lake / part, ignore_errors=True)


def judge(verdict: Verdict, measured: Mapping[str, Measured], requests: int) -> None:
    """The rows of the rounds."""
    rate = {name: requests / job.cpu / 1000 for name, job in measured.items()}
    bound = max(("msgspec", "duckdb"), key=lambda name: rate[name])
    clean, bad = measured["clean"], measured["bad"]
    for name, what in (("msgspec", "isal + msgspec decode_lines"), ("duckdb", "DuckDB read_json, declared structs")):
        verdict.info(f"parse only, {what}{' = B' if name == bound else ''}", f"{rate[name]:.0f} k requests/s")
    verdict.info("ours, all in", f"{rate['clean']:.0f} k requests/s")
    verdict.at_least("ours ÷ B", 0.40, rate["clean"] / rate[bound])
    verdict.at_most(f"CPU with {BAD:.1%} bad lines ÷ clean", 1.3, bad.cpu / clean.cpu)
    verdict.info("  lines quarantined", f"{bad.said['quarantined']:,} of {bad.said['lines']:,}")
    letters = measured["small letters"]
    verdict.info(f"CPU with {SMALL_LETTERS:.0%} of clients in small letters ÷ clean", f"{letters.cpu / clean.cpu:.2f}")
    verdict.at_most("bytes of facts a request", 20, clean.said["stored"] / clean.said["requests"], digits=1)
    verdict.info("combined log, ours", f"{rate['combined']:.0f} k lines/s")
    if "goaccess" in rate:
        verdict.info("combined log, GoAccess", f"{rate['goaccess']:.0f} k lines/s")
        verdict.at_least("combined log, ours ÷ GoAccess", 1.5, rate["combined"] / rate["goaccess"])
    else:
        verdict.not_run("combined log, ours ÷ GoAccess", ">= 1.50", "apt-get install goaccess")


def judge_memory(verdict: Verdict, bench: Bench, console: Console) -> None:
    """Peak memory at about 0.5 and 5 GB of decompressed input, one run each: it hardly varies."""
    peaks = []
    for requests in (HALF_GB, FIVE_GB):
        log = prepared(bench.folder, Traffic(requests), ".log.gz")
        console.print(f"memory: {requests:,} requests")
        seconds, said = once(bench.ours("memory", log))
        bench.forget_facts()
        peaks.append(said["peak_mb"] / 1024)
        verdict.info(
            f"peak memory at {said['decompressed'] / 1e9:.1f} GB",
            f"{peaks[-1]:.2f} GB, {said['requests'] / seconds / 1000:.0f} k requests/s",
        )
    verdict.at_most("peak memory at 5 GB, GB", 1.0, peaks[1])
    verdict.at_most("peak memory at 5 GB ÷ at 0.5 GB", 1.1, peaks[1] / peaks[0])


def main(
    requests: Annotated[int, typer.Option(min=1000, help="Requests in each log.")] = 1_000_000,
    runs: Annotated[int, typer.Option(min=1, help="Runs of each job; the median counts.")] = 3,
    big: Annotated[bool, typer.Option(help="Also peak memory at 0.5 and 5 GB of input: takes minutes.")] = False,
    strict: Annotated[bool, typer.Option(help="Exit 1 where a bound is missed.")] = False,
    folder: Annotated[Path | None, typer.Option(help="Where logs are kept.", show_default="temporary folder")] = None,
) -> None:
    """Measures ingest beside the parse bound and GoAccess."""
    console = Console(width=None if sys.stdout.isatty() else 110)
    bench = Bench(folder or default_folder(), requests)
    verdict = Verdict(f"Ingest, {requests:,} requests a log, CPU time of one thread, median of {runs}")
    measured: Mapping[str, Measured] = {}
    for job, measured in rounds(bench.jobs(), runs):
        console.print(f"{job.name}: {measured[job.name].seconds[-1]:.2f} s CPU", style="dim")
        bench.forget_facts()
    judge(verdict, measured, requests)
    if big:
        judge_memory(verdict, bench, console)
    else:
        verdict.not_run("peak memory at 0.5 and 5 GB", "<= 1.00 GB, <= 1.10", "--big")
    verdict.show(console)
    raise typer.Exit(1 if strict and verdict.missed else 0)


if __name__ == "__main__":
    typer.run(main)
