"""A backfill by this machine: some processes, each of which reads one log object after the other by the code of ingest.

A process holds one log object's part and one engine, within the settings' limits, whatever the size of the log. All work
folders lie in one that goes with the command, even if that is killed.
"""

import atexit
import multiprocessing
import os
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import connection
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized
from types import TracebackType

from abslake.dev.backfill.outcomes import Done, Failed, Outcome, Refused, Stop
from abslake.dev.backfill.places import Listed, Place
from abslake.dev.backfill.state import Counts
from abslake.dev.lakes import opened
from abslake.errors import StorageError, UnreadableLog
from abslake.facts.ingest import Receipt, ingest
from abslake.facts.landing import forced_format
from abslake.formats import Format, grammar
from abslake.records.definitions import Definitions
from abslake.settings import Settings
from abslake.storage.scratch import Scratch

_ATTEMPTS = 3
_PAUSE_SECONDS = 1.0
_TICK_SECONDS = 0.25


@dataclass(frozen=True)
class Job:
    """What each process needs to know."""

    place: Place
    lake_url: str
    definitions: Definitions
    settings: Settings
    format_name: str | None


class LocalFeeder:
    """Reads objects in `processes` processes; a context manager, see `Feeder`."""

    def __init__(self, job: Job, processes: int, stop: Stop) -> None:
        self._job, self._processes, self._stop = job, processes, stop
        # Not forked: object stores and engines have threads, which a fork would leave half alive.
        self._context = multiprocessing.get_context("spawn")
        self._bytes = self._context.Value("q", 0)
        self._scratch = Scratch("abslake-backfill-")
        self._pool = self._new_pool()

    def __enter__(self) -> "LocalFeeder":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:  # abandoned: nothing of an object counts before all of it was read
            _kill_processes()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._scratch.remove()

    def bytes_read(self) -> int:
        """See `Feeder`."""
        return int(self._bytes.value)

    def waits_for(self) -> str:
        """See `Feeder`."""
        return ""

    def feed(self, objects: Iterator[Listed]) -> Iterator[tuple[Listed, Outcome] | None]:
        """See `Feeder`."""
        running: dict[Future[Outcome], tuple[Listed, ProcessPoolExecutor]] = {}
        more = True
        while True:
            while more and not self._stop and len(running) < self._processes:
                if (listed := next(objects, None)) is None:
                    more = False
                else:
                    running[self._submit(listed)] = listed, self._pool
            if not running:
                return
            for future in wait(running, _TICK_SECONDS, FIRST_COMPLETED).done:
                listed, pool = running.pop(future)
                yield listed, self._outcome(future, pool)
            yield None

    def _submit(self, listed: Listed) -> "Future[Outcome]":
        try:
            return self._pool.submit(_read, self._job, listed)
        except BrokenProcessPool:  # a process ended while it had nothing to do
            self._renew_pool()
            return self._pool.submit(_read, self._job, listed)

    def _outcome(self, future: "Future[Outcome]", pool: ProcessPoolExecutor) -> Outcome:
        try:
            return future.result()
        except BrokenProcessPool:  # then all objects that the pool had fail at once
            if pool is self._pool:
                self._renew_pool()
            return Failed("a process that read logs was killed meanwhile; is there memory enough?")
        except Exception as error:  # noqa: BLE001 - one object must not end the backfill; the text may quote the log
            return Failed(f"unexpected {type(error).__name__}")

    def _renew_pool(self) -> None:
        """A new pool in the place of a broken one, which would wait for ever for the processes it has left."""
        _kill_processes()  # they ignore the SIGTERM that it sends them
        self._pool = self._new_pool()

    def _new_pool(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            self._processes, self._context, _begin_process, (str(self._scratch.folder), self._bytes)
        )


def _kill_processes() -> None:
    for process in multiprocessing.active_children():
        process.kill()


_bytes: "Synchronized[int] | None" = None


def _begin_process(folder: str, counter: "Synchronized[int]") -> None:
    global _bytes  # noqa: PLW0603 - a pool gives its processes nothing but globals
    _bytes = counter
    tempfile.tempdir = folder
    for number in (signal.SIGINT, signal.SIGTERM):  # a terminal sends Ctrl-C to all of us: the command decides
        signal.signal(number, signal.SIG_IGN)
    ended, end = multiprocessing.Pipe(duplex=False)
    watch = threading.Thread(target=_end_with_parent, args=(ended,), daemon=True)
    watch.start()

    def end_watch() -> None:  # a thread that is left at the end of the interpreter keeps the engine's objects alive
        end.close()
        watch.join()

    atexit.register(end_watch)


def _end_with_parent(ended: "Connection[object, object]") -> None:
    """A pool's process waits for ever if the command is killed: https://github.com/python/cpython/issues/111873."""
    parent = multiprocessing.parent_process()
    if parent and ended not in connection.wait([parent.sentinel, ended]):
        os._exit(1)


def _read(job: Job, listed: Listed) -> Outcome:
    """One object into the lake, in a process of the pool."""
    advance, attempt = _Advance(), 0
    while True:
        attempt += 1
        try:
            log = job.place.log_object(listed.key)
            wanted = job.format_name or forced_format(job.settings, listed.key)
            known = _formats(job.lake_url)
            receipt = ingest(log, opened(job.lake_url), job.definitions, job.settings, wanted, advance, known)
        except UnreadableLog as error:
            return Refused(str(error))
        except StorageError as error:
            if "(InvalidObjectState)" in str(error):
                return Refused("in an archive storage class: restore it first")
            if attempt == _ATTEMPTS:
                return Failed(str(error))
            time.sleep(_PAUSE_SECONDS * attempt)
        else:
            return Done(_counts(listed, receipt), receipt.reasons, tuple(receipt.remarks))
        finally:
            advance.end(listed.size)


@lru_cache(maxsize=1)
def _formats(lake_url: str) -> dict[str, Format]:
    """Built-in formats and the lake's grammars, read once in each process."""
    return grammar.load(opened(lake_url)).known


def _counts(listed: Listed, receipt: Receipt) -> Counts:
    lines = (receipt.lines_read, receipt.good, receipt.quarantined, receipt.blank, receipt.requests)
    return Counts(1, listed.size, *lines)


class _Advance:
    """Tells the command how many bytes of an object were read; its size is counted once, whatever is read again."""

    def __init__(self) -> None:
        self._told = 0

    def __call__(self, read: int) -> None:
        if _bytes is not None and read > self._told:
            with _bytes.get_lock():
                _bytes.value += read - self._told
            self._told = read

    def end(self, size: int) -> None:
        """All of it is dealt with, read or not."""
        self(size)
