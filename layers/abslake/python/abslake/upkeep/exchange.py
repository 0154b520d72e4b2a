"""Units for units: write what shall stand in, swap the root once, begin again where somebody else was faster."""

from collections.abc import Callable, Mapping
from typing import Protocol

from abslake.errors import UpkeepRefused, WriteRefused
from abslake.index import replacing, root
from abslake.index.attempts import Attempt, Clock, utc_now
from abslake.index.folding import Builder
from abslake.index.replacing import Replaced, Replacement
from abslake.index.root import Root
from abslake.storage import Lake

_ATTEMPTS = 8

Decide = Callable[[Attempt, Root], Mapping[str, Replacement]]
"""Writes new units, named with the attempt's generation, and says by day what they stand for."""


class TookTooLong(UpkeepRefused):
    """The attempt grew older than one may: fewer days at a time."""


class Progress(Protocol):
    """Is told how far a step is."""

    def __call__(self, step: str, done: int, total: int) -> None:
        """`step` is a word or two for people; `done` of `total` units of its work are finished."""
        ...


def silent(step: str, done: int, total: int) -> None:
    """Nobody watches."""


def exchange(lake: Lake, builder: Builder, decide: Decide, clock: Clock = utc_now) -> Replaced:
    """Swap what `decide` says. What is left over is for the caller to delete.

    Raises TookTooLong, UpkeepRefused (others change the same days all the time): nothing has changed then.
    Raises WriteStateUnknown, StorageError: it has changed or not, wholly; to do it again is safe.
    """
    for _ in range(_ATTEMPTS):
        attempt = Attempt.begin(clock)
        days: Mapping[str, Replacement] = {}
        try:
            before = root.load(lake).root
            days = decide(attempt, before)
            return replacing.replace_units(lake, builder, before, days, attempt) if days else Replaced()
        except (WriteRefused, FileNotFoundError):  # both before anything counts
            lake.delete([unit for day in days.values() for unit in day.new])
            if not attempt.alive():
                raise TookTooLong("the exchange took longer than it may, and nothing has changed") from None
    raise UpkeepRefused("others change the same days all the time, and nothing has changed: try again later")
