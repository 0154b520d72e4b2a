"""What becomes of one object of a backfill, and how a backfill is asked to stop."""

import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import FrameType
from typing import Protocol

from abslake.dev.backfill.places import Listed
from abslake.dev.backfill.state import Counts


@dataclass(frozen=True, slots=True)
class Done:
    """It was read into the lake; `reasons` are of its quarantined lines, `remarks` of the whole object."""

    counts: Counts
    reasons: Mapping[str, int] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """The queue has taken it."""


@dataclass(frozen=True, slots=True)
class Refused:
    """It cannot be read as a log; to try again is of no use until something is changed."""

    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A store, the queue or the process failed; the next run tries it again."""

    reason: str


Outcome = Done | Sent | Refused | Failed


class Feeder(Protocol):
    """Feeds objects to ingest."""

    def feed(self, objects: Iterator[Listed]) -> Iterator[tuple[Listed, Outcome] | None]:
        """Each object with what became of it, as they are done; None now and then, so that progress can be shown.

        Takes no more objects once a stop is asked for, and ends when those under way are done.
        """
        ...

    def bytes_read(self) -> int:
        """Bytes so far, those of objects under way included."""
        ...

    def waits_for(self) -> str:
        """What it waits for before it takes more objects; nothing: it is at work."""
        ...


INTERRUPTION = "interrupted"


class Stop:
    """Ctrl-C or SIGTERM asks to finish what is under way; the second one raises KeyboardInterrupt. A context manager."""

    def __init__(self) -> None:
        self.reason = ""
        self._before: dict[int, object] = {}

    def __bool__(self) -> bool:
        return bool(self.reason)

    def request(self, reason: str) -> None:
        """Take no more objects."""
        self.reason = self.reason or reason

    def __enter__(self) -> "Stop":
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._heard)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _heard(self, _number: int, _frame: FrameType | None) -> None:
        if self.reason:
            raise KeyboardInterrupt
        self.request(INTERRUPTION)
