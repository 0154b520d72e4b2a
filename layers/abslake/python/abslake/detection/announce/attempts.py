"""Attempts at a delivery: each waits longer than the last, a random while, and none goes over the time of the run."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

MOST = 4
"""Attempts in one run. What fails them all is new in the next run again."""

_FIRST_SECONDS, _MOST_SECONDS = 0.5, 20.0


@dataclass(slots=True)
class Attempts:
    """The time that a run has for its deliveries, and how it waits. `until`: by `clock`."""

    until: float
    sleep: Callable[[float], object] = field(default=time.sleep, repr=False)
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)

    @classmethod
    def within(cls, seconds: float) -> "Attempts":
        """Attempts that end `seconds` from now."""
        return cls(time.monotonic() + seconds)

    def left(self) -> float:
        """Seconds left, 0 where the time is over."""
        return max(0.0, self.until - self.clock())

    def again(self, attempt: int, at_least: float = 0.0) -> bool:
        """Wait after the failed `attempt` (1, 2, …). False: there is to be no other, for number or for time.

        `at_least`: seconds that the receiver asked for.
        """
        if attempt >= MOST:
            return False
        seconds = random.uniform(0.5, 1) * min(_MOST_SECONDS, _FIRST_SECONDS * 2 ** (attempt - 1))  # noqa: S311
        seconds = max(seconds, at_least)
        if seconds >= self.left():
            return False
        self.sleep(seconds)
        return True
