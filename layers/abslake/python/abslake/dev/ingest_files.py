"""``abslake ingest``: log files of this machine into a lake, by the code of the ingest function."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn
from rich.table import Table

from abslake.dev.console import console
from abslake.errors import AbslakeError
from abslake.facts.ingest import LogObject, Receipt, ingest
from abslake.facts.landing import forced_format
from abslake.formats import Format
from abslake.records.definitions import Definitions
from abslake.settings import Settings
from abslake.storage import Lake

_WINDOW = "outside the window"


@dataclass
class Outcome:
    """What became of the files: receipts by file, and what was wrong with the others."""

    receipts: dict[Path, Receipt] = field(default_factory=dict)
    unreadable: dict[Path, str] = field(default_factory=dict)

    @property
    def hopeless(self) -> list[Path]:
        """Files that have lines, not one of them good, and not for their age alone."""
        return [
            file for file, r in self.receipts.items() if not r.good and any(_WINDOW not in why for why in r.reasons)
        ]


def ingest_files(
    files: Sequence[Path],
    lake: Lake,
    definitions: Definitions,
    settings: Settings,
    format_name: str | None,
    known: Mapping[str, Format] | None = None,
) -> Outcome:
    """Ingest each file, with a progress bar by bytes on standard error; a bad file does not stop the others."""
    outcome = Outcome()
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        task = bars.add_task("ingest", total=sum(file.stat().st_size for file in files))
        done = 0
        for file in files:
            bars.update(task, description=file.name)
            try:
                advance = _Advance(bars, task, done)
                log = LogObject.from_file(file)
                wanted = format_name or forced_format(settings, file.name)
                outcome.receipts[file] = ingest(log, lake, definitions, settings, wanted, advance, known)
            except AbslakeError as error:
                outcome.unreadable[file] = str(error)
            except OSError as error:
                outcome.unreadable[file] = error.strerror or type(error).__name__
            done += file.stat().st_size
            bars.update(task, completed=done)
    return outcome


class _Advance:
    """Moves the bar: what was read before, and the bytes of this file."""

    def __init__(self, bars: Progress, task: TaskID, before: int) -> None:
        self._bars, self._task, self._before = bars, task, before

    def __call__(self, read: int) -> None:
        self._bars.update(self._task, completed=self._before + read)


def show(outcome: Outcome) -> None:
    """The summary table, the reasons of quarantine, and the files that could not be read."""
    table = Table(title="Ingested", title_justify="left")
    table.add_column("file", overflow="fold")
    table.add_column("format")
    for name in ("lines", "good", "quarantined", "blank", "requests", "units"):
        table.add_column(name, justify="right")
    for file, r in outcome.receipts.items():
        counts = (r.lines_read, r.good, r.quarantined, r.blank, r.requests, len(r.units))
        kind = f"{r.format} in {r.envelope}" if r.envelope else r.format
        table.add_row(file.name, kind, *(f"{count:,}" for count in counts))
    receipts = outcome.receipts.values()
    if len(outcome.receipts) > 1:
        sums = [
            sum(getattr(r, name) for r in receipts)
            for name in ("lines_read", "good", "quarantined", "blank", "requests")
        ]
        table.add_section()
        table.add_row("all", "", *(f"{n:,}" for n in [*sums, sum(len(r.units) for r in receipts)]))
    if outcome.receipts:
        console.print(table)
    for file, receipt in outcome.receipts.items():
        for reason, count in receipt.reasons.items():
            console.print(f"{file.name}: {count:,} quarantined: {reason}", markup=False)
            if _WINDOW in reason:
                console.print("  To take events of any age, as for old logs: --any-time")
        for remark in receipt.remarks:
            console.print(f"{file.name}: {remark}", markup=False)
    _show_failures(outcome)


def _show_failures(outcome: Outcome) -> None:
    for file in outcome.hopeless:
        console.print("[bold red]not one good line:[/]", end=" ")
        console.print(f"{file.name}; abslake formats sniff shows what it looks like", markup=False)
    for file, fault in outcome.unreadable.items():
        console.print(f"[bold red]unreadable:[/] {file.name}:", end=" ")
        console.print(fault, markup=False)
