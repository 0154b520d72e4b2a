"""A temporary folder that goes with its process, in whatever way that ends.

Python deletes it when the process ends by itself. One that is killed (a time-out, a signal, an emulator that ends its
function) deletes nothing: so each folder holds a lock for as long as its process lives, and the next to come takes away
the folders that nobody holds any more.
"""

import fcntl
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

_LOCK = "in-use"
_YOUNG_SECONDS = 60
"""A folder this new may not have its lock yet."""


class Scratch:
    """A new folder `folder` whose name begins with `prefix`. To be kept as long as it is used."""

    def __init__(self, prefix: str) -> None:
        top = Path(tempfile.gettempdir()).resolve()
        _take_away_left_ones(top, prefix)
        self.folder = Path(tempfile.mkdtemp(prefix=prefix, dir=top))
        self._lock = (self.folder / _LOCK).open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def remove(self) -> None:
        """Delete it now."""
        self._lock.close()
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def scratch_folder(prefix: str) -> Iterator[Path]:
    """Such a folder for the time of a ``with``."""
    scratch = Scratch(prefix)
    try:
        yield scratch.folder
    finally:
        scratch.remove()


def _take_away_left_ones(top: Path, prefix: str) -> None:
    for folder in top.glob(f"{prefix}*"):
        try:
            if folder.stat().st_mtime < time.time() - _YOUNG_SECONDS and _is_free(folder):
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue  # another user's, or somebody else is deleting it


def _is_free(folder: Path) -> bool:
    with (folder / _LOCK).open("r+") as lock:  # without one it is none of ours
        return _locked(lock)


def _locked(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
