"""The users' document: JSON, either ``{"users": [user, …]}`` or one user alone, which is all that CloudFormation can generate.

A user has ``name``, ``role`` and a pair of keys: ``access_key`` and ``secret_key``, or instead of the last ``secret_key_sha256``
(hexadecimal digest). Instead of one pair there may be several, ``keys: [pair, …]``, and each pair may have ``not_before`` and
``not_after`` (ISO 8601 with zone): so keys are rotated. ``requests_per_minute`` limits a user. At the top may stand
``masking_key``, the secret behind the masks that the restricted user sees, or its digest as ``masking_key_sha256``.
Source: contract 8 (``:`` in no key).
"""

import hmac
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from abslake.access.users import KeyPair, Role, User, Users, digest
from abslake.errors import SettingsError

PAIR_FIELDS = frozenset({"access_key", "secret_key", "secret_key_sha256", "not_before", "not_after"})
"""What a pair is made of."""

MASKING_FIELDS = frozenset({"masking_key", "masking_key_sha256"})
"""What may stand at the top of a document."""

_USER_FIELDS = PAIR_FIELDS | {"name", "role", "keys", "requests_per_minute"}
_KEY = re.compile(r"[!-~]{1,256}")
_KEPT_OUT = frozenset(":,")  # ":" by contract 8; "," because the gateway joins a repeated header with it
_DOCUMENTED_DEFAULTS = frozenset({"abs_sk", "abs_sk_ru"})
_DIGEST = re.compile(r"[0-9a-f]{64}")
_MOST_PER_MINUTE = 1_000_000
_MOST_OF_NAME = 256  # it is part of a key of the table of limits


def parse(text: str | bytes) -> Users:
    """The users of a document. Raises SettingsError that names the user's place and field, never a value."""
    document = read(text)
    users = tuple(_user(f"users[{number}]", entry) for number, entry in enumerate(listed(document)))
    _check_unique(users)
    return Users(users, _masking_key(document, users))


def read(text: str | bytes) -> dict[str, Any]:
    """The document as it stands. Raises SettingsError."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"users: not JSON ({type(error).__name__})") from None
    if not isinstance(document, dict):
        raise SettingsError("users: must be an object")
    return document


def listed(document: Mapping[str, Any]) -> list[Any]:
    """The users of a document as they stand in it, also where it is one user alone. Raises SettingsError."""
    if "users" not in document:
        return [{name: value for name, value in document.items() if name not in MASKING_FIELDS}]
    _check_fields("users", document, MASKING_FIELDS | {"users"})
    users = document["users"]
    if not isinstance(users, list):
        raise SettingsError("users: must be a list")
    return users


def _check_unique(users: tuple[User, ...]) -> None:
    if len({user.name for user in users}) < len(users):
        raise SettingsError("users: two have the same name")
    digests = [pair.access_digest for user in users for pair in user.pairs]
    if len(set(digests)) < len(digests):
        raise SettingsError("users: two pairs have the same access_key")


def _user(place: str, entry: Any) -> User:
    _check_fields(place, entry, _USER_FIELDS)
    name = entry.get("name")
    if not isinstance(name, str) or not 1 <= len(name) <= _MOST_OF_NAME:
        raise SettingsError(f"{place}.name: must be a text of 1 to {_MOST_OF_NAME} characters")
    try:
        role = Role(str(entry.get("role")))
    except ValueError:
        raise SettingsError(f"{place}.role: must be admin or restricted") from None
    return User(name, role, _pairs(place, entry), _limit(place, entry.get("requests_per_minute")))


def _check_fields(place: str, entry: Any, known: frozenset[str]) -> None:
    """A misspelled field would be no limit, or a key that never ends."""
    if not isinstance(entry, dict):
        raise SettingsError(f"{place}: must be an object")
    if not entry.keys() <= known:
        raise SettingsError(f"{place}: has a field that is not known; known are {', '.join(sorted(known))}")


def _limit(place: str, given: Any) -> int | None:
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= _MOST_PER_MINUTE:
        raise SettingsError(f"{place}.requests_per_minute: must be a number from 1 to {_MOST_PER_MINUTE}")
    return given


def _pairs(place: str, entry: Mapping[str, Any]) -> tuple[KeyPair, ...]:
    if "keys" not in entry:
        return (_pair(place, entry),)
    if PAIR_FIELDS & entry.keys():
        raise SettingsError(f"{place}: give one pair or keys, not both")
    keys = entry["keys"]
    if not isinstance(keys, list) or not keys:
        raise SettingsError(f"{place}.keys: must be a list of pairs")
    pairs = []
    for number, pair in enumerate(keys):
        _check_fields(f"{place}.keys[{number}]", pair, PAIR_FIELDS)
        pairs.append(_pair(f"{place}.keys[{number}]", pair))
    return tuple(pairs)


def _pair(place: str, entry: Mapping[str, Any]) -> KeyPair:
    begin, end = (_moment(f"{place}.{name}", entry.get(name)) for name in ("not_before", "not_after"))
    if begin and end and begin >= end:
        raise SettingsError(f"{place}: not_before must be before not_after")
    return KeyPair(digest(_key(place, entry, "access_key")), _secret_digest(place, entry), begin, end)


def _moment(place: str, given: Any) -> datetime | None:
    if given is None:
        return None
    try:
        moment = datetime.fromisoformat(given)
    except (TypeError, ValueError):
        moment = None
    if moment is None or moment.tzinfo is None:
        raise SettingsError(f"{place}: write a time with its zone, such as 2026-03-01T00:00:00Z")
    return moment


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
        return digest(secret)
    if "secret_key" in entry:
        raise SettingsError(f"{place}: give secret_key or secret_key_sha256, not both")
    return _hexadecimal(f"{place}.secret_key_sha256", given)


def _hexadecimal(place: str, given: Any) -> bytes:
    if not isinstance(given, str) or not _DIGEST.fullmatch(given.lower()):
        raise SettingsError(f"{place}: must be 64 hexadecimal digits")
    return bytes.fromhex(given)


def _masking_key(document: Mapping[str, Any], users: tuple[User, ...]) -> bytes | None:
    """The document's own key, else one derived from the first admin's first secret, which the restricted user lacks."""
    given, kept = document.get("masking_key"), document.get("masking_key_sha256")
    if given is not None and kept is not None:
        raise SettingsError("users: give masking_key or masking_key_sha256, not both")
    if kept is not None:
        return _hexadecimal("masking_key_sha256", kept)
    if given is not None:
        if not isinstance(given, str) or len(given) < 16:
            raise SettingsError("masking_key: must be a text of at least 16 characters")
        return digest(given)
    admin = next((user for user in users if user.role is Role.ADMIN), None)
    return hmac.digest(admin.pairs[0].secret_digest, b"abslake masking key", "sha256") if admin else None
