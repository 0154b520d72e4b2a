"""Versions of objects that a bucket keeps behind what was deleted or written again: they hold what was erased."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from abslake.errors import StorageError
from abslake.index import names
from abslake.upkeep.copies import batches

_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Version:
    """One version behind the current one. `key` is relative to the lake; a marker only says that the key is deleted."""

    key: str
    id: str
    is_marker: bool


class Versions:
    """The versions of a lake in S3."""

    def __init__(self, s3: Any, bucket: str, prefix: str = "") -> None:
        """`s3` is a boto3 client; `prefix` the lake's, without a slash at its end."""
        self._s3, self._bucket = s3, bucket
        self._prefix = f"{prefix}/" if prefix else ""

    def are_kept(self) -> bool:
        """Whether the bucket keeps, or has kept, versions. Raises StorageError, also where it may not be asked."""
        return bool(_asked(lambda: self._s3.get_bucket_versioning(Bucket=self._bucket)).get("Status"))

    def days_kept(self) -> int | None:
        """How long the bucket's lifecycle rules keep them; None: unknown, or for ever."""
        try:
            rules = _asked(lambda: self._s3.get_bucket_lifecycle_configuration(Bucket=self._bucket))["Rules"]
        except StorageError:
            return None
        days = [
            rule["NoncurrentVersionExpiration"]["NoncurrentDays"]
            for rule in rules
            if "NoncurrentVersionExpiration" in rule
        ]
        return min(days, default=None)

    def behind(self, prefix: str) -> list[Version]:
        """All that are not current, and markers of deletion. Raises StorageError."""
        listing = self._s3.get_paginator("list_object_versions")
        pages = listing.paginate(Bucket=self._bucket, Prefix=self._prefix + prefix)
        found: list[Version] = _asked(lambda: [version for page in pages for version in self._of_page(page)])
        return found

    def get(self, version: Version) -> bytes:
        """Its bytes. Raises StorageError."""
        asked = {"Bucket": self._bucket, "Key": self._prefix + version.key, "VersionId": version.id}
        found: bytes = _asked(lambda: self._s3.get_object(**asked)["Body"].read())  # noqa: PLW0108 - it asks first
        return found

    def delete(self, versions: list[Version]) -> None:
        """For ever; markers last, or what they hide would be back. Raises StorageError where one may not be deleted."""
        for batch in batches(sorted(versions, key=lambda one: one.is_marker), _BATCH):
            objects = [{"Key": self._prefix + one.key, "VersionId": one.id} for one in batch]
            asked = {"Bucket": self._bucket, "Delete": {"Objects": objects, "Quiet": True}}
            answer = _asked(partial(self._s3.delete_objects, **asked))
            if faults := answer.get("Errors"):
                raise StorageError(f"{len(faults)} versions could not be deleted ({faults[0].get('Code')})")

    def _of_page(self, page: dict[str, Any]) -> Iterator[Version]:
        for entries, is_marker in ((page.get("Versions", []), False), (page.get("DeleteMarkers", []), True)):
            for entry in entries:
                if is_marker or not entry["IsLatest"]:
                    yield Version(entry["Key"].removeprefix(self._prefix), entry["VersionId"], is_marker)


def of_index(version: Version) -> bool:
    """Whether it was a segment's object: derived, under a key that is never used again, so nobody misses it.

    The root and the ledgers of retired units are not: what they said may have to be looked up.
    """
    return version.key.split("/")[1] in names.KINDS


def _asked(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except ClientError as error:
        raise StorageError(f"the bucket's versions: {error.response.get('Error', {}).get('Code', '')}") from None
    except BotoCoreError as error:
        raise StorageError(f"the bucket's versions: {type(error).__name__}") from None
