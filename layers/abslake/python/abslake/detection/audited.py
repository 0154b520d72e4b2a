"""JSON objects of the lake that people change: read with their etag, changed by compare-and-swap, with who and when.

A change is an edit of the whole object, made again on the newer one where somebody else was faster: it takes effect exactly
once or not at all. Objects are small: what a person typed. The trail names what was done, never a client.
"""

import json
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from abslake.errors import SettingsError, Unavailable, WriteRefused
from abslake.storage import Lake

MAX_TRAIL = 1000
"""Changes that are remembered; older ones are dropped."""

_ATTEMPTS = 8


class Record(BaseModel):
    """A part of such an object; what a newer version has added is left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)


class Change(Record):
    """A line of the audit trail. `what` never names a client."""

    when: AwareDatetime
    by: str
    what: str


class Audited(Record):
    """A whole object. `change` is random in every version, so that no two writers ever write the same bytes."""

    change: str = ""
    trail: tuple[Change, ...] = ()


Document = TypeVar("Document", bound=Audited)


def read(lake: Lake, key: str, model: type[Document]) -> tuple[Document, str | None]:
    """What is set, and the object's etag; an empty document and None where nobody has set anything. One request.

    Raises SettingsError (the object is not what this program writes; names the field), StorageError.
    """
    try:
        found = lake.read(key)
    except FileNotFoundError:
        return model(), None
    return parse(found.data, key, model), found.etag


def parse(text: bytes, key: str, model: type[Document]) -> Document:
    """The document of an object's bytes. Raises SettingsError naming the field, never a value."""
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        field = ".".join(map(str, error.errors()[0]["loc"])) or "document"
        raise SettingsError(f"{key}: {field} is malformed") from None


def change(
    lake: Lake,
    key: str,
    model: type[Document],
    by: str,
    edit: Callable[[Document], tuple[Document, str]],
    now: datetime | None = None,
) -> Document:
    """Make a change, in one swap, on top of whatever others have changed meanwhile. Gives the new document.

    `edit` gives the new document and, for the trail, what was done; it may be called again on a newer document. A change
    that changes nothing is not written. Raises what `edit` raises, Unavailable where others are always faster,
    WriteStateUnknown (read it to see), SettingsError, StorageError.
    """
    now = now or datetime.now(UTC)
    for _ in range(_ATTEMPTS):
        old, etag = read(lake, key, model)
        new, what = edit(old)
        if new == old:
            return old
        trail = (*old.trail, Change(when=now, by=by, what=what))[-MAX_TRAIL:]
        new = new.model_copy(update={"change": secrets.token_hex(16), "trail": trail})
        try:
            lake.replace(key, _bytes(new), etag)
        except WriteRefused:
            continue
        return new
    raise Unavailable(f"{key} is being changed by others all the time: try again")


def _bytes(document: Audited) -> bytes:
    return json.dumps(document.model_dump(mode="json"), ensure_ascii=False, indent=1).encode()
