"""What users set about detection, as one JSON object of the lake, changed by compare-and-swap.

One object, because a change may concern several parts (a reset drops thresholds too) and because whoever judges wants one
state and one request. It is small: what a person typed. It holds identifiers of the allow-list, so it is as secret as facts.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from abslake.detection import audited
from abslake.detection.audited import Audited, Record
from abslake.detection.findings import IdentifierKind
from abslake.storage import Lake

KEY = "config/detection/tuning.json"
ALL = "all"


class UserThreshold(Record):
    """A threshold that a user has set. `scope`: name of an API, or "all" for a type across APIs."""

    scope: str
    attack_id: int
    variable: str
    tn: int
    tx: int | None = None
    by: str
    when: AwareDatetime


class Switch(Record):
    """An attack type that was switched on or off, and when last."""

    attack_id: int
    enabled: bool
    by: str
    when: AwareDatetime


class Benign(Record):
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


class Reset(Record):
    """The last time that an API's training was reset."""

    api: str
    by: str
    when: AwareDatetime


class Document(Audited):
    """The whole object."""

    thresholds: tuple[UserThreshold, ...] = ()
    switches: tuple[Switch, ...] = ()
    benign: tuple[Benign, ...] = ()
    resets: tuple[Reset, ...] = ()


Edit = Callable[[Document], tuple[Document, str]]
"""Gives the new document and, for the trail, what was done. May be called again on a newer document."""


def read(lake: Lake) -> tuple[Document, str | None]:
    """What is set, and the object's etag; see `abslake.detection.audited`. Raises SettingsError, StorageError."""
    return audited.read(lake, KEY, Document)


def parse(text: bytes) -> Document:
    """The document of an object's bytes. Raises SettingsError naming the field, never a value."""
    return audited.parse(text, KEY, Document)


def change(lake: Lake, by: str, edit: Edit, now: datetime | None = None) -> Document:
    """Make a change; see `abslake.detection.audited.change` for what it raises. Gives the new document."""
    return audited.change(lake, KEY, Document, by, edit, now)
