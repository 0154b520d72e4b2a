"""Threads that run one at a time, in an order drawn from a seed: every call of the store hands the turn on."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

_THREADS = ThreadPoolExecutor(64, thread_name_prefix="actor")
_MOST_STEPS = 30_000
_JUMPS = (timedelta(minutes=6), timedelta(minutes=25), timedelta(minutes=70), timedelta(hours=3))


class Violation(AssertionError):
    """The protocol broke a promise."""


class Crash(BaseException):
    """An actor dies here. No Exception, so that no handler of the code under test swallows it."""


class _Stopped(BaseException):
    """The schedule is over because another actor failed."""


@dataclass(eq=False)
class _Actor:
    work: Callable[[], None]
    priority: float
    turn: threading.Lock = field(default_factory=threading.Lock)
    done: bool = False


class Scheduler:
    """A virtual clock, and actors that take turns.

    Three ways to choose who is next, one for each schedule: anybody; mostly the same again; the one of highest priority,
    with priorities that fall at random moments, so that some actors stand still for very long (as in probabilistic
    concurrency testing).
    """

    def __init__(self, dice: Random, now: datetime, jump_rate: float) -> None:
        self.now = now
        self.steps = 0
        self._dice = dice
        self._jump_rate = jump_rate
        self._style = dice.choice(("anybody", "same", "priority", "priority"))
        self._actors: list[_Actor] = []
        self._current: _Actor | None = None
        self._failure: BaseException | None = None
        self._over = threading.Lock()

    def clock(self) -> datetime:
        """The virtual time."""
        return self.now

    def run(self, lives: Sequence[Callable[[], None]]) -> None:
        """Run all to their end. Raises what the first of them raised, other than Crash."""
        self._actors = [_Actor(life, self._dice.random()) for life in lives]
        self._over.acquire()
        for actor in self._actors:
            actor.turn.acquire()
        futures = [_THREADS.submit(self._live, actor) for actor in self._actors]
        self._hand_on()
        self._over.acquire()
        for future in futures:
            future.result()
        self._actors, self._current = [], None
        if self._failure:
            raise self._failure

    def pause(self) -> None:
        """A moment in which others may act, and time passes."""
        self._tick()
        me = self._current
        if me is None:
            return
        self.steps += 1
        if self.steps > _MOST_STEPS:
            raise Violation("no end: the actors keep each other busy")
        chosen = self._chosen(me)
        if chosen is not me:
            self._current = chosen
            chosen.turn.release()
            me.turn.acquire()
        if self._failure:
            raise _Stopped

    def _tick(self) -> None:
        self.now += timedelta(seconds=self._dice.random() * 4)
        if self._current and self._dice.random() < self._jump_rate:
            self.now += self._dice.choice(_JUMPS)

    def _chosen(self, me: _Actor | None) -> _Actor:
        dice, alive = self._dice, [actor for actor in self._actors if not actor.done]
        if self._style == "priority":
            if me and dice.random() < 0.04:
                me.priority = min(actor.priority for actor in alive) - dice.random()
            return max(alive, key=lambda actor: actor.priority)
        if me and not me.done and self._style == "same" and dice.random() < 0.85:
            return me
        return alive[int(dice.random() * len(alive))]

    def _live(self, actor: _Actor) -> None:
        actor.turn.acquire()
        try:
            if not self._failure:
                actor.work()
        except (Crash, _Stopped):
            pass
        except BaseException as error:  # noqa: BLE001 - handed to whoever called run
            self._failure = self._failure or error
        finally:
            actor.done = True
            self._hand_on()

    def _hand_on(self) -> None:
        if all(actor.done for actor in self._actors):
            self._current = None
            self._over.release()
            return
        self._current = self._chosen(None)
        self._current.turn.release()


class Pool:
    """Stands for a pool of threads: what is handed in runs in this thread, in an order drawn from the seed."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice

    def __enter__(self) -> "Pool":
        return self

    def __exit__(self, *_: object) -> None:
        return

    def submit(self, work: Callable[..., Any], *arguments: Any) -> "_Later":
        """Run it now or when its result is asked for."""
        later = _Later(lambda: work(*arguments))
        if self._dice.random() < 0.5:
            later.run()
        return later

    def map(self, work: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        """Results in the order of the items."""
        items = list(items)
        order = list(range(len(items)))
        self._dice.shuffle(order)
        results = {place: work(items[place]) for place in order}
        return [results[place] for place in range(len(items))]


class _Later:
    def __init__(self, work: Callable[[], Any]) -> None:
        self._work = work
        self._ran = False
        self._value: Any = None
        self._error: Exception | None = None

    def run(self) -> None:
        self._ran = True
        try:
            self._value = self._work()
        except Exception as error:  # noqa: BLE001 - raised by result
            self._error = error

    def result(self) -> Any:
        if not self._ran:
            self.run()
        if self._error:
            raise self._error
        return self._value
