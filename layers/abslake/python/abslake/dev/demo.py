"""``abslake demo``: sample logs in, the documented reports out, each number checked."""

import contextlib
import json
import os
import shlex
import shutil
import signal
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from abslake.dev import index_status, ledger, samples
from abslake.dev.console import Exit, console, out
from abslake.dev.functions import FunctionFailed
from abslake.dev.samples import SAMPLES, Sample
from abslake.dev.stack import Keys, Options, Stack, local_stack, project_folder

PORT = 8080
"""The port of ``abslake dev`` that the printed commands use."""

ANY_TIME = {"ABSLAKE_EVENT_TIME_PAST_DAYS": "", "ABSLAKE_EVENT_TIME_FUTURE_MINUTES": ""}
"""The samples are of 2015 to 2029: events of any age are taken."""

_TOP = 5
_COUNTS = ("lines_read", "good", "quarantined", "blank", "requests", "units")


def run(options: Options, output: Path, *, keep: bool, timeout: int) -> Exit:
    """The whole demo; FAILED when the ingest did not end or a number is not as documented."""
    examples = project_folder() / "examples"
    output.mkdir(parents=True, exist_ok=True)
    failed = True
    with (output / "functions.log").open("w") as log:
        options = replace(options, log=log, environment={**ANY_TIME, **options.environment})
        with _interruptible() as interrupted:
            with console.status("starting the local stack"):
                running = contextlib.ExitStack()
                stack = running.enter_context(local_stack(options))
            with running:
                failed = _play(stack, examples, output, timeout)
                write_keys(output / "keys.curl", stack.admin)
                _farewell(stack, output, options, keep=keep)
                if keep:
                    interrupted.wait()
    return Exit.FAILED if failed else Exit.OK


def _play(stack: Stack, examples: Path, output: Path, timeout: int) -> bool:
    """Upload, wait, ask, show; True when something is not as it should be."""
    missing = ingest_samples(stack, examples, timeout)
    _show_ingest(stack)
    if missing:
        dead = stack.delivery.queue.dead()
        why = f"{dead} messages failed three times" if dead else f"not done within {timeout} s"
        console.print(
            f"[bold red]error:[/] {len(missing)} of {len(samples.logs(examples))} logs were not ingested: {why}"
        )
        for key in sorted(missing):
            console.print(f"  {key}", markup=False)
        console.print(f"  The functions' log says why: {output / 'functions.log'}. On a slow machine: --timeout 600.")
        return True
    if not _fold(stack, timeout):
        console.print(
            f"[bold red]error:[/] the index was not folded; the functions' log says why: {output}/functions.log"
        )
        return True
    wrong: dict[str, list[str]] = {}
    answers: dict[str, Any] = {}
    for sample in SAMPLES:
        status, body = fetch(stack, sample)
        if status != 200:
            wrong[sample.title] = [f"HTTP {status}"]
            continue
        (output / f"{sample.title}.json").write_text(samples.pretty(body))
        answers[sample.title] = json.loads(body)
        if differences := sample.wrong(answers[sample.title]):
            wrong[sample.title] = differences
    _show_reports(answers, wrong)
    _show_tops(answers)
    return bool(wrong)


def ingest_samples(stack: Stack, examples: Path, timeout: float) -> set[str]:
    """Upload everything and wait until the events have had it ingested; gives the keys that were not in time."""
    samples.upload_config(stack, examples)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    keys = samples.logs(examples)
    with Progress(*columns, console=console) as bars:
        uploads = bars.add_task("uploaded to the landing bucket", total=len(keys))
        ingests = bars.add_task("ingested by S3 events", total=len(keys))
        for _ in samples.upload_logs(stack, examples):
            bars.advance(uploads)
        return stack.wait_for(keys, timeout, lambda done: bars.update(ingests, completed=done))


def _fold(stack: Stack, timeout: float) -> bool:
    """Have everything folded into the index, as the schedule would within minutes; says what the index holds then."""
    with console.status("folding into the index") as status:
        try:
            due = stack.compaction.until_done(
                timeout, lambda done: status.update(f"folding into the index: {done} tasks done")
            )
        except FunctionFailed:
            return False
    found = index_status.status(stack.lake())
    days, months = (max((getattr(kind, name) for kind in found.kinds), default=0) for name in ("days", "months"))
    size = sum(kind.bytes for kind in found.kinds)
    out.print(f"Folded into the index: {days} days and {months} months by six kinds of identifier, {size:,} bytes")
    return due == 0


def fetch(stack: Stack, sample: Sample) -> tuple[int, bytes]:
    """One report over HTTP with the admin's keys: status and body."""
    request = urllib.request.Request(stack.url + sample.target, headers=stack.admin.headers)  # noqa: S310 - our own
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def _show_ingest(stack: Stack) -> None:
    """Lines and units by format, and why lines were quarantined."""
    found = ledger.accounts(stack.lake())
    table = Table(title="What was ingested", title_justify="left")
    table.add_column("format")
    for name in ("logs", *_COUNTS):
        table.add_column(name.removesuffix("_read"), justify="right")
    for kind in sorted({account.format for account in found}):
        those = [account for account in found if account.format == kind]
        counts = [len(those), *(sum(getattr(account, name) for account in those) for name in _COUNTS)]
        table.add_row(kind, *(f"{count:,}" for count in counts))
    out.print(table)
    for account in found:
        for reason, count in account.reasons.items():
            out.print(f"{account.key}: {count:,} quarantined: {reason}", markup=False)


def _show_reports(answers: dict[str, Any], wrong: dict[str, list[str]]) -> None:
    table = Table(title="The reports, asked over HTTP", title_justify="left")
    for name in ("report", "asked", "numbers", ""):
        table.add_column(name, overflow="fold")
    for sample in SAMPLES:
        got = answers.get(sample.title)
        numbers = [f"{path.rpartition('.')[2]} {samples.at(got, path)}" for path in sample.expected]
        asked = [f"{name}={value}" for name, value in sample.parameters.items()]
        verdict = "[red]wrong[/]" if sample.title in wrong else "[green]ok[/]"
        table.add_row(sample.title, "\n".join(asked), "\n".join(numbers), verdict)
    out.print(table)
    for title, differences in wrong.items():
        for difference in differences:
            console.print(f"[bold red]wrong:[/] {title}: {difference}")


def _show_tops(answers: dict[str, Any]) -> None:
    """The top of the lists of the two real logs."""
    for title in ("alb_metrics", "apache_metrics"):
        report = answers.get(title)
        if not report:
            continue
        entries = report["req_resp_details"]["no_session"]["request_details"]
        table = Table(title=f"{title}: most requested paths of {report['api_name']}", title_justify="left")
        table.add_column("requests", justify="right")
        table.add_column("path", overflow="fold")
        table.add_column("most active address")
        for entry in entries[:_TOP]:
            table.add_row(f"{entry['total_requests']:,}", entry["path"], entry["source_ip"][0]["ip"])
        out.print(table)


def _farewell(stack: Stack, output: Path, options: Options, *, keep: bool) -> None:
    out.print(f"JSON of the reports: [bold]{output}/[/]  (log of the functions: {output / 'functions.log'})")
    port = stack.port if keep else PORT
    if keep:
        out.print("The stack goes on running until Ctrl-C. In another terminal:")
    else:
        extra = "".join(f" {word}" for word in _flags(options))
        out.print("Keep a stack running with this data:")
        words = f"dev --demo-data --keys {shlex.quote(str(output / 'keys.curl'))}{extra}"
        out.print(f"  {program()} {words}", soft_wrap=True, markup=False)
        out.print("and ask it from another terminal:")
    for line in curl_lines(port, output / "keys.curl"):
        out.print(f"  {line}", soft_wrap=True, markup=False)


def program() -> str:
    """How to call this command again: by its name where that is found, else by its path."""
    called = Path(sys.argv[0])
    if called.name != "abslake" or not called.is_file() or shutil.which("abslake") == str(called.absolute()):
        return "abslake"
    return shlex.quote(os.path.relpath(called))


def _flags(options: Options) -> list[str]:
    words = []
    if options.runtime != "process":
        words.append(f"--runtime {options.runtime}")
    if options.storage != "moto":
        words.append(f"--s3 {options.storage}")
    return words


def curl_lines(port: int, keys: Path) -> list[str]:
    """One curl command for each of the six reports; the keys are in a file that curl reads."""
    address = f"http://127.0.0.1:{port}"
    return [shlex.join(["curl", "-s", "-K", str(keys), address + sample.target]) for sample in SAMPLES[:6]]


def write_keys(path: Path, keys: Keys) -> None:
    """The admin's keys as a curl configuration, readable by its owner only."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text("".join(f'header = "{name}: {value}"\n' for name, value in keys.headers.items()))


@contextlib.contextmanager
def _interruptible() -> Iterator[threading.Event]:
    """SIGTERM as Ctrl-C, and an event that either sets once `wait` is on."""
    stop = threading.Event()

    def terminate(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, terminate)
    try:
        yield stop
    except KeyboardInterrupt:
        console.print("stopped")
    finally:
        signal.signal(signal.SIGTERM, before)
