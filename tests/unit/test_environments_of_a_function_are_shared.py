"""Calls at the same time get an environment each, up to the most there may be; then they wait, and none is lost."""

import contextlib
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import pytest

from abslake.dev.emulator import EmulatedFunction, EmulatorMissing
from abslake.dev.environments import Environments
from abslake.dev.functions import FunctionFailed


class Fake:
    """An environment that holds each call until it is let go, and fails where it is called while it is busy."""

    def __init__(self, number: int, fakes: "Fakes") -> None:
        self.number, self._fakes, self._busy = number, fakes, threading.Lock()

    def invoke(self, event: Mapping[str, Any]) -> int:
        assert self._busy.acquire(blocking=False), "two calls at once"
        try:
            if event.get("fail"):
                raise FunctionFailed("told to")
            self._fakes.called.set()
            assert self._fakes.let_go.wait(10)
            return self.number
        finally:
            self._busy.release()


class Fakes:
    """Starts fakes; `running` is how many are."""

    def __init__(self) -> None:
        self.let_go, self.called = threading.Event(), threading.Event()
        self.running, self.started, self.broken = 0, 0, False

    @contextlib.contextmanager
    def start(self) -> Iterator[EmulatedFunction]:
        if self.broken:
            raise EmulatorMissing("told to")
        self.started += 1
        self.running += 1
        yield cast("EmulatedFunction", Fake(self.started, self))
        self.running -= 1


def test_calls_one_after_the_other_share_one_environment() -> None:
    fakes = Fakes()
    fakes.let_go.set()
    with Environments(fakes.start, 3) as environments:
        assert [environments.invoke({}) for _ in range(5)] == [1] * 5
    assert (fakes.started, fakes.running) == (1, 0)


def test_calls_at_once_have_one_each_and_the_rest_wait() -> None:
    fakes = Fakes()
    with Environments(fakes.start, 3) as environments, ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(environments.invoke, {}) for _ in range(8)]
        threading.Timer(0.1, fakes.let_go.set).start()
        answers = [call.result(10) for call in calls]
    assert len(answers) == 8
    assert set(answers) == {1, 2, 3}
    assert (fakes.started, fakes.running) == (3, 0)


def test_one_that_failed_is_called_again() -> None:
    fakes = Fakes()
    fakes.let_go.set()
    with Environments(fakes.start, 1) as environments:
        with pytest.raises(FunctionFailed, match="told to"):
            environments.invoke({"fail": True})
        assert environments.invoke({}) == 1


def test_one_that_does_not_start_leaves_its_place_to_the_next() -> None:
    fakes = Fakes()
    with Environments(fakes.start, 2) as environments, ThreadPoolExecutor(1) as pool:
        first = pool.submit(environments.invoke, {})
        assert fakes.called.wait(10)
        fakes.broken = True
        with pytest.raises(EmulatorMissing):
            environments.invoke({})
        fakes.broken = False
        fakes.let_go.set()
        assert (first.result(10), environments.invoke({})) == (1, 1)
    assert fakes.running == 0
