"""Reports under load on the local stack: ``python -m benchmarks.load [--mixed-minutes 10]``. README.md says what a row means.

The functions run under the emulator, several environments each; who asks is a process of its own (`benchmarks.load_asking`).
Everything is on the loopback and ends by itself.
"""

import gzip
import json
import math
import statistics
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict
from datetime import timedelta
from itertools import islice
from typing import Annotated, Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import typer
from rich.console import Console

from abslake.dev.cli import StorageName
from abslake.dev.demo import ANY_TIME
from abslake.dev.emulator import EmulatorMissing
from abslake.dev.seaweedfs import SeaweedMissing
from abslake.dev.stack import LANDING, Options, Stack, local_stack
from benchmarks import traffic
from benchmarks.load_asking import Job, total_of
from benchmarks.measure import TOP
from benchmarks.traffic import START, Traffic
from benchmarks.verdict import Verdict

RATE, CONNECTIONS = 200, 50
LOGS, LINES = 20, 2_000
"""Log objects of the lake that is asked, and requests in each."""

WEIGHTS = {
    "IP": 4.0,
    "token": 4.0,
    "cookie": 2.0,
    "api_key": 1.0,
    "username": 1.0,
    "api": 4.0,
    "attack": 1.0,
    "be": 1.0,
}
"""What is asked how often; ``api``: metrics."""

EVERY_SECONDS = 3.0
"""Time between two log objects while reports are asked beside."""

MIXED_RATE = 10
P99_MS = 1_000
CHECKED = 25
"""Values of a kind whose totals are looked at in the end: all APIs, and the most active clients."""

Counts = Mapping[str, Counter[str]]
"""A plain count of requests: parameter of a report -> value -> requests."""

Questions = Mapping[str, list[tuple[str, int | None]]]
Seen = Mapping[str, Any]


def values(request: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a request of the log can be found by: parameter of a report, value."""
    yield "IP", request["source_ip"]
    yield "api", request["url"].split("/")[1]
    headers = {name: value for header in request["headers"] for name, value in header.items()}
    if "Authorization" in headers:
        yield "token", headers["Authorization"].removeprefix("Bearer ")
    if "Cookie" in headers:
        yield "cookie", headers["Cookie"].removeprefix("JSESSIONID=")
    if "X-API-Key" in headers:
        yield "api_key", headers["X-API-Key"]
    for user in request.get("user_info", []):
        yield "username", user["username"]


def questions(counts: Counts, *, totals: bool = True) -> Questions:
    """All that can be asked about counted requests, with what an answer must count."""
    asked: dict[str, list[tuple[str, int | None]]] = {}
    for name, counted in counts.items():
        path = "/v4/abs/metrics" if name == "api" else "/v4/abs"
        known = totals and name != "cookie"  # that report has entries by API, and no total
        asked[name] = [(_target(path, {name: value}), total if known else None) for value, total in counted.items()]
    asked["attack"] = [(_target("/v4/abs/attack", {"api": api, "type": "1"}), None) for api in counts["api"]]
    asked["be"] = [(_target("/v4/abs/be", {"api": api}), None) for api in counts["api"]]
    return asked


def _target(path: str, parameters: Mapping[str, str]) -> str:
    dates = {"earlier_date": f"{START:%Y-%m-%dT%H:%M}", "later_date": f"{START + timedelta(hours=1):%Y-%m-%dT%H:%M}"}
    return f"{path}?{urlencode(dates | dict(parameters))}"


class Filling:
    """Puts logs into the landing bucket: parts of one long log, so that clients come again. `counts` is what was put."""

    def __init__(self, stack: Stack, logs: int) -> None:
        self._stack, self.keys = stack, list[str]()
        for name, document in traffic.definitions().items():
            stack.lake().put(f"config/apis/{name}.json", document.encode())
        self._lines = traffic.lines(Traffic(logs * LINES))
        self.counts: Counts = {name: Counter() for name in ("IP", "token", "cookie", "api_key", "username", "api")}

    def put(self) -> bool:
        """One more log of `LINES` requests; False: there is no more."""
        lines = list(islice(self._lines, LINES))
        if not lines:
            return False
        key = f"ase/{len(self.keys):05}.log.gz"
        with closing(self._stack.client()) as s3:
            s3.put_object(Bucket=LANDING, Key=key, Body=gzip.compress(b"".join(lines), compresslevel=3))
        self.keys.append(key)
        for line in lines:
            for name, value in values(json.loads(line)["request"]):
                self.counts[name][value] += 1
        return True

    def finish(self) -> None:
        """Wait until all is ingested and folded. Raises RuntimeError where something is not."""
        if missing := self._stack.wait_for(self.keys, 600):
            raise RuntimeError(f"{len(missing)} of {len(self.keys)} logs are not ingested")
        if due := self._stack.compaction.until_done(300):
            raise RuntimeError(f"{due} tasks of compaction are left")


def ask(stack: Stack, asked: Questions, rate: float, seconds: float) -> Seen:
    """Have another process ask. Raises RuntimeError with the end of what it said where it fails."""
    weights = {name: WEIGHTS[name] for name in asked}
    job = Job(stack.port, stack.admin.headers, asked, weights, rate, seconds, CONNECTIONS)
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load_asking"],
        input=json.dumps(asdict(job)), cwd=TOP, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"who asks has failed: {done.stderr[-2000:]}")
    seen: Seen = json.loads(done.stdout)
    return seen


def quantiles(seen: Seen) -> str:
    """Median and 99 % quantile of the milliseconds, in words."""
    return f"{statistics.median(seen['milliseconds']):,.0f}, {p99(seen):,.0f}"


def p99(seen: Seen) -> float:
    """The milliseconds that 99 of 100 answers do not exceed (nearest rank)."""
    taken = sorted(seen["milliseconds"])
    return float(taken[math.ceil(0.99 * len(taken)) - 1])


def failed(seen: Seen) -> int:
    """Answers that were not 200, or counted something else."""
    return sum(number for status, number in seen["statuses"].items() if status != "200")


def statuses(seen: Seen) -> str:
    """What came back, in words."""
    return ", ".join(f"{number:,} x {status}" for status, number in sorted(seen["statuses"].items()))


def steady(stack: Stack, verdict: Verdict, console: Console, seconds: float) -> None:
    """A lake that lies there, asked as fast as it answers, at half of that, and as often as is wanted."""
    filling = Filling(stack, LOGS)
    while filling.put():
        pass
    filling.finish()
    console.print(f"{LOGS} logs of {LINES:,} requests are ingested and folded", style="dim")
    asked = questions(filling.counts)
    ask(stack, asked, 0, seconds / 3)  # environments start, caches fill
    console.print("warm", style="dim")
    most = ask(stack, asked, 0, seconds)
    capacity = len(most["milliseconds"]) / most["seconds"]
    verdict.info(f"{CONNECTIONS} connections, as fast as it goes: reports a second", f"{capacity:.0f}")
    verdict.info("  p50, p99, ms", quantiles(most))
    verdict.at_most("  wrong or failed", 0, failed(most), digits=0, note=f" ({statuses(most)})")
    half = ask(stack, asked, capacity / 2, seconds)
    verdict.info("half of that: p50, p99, ms", quantiles(half))
    verdict.at_most("  wrong or failed", 0, failed(half), digits=0, note=f" ({statuses(half)})")
    wanted = ask(stack, asked, RATE, seconds)
    answered = len(wanted["milliseconds"]) / wanted["seconds"]
    verdict.at_least(f"{RATE} a second: answered a second", 0.98 * RATE, answered, digits=0)
    verdict.at_most("  p99, ms from the moment each was due", P99_MS, p99(wanted), digits=0)
    verdict.at_most("  wrong or failed", 0, failed(wanted), digits=0, note=f" ({statuses(wanted)})")


def mixed(stack: Stack, verdict: Verdict, console: Console, minutes: float) -> None:
    """Reports beside ingest, folding and detection; in the end every request is counted, once."""
    filling, over = Filling(stack, math.ceil(60 * minutes / EVERY_SECONDS)), threading.Event()

    def fill() -> None:
        while not over.wait(EVERY_SECONDS) and filling.put():
            pass

    filling.put()
    asked = questions(filling.counts, totals=False)  # which still grow
    filler = threading.Thread(target=fill, daemon=True)
    filler.start()
    try:
        seen = ask(stack, asked, MIXED_RATE, 60 * minutes)
    finally:
        over.set()
        filler.join()
    filling.finish()
    console.print(f"{len(filling.keys)} logs are ingested and folded", style="dim")
    verdict.info(
        f"{minutes:g} minutes: logs, requests in them", f"{len(filling.keys):,}, {filling.counts['api'].total():,}"
    )
    verdict.info(f"  {MIXED_RATE} reports a second beside: p50, p99, ms", quantiles(seen))
    verdict.at_most("  failed", 0, failed(seen), digits=0, note=f" ({statuses(seen)})")
    top = {
        name: Counter(dict(counts.most_common(CHECKED))) for name, counts in filling.counts.items() if name != "cookie"
    }
    wrong, number = _wrong(stack, top), sum(map(len, top.values()))
    verdict.at_most("  totals in the end that differ from a plain count", 0, wrong, digits=0, note=f" of {number}")


def _wrong(stack: Stack, counts: Counts) -> int:
    """How many reports count something else than a plain count."""
    asked = questions(counts)
    each = [(target, total) for name in counts for target, total in asked[name]]

    def told(target: str) -> int:
        with urlopen(Request(stack.url + target, headers=stack.admin.headers), timeout=60) as answer:
            return total_of(json.load(answer))

    with ThreadPoolExecutor(4) as pool:
        return sum(pool.map(lambda one: told(one[0]) != one[1], each))


def main(
    seconds: Annotated[float, typer.Option(min=0, help="Of each part of the steady load; 0 leaves it out.")] = 30,
    mixed_minutes: Annotated[float, typer.Option(min=0, help="Of ingest and reports together; 0 leaves it out.")] = 1,
    environments: Annotated[int, typer.Option(min=1, help="Of each report function, at most.")] = 2,
    storage: Annotated[StorageName, typer.Option("--s3", help="The S3 server of the stack.")] = StorageName.SEAWEEDFS,
    strict: Annotated[bool, typer.Option(help="Exit 1 where a bound is missed.")] = False,
) -> None:
    """Reports under load, and beside ingest."""
    console = Console(width=None if sys.stdout.isatty() else 130)
    verdict = Verdict(
        f"Reports under load: {CONNECTIONS} connections, {environments} environments of each report function"
    )
    options = Options(runtime="rie", storage=storage.value, environments=environments, environment=ANY_TIME)
    try:
        if seconds:
            with local_stack(options) as stack:
                steady(stack, verdict, console, seconds)
        if mixed_minutes:
            with local_stack(options) as stack:
                mixed(stack, verdict, console, mixed_minutes)
    except (EmulatorMissing, SeaweedMissing) as error:
        verdict.not_run("reports under load", "", str(error))
    verdict.show(console)
    raise typer.Exit(1 if strict and verdict.missed else 0)


if __name__ == "__main__":
    typer.run(main)
