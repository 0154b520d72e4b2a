"""A progress bar on standard error, as the work behind a command reports to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from abslake.dev.console import console

if TYPE_CHECKING:
    from abslake.upkeep.exchange import Progress


@contextmanager
def bar() -> "Iterator[Progress]":
    """Inside the ``with``; it goes away behind it."""
    from rich.progress import Progress as Bars

    with Bars(console=console, transient=True) as bars:
        task = bars.add_task("")

        def progress(step: str, done: int, total: int) -> None:
            bars.update(task, description=step.replace("[", "\\["), completed=done, total=total)

        yield progress
