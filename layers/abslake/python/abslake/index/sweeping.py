"""Taking away what counts no more: markers of covered units, objects that the root does not name."""

from collections.abc import Iterator
from datetime import timedelta

import msgspec

from abslake.index import ledgers, names, pending, root
from abslake.index.attempts import GRACE, Attempt, Clock, utc_now
from abslake.index.root import Root
from abslake.storage import Lake

_BATCH = 1000


def tidy(lake: Lake) -> int:
    """Take away the markers of units that every kind of index covers, and of units that count no more; how many.

    A retired unit that a late delivery has made again goes as well, before its marker.
    Raises FileNotFoundError when another attempt was faster, StorageError.
    """
    days = pending.by_day(lake)
    if not days:
        return 0
    snapshot = root.load(lake)
    if snapshot.etag is None:
        return 0
    gone = 0
    for day, units in days.items():
        retired, done = _settled_account(lake, snapshot.root, day, units)
        if retired:
            lake.delete(retired)
        pending.forget(lake, [*retired, *done])
        gone += len(retired) + len(done)
    return gone


def sweep(lake: Lake, clock: Clock = utc_now, grace: timedelta = GRACE) -> int:
    """Delete objects of the index that the root does not name and that are older than `grace`; how many.

    Lists first and reads the root after: what was old when it was listed belongs to an attempt that may not swap any
    more. Before anything is deleted the root is swapped for an equal one, so that also an attempt that stood still
    between its last look at the clock and its write is refused.
    Raises StorageError, WriteRefused, WriteStateUnknown: the next pass goes on.
    """
    old = [entry.key for entry in lake.list(names.PREFIX) if entry.last_modified < clock() - grace]
    candidates = [key for key in old if _is_ours(key)]
    if not candidates or root.load(lake).etag is None:
        return 0
    garbage: list[str] = []

    def fence(now: Root) -> Root:
        counting = set(named(now))
        garbage[:] = [key for key in candidates if name_for(key) not in counting]
        return msgspec.structs.replace(now) if garbage else now

    root.swap(lake, Attempt.begin(clock).generation, fence, lambda: True)
    for start in range(0, len(garbage), _BATCH):
        lake.delete(garbage[start : start + _BATCH])
    return len(garbage)


def _settled_account(lake: Lake, state: Root, day: str, units: list[str]) -> tuple[list[str], list[str]]:
    """Of a day's marked units: those that are retired, and those whose marker has done its work."""
    if not state.counts(day):
        return [], units
    out = ledgers.retired(lake, state, day)
    retired = [unit for unit in units if names.short_name(unit) in out]
    covered = _covered_by_all(lake, state, day)
    done = [unit for unit in units if names.short_name(unit) in covered and names.short_name(unit) not in out]
    return retired, done


def _covered_by_all(lake: Lake, state: Root, day: str) -> frozenset[str]:
    every = [ledgers.covered(lake, kind, day, state.segments(kind, day)) for kind in names.KINDS]
    return frozenset.intersection(*every)


def _is_ours(key: str) -> bool:
    """Only what has the form of our names is ours to delete."""
    parts = key.split("/")
    return len(parts) > 3 and parts[2].startswith(("day=", "month=")) and parts[1] in {*names.KINDS, "retired"}


def name_for(key: str) -> str:
    """What the root would have to name for this object to count: a segment's folder, or a ledger."""
    return key if key.startswith(f"{names.PREFIX}retired/") else "".join(f"{part}/" for part in key.split("/")[:4])


def named(state: Root) -> Iterator[str]:
    """All that a root names: folders of segments, and ledgers of retired units."""
    for kind, index in state.kinds.items():
        for day, segments in index.days.items():
            for segment in segments:
                yield names.folder(kind, day, segment.generation)
        for month, derived in index.months.items():
            yield names.folder(kind, month, derived.segment.generation)
    for day, generation in state.retired.items():
        yield names.retired_key(day, generation)
