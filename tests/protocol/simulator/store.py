"""The lake of a simulation: a dictionary whose calls are steps of the schedule, fail, and kill their caller.

It has the methods, results and errors of `abslake.storage.Lake`, whose own retries are tested elsewhere: here a failure
is one that is left after them. Listings and reads see every write before them, as S3's do.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import md5
from random import Random

from abslake.errors import StorageError, WriteRefused, WriteStateUnknown
from abslake.storage import Entry, Versioned
from tests.protocol.simulator.scheduler import Crash, Scheduler

_PAGE = 4
_LATEST = 60.0  # seconds after which no write takes effect any more whose caller was told nothing


@dataclass(frozen=True)
class Rates:
    """Chances from 0 to 1 of a call to fail, and of a caller to die before or after a write."""

    read: float = 0.0
    write: float = 0.0
    crash: float = 0.0


@dataclass(frozen=True)
class _Stored:
    data: bytes
    etag: str
    modified: datetime


@dataclass(frozen=True)
class _Delayed:
    due: datetime
    key: str
    data: bytes
    etag: str | None


@dataclass(eq=False)
class Store:
    """One bucket in memory."""

    scheduler: Scheduler
    dice: Random
    rates: Rates
    objects: dict[str, _Stored] = field(default_factory=dict)
    url: str = "simulated:"
    folder: None = None
    happened: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._delayed: list[_Delayed] = []

    def get(self, key: str) -> bytes:
        """See Lake."""
        return self.read(key).data

    def read(self, key: str) -> Versioned:
        """See Lake."""
        self._step()
        self._fail_reading()
        if key not in self.objects:
            raise FileNotFoundError(key)
        found = self.objects[key]
        return Versioned(found.data, found.etag)

    def exists(self, key: str) -> bool:
        """See Lake."""
        self._step()
        self._fail_reading()
        return key in self.objects

    def unchanged(self, key: str, etag: str) -> bool:
        """See Lake."""
        self._step()
        self._fail_reading()
        return key in self.objects and self.objects[key].etag == etag

    def list(self, prefix: str, start_after: str = "") -> Iterator[Entry]:
        """See Lake; other actors may come between two pages."""
        while True:
            self._step()
            self._fail_reading()
            keys = sorted(key for key in self.objects if key.startswith(prefix) and key > start_after)
            page = [(key, self.objects[key]) for key in keys[:_PAGE]]
            yield from [Entry(key, len(found.data), found.modified) for key, found in page]
            if len(keys) <= _PAGE:
                return
            start_after = keys[_PAGE - 1]

    def create(self, key: str, data: bytes) -> bool:
        """See Lake."""
        self._step()
        self._crash()
        fate = self._fate()
        if fate == "nothing happened":
            raise WriteStateUnknown("simulated")
        written = key not in self.objects
        if written:
            self._put(key, data)
        self._crash()
        if fate:
            raise WriteStateUnknown("simulated")
        return written

    def replace(self, key: str, data: bytes, etag: str | None) -> str:
        """See Lake: a refusal is certain; what is not known may take effect up to a minute later."""
        self._step()
        self._crash()
        fate = self._fate()
        if fate == "nothing happened":
            raise WriteRefused("simulated") if self.dice.random() < 0.5 else WriteStateUnknown("simulated")
        if fate == "later":
            due = self.scheduler.now + timedelta(seconds=self.dice.random() * _LATEST)
            self._delayed.append(_Delayed(due, key, data, etag))
            raise WriteStateUnknown("simulated")
        if not self._matches(key, etag):
            raise WriteRefused("simulated")
        self._put(key, data)
        self._crash()
        if fate:
            raise WriteStateUnknown("simulated")
        return self.objects[key].etag

    def delete(self, keys: Iterable[str]) -> None:
        """See Lake."""
        keys = list(keys)
        self._step()
        self._crash()
        fate = self._fate()
        if fate == "nothing happened":
            raise StorageError("simulated")
        for key in keys[: len(keys) // 2] if fate else keys:
            self.objects.pop(key, None)
        self._crash()
        if fate:
            raise StorageError("simulated")

    def _step(self) -> None:
        self.scheduler.pause()
        now = self.scheduler.now
        if not self._delayed:
            return
        for write in sorted((one for one in self._delayed if one.due <= now), key=lambda one: one.due):
            self._delayed.remove(write)
            if self._matches(write.key, write.etag):
                self._count("write that took effect after its caller was told nothing")
                self._put(write.key, write.data, write.due)

    def _matches(self, key: str, etag: str | None) -> bool:
        there = self.objects.get(key)
        return (there.etag if there else None) == etag

    def _put(self, key: str, data: bytes, modified: datetime | None = None) -> None:
        etag = md5(data, usedforsecurity=False).hexdigest()
        self.objects[key] = _Stored(data, etag, modified or self.scheduler.now)

    def _fate(self) -> str | None:
        if self.dice.random() >= self.rates.write:
            return None
        fate = self.dice.choice(("nothing happened", "reply lost", "later"))
        self._count(f"write: {fate}")
        return fate

    def _fail_reading(self) -> None:
        if self.rates.read and self.dice.random() < self.rates.read:
            self._count("read failed")
            raise StorageError("simulated")

    def _crash(self) -> None:
        if self.rates.crash and self.dice.random() < self.rates.crash:
            self._count("crash")
            raise Crash

    def _count(self, what: str) -> None:
        self.happened[what] = self.happened.get(what, 0) + 1
