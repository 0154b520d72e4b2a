"""From a request's headers to whoever asks, or the one 401 that tells nothing.

Source: contract 8 (``x-abs-ak`` and ``x-abs-sk``; ``x-abs-ak-ru`` and ``x-abs-sk-ru`` for the restricted user; 5.x takes
OAuth as well: audience, issuers, JWKS).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from abslake.access.source import load
from abslake.access.users import Role, User, Users
from abslake.errors import Forbidden, Unauthorized
from abslake.settings import Settings

PAIRS = {
    Role.ADMIN: ("x-abs-ak", "x-abs-sk"),
    Role.RESTRICTED: ("x-abs-ak-ru", "x-abs-sk-ru"),
}
"""The headers of a key pair."""

_REFUSED = "the keys are missing or wrong; send x-abs-ak and x-abs-sk"


class Credentials(StrEnum):
    """By what a caller was told."""

    KEYS = "keys"
    TOKEN = "token"  # noqa: S105 - a kind's name


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever asks: a user, by what he was told, and the name that his requests are counted under."""

    user: User
    credentials: Credentials
    account: str
    users: Users = field(repr=False)


def authenticate(headers: Mapping[str, str], settings: Settings, now: datetime | None = None) -> Caller:
    """Who sends these headers (names in lower case): by a key pair or, where they are taken, an access token; never both.

    Raises Unauthorized, always the same; Forbidden (a good token without a scope of ours); Unavailable (the issuer's keys
    cannot be fetched); SettingsError, StorageError.
    """
    users = load(settings)
    if not settings.oauth_issuers or "authorization" not in headers:
        user = identify(headers, users, now)
        return Caller(user, Credentials.KEYS, f"user:{user.name}", users)
    if any(name in headers for pair in PAIRS.values() for name in pair):
        raise Unauthorized(_REFUSED)
    from abslake.access import tokens  # 130 ms that users of keys need not wait for

    bearer = tokens.bearer(headers["authorization"], settings)
    if bearer is None:
        raise Unauthorized(_REFUSED)
    return Caller(bearer.user, Credentials.TOKEN, bearer.account, users)


def identify(headers: Mapping[str, str], users: Users, now: datetime | None = None) -> User:
    """The user of the key pair in `headers` (names in lower case).

    Raises Unauthorized, always the same: a header is missing, empty or repeated, both pairs are sent, the key is
    unknown, the secret is wrong, the pair is not good yet or any more. The work is the same too: what cannot match is
    still compared with every pair.
    """
    sent = [role for role, pair in PAIRS.items() if any(name in headers for name in pair)]
    role = sent[0] if sent else Role.ADMIN
    access_key, secret_key = (headers.get(name, "") for name in PAIRS[role])
    user = users.find(role, access_key, secret_key, now or datetime.now(UTC))
    if user is None or len(sent) != 1:
        raise Unauthorized(_REFUSED)
    return user


def allow_tuning(user: User, what: str) -> None:
    """Raises Forbidden for the restricted user (contract 8). `what` is named in the message: no thresholds, no changes."""
    if user.role is not Role.ADMIN:
        raise Forbidden(f"the restricted user may not {what}")


def allow_forensics(user: User) -> None:
    """Raises Forbidden for the restricted user (contract 8)."""
    if user.role is not Role.ADMIN:
        raise Forbidden("the restricted user may not ask for forensics")
