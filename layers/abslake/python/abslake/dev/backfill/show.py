"""How a backfill is shown: a bar on a terminal, a line now and then elsewhere, a table at the end. All on standard error."""

import time
from collections.abc import Callable, Mapping

from rich.filesize import decimal
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from abslake.dev.backfill.run import Plan, Summary
from abslake.dev.backfill.state import State
from abslake.dev.console import console

_SECONDS_A_LINE = 10.0
_MOST_SHOWN = 20


class Shown:
    """Shows how listing goes on, or how what was `planned` does; a context manager, and a `Watcher`."""

    def __init__(self, planned: Plan | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._begun = self._last = clock()
        self._objects, self._bytes = (len(planned.objects), planned.bytes) if planned else (0, 0)
        self._stopping = False
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[rates]}"),
            TimeRemainingColumn(),
        )
        self._bars = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self._bars.add_task("backfill" if planned else "listing", total=self._bytes or None, rates="")

    def __enter__(self) -> "Shown":
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def listed(self, objects: int) -> None:
        """See `Watcher`."""
        if console.is_terminal:
            if objects % 100 == 0:
                self._bars.update(self._task, rates=f"{objects:,} objects")
        elif self._is_time():
            console.print(f"listed {objects:,} objects")

    def advanced(self, summary: Summary, done: int, read: int, waits_for: str) -> None:
        """See `Watcher`."""
        if not console.is_terminal and not self._is_time():
            return
        seconds = max(self._clock() - self._begun, 1e-3)
        text = f"{done:,} of {self._objects:,} objects, {decimal(read)} of {decimal(self._bytes)}, "
        text += f"{decimal(int(read / seconds))}/s"
        if summary.counts.requests:
            text += f", {summary.counts.requests / seconds:,.0f} requests/s"
        if waits_for:
            text += f", waiting: {waits_for}"
        if console.is_terminal:
            self._bars.update(self._task, completed=read, rates=text)
        elif read:
            console.print(
                f"{text}, {duration((self._bytes - read) * seconds / read)} left", markup=False, soft_wrap=True
            )
        else:
            console.print(text, markup=False, soft_wrap=True)

    def stopping(self, reason: str) -> None:
        """See `Watcher`."""
        if not self._stopping:
            self._stopping = True
            console.print(f"{reason}: finishing the objects under way; Ctrl-C abandons them", markup=False)

    def _is_time(self) -> bool:
        now = self._clock()
        if now - self._last < _SECONDS_A_LINE:
            return False
        self._last = now
        return True


def show_plan(planned: Plan, state: State, *, queue: bool) -> None:
    """What is to be done, and what is left out."""
    verb = "hand to the queue" if queue else "read"
    console.print(f"to {verb}: {len(planned.objects):,} objects, {decimal(planned.bytes)}", markup=False)
    if planned.done_before:
        console.print(f"done before: {planned.done_before:,} (as {state.path} says)", markup=False, soft_wrap=True)
    if planned.refused_before:
        console.print(f"refused before: {len(planned.refused_before):,} (--retry-refused tries them again)")
    if planned.left_out:
        parts = ", ".join(f"{count:,} {reason}" for reason, count in planned.left_out.most_common())
        console.print(f"left out: {parts}", markup=False)
    if planned.archived:
        console.print(
            f"[bold yellow]warning:[/] {planned.archived:,} objects lie in an archive storage class; what was not restored "
            "will be refused"
        )
    if planned.too_old:
        console.print(
            f"[bold yellow]warning:[/] {planned.too_old:,} objects were uploaded long after the time in their key, as copies "
            "are; events that are too old for the window around the upload are quarantined"
        )
        if queue:
            console.print("  The setting ABSLAKE_EVENT_TIME_PAST_DAYS of the ingest function decides how old that is.")


def show_dry_run(planned: Plan) -> None:
    """First and last object, and what reading them asks of S3."""
    if planned.objects:
        console.print(f"first: {printable(planned.objects[0].key)}", markup=False, soft_wrap=True)
        console.print(f"last:  {printable(planned.objects[-1].key)}", markup=False, soft_wrap=True)
        console.print(
            f"In S3 that is a GET request for each, and a few PUT requests to the lake for each hour in it; bytes that leave "
            f"the bucket's region are charged as transfer ({decimal(planned.bytes)})",
            markup=False,
        )
    console.print("nothing was read or written (--dry-run)")


def show(summary: Summary, planned: Plan, state: State, *, queue: bool) -> None:
    """The table, the reasons, and the objects that are not in the lake."""
    if queue:
        console.print(f"handed to the queue: {summary.sent:,} objects in {duration(summary.seconds)}")
    elif summary.counts.objects:
        _show_table(summary, state)
    for reason, count in summary.reasons.most_common():
        console.print(f"{count:,} quarantined: {reason}", markup=False, soft_wrap=True)
        if "outside the window" in reason:
            console.print(
                "  To take these events too: abslake rebuild their days with --any-time, see docs/backfill.md"
            )
    _list("remark", summary.remarks, "yellow")
    _list("refused", summary.refused, "bold red")
    if refused := planned.refused_before:
        _list("refused before", refused, "bold red")
    _list("failed", summary.failed, "bold red")
    if summary.stopped:
        console.print(f"[bold yellow]stopped:[/] {summary.stopped}; {summary.left:,} objects are left")
    if summary.refused or refused:
        console.print("Refused objects are passed over from now on; --retry-refused tries them again.")
    if summary.failed or summary.left:
        console.print("The same command again goes on where this one ended.")


def _show_table(summary: Summary, state: State) -> None:
    now, before = summary.counts, state.counts
    table = Table(title="Backfill", title_justify="left")
    for name in ("", "this run", "all runs"):
        table.add_column(name, justify="right" if name else "left")
    for name in ("objects", "bytes", "lines", "good", "quarantined", "blank", "requests"):
        values = (getattr(now, name), getattr(before, name))
        table.add_row(name, *(decimal(value) if name == "bytes" else f"{value:,}" for value in values))
    seconds = max(summary.seconds, 1e-3)
    table.add_section()
    table.add_row("time", duration(summary.seconds), "")
    table.add_row("bytes/s", decimal(int(now.bytes / seconds)), "")
    table.add_row("requests/s", f"{now.requests / seconds:,.0f}", "")
    console.print(table)


def _list(word: str, reasons: Mapping[str, str], style: str) -> None:
    """The keys, below each reason."""
    keys: dict[str, list[str]] = {}
    for key, reason in reasons.items():
        keys.setdefault(reason, []).append(key)
    for reason, several in keys.items():
        console.print(f"[{style}]{word}:[/]", end=" ")
        console.print(
            f"{len(several):,} {'object' if len(several) == 1 else 'objects'}: {reason}", markup=False, soft_wrap=True
        )
        for key in several[:_MOST_SHOWN]:
            console.print(f"  {printable(key)}", markup=False, soft_wrap=True)
        if len(several) > _MOST_SHOWN:
            console.print(f"  … and {len(several) - _MOST_SHOWN:,} more")


def printable(key: str) -> str:
    """A key as it can be shown: control characters of it must not reach a terminal."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in key)


def duration(seconds: float) -> str:
    """Such as ``3 h 20 min``, ``45 s``."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours:,} h {minutes} min" if hours else f"{minutes} min"
