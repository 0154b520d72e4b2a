"""Several execution environments of one function under the emulator, as Lambda has for calls at the same time.

An environment is started when all others are busy, and that which was used last is used first. Where as many as are
allowed are busy, calls wait; Lambda would turn them away with a throttling error.
"""

import contextlib
import threading
from collections.abc import Callable, Mapping
from typing import Any

from abslake.dev.emulator import EmulatedFunction

Start = Callable[[], contextlib.AbstractContextManager[EmulatedFunction]]


class Environments:
    """At most `most` environments of a function; a context manager. `start` makes one more."""

    def __init__(self, start: Start, most: int) -> None:
        self._start, self._most = start, most
        self._free: list[EmulatedFunction] = []
        self._started = 0
        self._changed = threading.Condition()

    def __enter__(self) -> "Environments":
        self._running = contextlib.ExitStack()
        self._started = 1
        self._free.append(self._running.enter_context(self._start()))
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def invoke(self, event: Mapping[str, Any]) -> Any:
        """The result, of an environment that is free. Raises FunctionFailed, FunctionTimedOut, EmulatorMissing."""
        function = self._take() or self._another()
        try:
            return function.invoke(event)
        finally:
            with self._changed:
                self._free.append(function)
                self._changed.notify()

    def _take(self) -> EmulatedFunction | None:
        """One that is free, waited for where there may be no more; None: one more may be started, and is counted."""
        with self._changed:
            self._changed.wait_for(lambda: self._free or self._started < self._most)
            if self._free:
                return self._free.pop()
            self._started += 1
            return None

    def _another(self) -> EmulatedFunction:
        try:
            return self._running.enter_context(self._start())
        except BaseException:
            with self._changed:
                self._started -= 1
                self._changed.notify()
            raise
