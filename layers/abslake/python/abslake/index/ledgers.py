"""Ledgers: which units a segment covers, and which units of a day count no more. Immutable, read through a small cache."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from threading import Lock
from weakref import WeakKeyDictionary

import msgspec

from abslake.errors import StorageError
from abslake.index import names
from abslake.index.root import Root, Segment
from abslake.storage import Lake

_KEPT_NAMES = 100_000
"""Names in all ledgers that a process keeps, about 100 bytes each."""

_decode = msgspec.json.Decoder(frozenset[str]).decode
_lock = Lock()
_caches: "WeakKeyDictionary[Lake, OrderedDict[str, frozenset[str]]]" = WeakKeyDictionary()


def write(lake: Lake, key: str, units: Iterable[str]) -> None:
    """Write a ledger of units of one day, under a key that nobody else uses. Raises WriteStateUnknown, StorageError."""
    lake.create(key, msgspec.json.encode(sorted(names.short_name(unit) for unit in units)))


def read(lake: Lake, key: str) -> frozenset[str]:
    """A ledger's short names (`names.short_name`). Raises FileNotFoundError, StorageError."""
    with _lock:
        cache = _caches.setdefault(lake, OrderedDict())
        if key in cache:
            cache.move_to_end(key)
            return cache[key]
    try:
        ledger = _decode(lake.get(key))
    except msgspec.DecodeError as error:
        raise StorageError(f"{key} is no ledger") from error
    with _lock:
        cache[key] = ledger
        held = sum(map(len, cache.values()))
        while held > _KEPT_NAMES and len(cache) > 1:
            held -= len(cache.popitem(last=False)[1])
    return ledger


def covered(lake: Lake, kind: str, day: str, segments: Sequence[Segment]) -> frozenset[str]:
    """Short names of all units that these segments cover. Raises FileNotFoundError, StorageError."""
    found = (read(lake, names.covers_key(kind, day, segment.generation)) for segment in segments)
    return frozenset().union(*found)


def retired(lake: Lake, root: Root, day: str) -> frozenset[str]:
    """Short names of a day's units that count no more. Raises FileNotFoundError, StorageError."""
    generation = root.retired.get(day)
    return read(lake, names.retired_key(day, generation)) if generation else frozenset()
