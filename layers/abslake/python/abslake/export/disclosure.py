"""What of a finding may be said outside the lake, where nobody asks for a key: of the client usually a mask.

The id of a finding is a hash of its client among other things, and addresses are few: whoever saw it could try them all. So
unless identifiers are told in the clear, the id is not told either but a keyed hash of it, the reference.
"""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from abslake.access.mask import MASK_DIGITS
from abslake.detection.findings import ACROSS, Finding, IdentifierKind, finding_id
from abslake.errors import StorageError
from abslake.storage import Lake

KEY = "detection/keys/references"
"""Where the lake keeps the key of references: 32 random bytes, made once."""

MOST_TEXT = 8192
"""Characters of any text that is told; longer ones are cut. Clients write them."""

_KEY_BYTES = 32

_PERSONAL = (IdentifierKind.IP, IdentifierKind.USERNAME)


class Identifiers(StrEnum):
    """What is said of the client. Where it is not in the clear, samples are left out: paths may hold identifiers."""

    MASKED = "masked"
    """A keyed mask, stable; the same as `abslake export ocsf` and the reports of the restricted user show."""
    SECRETS_MASKED = "secrets-masked"
    """Tokens, cookies and API keys masked; addresses and user names in the clear."""
    CLEAR = "clear"
    """As logged: whoever reads a token can act as its owner."""


class News(StrEnum):
    """What is new about a finding."""

    NEW = "new"
    RAISED = "raised"
    """Told as an anomaly before, an attack now."""
    REPEATED = "repeated"
    """The same client, type and API were told within the last day; it goes on, or it is there again."""


@dataclass(frozen=True, slots=True)
class Disclosed:
    """A finding without what must not be said. `reference` is what receivers tell duplicates by."""

    finding: Finding = field(repr=False)
    """Its identifier, id and samples are those below."""
    reference: str
    identifier: str = field(repr=False)
    masked: bool
    news: News = News.NEW
    key_name: str = ""
    """Name of the API key or cookie; empty: another kind, or not known."""

    @property
    def across(self) -> bool:
        """Whether it is about all APIs together."""
        return self.finding.api == ACROSS


@dataclass(frozen=True, slots=True)
class Disclosure:
    """How findings are told. `mask_key`: that of the report users (`abslake.access`); None: the references' own."""

    identifiers: Identifiers
    reference_key: bytes = field(repr=False)
    mask_key: bytes | None = field(default=None, repr=False)
    key_name: Callable[[Finding], str] = field(default=lambda _: "", repr=False)

    def of(self, finding: Finding, news: News = News.NEW) -> Disclosed:
        """The finding as it may be told."""
        kind = finding.identifier_kind
        clear = self.identifiers is Identifiers.CLEAR
        masked = not clear and (self.identifiers is Identifiers.MASKED or kind not in _PERSONAL)
        shown = self._mask(kind.value, finding.identifier) if masked else finding.identifier[:MOST_TEXT]
        reference = stable_id(finding) if clear else self.reference(finding)
        samples = finding.samples if clear else ()
        told = finding.model_copy(update={"identifier": shown, "id": reference, "samples": samples})
        return Disclosed(told, reference, shown, masked, news, self.key_name(finding))

    def reference(self, finding: Finding) -> str:
        """What stands for the finding's id: the same for the same finding, and nobody can try clients with it."""
        return _keyed(self.reference_key, "finding", stable_id(finding))

    def about(self, finding: Finding) -> str:
        """What stands for attack type, API and client together."""
        subject = (str(finding.attack_id), finding.api, finding.identifier_kind.value, finding.identifier)
        return _keyed(self.reference_key, "subject", "\0".join(subject))

    def _mask(self, kind: str, value: str) -> str:
        return _keyed(self.mask_key or self.reference_key, kind, value)


def stable_id(finding: Finding) -> str:
    """The finding's id; of one written without, what it would be."""
    window: datetime = finding.window or finding.first
    return finding.id or finding_id(window, finding.attack_id, finding.api, finding.identifier_kind, finding.identifier)


def reference_key(lake: Lake) -> bytes:
    """The lake's key of references; made now if it has none. Raises StorageError, also where it is damaged."""
    try:
        key = lake.get(KEY)
    except FileNotFoundError:
        lake.create(KEY, secrets.token_bytes(_KEY_BYTES))
        key = lake.get(KEY)
    if len(key) != _KEY_BYTES:  # a mask by an empty key is none
        raise StorageError(f"{KEY} is damaged: delete it, and what was told of the last day is told once more")
    return key


def _keyed(key: bytes, kind: str, value: str) -> str:
    text = f"{kind}\0{value}".encode("utf-8", "surrogatepass")
    return hmac.digest(key, text, "sha256").hex()[:MASK_DIGITS]
