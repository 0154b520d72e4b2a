"""Bad lines, kept with their number and the reason: ``quarantine/<upload date>/<log object's id>.ndjson.gz``.

One JSON object a line: ``line`` (from 1; null for a remark about the whole object), ``reason``, ``bytes`` (length of the
line), ``text`` or, where it is not UTF-8, ``base64``, both cut after `KEPT_BYTES`. The first line tells the log object, its
envelope if it has one (then ``line`` counts records) and the exact counts; of a very bad object only the first lines are
kept (`KEPT_LINES`, `KEPT_TOTAL_BYTES`), the counts stay exact.
The object may hold identifiers: it is as secret as the log.
"""

import base64
import codecs
import gzip
from collections import Counter
from datetime import datetime
from typing import Any

import msgspec

PREFIX = "quarantine/"
KEPT_BYTES = 16 * 1024
KEPT_LINES = 100_000
KEPT_TOTAL_BYTES = 64 * 1024**2
"""All records together: what one log object's quarantine may take of the function's memory."""


class Quarantine:
    """Collects the bad lines of one log object."""

    def __init__(self) -> None:
        self.reasons: Counter[str] = Counter()
        self.remarks: list[str] = []
        self.envelope: str | None = None
        self._lines: list[tuple[int, bytes]] = []
        self._size = 0

    @property
    def count(self) -> int:
        """Lines quarantined; remarks about the whole object are none."""
        return self.reasons.total()

    def add(self, number: int, reason: str, line: bytes) -> None:
        """Keep a line. `number` is its number in the log object, from 1."""
        self.reasons[reason] += 1
        if len(self._lines) < KEPT_LINES and self._size < KEPT_TOTAL_BYTES:
            record: dict[str, Any] = {"line": number, "reason": reason, "bytes": len(line)}
            cut = line[:KEPT_BYTES]
            try:
                # A cut inside a character leaves the beginning of that character out.
                record["text"], _ = codecs.utf_8_decode(cut, "strict", len(cut) == len(line))
            except UnicodeDecodeError:
                record["base64"] = base64.b64encode(cut).decode()
            self._lines.append((number, msgspec.json.encode(record)))
            self._size += len(self._lines[-1][1])

    def remark(self, reason: str) -> None:
        """Note something about the whole log object, such as a gzip stream that ends early."""
        self.remarks.append(reason)

    def object(self, log: dict[str, Any]) -> bytes | None:
        """The quarantine object's bytes, the same for the same lines; None where there is nothing to keep.

        `log` describes the log object (bucket, key, etag).
        """
        if not self.count and not self.remarks:
            return None
        head: dict[str, Any] = {"log": log} | ({"envelope": self.envelope} if self.envelope else {})
        head |= {"quarantined": self.count, "reasons": dict(sorted(self.reasons.items()))}
        lines = [msgspec.json.encode(head)]
        lines += [msgspec.json.encode({"line": None, "reason": remark}) for remark in self.remarks]
        lines += [line for _, line in sorted(self._lines)]
        return gzip.compress(b"\n".join(lines) + b"\n", compresslevel=6, mtime=0)


def key(uploaded: datetime, source: str) -> str:
    """The key of a log object's quarantine; `source` as in the keys of its units."""
    return f"{PREFIX}{uploaded:%Y-%m-%d}/{source}.ndjson.gz"
