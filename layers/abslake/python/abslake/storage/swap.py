"""Compare-and-swap of one object: an etag that was read says what may be replaced.

What the caller writes must hold something that no other attempt writes (a random id). Then an object with the caller's
bytes is the caller's, and an etag never comes back with other content behind it.
"""

import fcntl
import hashlib
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import obstore
from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)
from obstore.store import LocalStore, ObjectStore

from abslake.errors import StorageError, WriteRefused, WriteStateUnknown

if TYPE_CHECKING:
    from obstore import PutMode

_ATTEMPTS = 7
_SECONDS = 60.0
"""No attempt begins later than this after the first: whoever waits for an old writer can tell how long."""


class Versioned(NamedTuple):
    """An object's bytes, and the etag that `Lake.replace` and `Lake.unchanged` take."""

    data: bytes
    etag: str


Read = Callable[[str], Versioned]


def in_store(store: ObjectStore, key: str, data: bytes, etag: str | None, read: Read) -> str:
    """`Lake.replace` where the store itself compares (``If-Match``, ``If-None-Match: *``). Returns the new etag.

    `store` must not retry by itself: only whoever sees each attempt knows whether a refusal stands for all of them.
    After an attempt without an answer, a refusal and foreign content prove nothing: ours may have been there in between.
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
    """
    mode: PutMode = "create" if etag is None else {"e_tag": etag}
    in_doubt = False
    for _ in _attempts():
        outcome = _attempt(store, key, data, mode)
        if isinstance(outcome, str):
            return outcome
        if outcome is _Outcome.FORBIDDEN and not in_doubt:
            raise StorageError(f"may not write {key}")
        in_doubt = in_doubt or outcome is _Outcome.NO_ANSWER
        try:
            found = _look(key, read)
        except StorageError:
            continue  # to repeat a conditional write is safe, and to give up would be to know less
        if found and found.data == data:
            return found.etag
        if _etag(found) != etag:
            if in_doubt:
                raise WriteStateUnknown(f"cannot tell whether {key} was replaced: it has changed since")
            raise WriteRefused(f"{key} has changed")
    raise WriteStateUnknown(f"cannot tell whether {key} was replaced: the store goes on failing or refusing")


class _Outcome(Enum):
    """What one attempt came to where the store named no new etag."""

    REFUSED = auto()
    FORBIDDEN = auto()
    NO_ANSWER = auto()


def _attempt(store: ObjectStore, key: str, data: bytes, mode: "PutMode") -> str | _Outcome:
    try:
        return obstore.put(store, key, data, mode=mode, use_multipart=False)["e_tag"] or _Outcome.NO_ANSWER
    except (AlreadyExistsError, PreconditionError, FileNotFoundError):  # 409 and 412; 404: If-Match and no object
        return _Outcome.REFUSED
    except (PermissionDeniedError, UnauthenticatedError):
        return _Outcome.FORBIDDEN
    except BaseError:  # time-outs, broken connections, 5xx: a 500 too may have taken effect
        return _Outcome.NO_ANSWER


def in_folder(folder: Path, store: LocalStore, key: str, data: bytes, etag: str | None, read: Read) -> str:
    """`Lake.replace` where the lake is a folder: safe among the processes of one machine. Returns the new etag."""
    with _alone(folder):
        found = _look(key, read)
        if _etag(found) != etag:
            raise WriteRefused(f"{key} has changed")
        try:
            obstore.put(store, key, data, use_multipart=False)  # to a name that no listing shows, then renamed
        except (BaseError, OSError) as error:
            raise WriteStateUnknown(f"cannot tell whether {key} was replaced: {type(error).__name__}") from error
    return content_etag(data)


def content_etag(data: bytes) -> str:
    """The etag of a file: a hash of its bytes, since times of change are too coarse to tell two writes apart."""
    return f'"{hashlib.blake2b(data, digest_size=16).hexdigest()}"'


def _look(key: str, read: Read) -> Versioned | None:
    try:
        return read(key)
    except FileNotFoundError:
        return None


def _etag(found: Versioned | None) -> str | None:
    return found.etag if found else None


def _attempts() -> Iterator[None]:
    """Turns of a loop, each a random while after the last, up to twice as long every time."""
    begun = time.monotonic()
    for attempt in range(_ATTEMPTS):
        if attempt:
            time.sleep(random.uniform(0.5, 1) * 0.05 * 2**attempt)  # noqa: S311 - no secret
            if time.monotonic() - begun > _SECONDS:
                return
        yield


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One at a time among all threads and processes: a lock on the folder itself, so that no file lies in the lake."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)  # ends the lock
