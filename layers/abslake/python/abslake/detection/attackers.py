"""Who was found attacking on a day, and when: what the attack list needs of findings, packed for their index.

Not whether a report shows a finding (a reset or the allow-list may hide it later), so each attack keeps what that is told by.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from abslake.detection.findings import Finding, IdentifierKind, Level, identifier

MOST_ATTACKS = 20_000
_MOST_BYTES = 1_000_000
"""Of one day, so that a month stays small. A day with more is told by its objects only."""


class Client(NamedTuple):
    """A client: kind of identifier, and identifier as the facts spell it."""

    kind: IdentifierKind
    value: str


class Attack(msgspec.Struct, frozen=True, array_like=True):
    """An attack: its type, its API ("all" across), and times in milliseconds since 1970."""

    attack_id: int
    api: str
    at: int
    """Begin of its window: what resets and the allow-list go by."""
    last: int
    """Its last request: since then the client is on the attack list."""


Attackers = dict[Client, list[Attack]]


class _Told(msgspec.Struct, frozen=True, array_like=True):
    kind: IdentifierKind
    value: str
    attacks: list[Attack]


def of(findings: Iterable[Finding]) -> Attackers:
    """The clients of findings at attack level."""
    found: Attackers = {}
    for one in findings:
        if one.level is Level.ATTACK:
            client = Client(one.identifier_kind, identifier(one))
            at = one.window or one.first
            attack = Attack(one.attack_id, one.api, round(at.timestamp() * 1000), round(one.last.timestamp() * 1000))
            found.setdefault(client, []).append(attack)
    return found


def pack(attackers: Attackers) -> bytes | None:
    """Them as bytes; None: too many."""
    count = sum(map(len, attackers.values()))
    if count > MOST_ATTACKS:
        return None
    told = [_Told(*client, attacks) for client, attacks in sorted(attackers.items())]
    packed = msgspec.msgpack.encode(told)
    return packed if len(packed) <= _MOST_BYTES else None


def unpack(packed: bytes) -> Attackers:
    """What `pack` packed."""
    told: Sequence[_Told] = msgspec.msgpack.decode(packed, type=list[_Told])
    return {Client(one.kind, one.value): one.attacks for one in told}
