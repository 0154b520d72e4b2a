"""Planned objects brought to this machine, at once and in parallel, and kept for the next call.

Objects of the lake are immutable, so a copy under its key is good for ever. The copies of one process lie in a folder
of their own and are held to `settings.cache_bytes`, least recently used out first; a copy that a report is reading
stays until that report is done, even over the bound. A lake that is a folder is read in place.
"""

import hashlib
import shutil
import tempfile
import weakref
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from abslake.storage import Entry, Lake


@dataclass(slots=True)
class _Copy:
    path: Path
    size: int
    arrival: Future[None]
    readers: int = 0


class Cache:
    """Local copies of one lake's objects. Safe to use from several threads."""

    def __init__(self, lake: Lake, pool: ThreadPoolExecutor, limit_bytes: int) -> None:
        self._lake = lake
        self._pool = pool
        self._limit = limit_bytes
        self._lock = Lock()
        self._copies: OrderedDict[str, _Copy] = OrderedDict()
        self._held = 0
        self.folder = lake.folder or self._own_folder()

    @contextmanager
    def files(self, entries: Sequence[Entry]) -> Iterator[list[Path]]:
        """Paths of the objects, good inside the ``with``.

        Raises FileNotFoundError where an object is gone since it was listed, StorageError.
        """
        if self._lake.folder:
            yield [self._in_place(entry) for entry in entries]
            return
        copies = [self._take(entry) for entry in entries]
        try:
            for copy in copies:
                copy.arrival.result()
            yield [copy.path for copy in copies]
        finally:
            self._give_back(copies)

    def held_bytes(self) -> int:
        """Bytes of all copies."""
        with self._lock:
            return self._held

    def _own_folder(self) -> Path:
        folder = Path(tempfile.mkdtemp(prefix="abslake-cache-")).resolve()
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return folder

    def _in_place(self, entry: Entry) -> Path:
        path = self.folder / entry.key
        if not path.exists():
            raise FileNotFoundError(entry.key)
        return path

    def _take(self, entry: Entry) -> _Copy:
        with self._lock:
            copy = self._copies.get(entry.key)
            if copy is None:
                path = self.folder / hashlib.sha256(entry.key.encode()).hexdigest()
                copy = _Copy(path, entry.size, self._pool.submit(self._bring, entry.key, path))
                self._copies[entry.key] = copy
                self._held += copy.size
            copy.readers += 1
            self._copies.move_to_end(entry.key)
            return copy

    def _bring(self, key: str, path: Path) -> None:
        path.write_bytes(self._lake.get(key))

    def _give_back(self, copies: list[_Copy]) -> None:
        with self._lock:
            for copy in copies:
                copy.readers -= 1
            # A transfer that is still under way has no reader only if its report failed: it goes once it has arrived.
            idle = [(key, copy) for key, copy in self._copies.items() if not copy.readers and copy.arrival.done()]
            for key, copy in idle:
                failed = copy.arrival.exception() is not None
                if failed or self._held > self._limit:
                    del self._copies[key]
                    self._held -= copy.size
                    copy.path.unlink(missing_ok=True)
