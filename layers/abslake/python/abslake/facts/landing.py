"""The landing bucket: from an upload to the log object that ingest reads.

boto3 rather than the lake's client: a landing bucket is the user's, and its keys may be anything S3 allows.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from botocore.exceptions import BotoCoreError, ClientError

from abslake.errors import LogNotFound, StorageError
from abslake.facts.log_object import LogObject
from abslake.facts.notifications import Upload
from abslake.settings import Settings

_GONE = {"NoSuchKey", "NoSuchVersion", "NoSuchBucket", "404"}


def log_object(s3: Any, upload: Upload) -> LogObject:
    """The log object of an upload, as S3 has it now: its identity is that of the bytes which will be read.

    Raises LogNotFound, StorageError.
    """
    version = {"VersionId": upload.version} if upload.version and upload.version != "null" else {}
    try:
        answer = s3.get_object(Bucket=upload.bucket, Key=upload.key, **version)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in _GONE:
            raise LogNotFound(f"the log object is not there ({code})") from None
        raise StorageError(f"cannot read the log object ({code})") from None
    except BotoCoreError as error:
        raise StorageError(f"cannot read the log object ({type(error).__name__})") from None
    body = cast(BinaryIO, _Body(answer["Body"]))
    etag = answer["ETag"].strip('"')
    return LogObject(upload.bucket, upload.key, etag, answer["LastModified"], answer["ContentLength"], lambda: body)


def forced_format(settings: Settings, key: str) -> str | None:
    """The format that the settings force for a key; None: find it by content and name."""
    return next((name or None for prefix, name in _forced(settings) if key.startswith(prefix)), None)


def forced_names(settings: Settings) -> set[str]:
    """The formats that the settings force for some keys."""
    return {name for _, name in _forced(settings) if name}


def _forced(settings: Settings) -> Iterator[tuple[str, str]]:
    for rule in filter(str.strip, settings.formats.split(",")):
        prefix, _, name = rule.rpartition("=")  # a prefix may hold "=", a format's name does not
        yield prefix.strip(), name.strip()


class _Body:
    """A streaming body as a file: what breaks on the way is a StorageError, so that the message is tried again."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def __enter__(self) -> "_Body":
        return self

    def __exit__(self, *_: object) -> None:
        self._body.close()

    def read(self, size: int) -> bytes:
        try:
            return cast(bytes, self._body.read(size))
        except (BotoCoreError, OSError) as error:
            raise StorageError(f"the log object broke off ({type(error).__name__})") from None
