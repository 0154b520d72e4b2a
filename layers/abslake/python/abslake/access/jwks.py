"""The public keys of token issuers, a JWK set (RFC 7517): fetched in time and within bounds, and kept for a while.

An attacker can write any key id into a token, so an unknown one has the set fetched again, but not more often than every
`AGAIN_SECONDS`. While the issuer does not answer, keys that were fetched lately go on being used.
"""

import json
import logging
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from abslake.errors import SettingsError, Unavailable
from abslake.https import Target, get

Jwk = Mapping[str, Any]

FRESH_SECONDS = 600.0
"""Age at which the set is fetched again: so long a key may go on that the issuer has withdrawn."""

STALE_SECONDS = 3600.0
"""Age up to which keys are used while the issuer does not answer."""

AGAIN_SECONDS = 30.0
"""From one try to the next."""

_FETCH_SECONDS = 3.0
_MOST_BYTES, _MOST_KEYS = 262_144, 100

_logger = logging.getLogger(__name__)


class Unreadable(Exception):
    """The set could not be read; the message holds no address."""


class KeySet:
    """The keys at one place. `read` gives its JSON or raises Unreadable; `clock` counts seconds."""

    def __init__(self, read: Callable[[], bytes], clock: Callable[[], float] = time.monotonic) -> None:
        self._read, self._clock = read, clock
        self._keys: list[Jwk] = []
        self._fetched, self._tried = float("-inf"), float("-inf")
        self._failed = False

    def matching(self, key_id: str | None) -> list[Jwk]:
        """The keys of this id, all where there is none. Raises Unavailable where that cannot be told."""
        if self._clock() - self._fetched > FRESH_SECONDS:
            self._renew()
        found = self._of(key_id)
        if not found:
            self._renew()
            found = self._of(key_id)
        if self._clock() - self._fetched > STALE_SECONDS or (not found and self._failed):
            raise Unavailable("the keys of the token's issuer cannot be fetched: ask again in a moment")
        return found

    def _of(self, key_id: str | None) -> list[Jwk]:
        return [key for key in self._keys if key_id is None or key.get("kid") == key_id]

    def _renew(self) -> None:
        now = self._clock()
        if now - self._tried < AGAIN_SECONDS:
            return
        self._tried = now
        try:
            self._keys = parse(self._read())
        except Unreadable as error:
            self._failed = True
            _logger.warning("the keys of the tokens' issuers cannot be fetched: %s", error)
        else:
            self._fetched, self._failed = now, False


@lru_cache(maxsize=4)
def key_set(place: str) -> KeySet:
    """The keys at ``https://…``, in ``file:<path>``, or in the JSON text itself. Raises SettingsError."""
    if place.startswith("{"):
        return KeySet(place.encode)
    if place.startswith("file:"):
        return KeySet(lambda: _from_file(place.removeprefix("file:")))
    if place.startswith(("https://", "http://")):
        return KeySet(lambda: _from_server(place))
    raise SettingsError("ABSLAKE_OAUTH_JWKS: write https://…, file:<path> or the JWK set itself")


def parse(text: bytes) -> list[Jwk]:
    """The keys of a set that can verify signatures: public ones for signing. Raises Unreadable."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise Unreadable("not JSON") from None
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list):
        raise Unreadable("no JWK set")
    if len(keys) > _MOST_KEYS:
        raise Unreadable(f"more than {_MOST_KEYS} keys")
    return [key for key in keys if isinstance(key, dict) and _verifies(key)]


def _verifies(key: Jwk) -> bool:
    """Neither a shared secret nor a private key nor one for encryption (RFC 7517, sections 4.1 to 4.3)."""
    operations = key.get("key_ops", ["verify"])
    public = key.get("kty") in ("RSA", "EC", "OKP") and "d" not in key
    return public and key.get("use", "sig") == "sig" and isinstance(operations, list) and "verify" in operations


def _from_file(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise Unreadable(type(error).__name__) from None


def _from_server(url: str) -> bytes:
    reply = get(Target(url, {"Accept": "application/jwk-set+json, application/json"}), _FETCH_SECONDS, _MOST_BYTES + 1)
    if reply.status != 200:
        raise Unreadable(reply.fault or f"HTTP {reply.status}")
    if len(reply.body) > _MOST_BYTES:
        raise Unreadable(f"more than {_MOST_BYTES} bytes")
    return reply.body
