"""One run of detection at a time: a lease in the lake, taken by compare-and-swap, which ends by itself.

Two runs would write the same findings of the same facts; but one that is slower would write those of fewer facts.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

import msgspec

from abslake.errors import StorageError, WriteRefused
from abslake.storage import Lake

KEY = "detection/lease.json"
_LONGEST = timedelta(hours=1)


class Lease(msgspec.Struct, frozen=True):
    """Who holds it, and until when at the longest."""

    holder: str
    until: datetime

    def holds(self, now: datetime) -> bool:
        """Whether it keeps others out; not if it were for longer than any term: that was a clock that went wrong."""
        return now < self.until <= now + _LONGEST


class Held(StorageError):
    """Another run of detection is at work."""


class Holding:
    """The lease of a run that is at work."""

    def __init__(self, lake: Lake, mine: Lease, etag: str, term: timedelta) -> None:
        self._lake, self._mine, self._etag, self._term = lake, mine, etag, term

    def keep(self) -> None:
        """Take it for another term where less than half of it is left. Raises Held: it was lost; StorageError."""
        now = datetime.now(UTC)
        if self._mine.until - now < self._term / 2:
            self._write(Lease(self._mine.holder, now + self._term))

    def end(self) -> None:
        """Give it back. Raises StorageError, Held."""
        self._write(Lease(self._mine.holder, datetime.now(UTC)))

    def _write(self, lease: Lease) -> None:
        try:
            self._etag = self._lake.replace(KEY, msgspec.json.encode(lease), self._etag)
        except WriteRefused:
            raise Held("another run of detection has taken over: this one was away for too long") from None
        self._mine = lease


@contextmanager
def lease(lake: Lake, seconds: float) -> Iterator[Holding]:
    """Hold the lease for the time of a ``with``, in terms of `seconds` (`Holding.keep`). Raises Held, StorageError.

    A process that was killed holds it for the rest of its term.
    """
    now, term = datetime.now(UTC), timedelta(seconds=seconds)
    mine = Lease(secrets.token_hex(8), now + term)
    found, etag = _read(lake)
    if found and found.holds(now):
        raise Held(f"another run of detection is at work, until {found.until:%H:%M:%S} UTC at the latest")
    try:
        holding = Holding(lake, mine, lake.replace(KEY, msgspec.json.encode(mine), etag), term)
    except WriteRefused:
        raise Held("another run of detection has just begun") from None
    try:
        yield holding
    finally:
        with suppress(StorageError):  # it ends by itself
            holding.end()


def holder(lake: Lake, now: datetime) -> Lease | None:
    """The run that is at work. Raises StorageError."""
    found, _ = _read(lake)
    return found if found and found.holds(now) else None


def _read(lake: Lake) -> tuple[Lease | None, str | None]:
    try:
        data, etag = lake.read(KEY)
    except FileNotFoundError:
        return None, None
    try:
        return msgspec.json.decode(data, type=Lease), etag
    except msgspec.MsgspecError:
        return None, etag  # damaged, so nobody's: whoever held it loses it with the swap
