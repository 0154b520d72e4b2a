"""What users set about the attack list: who was taken off it and when, and for how long clients stay on it.

One JSON object of the lake, changed by one swap (`abslake.detection.audited`). Clients that were taken off stand there as
128-bit hashes without a key: enough to know them again, and no identifier lies about. Source: contract 5.
"""

from collections.abc import Callable
from datetime import datetime
from hashlib import blake2b
from typing import Annotated

from pydantic import AwareDatetime, Field

from abslake.detection import audited
from abslake.detection.attackers import Client
from abslake.detection.audited import Audited, Record
from abslake.detection.findings import IdentifierKind
from abslake.storage import Lake

KEY = "config/detection/attacklist.json"
MAX_REMOVED = 10_000
"""Clients that can be taken off by name; taking off all of a kind forgets those of it."""

MAX_CHANGES = 1_000
"""Of one kind's time to live."""

MAX_MINUTES = 5_256_000
"""Ten years."""


class Removal(Record):
    """One client that was taken off: attacks of until then do not put it on the list."""

    kind: IdentifierKind
    client: str
    by: str
    when: AwareDatetime


class Clearing(Record):
    """All clients of a kind that were taken off. The last of each kind."""

    kind: IdentifierKind
    by: str
    when: AwareDatetime


class TimeToLive(Record):
    """For how many minutes clients of a kind stay on the list that are found from then on; 0: for ever."""

    kind: IdentifierKind
    minutes: Annotated[int, Field(ge=0, le=MAX_MINUTES)]
    by: str
    when: AwareDatetime


class Document(Audited):
    """The whole object."""

    removed: tuple[Removal, ...] = ()
    cleared: tuple[Clearing, ...] = ()
    ttl: tuple[TimeToLive, ...] = ()
    """In the order of time."""


def name_of(client: Client) -> str:
    """What a client is known again by."""
    return blake2b(f"{client.kind.value}\0{client.value}".encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def read(lake: Lake) -> Document:
    """What is set. One request. Raises SettingsError (damaged object), StorageError."""
    return audited.read(lake, KEY, Document)[0]


def change(
    lake: Lake, by: str, edit: Callable[[Document], tuple[Document, str]], now: datetime | None = None
) -> Document:
    """Make a change; see `abslake.detection.audited.change` for what it raises. Gives the new document."""
    return audited.change(lake, KEY, Document, by, edit, now)
