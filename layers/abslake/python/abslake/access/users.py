"""The report users: kept as digests, found by key pair in constant time.

Source: contract 8 (admin and restricted pair). How they are written down: `abslake.access.document`.
"""

import hmac
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256


class Role(StrEnum):
    """Admin: everything. Restricted: no forensics, session ids masked."""

    ADMIN = "admin"
    RESTRICTED = "restricted"


@dataclass(frozen=True, slots=True)
class KeyPair:
    """An access key and its secret as SHA-256 digests, good from `not_before` up to `not_after` (None: no such bound)."""

    access_digest: bytes = field(repr=False)
    secret_digest: bytes = field(repr=False)
    not_before: datetime | None = None
    not_after: datetime | None = None

    def is_good(self, now: datetime) -> bool:
        """Whether it may be used now."""
        begun = self.not_before is None or self.not_before <= now
        return begun and (self.not_after is None or now < self.not_after)


@dataclass(frozen=True, slots=True)
class User:
    """One user. Several pairs at a time let a new one be handed out before the old one ends."""

    name: str
    role: Role
    pairs: tuple[KeyPair, ...] = ()
    requests_per_minute: int | None = None
    """How often he may ask; None: as often as the API lets anybody."""


@dataclass(frozen=True, slots=True)
class Users:
    """All users, and the key of the masks (None: nothing can be masked)."""

    users: tuple[User, ...] = ()
    masking_key: bytes | None = field(default=None, repr=False)

    def find(self, role: Role, access_key: str, secret_key: str, now: datetime) -> User | None:
        """The user of this pair, or None. Every pair is compared in full, whatever matched before.

        Comparing digests makes the work the same for every length and every common beginning. Both are compared as one: two
        results, of which a known access key makes one true, took 16 ns longer (benchmarks/key_timing.py).
        """
        sent = digest(access_key) + digest(secret_key)
        found = None
        for user in self.users:
            for pair in user.pairs:
                same = hmac.compare_digest(pair.access_digest + pair.secret_digest, sent)
                if same & (user.role is role) & pair.is_good(now):
                    found = user
        return found


def digest(text: str) -> bytes:
    """SHA-256, as keys are kept."""
    return sha256(text.encode("utf-8", "surrogatepass")).digest()
