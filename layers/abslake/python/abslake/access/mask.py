"""What the restricted user sees instead of an identifier: a keyed, stable mask.

The same value has the same mask in every report, so sessions can be told apart and followed; without the key nobody can
turn a mask back, nor test a guess. Source: contract 8 (reports "with cookies, tokens and API keys obfuscated"; how is
not documented).
"""

import hashlib
import hmac
from dataclasses import dataclass, field

from abslake.access.users import Role, User, Users
from abslake.errors import Forbidden

MASK_DIGITS = 32

_BLOCK_BYTES = 64  # of SHA-256
_COOKIE = "cookie"


@dataclass(frozen=True, slots=True)
class Mask:
    """The masks of identifiers, session ids above all: 128 bits of HMAC-SHA256 over kind and value, hexadecimal."""

    key: bytes = field(repr=False)

    def __call__(self, value: str, kind: str = _COOKIE) -> str:
        """The mask of `value`, a session id or an identifier of another `kind`."""
        text = f"{kind}\0{value}".encode("utf-8", "surrogatepass")
        return hmac.digest(self.key, text, "sha256").hex()[:MASK_DIGITS]

    def blocks(self, kind: str = _COOKIE) -> tuple[bytes, bytes]:
        """The two that an engine without HMAC needs: SHA256(second + SHA256(first + value)) begins with the mask.

        Source: RFC 2104, section 2. They are as secret as the key.
        """
        key = hashlib.sha256(self.key).digest() if len(self.key) > _BLOCK_BYTES else self.key
        padded = key.ljust(_BLOCK_BYTES, b"\0")
        return bytes(byte ^ 0x36 for byte in padded) + f"{kind}\0".encode(), bytes(byte ^ 0x5C for byte in padded)


def mask_for(user: User, users: Users) -> Mask | None:
    """The mask through which `user` sees session ids; None for the admin, who sees them as they are.

    Raises Forbidden where the user needs a mask and there is no key: rather no answer than the identifiers.
    """
    if user.role is Role.ADMIN:
        return None
    if users.masking_key is None:
        raise Forbidden("session ids cannot be masked: the users' document needs a masking_key or an admin")
    return Mask(users.masking_key)
