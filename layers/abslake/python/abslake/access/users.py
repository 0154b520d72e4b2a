"""The report users: read from their document, kept as digests, found by key pair in constant time.

Source: contract 8 (admin and restricted pair, ``:`` in no key). The document is JSON, either ``{"users": [user, …]}``
or one user alone, which is all that CloudFormation can generate. A user has ``name``, ``role``, ``access_key`` and
``secret_key``, or instead of the last ``secret_key_sha256`` (hexadecimal digest). At the top may stand ``masking_key``,
the secret behind the masks that the restricted user sees.
"""

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Any

from abslake.errors import SettingsError

_KEY = re.compile(r"[!-~]{1,256}")
_KEPT_OUT = frozenset(":,")  # ":" by contract 8; "," because the gateway joins a repeated header with it
_DOCUMENTED_DEFAULTS = frozenset({"abs_sk", "abs_sk_ru"})
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Role(StrEnum):
    """Admin: everything. Restricted: no forensics, session ids masked."""

    ADMIN = "admin"
    RESTRICTED = "restricted"


@dataclass(frozen=True, slots=True)
class User:
    """One user; the digests are SHA-256."""

    name: str
    role: Role
    access_digest: bytes = field(repr=False)
    secret_digest: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Users:
    """All users, and the key of the masks (None: nothing can be masked)."""

    users: tuple[User, ...] = ()
    masking_key: bytes | None = field(default=None, repr=False)

    def find(self, role: Role, access_key: str, secret_key: str) -> User | None:
        """The user of this pair, or None. Every user is compared in full, whatever matched before.

        Comparing digests makes the work the same for every length and every common beginning.
        """
        access, secret = _digest(access_key), _digest(secret_key)
        found = None
        for user in self.users:
            same = hmac.compare_digest(user.access_digest, access) & hmac.compare_digest(user.secret_digest, secret)
            if same & (user.role is role):
                found = user
        return found


def parse(text: str | bytes) -> Users:
    """The users of a document. Raises SettingsError that names the user's place and field, never a value."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"users: not JSON ({type(error).__name__})") from None
    if not isinstance(document, dict):
        raise SettingsError("users: must be an object")
    listed = document.get("users", [document])
    if not isinstance(listed, list):
        raise SettingsError("users: must be a list")
    users = tuple(_user(f"users[{number}]", entry) for number, entry in enumerate(listed))
    if len({user.access_digest for user in users}) < len(users):
        raise SettingsError("users: two have the same access_key")
    return Users(users, _masking_key(document.get("masking_key"), users))


def _user(place: str, entry: Any) -> User:
    if not isinstance(entry, dict):
        raise SettingsError(f"{place}: must be an object")
    name = entry.get("name")
    if not isinstance(name, str) or not name:
        raise SettingsError(f"{place}.name: must be a text")
    try:
        role = Role(str(entry.get("role")))
    except ValueError:
        raise SettingsError(f"{place}.role: must be admin or restricted") from None
    return User(name, role, _digest(_key(place, entry, "access_key")), _secret_digest(place, entry))


def _key(place: str, entry: Mapping[str, Any], name: str) -> str:
    key = entry.get(name)
    if not isinstance(key, str) or not _KEY.fullmatch(key) or _KEPT_OUT & set(key):
        raise SettingsError(f"{place}.{name}: must be 1 to 256 visible ASCII characters without : and ,")
    return key


def _secret_digest(place: str, entry: Mapping[str, Any]) -> bytes:
    given = entry.get("secret_key_sha256")
    if given is None:
        secret = _key(place, entry, "secret_key")
        if secret in _DOCUMENTED_DEFAULTS:
            raise SettingsError(f"{place}.secret_key: is a published default, choose another")
        return _digest(secret)
    if "secret_key" in entry:
        raise SettingsError(f"{place}: give secret_key or secret_key_sha256, not both")
    if not isinstance(given, str) or not _DIGEST.fullmatch(given.lower()):
        raise SettingsError(f"{place}.secret_key_sha256: must be 64 hexadecimal digits")
    return bytes.fromhex(given)


def _masking_key(given: Any, users: tuple[User, ...]) -> bytes | None:
    """The document's own key, else one derived from the first admin's secret, which the restricted user lacks."""
    if given is not None:
        if not isinstance(given, str) or len(given) < 16:
            raise SettingsError("masking_key: must be a text of at least 16 characters")
        return _digest(given)
    admins = (user for user in users if user.role is Role.ADMIN)
    admin = next(admins, None)
    return hmac.digest(admin.secret_digest, b"abslake masking key", "sha256") if admin else None


def _digest(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogatepass")).digest()
