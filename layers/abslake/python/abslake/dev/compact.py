"""``abslake compact``: everything that is due, folded on this machine by the code of the compact function."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from time import perf_counter

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from abslake.dev.console import console
from abslake.dev.lakes import opened
from abslake.dev.side_by_side import side_by_side
from abslake.index import compaction, names
from abslake.index.attempts import LIFETIME
from abslake.index.compaction import Result, Work
from abslake.index.folding import PACE, Pace
from abslake.index.tasks import Task
from abslake.settings import Settings
from abslake.storage import Lake

AT_ONCE = Pace(settle_delay=timedelta(0), resettle_after=timedelta(0))
"""A day or month that is over is closed, without a wait for what is late."""

_IDLE_ROUNDS = 3
"""Rounds in which everything was lost to others or failed, after which to give up."""


@dataclass
class Summary:
    """What was done, and what was not."""

    works: list[Work] = field(default_factory=list)
    failures: dict[Task, str] = field(default_factory=dict)
    """The last error of a task that did not succeed since."""
    left: list[Task] = field(default_factory=list)
    """What is due still."""
    swept: int = 0
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether nothing is left to do."""
        return not self.failures and not self.left


def compact(lake: Lake, settings: Settings, jobs: int, *, until_settled: bool) -> Summary:
    """Run what is due until nothing is; with a progress bar on standard error.

    Raises StorageError where the root cannot be read or made.
    """
    pace = AT_ONCE if until_settled else PACE
    summary, idle, started = Summary(), 0, perf_counter()
    with _bars() as bars:
        while idle < _IDLE_ROUNDS:
            with bars.status():
                tended = compaction.tend(lake, pace=pace)
            summary.left = [task for task in tended.due if not _hopeless(summary, task)]
            if not summary.left:
                break
            before = len(summary.works)
            _round(lake, settings, pace, jobs, summary, bars)
            idle = 0 if any(work.result is Result.DONE for work in summary.works[before:]) else idle + 1
        summary.swept = compaction.sweep(lake)
    summary.seconds = perf_counter() - started
    return summary


def _round(lake: Lake, settings: Settings, pace: Pace, jobs: int, summary: Summary, bars: "_Bars") -> None:
    """All that is due, once. Days first: the months are made of them."""
    days = [task for task in summary.left if names.is_day(task.period)]
    for tasks in (days, [task for task in summary.left if task not in set(days)]):
        bars.expect(len(tasks))
        for task, done in side_by_side(jobs, partial(_perform, lake if jobs == 1 else lake.url, settings, pace), tasks):
            bars.advance(f"{task.kind} {task.period}")
            if isinstance(done, Work):
                summary.failures.pop(task, None)
                summary.works.append(done)
            else:
                summary.failures[task] = str(done)


def _hopeless(summary: Summary, task: Task) -> bool:
    return any(work.task == task and work.result is Result.TOO_LARGE for work in summary.works)


def _perform(lake: Lake | str, settings: Settings, pace: Pace, task: Task) -> Work:
    there = opened(lake) if isinstance(lake, str) else lake
    return compaction.perform(there, settings, task, LIFETIME.total_seconds(), pace=pace)


def show(summary: Summary) -> None:
    """What it did, in numbers, and what failed."""
    done = [work for work in summary.works if work.result is Result.DONE]
    if not summary.works and summary.ok:
        console.print("nothing is due")
    else:
        table = Table(title="Folded into the index", title_justify="left")
        table.add_column("kind")
        for name in ("tasks", "units", "requests", "rows written", "objects", "bytes", "seconds"):
            table.add_column(name, justify="right")
        for kind in names.KINDS:
            table.add_row(kind, *_numbers([work for work in done if work.task.kind == kind]))
        table.add_section()
        table.add_row("all", *_numbers(done))
        console.print(table)
        console.print(f"{summary.seconds:,.1f} s in all; {summary.swept:,} objects swept", markup=False)
    for result, count in Counter(work.result for work in summary.works if work.result is not Result.DONE).items():
        console.print(f"{count:,} tasks: {result}", markup=False)
    for task, fault in summary.failures.items():
        console.print(f"[bold red]failed:[/] {task.kind} {task.period}:", end=" ")
        console.print(fault, markup=False)
    if summary.left and not summary.failures:
        console.print(f"[bold yellow]left:[/] {len(summary.left):,} tasks that others are doing; run it again")


def _numbers(works: list[Work]) -> Iterator[str]:
    yield f"{len(works):,}"
    for name in ("units", "requests", "rows", "objects", "bytes"):
        yield f"{sum(getattr(work, name) for work in works):,}"
    yield f"{sum(work.seconds for work in works):,.1f}"


class _Bars:
    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("looking for what is due", total=None)
        self._total = 0

    @contextmanager
    def status(self) -> Iterator[None]:
        self._progress.update(self._task, description="looking for what is due")
        yield

    def expect(self, more: int) -> None:
        self._total += more
        self._progress.update(self._task, total=self._total)

    def advance(self, what: str) -> None:
        self._progress.update(self._task, description=what, advance=1)


@contextmanager
def _bars() -> Iterator[_Bars]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        yield _Bars(progress)
