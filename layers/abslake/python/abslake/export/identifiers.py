"""What leaves the lake of tokens, cookies and API keys: whoever holds one can act as its owner."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from abslake.access.mask import MASK_DIGITS
from abslake.errors import SettingsError
from abslake.traffic import discreet

SECRETS = ("cookie", "token", "api_key")
"""The columns of facts that are secrets."""

_BLOCK_BYTES = 64  # of SHA-256


class Shown(StrEnum):
    """What is said of them."""

    NONE = "none"
    MASKED = "masked"
    CLEAR = "clear"


@dataclass(frozen=True, slots=True)
class Identifiers:
    """How they are shown. `key`: the masks' secret, that of `abslake.access.mask`, needed where they are masked."""

    shown: Shown = Shown.NONE
    key: bytes | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.shown is Shown.MASKED and self.key is None:
            raise SettingsError("ABSLAKE_USERS: masks need a key, the users' masking_key or an admin")

    @property
    def path(self) -> str:
        """What is shown of the path, as SQL over facts: without the request's own secrets, unless they are in the clear."""
        return "path" if self.shown is Shown.CLEAR else f"coalesce({discreet.without(SECRETS)}, path)"

    def columns(self) -> Mapping[str, str]:
        """What is shown of each of `SECRETS`, as SQL over facts."""
        return {name: self._column(name) for name in SECRETS}

    def _column(self, name: str) -> str:
        if self.shown is Shown.NONE:
            return "NULL::VARCHAR"
        if self.shown is Shown.CLEAR or self.key is None:
            return name
        return _masked(self.key, name)


def _masked(key: bytes, column: str) -> str:
    """HMAC-SHA256 (RFC 2104, section 2) over kind and value, as SQL: of a cookie the mask that reports show.

    The kind is a part of it, so that a token and a cookie of equal text have different masks.
    """
    padded = (hashlib.sha256(key).digest() if len(key) > _BLOCK_BYTES else key).ljust(_BLOCK_BYTES, b"\0")
    inner = bytes(byte ^ 0x36 for byte in padded) + column.encode() + b"\0"
    outer = bytes(byte ^ 0x5C for byte in padded)
    digest = f"sha256(unhex('{outer.hex()}') || unhex(sha256(unhex('{inner.hex()}') || encode({column}))))"
    return f"left({digest}, {MASK_DIGITS})"
