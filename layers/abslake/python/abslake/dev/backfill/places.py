"""Where a backfill finds log objects: below a prefix of a bucket, or in a folder. Nothing is ever written there.

Listing is cheap (a request for a thousand objects, no byte of them); a log object is opened by the process that reads it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from abslake.errors import LogNotFound, StorageError
from abslake.facts import landing
from abslake.facts.log_object import LogObject
from abslake.facts.notifications import Upload

_RETRIES = {"mode": "standard", "total_max_attempts": 8}

NO_LOGS = (
    ".md5", ".sha1", ".sha256", ".sha512", ".crc", ".crc32", ".asc", ".sig", ".manifest", "_$folder$",
)  # fmt: skip
"""Endings of what lies beside logs and is none."""

_NO_LOG_NAMES = {
    "elbaccesslogtestfile",  # Elastic Load Balancing writes them when access logs are switched on
    "elbconnectionlogtestfile",
    "aws-programmatic-access-test-object",
    "manifest",
    "manifest.json",
    "manifest.checksum",
    "_success",
    "thumbs.db",
}
_NO_LOG_STARTS = (
    ".",
    "ownership-challenge-",
)  # hidden files; Cloudflare Logpush proves with one that a bucket is yours


class Listed(NamedTuple):
    """One object of a listing. `etag` stands for its bytes: another one is another log object."""

    key: str
    etag: str
    size: int
    uploaded: datetime
    archived: bool = False
    """In a storage class that S3 reads only after a restore; it may have been restored."""
    leads_out: bool = False
    """A symbolic link to a file outside of the folder that was named."""


def no_log(listed: Listed) -> str | None:
    """Why an object is no log, told without reading it; None: it may be one."""
    name = listed.key.rpartition("/")[2].lower()
    if not name:
        return "folder marker"
    if listed.leads_out:
        return "link to a file outside of the folder"
    if not listed.size:
        return "empty"
    if name in _NO_LOG_NAMES or name.endswith(NO_LOGS) or name.startswith(_NO_LOG_STARTS):
        return "no log by its name"
    return None


@dataclass(frozen=True)
class BucketPlace:
    """Objects of a bucket whose keys begin with `prefix`."""

    bucket: str
    prefix: str

    @property
    def url(self) -> str:
        """As on the command line."""
        return f"s3://{self.bucket}/{self.prefix}"

    def listing(self) -> Iterator[Listed]:
        """All objects in the order of their keys. Raises StorageError."""
        try:
            for page in s3().get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self.prefix):
                for entry in page.get("Contents", ()):
                    archived = entry.get("StorageClass") in ("GLACIER", "DEEP_ARCHIVE")
                    etag = entry["ETag"].strip('"')
                    yield Listed(entry["Key"], etag, entry["Size"], entry["LastModified"], archived)
        except (ClientError, BotoCoreError) as error:
            raise StorageError(f"cannot list {self.url} ({kind(error)})") from None

    def log_object(self, key: str) -> LogObject:
        """One of them, opened. Raises LogNotFound, StorageError."""
        return landing.log_object(s3(), Upload(self.bucket, key))


@dataclass(frozen=True)
class FolderPlace:
    """Files in a folder and below it. A file is known by its name and bytes, as in ``abslake ingest``, wherever it lies."""

    folder: Path

    @property
    def url(self) -> str:
        """The folder's path, whole."""
        return str(self.folder.resolve())

    def listing(self) -> Iterator[Listed]:
        """All files in the order of their paths below the folder. Raises StorageError."""
        try:
            inside = self.folder.resolve()
            for path in sorted(self.folder.rglob("*")):
                if path.is_file():
                    state = path.stat()
                    changed = datetime.fromtimestamp(state.st_mtime, UTC)
                    key = path.relative_to(self.folder).as_posix()
                    leads_out = path.is_symlink() and not path.resolve().is_relative_to(inside)
                    etag = f"{state.st_size}-{state.st_mtime_ns}"
                    yield Listed(key, etag, state.st_size, changed, leads_out=leads_out)
        except OSError as error:
            raise StorageError(f"cannot list {self.folder} ({error.strerror or type(error).__name__})") from None

    def log_object(self, key: str) -> LogObject:
        """One of them. Raises LogNotFound, StorageError."""
        try:
            return LogObject.from_file(self.folder / key)
        except FileNotFoundError:
            raise LogNotFound("the file is not there any more") from None
        except OSError as error:
            raise StorageError(f"cannot read the file ({error.strerror or type(error).__name__})") from None


Place = BucketPlace | FolderPlace


def place_of(source: str) -> Place:
    """The place that a command line names: ``s3://bucket``, ``s3://bucket/prefix`` or a folder."""
    if source.startswith("s3://"):
        bucket, _, prefix = source.removeprefix("s3://").partition("/")
        return BucketPlace(bucket, prefix)
    return FolderPlace(Path(source))


def kind(error: ClientError | BotoCoreError) -> str:
    """What S3 or SQS calls an error: its code, or the client's name for it. Never its text, which may hold a key."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", ""))
    return type(error).__name__


@lru_cache(maxsize=1)
def s3() -> Any:
    """This process's client, as the environment says (AWS_ENDPOINT_URL and so on)."""
    import boto3

    return boto3.client("s3", config=Config(retries=_RETRIES))
