"""An attempt to change the index: its generation, and the time it may take.

What nobody names is swept once it is older than `GRACE`. So that nothing is swept that will still be named, an attempt
that is older than `LIFETIME` names nothing any more. Both go by the clock of the day, since the store dates objects by
it; what lies between them is left for clocks that differ and for a write that is under way.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from abslake.index import names

LIFETIME = timedelta(minutes=15)
"""As long as a Lambda function can run."""

GRACE = timedelta(hours=1)

Clock = Callable[[], datetime]
"""The time now, UTC."""


def utc_now() -> datetime:
    """The clock of the day."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at one change of the root."""

    generation: str
    started: datetime
    clock: Clock = utc_now

    @classmethod
    def begin(cls, clock: Clock = utc_now) -> "Attempt":
        """An attempt that begins now; to be taken before the first object is written."""
        now = clock()
        return cls(names.new_generation(now), now, clock)

    def alive(self) -> bool:
        """Whether it may still swap the root."""
        return self.clock() - self.started < LIFETIME
