"""A folder as the buckets of an S3 server: what `benchmarks.slow_s3` answers with. Signatures are not looked at.

Only what the lake and readers of Parquet use: no multipart uploads, no versions, no access rules. Objects may be put
into the folder by other programs; listings show them after `Folder.reload`.
"""

import os
import time
from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import formatdate
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

_PAGE = 1_000
_XML = '<?xml version="1.0" encoding="UTF-8"?>'


@dataclass(frozen=True, slots=True)
class Part:
    """A run of bytes of a file: the body of an answer that is not in memory."""

    path: Path
    start: int
    length: int


@dataclass(slots=True)
class Answer:
    """An HTTP answer; `length` is told to the client even where there is no body (HEAD)."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | Part = b""
    length: int | None = None


def refusal(status: int, code: str) -> Answer:
    """An error as S3 words it."""
    body = f"{_XML}<Error><Code>{code}</Code><Message>{code}</Message></Error>".encode()
    return Answer(status, {"content-type": "application/xml"}, body)


class Folder:
    """Buckets are folders in `top`, objects are files in them. Not safe for threads: one event loop owns it."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self._keys: dict[str, list[str]] = {}
        self._last_change = 0
        self.reload()

    def reload(self) -> None:
        """Look again which objects are there."""
        buckets = [path for path in self.top.iterdir() if path.is_dir() and not path.name.startswith(".")]
        self._keys = {bucket.name: sorted(_keys_in(bucket)) for bucket in buckets}

    def has(self, bucket: str) -> bool:
        """Whether there is such a bucket."""
        return bucket in self._keys

    def make(self, bucket: str) -> Answer:
        """PUT of a bucket."""
        (self.top / bucket).mkdir(exist_ok=True)
        self._keys.setdefault(bucket, [])
        return Answer(200)

    def get(self, bucket: str, key: str, asked: Mapping[str, str], *, head: bool) -> Answer:
        """GET and HEAD; knows ``Range``, ``If-None-Match`` and ``If-Match``."""
        path = self.top / bucket / key
        try:
            stat = path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return refusal(404, "NoSuchKey")
        etag = _etag(stat)
        headers = {
            "etag": etag,
            "last-modified": formatdate(stat.st_mtime, usegmt=True),
            "accept-ranges": "bytes",
            "content-type": "application/octet-stream",
        }
        if asked.get("if-none-match") == etag:
            return Answer(304, headers)
        if asked.get("if-match", etag) != etag:
            return refusal(412, "PreconditionFailed")
        status, start, length = 200, 0, stat.st_size
        if "range" in asked:
            found = _range(asked["range"], stat.st_size)
            if found is None:
                return refusal(416, "InvalidRange")
            status, (start, length) = 206, found
            headers["content-range"] = f"bytes {start}-{start + length - 1}/{stat.st_size}"
        return Answer(status, headers, b"" if head else Part(path, start, length), length)

    def put(self, bucket: str, key: str, body: bytes, asked: Mapping[str, str]) -> Answer:
        """PUT of an object; knows ``If-None-Match: *`` and ``If-Match``. Takes effect wholly or not at all."""
        path = self.top / bucket / key
        there = _etag(path.stat()) if path.is_file() else None
        if there and asked.get("if-none-match") == "*":
            return refusal(412, "PreconditionFailed")
        if "if-match" in asked and asked["if-match"] != there:
            return refusal(412, "PreconditionFailed") if there else refusal(404, "NoSuchKey")
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self.top / ".unfinished"
        unfinished.write_bytes(body)
        # The etag is made of the time of change, and the clock of a file system may stand still between two writes.
        self._last_change = max(time.time_ns(), self._last_change + 1_000)
        os.utime(unfinished, ns=(self._last_change, self._last_change))
        unfinished.replace(path)
        if not there:
            insort(self._keys[bucket], key)
        return Answer(200, {"etag": _etag(path.stat())})

    def delete(self, bucket: str, key: str) -> Answer:
        """DELETE: gone, or never there."""
        keys = self._keys[bucket]
        at = bisect_left(keys, key)
        if at < len(keys) and keys[at] == key:
            del keys[at]
        (self.top / bucket / key).unlink(missing_ok=True)
        return Answer(204)

    def delete_all(self, bucket: str, document: bytes) -> Answer:
        """POST ?delete: up to 1,000 keys of an XML document."""
        keys = [element.text or "" for element in ET.fromstring(document).iterfind("{*}Object/{*}Key")]
        for key in keys:
            self.delete(bucket, key)
        gone = "".join(f"<Deleted><Key>{escape(key)}</Key></Deleted>" for key in keys)
        return Answer(200, {"content-type": "application/xml"}, f"{_XML}<DeleteResult>{gone}</DeleteResult>".encode())

    def list(self, bucket: str, asked: Mapping[str, str]) -> Answer:
        """LIST, version 2."""
        prefix, delimiter = asked.get("prefix", ""), asked.get("delimiter", "")
        after = asked.get("continuation-token") or asked.get("start-after", "")
        limit = min(int(asked.get("max-keys", _PAGE)), _PAGE)
        spelled = quote if asked.get("encoding-type") == "url" else escape
        keys, last = self._keys[bucket], after
        entries: list[str] = []
        at = max(bisect_left(keys, prefix), bisect_right(keys, after) if after else 0)
        while at < len(keys) and keys[at].startswith(prefix) and len(entries) < limit:
            last = key = keys[at]
            inner, found, _ = key[len(prefix) :].partition(delimiter) if delimiter else ("", "", "")
            if found:
                last = folder = prefix + inner + delimiter
                at = bisect_left(keys, folder[:-1] + chr(ord(folder[-1]) + 1))
                if folder != after:
                    entries.append(f"<CommonPrefixes><Prefix>{spelled(folder)}</Prefix></CommonPrefixes>")
            else:
                at += 1
                entries.append(self._entry(bucket, key, spelled(key)))
        more = at < len(keys) and keys[at].startswith(prefix)
        token = f"<NextContinuationToken>{escape(last)}</NextContinuationToken>" if more else ""
        body = (
            f"{_XML}<ListBucketResult><Name>{bucket}</Name><Prefix>{spelled(prefix)}</Prefix>"
            f"<KeyCount>{len(entries)}</KeyCount><MaxKeys>{limit}</MaxKeys>"
            f"<IsTruncated>{'true' if more else 'false'}</IsTruncated>{token}{''.join(entries)}</ListBucketResult>"
        )
        return Answer(200, {"content-type": "application/xml"}, body.encode())

    def _entry(self, bucket: str, key: str, spelled: str) -> str:
        stat = (self.top / bucket / key).stat()
        changed = datetime.fromtimestamp(stat.st_mtime, UTC)
        return (
            f"<Contents><Key>{spelled}</Key><LastModified>{changed:%Y-%m-%dT%H:%M:%S}.000Z</LastModified>"
            f"<ETag>{escape(_etag(stat))}</ETag><Size>{stat.st_size}</Size><StorageClass>STANDARD</StorageClass></Contents>"
        )


def _keys_in(bucket: Path) -> list[str]:
    cut = len(str(bucket)) + 1
    return [f"{folder}/{name}"[cut:] for folder, _, names in os.walk(bucket) for name in names]


def _etag(stat: os.stat_result) -> str:
    return f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"'


def _range(asked: str, size: int) -> tuple[int, int] | None:
    """First byte and number of bytes; None where the range holds none."""
    first, _, last = asked.removeprefix("bytes=").partition("-")
    if first:
        start, end = int(first), min(int(last) + 1 if last else size, size)
    else:
        start, end = max(0, size - int(last)), size
    return (start, end - start) if start < end else None
