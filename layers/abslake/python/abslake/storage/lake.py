"""The lake's object store: list, read, create once, replace if unchanged, delete, sign."""

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import LocalStore, MemoryStore, ObjectStore, S3Store

from abslake.errors import StorageError, WriteStateUnknown
from abslake.storage import credentials, swap
from abslake.storage.swap import Versioned

if TYPE_CHECKING:
    from obstore import ObjectMeta

_CREATE_ATTEMPTS = 5
_RETRIES = 6


@dataclass(frozen=True, slots=True)
class Entry:
    """One object of a listing: key (relative to the lake), size in bytes, time of its last change (UTC), etag."""

    key: str
    size: int
    last_modified: datetime
    etag: str | None = None
    """Without quotes; None: not known. A folder's is not that of `Lake.read`: compare it with those of entries only."""


class Lake:
    """A lake: ``s3://bucket``, ``s3://bucket/prefix``, ``memory:`` or a folder (made when it is first written)."""

    def __init__(self, url: str, **options: str | bool) -> None:
        """`options` go to the S3 client (`endpoint`, `access_key_id`, …); the environment fills in the rest."""
        self.url = url
        self._options = options
        self.folder: Path | None = None
        store: ObjectStore
        if url == "memory:":
            store = MemoryStore()
        elif url.startswith("s3://"):
            store = _s3(url, options, retries=_RETRIES)
        else:
            self.folder = Path(url.removeprefix("file://")).resolve()
            self.folder.mkdir(parents=True, exist_ok=True)
            store = LocalStore(self.folder)
        self.store = store

    @cached_property
    def _store_without_retries(self) -> ObjectStore:
        return _s3(self.url, self._options, retries=0) if isinstance(self.store, S3Store) else self.store

    def local_path(self, key: str) -> Path | None:
        """Where the object lies on this machine, if the lake is a folder."""
        return self.folder / key if self.folder else None

    def get(self, key: str) -> bytes:
        """The object's bytes. Raises FileNotFoundError, StorageError."""
        try:
            return bytes(obstore.get(self.store, key).bytes())
        except BaseError as error:
            raise StorageError(f"cannot read {key}: {_kind(error)}") from error

    def read(self, key: str) -> Versioned:
        """The object's bytes and the etag of just these bytes. Raises FileNotFoundError, StorageError."""
        try:
            answer = obstore.get(self.store, key)
            data, etag = bytes(answer.bytes()), answer.meta["e_tag"]
        except BaseError as error:
            raise StorageError(f"cannot read {key}: {_kind(error)}") from error
        if self.folder:
            etag = swap.content_etag(data)
        if not etag:
            raise StorageError(f"cannot read {key}: the store names no etag")
        return Versioned(data, etag)

    def get_as_listed(self, key: str) -> tuple[bytes, Entry]:
        """The object's bytes, and how a listing shows the object while it holds just these.

        Raises FileNotFoundError, StorageError.
        """
        try:
            answer = obstore.get(self.store, key)
            return bytes(answer.bytes()), _entry(answer.meta)
        except BaseError as error:
            raise StorageError(f"cannot read {key}: {_kind(error)}") from error

    def unchanged(self, key: str, etag: str) -> bool:
        """Whether the object is there and still the one that `read` or `replace` gave this etag for. One request.

        Raises StorageError.
        """
        try:
            if self.folder:
                return self.read(key).etag == etag
            return obstore.head(self.store, key)["e_tag"] == etag
        except FileNotFoundError:
            return False
        except BaseError as error:
            raise StorageError(f"cannot look at {key}: {_kind(error)}") from error

    def list(self, prefix: str, start_after: str = "") -> Iterator[Entry]:
        """Objects whose key starts with the folder `prefix`, after `start_after`, in key order."""
        try:
            # obstore cuts a slash at the end, and SeaweedFS then passes over the whole folder: a blank keeps it.
            offset = f"{start_after} " if start_after.endswith("/") else start_after
            pages = obstore.list(self.store, prefix or None, offset=offset or None)
            entries: Iterator[Entry] = (_entry(meta) for page in pages for meta in page)
            if self.folder:  # a folder's own order is anything
                entries = iter(sorted(entries, key=lambda entry: entry.key))
            yield from entries
        except FileNotFoundError:
            return
        except BaseError as error:
            raise StorageError(f"cannot list {prefix}: {_kind(error)}") from error

    def create(self, key: str, data: bytes | Path) -> bool:
        """Write the object if no such key exists (``If-None-Match: *``). True: written now. False: it was there.

        A refusal is believed only when the object can be seen: S3 also refuses (409) while another writer is
        under way, and that writer may yet fail.
        Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
        Raises WriteStateUnknown when the store failed (repeating the call is safe), StorageError where writing is
        not allowed.
        """
        for attempt in range(_CREATE_ATTEMPTS):
            if attempt:
                time.sleep(0.05 * 2**attempt)
            try:
                obstore.put(self.store, key, data, mode="create", use_multipart=False)
            except AlreadyExistsError:
                if self.exists(key):
                    return False
            except (PermissionDeniedError, UnauthenticatedError) as error:
                raise StorageError(f"may not write {key}: {_kind(error)}") from error
            except BaseError as error:
                if attempt == _CREATE_ATTEMPTS - 1:
                    raise WriteStateUnknown(f"cannot tell whether {key} was written: {_kind(error)}") from error
            else:
                return True
        raise WriteStateUnknown(f"cannot tell whether {key} was written: the store goes on refusing it")

    def replace(self, key: str, data: bytes, etag: str | None) -> str:
        """Write the object if it is still the one that `read` gave `etag` for (None: if there is none). The new etag.

        `data` must hold something that no other attempt writes, such as a random id: a reply may be lost, and then
        the bytes that are there tell whose write it was.

        Raises WriteRefused: somebody else has changed it, and this write took no effect and never will.
        Raises WriteStateUnknown: it took effect, or not, or took effect and was replaced since by somebody who had read
        it. Only what is in the object now can tell. No attempt begins more than a minute after the call.
        Raises StorageError where reading or writing is not allowed.
        """
        if isinstance(self.store, LocalStore) and self.folder:
            return swap.in_folder(self.folder, self.store, key, data, etag, self.read)
        return swap.in_store(self._store_without_retries, key, data, etag, self.read)

    def delete(self, keys: Iterable[str]) -> None:
        """Take objects away, up to 1,000 with each request; a key that is not there is no error.

        Raises StorageError; some may be gone then, and to repeat the call is safe.
        """
        gone = [*keys]
        try:
            if self.folder:
                for key in gone:
                    with suppress(FileNotFoundError):
                        obstore.delete(self.store, key)
            elif gone:
                obstore.delete(self.store, gone)
        except (BaseError, FileNotFoundError) as error:  # not found is the bucket, never a key
            raise StorageError(f"cannot delete {len(gone)} objects: {_kind(error)}") from error

    def put(
        self, key: str, data: bytes, content_type: str = "application/octet-stream", *, cache_control: str = ""
    ) -> None:
        """Write the object, whatever was there: for keys that nobody else can know, and for configuration.

        `cache_control`: header of that name of whoever GETs the object.
        """
        headers = {"Content-Type": content_type} | ({"Cache-Control": cache_control} if cache_control else {})
        attributes = headers if isinstance(self.store, S3Store) else None
        try:
            obstore.put(self.store, key, data, attributes=attributes, use_multipart=False)
        except BaseError as error:
            raise WriteStateUnknown(f"cannot tell whether {key} was written: {_kind(error)}") from error

    def exists(self, key: str) -> bool:
        """Whether the object can be seen. Raises StorageError."""
        try:
            obstore.head(self.store, key)
        except FileNotFoundError:
            return False
        except BaseError as error:
            raise StorageError(f"cannot look at {key}: {_kind(error)}") from error
        return True

    def sign(self, key: str, seconds: int) -> str:
        """An address to GET the object from for `seconds`, without keys; a file: address where the lake is a folder."""
        if isinstance(self.store, S3Store):
            return obstore.sign(self.store, "GET", key, timedelta(seconds=seconds))
        path = self.local_path(key)
        return path.as_uri() if path else f"memory:{key}"


def _entry(meta: "ObjectMeta") -> Entry:
    etag = meta["e_tag"]
    return Entry(meta["path"], meta["size"], meta["last_modified"], etag.strip('"') if etag else None)


def _s3(url: str, options: dict[str, str | bool], retries: int) -> S3Store:
    bucket, _, prefix = url.removeprefix("s3://").partition("/")
    if not bucket:
        raise StorageError(f"{url!r} names no bucket: write s3://bucket or s3://bucket/prefix")
    settings: dict[str, str | bool] = {"virtual_hosted_style_request": True, **options}
    endpoint = options.get("endpoint") or _environment_endpoint()
    if endpoint:
        settings |= {"endpoint": endpoint, "virtual_hosted_style_request": False}
    plain = str(endpoint or "").startswith("http://")
    return S3Store(
        bucket,
        prefix=prefix.strip("/") or None,
        config=settings,  # type: ignore[arg-type]
        client_options={"allow_http": plain},
        credential_provider=credentials.fetch if credentials.offered(os.environ) else None,  # type: ignore[arg-type]
        retry_config={"max_retries": retries, "retry_timeout": timedelta(seconds=60)},
    )


def _environment_endpoint() -> str:
    """boto3's own names for another endpoint, so that one variable points everything at a local server."""
    return os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""


def _kind(error: Exception) -> str:
    """What failed, without the store's own text: it may quote keys and addresses."""
    return "there is no bucket of this name" if "NoSuchBucket" in str(error) else type(error).__name__
