"""Where log objects are found again: in a landing bucket, or in a folder of logs that were kept.

Each is known by the identity that it was ingested under, so that its late duplicates stay without effect.
"""

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from abslake.errors import LogNotFound, StorageError, UpkeepRefused
from abslake.facts import landing
from abslake.facts.log_object import LogObject
from abslake.facts.notifications import Upload
from abslake.upkeep.copies import Source


@dataclass(frozen=True, slots=True)
class Located:
    """A log object that is there."""

    source: Source
    uploaded: datetime
    size: int
    open: Callable[[], LogObject]
    """Raises LogNotFound, StorageError."""


class Logs(Protocol):
    """A place where log objects are kept."""

    where: str
    """Its name, for messages."""

    def find(self, source: Source) -> Located | None:
        """A log object that units were made of, with just those bytes; None: it is gone. Raises StorageError."""
        ...

    def others(self, first: datetime | None, end: datetime | None) -> Iterator[Located]:
        """Those uploaded from `first` to `end` (None: without bound) that were not asked for by `find` before."""
        ...


class BucketLogs:
    """Log objects in S3; versions of overwritten ones too, where the bucket keeps them and they may be listed."""

    def __init__(self, s3: Any, bucket: str, prefix: str = "") -> None:
        """`s3` is a boto3 client."""
        self._s3, self._bucket, self._prefix = s3, bucket, prefix
        self.where = f"s3://{bucket}/{prefix}"
        self._there: dict[Source, Located] | None = None
        self._found: set[Source] = set()

    def find(self, source: Source) -> Located | None:
        """See `Logs`. The log object may lie in another bucket or folder than the one that was named."""
        self._found.add(source)
        return self._listed().get(source) or self._version(source)

    def others(self, first: datetime | None, end: datetime | None) -> Iterator[Located]:
        """See `Logs`."""
        for source, located in self._listed().items():
            late_enough = first is None or located.uploaded >= first
            if source not in self._found and late_enough and (end is None or located.uploaded < end):
                yield located

    def _listed(self) -> dict[Source, Located]:
        if self._there is None:
            try:
                pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._prefix)
                entries = [entry for page in pages for entry in page.get("Contents", [])]
            except (ClientError, BotoCoreError) as error:
                raise StorageError(f"cannot list {self.where} ({_kind(error)})") from None
            located = [self._located(self._bucket, entry) for entry in entries if entry["Size"]]
            self._there = {one.source: one for one in located if not one.source.key.endswith("/")}
        return self._there

    def _version(self, source: Source) -> Located | None:
        try:
            pages = self._s3.get_paginator("list_object_versions").paginate(Bucket=source.bucket, Prefix=source.key)
            for page in pages:
                for entry in page.get("Versions", []):
                    if entry["Key"] == source.key and entry["ETag"].strip('"') == source.etag:
                        return self._located(source.bucket, entry)
        except ClientError:  # another bucket, long gone, or not to be listed: it is not found
            return None
        except BotoCoreError as error:
            raise StorageError(f"cannot list s3://{source.bucket}/ ({_kind(error)})") from None
        return None

    def _located(self, bucket: str, entry: dict[str, Any]) -> Located:
        source = Source(bucket, entry["Key"], entry["ETag"].strip('"'))
        upload = Upload(bucket, entry["Key"], entry.get("VersionId"))

        def read() -> LogObject:
            log = landing.log_object(self._s3, upload)
            if log.etag != source.etag:
                raise LogNotFound(f"s3://{source.bucket}/{source.key} has changed since it was listed")
            return log

        return Located(source, entry["LastModified"], entry["Size"], read)


class FolderLogs:
    """Log files in a folder: as ``abslake ingest`` read them, or copies of what was in a landing bucket.

    A copy is known by its name and the hash of its bytes, which is the ETag of an object that was uploaded in one piece.
    Copies should keep the time of the upload as the file's time, as ``aws s3 sync`` does.
    """

    def __init__(self, folder: Path) -> None:
        """Reads all files once. Raises UpkeepRefused where there is none."""
        self.where = str(folder)
        self._files: dict[tuple[str, str], LogObject] = {}
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.stat().st_size:
                log = LogObject.from_file(path)
                self._files[log.key, log.etag] = log
        if not self._files:
            raise UpkeepRefused(f"there is no log in {folder}")
        self._asked: set[str] = set()

    def find(self, source: Source) -> Located | None:
        """See `Logs`."""
        name = source.key.rpartition("/")[2]
        self._asked.add(name)
        log = self._files.get((name, source.etag))
        return _in_folder(dataclasses.replace(log, bucket=source.bucket, key=source.key)) if log else None

    def others(self, first: datetime | None, end: datetime | None) -> Iterator[Located]:
        """See `Logs`. A file with the name of a log object of the lake and other bytes is none of them."""
        for log in self._files.values():
            late_enough = first is None or log.last_modified >= first
            if log.key not in self._asked and late_enough and (end is None or log.last_modified < end):
                yield _in_folder(log)


def _in_folder(log: LogObject) -> Located:
    return Located(Source(log.bucket, log.key, log.etag), log.last_modified, log.size, lambda: log)


def _kind(error: Exception) -> str:
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", ""))
    return type(error).__name__
