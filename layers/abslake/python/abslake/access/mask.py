"""What the restricted user sees instead of an identifier: a keyed, stable mask.

The same value has the same mask in every report, so sessions can be told apart and followed; without the key nobody can
turn a mask back, nor test a guess. Source: contract 8 (reports "with cookies, tokens and API keys obfuscated"; how is
not documented).
"""

import hmac
from collections.abc import Callable

from abslake.access.users import Role, User, Users
from abslake.errors import Forbidden


def mask_for(user: User, users: Users) -> Callable[[str], str] | None:
    """The mask through which `user` sees session ids; None for the admin, who sees them as they are.

    Raises Forbidden where the user needs a mask and there is no key: rather no answer than the identifiers.
    """
    if user.role is Role.ADMIN:
        return None
    key = users.masking_key
    if key is None:
        raise Forbidden("session ids cannot be masked: the users' document needs a masking_key or an admin")
    return lambda value: _mask(key, "cookie", value)


def _mask(key: bytes, kind: str, value: str) -> str:
    """128 bits of HMAC-SHA256 over kind and value, hexadecimal."""
    return hmac.digest(key, f"{kind}\0{value}".encode(), "sha256")[:16].hex()
