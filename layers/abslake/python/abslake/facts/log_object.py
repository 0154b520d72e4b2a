"""A log object: where it came from and how to read it. Its identity is a hash of bucket, key and ETag."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import md5, sha256
from pathlib import Path
from typing import BinaryIO, cast


def identity(bucket: str, key: str, etag: str) -> str:
    """The id of a log object: see `LogObject.id`."""
    return sha256("\0".join((bucket, key, etag)).encode("utf-8", "surrogatepass")).hexdigest()[:20]


@dataclass(frozen=True, slots=True)
class LogObject:
    """One upload. `size` in bytes as stored; `last_modified` is the upload time that event times are judged by."""

    bucket: str
    key: str
    etag: str
    last_modified: datetime
    size: int
    open: Callable[[], BinaryIO]

    @property
    def id(self) -> str:
        """20 hex digits: the same object is the same id whenever and however often it is delivered.

        The ETag is part of it, so other bytes under the same key are another log object.
        """
        return identity(self.bucket, self.key, self.etag)

    @classmethod
    def from_file(cls, path: Path) -> "LogObject":
        """A file of this machine, known by its name and the hash of its bytes, wherever it lies.

        Raises OSError.
        """
        with path.open("rb") as file:
            digest = md5(usedforsecurity=False)
            while block := file.read(1 << 20):
                digest.update(block)
        state = path.stat()
        modified = datetime.fromtimestamp(state.st_mtime, UTC)
        name = os.fsencode(path.name).decode(errors="replace")  # a file's name need not be UTF-8
        return cls("file", name, digest.hexdigest(), modified, state.st_size, lambda: cast(BinaryIO, path.open("rb")))
