"""``abslake index rebuild``: the index of some days made again from the facts that count, day by day."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from abslake.dev.compact import AT_ONCE
from abslake.dev.console import console
from abslake.dev.lakes import opened
from abslake.dev.side_by_side import side_by_side
from abslake.errors import StorageError, WriteRefused, WriteStateUnknown
from abslake.facts import schema
from abslake.index import names, replacing, root
from abslake.index.attempts import Attempt
from abslake.index.build import Builder
from abslake.index.replacing import Replacement
from abslake.settings import Settings
from abslake.storage import Lake

_TRIES = 5


@dataclass
class Rebuilt:
    """Days whose index was made again, and why others were not."""

    days: list[str] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)


def begin(lake: Lake, *, after_loss: bool) -> None:
    """Make a new root where there is none. Raises StorageError where only the lost one said what counts."""
    try:
        replacing.initialise(lake, after_loss=after_loss)
    except WriteStateUnknown:
        raise
    except StorageError as error:
        if after_loss:
            raise
        raise StorageError(
            f"{error}, or bring back a version of {names.ROOT} and its objects; see --after-loss"
        ) from None


def rebuild(lake: Lake, settings: Settings, first: date | None, end: date | None, jobs: int) -> Rebuilt:
    """Make the index of the days from `first` to before `end` (None: all) again; their months are derived after.

    Each day is exchanged by one swap of the root: a report sees the old index of a day or the new one.
    Raises StorageError where the root or the facts cannot be read.
    """
    state = root.load(lake).root
    days = [day for day in _days(lake, first, end) if state.counts(day)]
    made = Rebuilt()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        bar = bars.add_task("index of days made again", total=len(days))
        for day, fault in side_by_side(jobs, partial(_rebuild, lake if jobs == 1 else lake.url, settings), days):
            bars.update(bar, description=day, advance=1)
            if isinstance(fault, StorageError):
                made.failures[day] = str(fault)
            else:
                made.days.append(day)
    return made


def _rebuild(lake: Lake | str, settings: Settings, day: str) -> None:
    there = opened(lake) if isinstance(lake, str) else lake
    builder = Builder(there, settings)
    try:
        for _ in range(_TRIES):
            try:
                attempt = Attempt.begin()
                replacing.replace_units(there, builder, root.load(there).root, {day: Replacement()}, attempt, AT_ONCE)
            except (FileNotFoundError, WriteRefused):
                continue  # somebody else has replaced units or segments of the day
            else:
                return
    finally:
        builder.pool.shutdown()
    raise StorageError(f"others changed {day} {_TRIES} times meanwhile: run it again")


def _days(lake: Lake, first: date | None, end: date | None) -> list[str]:
    """Days that have facts or an index, in order."""
    since, before = (f"{first}" if first else ""), (f"{end}" if end else "9999-12-32")
    state = root.load(lake).root
    indexed = {day for index in state.kinds.values() for day in index.days if since <= day < before}
    return sorted({*indexed, *_days_of_facts(lake, since, before)})


def _days_of_facts(lake: Lake, since: str, before: str) -> Iterator[str]:
    for entry in lake.list(schema.PREFIX, start_after=f"{schema.PREFIX}date={since}" if since else ""):
        day = names.day_of(entry.key)
        if since <= day < before:
            yield day
        elif day >= before and lake.folder is None:
            return
