"""From a request's headers to the user who asks, or the one 401 that tells nothing.

Source: contract 8 (``x-abs-ak`` and ``x-abs-sk``; ``x-abs-ak-ru`` and ``x-abs-sk-ru`` for the restricted user).
"""

from collections.abc import Mapping

from abslake.access.users import Role, User, Users
from abslake.errors import Forbidden, Unauthorized

_PAIRS = {
    Role.ADMIN: ("x-abs-ak", "x-abs-sk"),
    Role.RESTRICTED: ("x-abs-ak-ru", "x-abs-sk-ru"),
}


def identify(headers: Mapping[str, str], users: Users) -> User:
    """The user of the key pair in `headers` (names in lower case).

    Raises Unauthorized, always the same: a header is missing, empty or repeated, both pairs are sent, the key is
    unknown, the secret is wrong. The work is the same too: what cannot match is still compared with every user.
    """
    sent = [role for role, pair in _PAIRS.items() if any(name in headers for name in pair)]
    role = sent[0] if sent else Role.ADMIN
    access_key, secret_key = (headers.get(name, "") for name in _PAIRS[role])
    user = users.find(role, access_key, secret_key)
    if user is None or len(sent) != 1:
        raise Unauthorized("the keys are missing or wrong; send x-abs-ak and x-abs-sk")
    return user


def allow_tuning(user: User, what: str) -> None:
    """Raises Forbidden for the restricted user (contract 8). `what` is named in the message: no thresholds, no changes."""
    if user.role is not Role.ADMIN:
        raise Forbidden(f"the restricted user may not {what}")


def allow_forensics(user: User) -> None:
    """Raises Forbidden for the restricted user (contract 8)."""
    if user.role is not Role.ADMIN:
        raise Forbidden("the restricted user may not ask for forensics")
