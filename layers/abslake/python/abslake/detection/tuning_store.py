"""What users set about detection, as one JSON object of the lake, changed by compare-and-swap.

One object, because a change may concern several parts (a reset drops thresholds too) and because whoever judges wants one
state and one request. It is small: what a person typed. It holds identifiers of the allow-list, so it is as secret as facts.
"""

import json
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from abslake.detection.findings import IdentifierKind
from abslake.errors import SettingsError, Unavailable, WriteRefused
from abslake.storage import Lake

KEY = "config/detection/tuning.json"
ALL = "all"
MAX_TRAIL = 1000
"""Changes that are remembered; older ones are dropped."""

_ATTEMPTS = 8


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)


class UserThreshold(_Record):
    """A threshold that a user has set. `scope`: name of an API, or "all" for a type across APIs."""

    scope: str
    attack_id: int
    variable: str
    tn: int
    tx: int | None = None
    by: str
    when: AwareDatetime


class Switch(_Record):
    """An attack type that was switched on or off, and when last."""

    attack_id: int
    enabled: bool
    by: str
    when: AwareDatetime


class Benign(_Record):
    """A client, or the addresses of a network, about whom nothing is to be found; see `covers` for when."""

    id: str
    kind: IdentifierKind
    value: Annotated[str, Field(repr=False, description="identifier, address, or network as address/prefix")]
    attack_id: int | Literal["all"]
    api: str
    by: str
    when: AwareDatetime
    why: str
    since: AwareDatetime
    until: AwareDatetime | None = None
    ended: AwareDatetime | None = None
    ended_by: str = ""
    ended_why: str = ""

    def covers(self, at: datetime) -> bool:
        """Whether the entry counts for that moment: from `since` until it expires or is ended."""
        return self.since <= at and all(end is None or at < end for end in (self.until, self.ended))


class Reset(_Record):
    """The last time that an API's training was reset."""

    api: str
    by: str
    when: AwareDatetime


class Change(_Record):
    """A line of the audit trail. `what` names thresholds, types, APIs and ids of entries, never a client."""

    when: AwareDatetime
    by: str
    what: str


class Document(_Record):
    """The whole object. `change` is random in every version, so that no two writers ever write the same bytes."""

    change: str = ""
    thresholds: tuple[UserThreshold, ...] = ()
    switches: tuple[Switch, ...] = ()
    benign: tuple[Benign, ...] = ()
    resets: tuple[Reset, ...] = ()
    trail: tuple[Change, ...] = ()


Edit = Callable[[Document], tuple[Document, str]]
"""Gives the new document and, for the trail, what was done. May be called again on a newer document."""


def read(lake: Lake) -> tuple[Document, str | None]:
    """What is set, and the object's etag; an empty document and None where nobody has set anything. One request.

    Raises SettingsError (the object is not what this program writes; names the field), StorageError.
    """
    try:
        found = lake.read(KEY)
    except FileNotFoundError:
        return Document(), None
    return parse(found.data), found.etag


def parse(text: bytes) -> Document:
    """The document of an object's bytes. Raises SettingsError naming the field, never a value."""
    try:
        return Document.model_validate_json(text)
    except ValidationError as error:
        field = ".".join(map(str, error.errors()[0]["loc"])) or "document"
        raise SettingsError(f"{KEY}: {field} is malformed") from None


def change(lake: Lake, by: str, edit: Edit, now: datetime | None = None) -> Document:
    """Make a change, in one swap, on top of whatever others have changed meanwhile. Gives the new document.

    A change that changes nothing is not written. Raises what `edit` raises, Unavailable where others are always faster,
    WriteStateUnknown (read it to see), SettingsError, StorageError.
    """
    now = now or datetime.now(UTC)
    for _ in range(_ATTEMPTS):
        old, etag = read(lake)
        new, what = edit(old)
        if new == old:
            return old
        trail = (*old.trail, Change(when=now, by=by, what=what))[-MAX_TRAIL:]
        new = new.model_copy(update={"change": secrets.token_hex(16), "trail": trail})
        try:
            lake.replace(KEY, _bytes(new), etag)
        except WriteRefused:
            continue
        return new
    raise Unavailable("the tuning is being changed by others all the time: try again")


def _bytes(document: Document) -> bytes:
    return json.dumps(document.model_dump(mode="json"), ensure_ascii=False, indent=1).encode()
