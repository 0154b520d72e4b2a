"""Reports and compaction on a slow S3: ``python -m benchmarks.reports [--days 30 --year]``. README.md says what a row means.

Every question goes to a stand-in for S3 that waits 30 ms before each answer and sends 80 MB/s on each stream
(`benchmarks.slow_s3`), over lakes that `benchmarks.lakes` prepares and keeps.
"""

import json
import shutil
import statistics
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import duckdb
import typer
from rich.console import Console

from benchmarks import lakes, traffic
from benchmarks.ingest import default_folder as logs_folder
from benchmarks.ingest import prepared as prepared_log
from benchmarks.lakes import Prepared, Size, prepared
from benchmarks.measure import Job, Measured, job_of, own_job, run
from benchmarks.slow_s3 import FIRST_BYTE, RATE, Running, slow_s3
from benchmarks.traffic import Traffic
from benchmarks.verdict import Verdict

ROUND = 0.032
"""Seconds of one round of requests side by side in the model: the first byte, and the bytes of a small object."""

LARGE = 256_000
"""An object above this may cost a read more."""

SMALL = Size(30, 0.02)
"""What stands in for the long ranges where only few days are generated at full scale."""

LOGS, LINES = 50, 1_000
"""Log objects that are delivered twice, and requests in each."""

MEASURED = Path(__file__).with_name("measured.json")
"""What `benchmarks.cost` reckons with."""

_RAW_COLUMNS = ("ip", "timestamp", "cookie", "api", "path", "method", "browser", "device", "server")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a report of one light identifier may cost over so many days."""

    days: int
    reads: int
    megabytes: float
    empty_ms: int
    cold_ms: int


BOUNDS = (Bounds(1, 1, 0.3, 90, 350), Bounds(30, 30, 6, 150, 400), Bounds(365, 45, 13, 250, 500))
KEPT_MS = 40
METRICS_MS = 500
TIMES_FASTER = 20


@dataclass(slots=True)
class Taken:
    """All that was measured of one question."""

    warm: dict[str, Any]
    cold: Measured
    large: int
    """Objects above `LARGE` among those that were read."""

    def ms(self, which: str, of: str = "wall") -> float:
        """Milliseconds, median."""
        return 1000 * statistics.median(self.warm[which][of])

    @property
    def other_requests(self) -> dict[str, int]:
        """Requests that read no data, by what they are for."""
        places = self.warm["empty"]["counts"]["places"]
        names = {
            "index/root.json": "root",
            "pending/": "markers",
            "findings/": "findings",
            "config/apis/": "definitions",
        }
        found: dict[str, int] = {}
        for place, count in places.items():
            for part, name in names.items():
                if place.partition(" ")[2].startswith(part):
                    found[name] = found.get(name, 0) + count
        return found

    def document(self) -> dict[str, Any]:
        """What a price can be put on: of one report in a warm environment with an empty cache."""
        one = self.warm["empty"]
        return {
            "requests": one["counts"]["requests"],
            "bytes": one["bytes"],
            "answer_bytes": one["answer_bytes"],
            "milliseconds": self.ms("empty"),
            "cold_milliseconds": 1000 * statistics.median(self.cold.walls),
        }


@dataclass(slots=True)
class Bench:
    """One run of it: what to measure on, and what it has found."""

    console: Console
    verdict: Verdict
    runs: int
    document: dict[str, Any] = field(default_factory=dict)

    def ask(self, ready: Prepared, server: Running, days: int, kind: str, which: str = "light") -> Taken:
        """Ask about the light or the heaviest identifier or API."""
        question = self.question(ready, server, days, kind, which)
        name = f"{kind} {which}, {days} days"
        warm = self.run(_job(name, "warm", runs=self.runs, **question)).said
        cold = Measured()
        for _ in range(self.runs):
            self.run(_job(f"{name}, cold", "cold", **question), cold)
        totals = {warm["empty"]["total"], warm["kept"]["total"], cold.said["total"]}
        if len(totals) > 1 or not totals.pop():
            raise RuntimeError(f"{name}: the answers differ, or are empty")
        bucket = ready.folder / question["bucket"]
        large = sum((bucket / key).stat().st_size > LARGE for key in warm["empty"]["keys"])
        return Taken(warm, cold, large)

    @staticmethod
    def question(ready: Prepared, server: Running, days: int, kind: str, which: str = "light") -> dict[str, str]:
        """As `benchmarks.report_jobs` takes it."""
        bucket, earlier, later = ready.bucket_and_range(days)
        asked = getattr(ready.asked["api" if kind == "metrics" else kind], which)
        whom = {"api": asked} if kind == "metrics" else {"value": asked}
        times = {"earlier": earlier.isoformat(), "later": later.isoformat()}
        return {"endpoint": server.endpoint, "bucket": bucket, "kind": kind, **whom, **times}

    def run(self, job: Job, measured: Measured | None = None) -> Measured:
        """Run a job and say so."""
        done = run(job, measured)
        self.console.print(f"{job.name}: {done.walls[-1]:.2f} s, {done.seconds[-1]:.2f} s CPU", style="dim")
        return done


def judge_light(bench: Bench, bounds: Bounds, taken: Taken, size: Size) -> None:
    """The rows of one light identifier over so many days."""
    verdict, one = bench.verdict, taken.warm["empty"]
    what = f"{bounds.days} {'day' if bounds.days == 1 else 'days'}"
    verdict.info(f"[bold]one light address, {what}[/]", f"in a lake of {size}")
    large = f", {taken.large} of them large" if taken.large else ""
    verdict.at_most("  reads of data", bounds.reads + taken.large, one["objects"], digits=0, note=large)
    verdict.info("  other requests", ", ".join(f"{count} {name}" for name, count in taken.other_requests.items()))
    verdict.at_most("  MB", bounds.megabytes, one["bytes"] / 1e6)
    verdict.at_most("  ms, empty cache", bounds.empty_ms, taken.ms("empty"), digits=0, note=_model(taken, "empty"))
    verdict.at_most("  ms, warm cache", KEPT_MS, taken.ms("kept"), digits=0, note=_model(taken, "kept"))
    cold = 1000 * statistics.median(taken.cold.walls)
    note = f" (best {1000 * min(taken.cold.walls):.0f}; 2 x 32 + CPU {1000 * taken.cold.cpu:.0f})"
    verdict.at_most("  ms, cold process", bounds.cold_ms, cold, digits=0, note=note)


def _model(taken: Taken, which: str) -> str:
    """Best run, and the model: dependent rounds of requests and CPU time, which do not overlap in it."""
    return f" (best {1000 * min(taken.warm[which]['wall']):.0f}; 2 x 32 + CPU {taken.ms(which, 'cpu'):.0f})"


def judge_others(bench: Bench, ready: Prepared, server: Running, days: int, ours: Taken) -> None:
    """The same question without index: by our own code over facts, and by DuckDB over requests."""
    question = bench.question(ready, server, days, "ip")
    full = ready.size.scale >= 1
    without = bench.run(_job(f"without index, {days} days", "without_index", **question)).said
    plain = bench.run(
        _job(f"DuckDB over requests, {days} days", "plain_duckdb", raw=str(ready.raw), columns=_RAW_COLUMNS, **question)
    ).said
    if {without["total"], plain["total"]} != {ours.warm["empty"]["total"]}:
        raise RuntimeError("the answers with and without index differ")
    for name, other in (("facts without index, our own reader", without), ("hourly raw Parquet, DuckDB", plain)):
        counts = other["counts"]
        what = f"{sum(counts['requests'].values()):,} requests, {sum(counts['bytes_sent'].values()) / 1e6:,.0f} MB"
        bench.verdict.info(f"  {name}", f"{other['wall'] * 1000:,.0f} ms, {what}, {other['cpu'] * 1000:,.0f} ms CPU")
        times = other["wall"] * 1000 / ours.ms("empty")
        if full and days == 30:
            bench.verdict.at_least("    times slower than ours", TIMES_FASTER, times, digits=0)
        else:
            bench.verdict.info("    times slower than ours", f"{times:.0f}")
        bench.document.setdefault("others", {})[f"{name}, {days} days"] = {
            "requests": counts["requests"], "bytes": counts["bytes_sent"].get("GET", 0), "milliseconds": other["wall"] * 1000,
        }  # fmt: skip


def judge_metrics(bench: Bench, ready: Prepared, server: Running, days: int) -> None:
    """The first page of the busiest API."""
    taken = bench.ask(ready, server, days, "metrics", "heaviest")
    one = taken.warm["empty"]
    lake = f"in a lake of {ready.size}, {one['total']:,} requests"
    bench.verdict.info(f"[bold]metrics of the busiest API, {days} days[/]", lake)
    bench.verdict.info("  reads of data", f"{one['objects']}, {one['bytes'] / 1e6:.1f} MB")
    bench.verdict.at_most("  ms, warm cache", METRICS_MS, taken.ms("kept"), digits=0, note=_best(taken, "kept"))
    bench.verdict.at_most("  ms, empty cache", METRICS_MS, taken.ms("empty"), digits=0, note=_best(taken, "empty"))
    cold = 1000 * statistics.median(taken.cold.walls)
    bench.verdict.info("  ms, cold process", f"{cold:.0f} (best {1000 * min(taken.cold.walls):.0f})")
    bench.document[f"metrics, {days} days"] = taken.document()


def _best(taken: Taken, which: str) -> str:
    return f" (best {1000 * min(taken.warm[which]['wall']):.0f}; CPU {taken.ms(which, 'cpu'):.0f})"


def judge_reports(bench: Bench, full: Prepared, *, year: bool) -> None:
    """All that is asked of lakes that lie there folded."""
    taken: dict[int, Taken] = {}
    for bounds in BOUNDS:
        if bounds.days > 30 and not year:
            bench.verdict.not_run(f"one light address, {bounds.days} days", f"<= {bounds.empty_ms} ms", "--year")
            continue
        ready = full if min(bounds.days, 30) <= full.size.days else prepared(SMALL)
        with slow_s3(ready.folder) as server:
            taken[bounds.days] = bench.ask(ready, server, bounds.days, "ip")
            judge_light(bench, bounds, taken[bounds.days], ready.size)
            bench.document[f"ip light, {bounds.days} days"] = taken[bounds.days].document()
            if bounds.days <= 30:
                judge_others(bench, ready, server, bounds.days, taken[bounds.days])
            if bounds.days == 30:
                judge_metrics(bench, ready, server, bounds.days)
            if bounds.days == (BOUNDS[-1].days if year else 30):
                judge_heaviest(bench, ready, server, bounds.days, taken[bounds.days])


def judge_heaviest(bench: Bench, ready: Prepared, server: Running, days: int, light: Taken) -> None:
    """The address with most requests against the light one."""
    heaviest = bench.ask(ready, server, days, "ip", "heaviest")
    requests = heaviest.warm["empty"]["total"]
    bench.verdict.info(
        f"[bold]the heaviest address, {days} days[/]", f"{requests:,} requests, in a lake of {ready.size}"
    )
    bench.verdict.info("  ms, empty cache", f"{heaviest.ms('empty'):.0f}{_best(heaviest, 'empty')}")
    bench.verdict.at_most("  times the light one", 2, heaviest.ms("empty") / light.ms("empty"))
    bench.document[f"ip heaviest, {days} days"] = heaviest.document()


def judge_compaction(bench: Bench, full: Prepared, scratch: Path) -> None:
    """Folding a day, and the prepared month, against ingest in the same run."""
    day, units = full.one_day(scratch / "lake")
    requests = 1_000_000
    log = prepared_log(logs_folder(), Traffic(requests), ".log.gz")
    folded, ingested = Measured(), Measured()
    for _ in range(max(1, bench.runs // 3)):
        out = scratch / "ingested"
        shutil.rmtree(out, ignore_errors=True)
        apis = out / "config/apis"
        apis.mkdir(parents=True)
        for name, text in traffic.definitions().items():
            (apis / f"{name}.json").write_text(text)
        bench.run(own_job("ingest", "ours", log=str(log), lake=str(out), kind="ase"), ingested)
        shutil.rmtree(scratch / "lake/index", ignore_errors=True)
        bench.run(_job("fold a day", "fold_day", lake=str(scratch / "lake"), day=day, units=units), folded)
    rates = folded.said["requests"] / folded.cpu, requests / ingested.cpu
    bench.verdict.info("[bold]compaction[/]", f"a day of {folded.said['requests']:,} requests, six kinds")
    bench.verdict.at_least(
        "  requests per CPU second ÷ ingest's",
        1,
        rates[0] / rates[1],
        note=f" ({rates[0] / 1e3:.0f} k ÷ {rates[1] / 1e3:.0f} k)",
    )
    for kind, one in folded.said["kinds"].items():
        bench.verdict.info(
            f"    {kind}", f"{one['cpu']:.1f} s CPU, {one['bytes'] / folded.said['requests']:.1f} bytes a request"
        )
    bench.verdict.at_most("  peak memory, GB", 1.5, folded.said["peak_mb"] / 1024)
    objects = sum(1 for path in (scratch / "lake/index").rglob("*.parquet"))
    bench.document["ingest"] = {"requests": requests, "cpu_seconds": ingested.cpu, "bytes": ingested.said["stored"]}
    bench.document["fold a day"] = {
        "requests": folded.said["requests"],
        "cpu_seconds": folded.cpu,
        "bytes": sum(one["bytes"] for one in folded.said["kinds"].values()),
        "objects": objects,
        "units": len(units),
    }
    judge_month(bench, full)


def judge_month(bench: Bench, full: Prepared) -> None:
    """Summing up the prepared days, as it was measured when they were prepared."""
    for kind, one in full.month.items():
        rate = one["requests"] / one["cpu_seconds"] / 1000
        what = f"{rate:.0f} k requests per CPU second, {one['cpu_seconds']:.1f} s"
        bench.verdict.info(f"  {full.size.days} days of {kind} into a month", what)
        bench.verdict.at_most("    peak memory, GB", 1.5, one["peak_mb"] / 1024)
    bench.document["derive a month"] = {"days": full.size.days, "kinds": full.month}


def judge_deliveries(bench: Bench, scratch: Path) -> None:
    """Many log objects at once, each delivered twice."""
    logs = []
    (scratch / "twice/lake/config/apis").mkdir(parents=True)
    for name, text in traffic.definitions().items():
        (scratch / f"twice/lake/config/apis/{name}.json").write_text(text)
    for seed in range(LOGS):
        logs.append(str(scratch / f"{seed}.log"))
        traffic.write(Path(logs[-1]), Traffic(LINES, seed=seed), quiet=True)
    with slow_s3(scratch / "twice") as server:
        done = bench.run(_job("deliver twice", "deliver_twice", endpoint=server.endpoint, bucket="lake", logs=logs))
        answers = server.counts()["answers"]
    facts = str(scratch / "twice/lake/facts/**/*.parquet")
    [(stored,)] = duckdb.execute("SELECT sum(requests) FROM read_parquet($1)", [facts]).fetchall()
    said = done.said
    objects = 2 * said["units"] + said["quarantined"] // 2
    written, refused = answers.get("PUT 200", 0), answers.get("PUT 412", 0)
    errors = sum(
        count for answer, count in answers.items() if answer.startswith("PUT") and answer[4:] not in ("200", "412")
    )
    bench.verdict.info(f"[bold]{LOGS} log objects, each delivered twice at once[/]", f"{done.walls[-1]:.1f} s")
    bench.verdict.info("  units and markers written, writes refused as made already", f"{written:,}, {refused:,}")
    retries = written + refused + errors - 2 * objects
    bench.verdict.at_most("  writes tried again", 0, retries, digits=0)
    wrong = abs(stored - LOGS * LINES) + abs(said["requests"] - stored)
    bench.verdict.at_most("  requests in the facts, off by", 0, wrong, digits=0)


def _job(name: str, job: str, **arguments: object) -> Job:
    return job_of("benchmarks.report_jobs", name, job, **arguments)


def main(
    days: Annotated[
        int, typer.Option(min=1, max=30, help="Days of full traffic; 30: the whole table, in half an hour.")
    ] = 1,
    year: Annotated[bool, typer.Option(help="Also 365 days.")] = False,
    scale: Annotated[float, typer.Option(min=0.001, help="Share of the traffic in these days.")] = 1.0,
    runs: Annotated[int, typer.Option(min=1, help="Runs of each question; the median counts.")] = 7,
    strict: Annotated[bool, typer.Option(help="Exit 1 where a bound is missed.")] = False,
    save: Annotated[bool, typer.Option(help="Keep what the docs' costs are reckoned from.")] = False,
) -> None:
    """Measures reports over an index, and what it takes to make it."""
    console = Console(width=None if sys.stdout.isatty() else 130)
    title = f"Reports, {FIRST_BYTE * 1000:.0f} ms a request and {RATE / 1e6:.0f} MB/s a stream, median of {runs}"
    bench = Bench(console, Verdict(title), runs)
    full = prepared(Size(days, scale))
    judge_reports(bench, full, year=year)
    with tempfile.TemporaryDirectory(prefix="abslake-bench-", dir=lakes.default_folder()) as scratch:
        judge_compaction(bench, full, Path(scratch))
        judge_deliveries(bench, Path(scratch))
    if save:
        bench.document["made"] = {"on": f"{datetime.now(UTC):%Y-%m-%d}", "days": days, "scale": scale}
        MEASURED.write_text(json.dumps(bench.document, indent=1) + "\n")
    bench.verdict.show(console)
    raise typer.Exit(1 if strict and bench.verdict.missed else 0)


if __name__ == "__main__":
    typer.run(main)
