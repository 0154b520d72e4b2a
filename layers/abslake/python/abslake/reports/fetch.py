"""Planned objects brought to this machine, at once and in parallel, and kept for the next call.

Objects of the lake are immutable, so a copy under its key is good for ever. The copies of one process lie in a folder
of their own and are held to `settings.cache_bytes`, least recently used out first; a copy that a report is reading
stays until that report is done, even over the bound. A lake that is a folder is read in place.
"""

import hashlib
import weakref
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from abslake.storage import Lake
from abslake.storage.scratch import Scratch


@dataclass(slots=True)
class Reads:
    """What a report took from the lake: objects and bytes that were fetched, and objects that lay here already."""

    objects: int = 0
    bytes: int = 0
    kept: int = 0
    seen: set[str] = field(default_factory=set, repr=False)


@dataclass(slots=True)
class _Copy:
    path: Path
    arrival: Future[int]
    readers: int = 0

    @property
    def size(self) -> int:
        """Bytes, once it has arrived."""
        return 0 if self.arrival.exception() else self.arrival.result()


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
    def ahead(self, keys: Sequence[str], reads: Reads) -> Iterator[None]:
        """Have the objects brought side by side while the ``with`` takes them by `files`, some at a time."""
        copies = [] if self._lake.folder else [self._take(key, reads) for key in keys]
        try:
            yield
        finally:
            self._give_back(copies)

    @contextmanager
    def files(self, keys: Sequence[str], reads: Reads) -> Iterator[list[Path]]:
        """Paths of the objects, good inside the ``with``; what it costs is added to `reads`.

        Raises FileNotFoundError where an object is gone since its name was found, StorageError.
        """
        if self._lake.folder:
            yield [self._in_place(key, reads) for key in keys]
            return
        copies = [self._take(key, reads) for key in keys]
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
        scratch = Scratch("abslake-cache-")
        weakref.finalize(self, scratch.remove)
        return scratch.folder

    def _in_place(self, key: str, reads: Reads) -> Path:
        path = self.folder / key
        if not path.exists():
            raise FileNotFoundError(key)
        reads.objects += 1
        reads.bytes += path.stat().st_size
        return path

    def _take(self, key: str, reads: Reads) -> _Copy:
        with self._lock:
            copy = self._copies.get(key)
            if copy is None:
                path = self.folder / hashlib.sha256(key.encode()).hexdigest()
                copy = _Copy(path, self._pool.submit(self._bring, key, path, reads))
                self._copies[key] = copy
                reads.objects += 1
            elif key not in reads.seen:
                reads.kept += 1
            reads.seen.add(key)
            copy.readers += 1
            self._copies.move_to_end(key)
            return copy

    def _bring(self, key: str, path: Path, reads: Reads) -> int:
        data = self._lake.get(key)
        path.write_bytes(data)
        with self._lock:
            self._held += len(data)
            reads.bytes += len(data)
        return len(data)

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
