"""The index of findings: for each month, on which days a client or a type of attack has findings at all.

It saves a report the objects of days that hold nothing for it, and can be deleted at any time: it tells which objects it was
made of, each with size and etag, and an object that a listing shows otherwise is read. One object a month,
``detection/found/YYYY-MM.bin``.

Clients stand there as 64-bit hashes without a key. Addresses can be found by trying them all, but who may read this may read
the findings. Two clients of one hash cost a read in vain, nothing else. Who attacked stands there in the clear, for the attack
list; what erases a client from the findings deletes the month.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from hashlib import blake2b

import msgspec

from abslake.detection import attackers as attacking
from abslake.detection.findings import ACROSS, Finding, Level, identifier
from abslake.detection.findings import PREFIX as FINDINGS
from abslake.errors import StorageError
from abslake.storage import Entry, Lake

PREFIX = "detection/found/"
_HASH = 8
_DIGEST = 16
_FORMAT = b"found-2\n"
_MOST_CLIENTS = 100_000
"""Of one day. A month that tells all of them comes to 25 MB; of a day with more, every client may have findings."""

Type = tuple[int, Level, str]
"""Attack id, level, API ("all" across)."""


class Day(msgspec.Struct, frozen=True, array_like=True):
    """What the objects of one day hold."""

    objects: Mapping[str, tuple[int, str]]
    """Name in the folder of the day -> size and etag."""
    types: list[Type]
    clients: bytes | None
    """Hashes, ascending; None: too many to tell."""
    attackers: bytes | None = None
    """Who attacked (`abslake.detection.attackers`), unpacked by those who need it; None: too many to tell."""

    def has_client(self, hashed: bytes) -> bool:
        """Whether a client (as `client` gives it) may have findings."""
        clients = self.clients
        if clients is None:
            return True
        count = len(clients) // _HASH
        at = bisect_left(range(count), hashed, key=lambda n: clients[n * _HASH : (n + 1) * _HASH])
        return clients[at * _HASH : (at + 1) * _HASH] == hashed

    def has_type(self, attack_id: int, level: Level, api: str | None) -> bool:
        """Whether there are findings of a type (0: any) and level at an API (None: across APIs)."""
        return any(
            attack_id in (0, id_) and (level, api or ACROSS) == (found_level, found_api)
            for id_, found_level, found_api in self.types
        )


class Month(msgspec.Struct, frozen=True):
    """The days of a month that have findings."""

    days: dict[str, Day] = {}
    looked: str = ""
    """The day on which it was last made sure that the index is complete; of the newest month only."""

    def covers(self, entry: Entry) -> bool:
        """Whether it was made of this very object."""
        day, name = where(entry.key)
        known = self.days.get(day)
        return known is not None and name in known.objects and known.objects[name] == (entry.size, entry.etag)


def key(month: str) -> str:
    """Where the index of a month (``YYYY-MM``) lies."""
    return f"{PREFIX}{month}.bin"


def where(entry: str) -> tuple[str, str]:
    """The day (``YYYY-MM-DD``) of an object of findings, and its name in the folder of the day."""
    day, _, name = entry.removeprefix(f"{FINDINGS}date=").partition("/")
    return day, name


def client(kind: str, value: str) -> bytes:
    """The hash of a client: kind of identifier and identifier, as reports compare it."""
    return blake2b(f"{kind}\0{value}".encode("utf-8", "surrogatepass"), digest_size=_HASH).digest()


def day(objects: Mapping[str, tuple[int, str]], findings: Iterable[Finding]) -> Day:
    """The index of one day's findings, which were read from these objects."""
    types, clients, attacks = set[Type](), set[bytes](), list[Finding]()
    for one in findings:
        types.add((one.attack_id, one.level, one.api))
        if len(clients) <= _MOST_CLIENTS:
            clients.add(client(one.identifier_kind.value, identifier(one)))
        if one.level is Level.ATTACK and len(attacks) <= attacking.MOST_ATTACKS:
            attacks.append(one)
    told = b"".join(sorted(clients)) if len(clients) <= _MOST_CLIENTS else None
    return Day(objects, sorted(types), told, attacking.pack(attacking.of(attacks)))


def encode(month: Month) -> bytes:
    """A month as an object."""
    content = msgspec.msgpack.encode(month)
    return _FORMAT + blake2b(content, digest_size=_DIGEST).digest() + content


def decode(data: bytes) -> Month | None:
    """The month that an object holds; None: it is damaged, or of another version."""
    content = data[len(_FORMAT) + _DIGEST :]
    if data[: len(_FORMAT) + _DIGEST] != _FORMAT + blake2b(content, digest_size=_DIGEST).digest():
        return None
    try:
        return msgspec.msgpack.decode(content, type=Month)
    except msgspec.MsgspecError:
        return None


def load(lake: Lake, month: str) -> bytes:
    """The object of a month; nothing where there is none or it cannot be read: there is no need of it."""
    try:
        return lake.get(key(month))
    except (FileNotFoundError, StorageError):
        return b""
