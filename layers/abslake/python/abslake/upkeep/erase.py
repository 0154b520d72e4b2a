"""Erasure: an identifier goes from everything that the lake holds.

=============== ================================================================================================
facts           units that hold it are exchanged for units without it (`erased_units`), day by day
index           made again for these days in the same swap; what it was before is deleted at once
findings        lines about it go, in others it is blotted out; a changed file gets another name, for copies of
                an object's name are kept for good. The index of the month's findings goes: detection makes it again
detection       rows of activity, profiles and habits that hold it go, out of the same object
flagged         records that hold it go, out of the same object
quarantine      lines that hold it are cut to number, reason and length, in the same object
results         large answers that hold it go
versions        what a bucket keeps behind all that, where it may be listed and deleted
=============== ================================================================================================

Markers, ledgers and API definitions hold no identifier. What the erasure cannot reach is told at the end (`Erased`).
"""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from abslake.detection import allow_list, attack_list, findings, found_index
from abslake.detection.attackers import Client
from abslake.detection.tuning import Tuning
from abslake.facts import flagged, quarantine, schema
from abslake.index import folding, ledgers, names, replacing, root, sweeping
from abslake.index.attempts import GRACE, Attempt, Clock, utc_now
from abslake.index.folding import Builder
from abslake.index.replacing import Replacement
from abslake.index.root import Root
from abslake.settings import Settings
from abslake.storage import Lake
from abslake.storage.scratch import scratch_folder
from abslake.upkeep import copies, erased_detection, erased_units
from abslake.upkeep.exchange import Progress, exchange, silent
from abslake.upkeep.look import TEXTS, Found, holding, look, without
from abslake.upkeep.traces import Traces
from abslake.upkeep.versions import Versions, of_index

__all__ = ["Erased", "Found", "erase", "look"]


@dataclass(slots=True)
class Erased:
    """What was done, and what is left."""

    units: int = 0
    objects: int = 0
    """Objects of index, findings, flagged requests, quarantine and results that were written again or deleted."""
    versions: int = 0
    unfinished: int = 0
    """Objects that others are working on and that may hold it yet: look again when an hour is over."""


def erase(  # noqa: PLR0913 - where, how, what, and who watches
    lake: Lake,
    builder: Builder,
    traces: Traces,
    found: Found,
    settings: Settings,
    versions: Versions | None = None,
    *,
    progress: Progress = silent,
    clock: Clock = utc_now,
) -> Erased:
    """Take it out of all that `look` has found. Whatever breaks it off, to do it again goes on.

    `versions`: of a bucket that keeps them. Raises UpkeepRefused, WriteStateUnknown, StorageError.
    """
    if found.units:
        replacing.initialise(lake, clock)
    work = _Erasure(lake, builder, traces, found, settings, clock)
    for done, day in enumerate(sorted(found.units)):
        progress("erasing", done, len(found.units))
        work.day(day)
    for key in itertools.chain.from_iterable(found.texts.values()):
        work.text(key)
    _forget_allowed(lake, traces)
    work.old_generations()
    if versions:
        work.versions(versions, progress)
    progress("erasing", len(found.units), len(found.units))
    return work.erased


def _forget_allowed(lake: Lake, traces: Traces) -> None:
    """Take the client's entries out of the allow-list; networks stay. Forget that it was taken off the attack list."""
    if any((one.kind, one.value) == (traces.kind, traces.value) for one in Tuning.load(lake).document.benign):
        allow_list.forget(lake, "erasure", traces.kind, traces.value)
    attack_list.forget(lake, "erasure", Client(traces.kind, traces.value))


class _Erasure:
    """One erasure on its way."""

    def __init__(
        self, lake: Lake, builder: Builder, traces: Traces, found: Found, settings: Settings, clock: Clock
    ) -> None:
        self._lake, self._builder, self._traces = lake, builder, traces
        self._found, self._settings, self._clock = found, settings, clock
        self.erased = Erased()

    def day(self, day: str) -> None:
        """Exchange a day's units; delete those that hold it and count no more."""
        if root.load(self._lake).root.counts(day):
            replaced = exchange(self._lake, self._builder, partial(self._decide, day), self._clock)
            # Units last: where this breaks off, they are what the next run finds the day by.
            self._lake.delete(replaced.objects)
            self._lake.delete(replaced.units)
            self.erased.objects += len(replaced.objects)
        self._delete_strays(day)
        self.erased.units += len(self._found.units[day])

    def text(self, key: str) -> None:
        """A findings, flagged, quarantine or results object. Other objects that hold it go as a whole."""
        try:
            new = without(self._traces, key, self._lake.get(key))
        except FileNotFoundError:
            return
        if key.startswith((erased_detection.PREFIX, flagged.PREFIX, quarantine.PREFIX)):
            self._lake.put(key, new)
        elif key.startswith(findings.PREFIX) and key == findings.key(datetime.fromisoformat(names.day_of(key))):
            self._lake.put(key, new)  # detection's own, which it goes on reading and writing by this name
            self._lake.delete([found_index.key(found_index.where(key)[0][:7])])
        else:
            if new:
                name = key.removesuffix(".ndjson")
                self._lake.put(f"{name}-{names.new_generation(self._clock())}.ndjson", new)
            gone = [found_index.key(found_index.where(key)[0][:7])] if key.startswith(findings.PREFIX) else []
            self._lake.delete([key, *gone])
        self.erased.objects += 1

    def old_generations(self) -> None:
        """Segments that the root does not name.

        Those that cover a unit retired by now can never count again. Others may be an attempt's that is still at work:
        they are left to the sweeper until their grace is over.
        """
        state = root.load(self._lake).root
        named = set(sweeping.named(state))
        folders: dict[str, list[str]] = defaultdict(list)
        for kind in names.KINDS:
            for entry in self._lake.list(f"{names.PREFIX}{kind}/"):
                if (folder := sweeping.name_for(entry.key)) not in named:
                    folders[folder].append(entry.key)
        for folder, keys in folders.items():
            if self._covers_retired(state, folder, keys):
                self._lake.delete(keys)
                self.erased.objects += len(keys)
        self.erased.objects += sweeping.sweep(self._lake, self._clock) if folders else 0
        self.erased.unfinished += sum(1 for keys in folders.values() for key in keys if self._is_still_in(key))

    def versions(self, versions: Versions, progress: Progress) -> None:
        """What the bucket keeps behind deleted and changed objects, if it holds it."""
        for done, prefix in enumerate((names.PREFIX, schema.PREFIX, *TEXTS)):
            progress("old versions", done, 2 + len(TEXTS))
            behind = versions.behind(prefix)
            if prefix == names.PREFIX:
                gone = [version for version in behind if of_index(version)]
            else:
                gone = [one for one in behind if not one.is_marker and self._is_in(one.key, versions.get(one))]
                whole = {one.key for one in gone} - {one.key for one in behind if not one.is_marker and one not in gone}
                gone += [one for one in behind if one.is_marker and one.key in whole]
            versions.delete(gone)
            self.erased.versions += len(gone)

    def _decide(self, day: str, attempt: Attempt, before: Root) -> Mapping[str, Replacement]:
        there = set(folding.facts_of(self._lake, day))
        fresh = sorted(there - self._found.seen)
        hits = set(self._found.units[day]) | holding(self._lake, self._traces, self._settings, fresh, self._found.logs)
        self._found.seen.update(fresh)
        self._found.units[day] = sorted(hits)
        old = sorted(hits & set(replacing.counting_units(self._lake, before, day)))
        if not old:
            return {}
        new = [names.replacement_key(copies.original(unit), attempt.generation) for unit in old]
        for some in copies.batches(zip(old, new, strict=True)):
            self._write(dict(some))
        return {day: Replacement(new, old)}

    def _write(self, pairs: Mapping[str, str]) -> None:
        with (
            copies.copies(self._lake, list(pairs)) as files,
            copies.engine(self._settings) as engine,
            scratch_folder("abslake-erase-") as name,
        ):
            for unit, key in pairs.items():
                target = Path(name, "unit.parquet")
                erased_units.rewrite(engine, self._traces, files[unit], target)
                self._lake.create(key, target)

    def _delete_strays(self, day: str) -> None:
        """Units that hold it and count no more: retired, dropped, or of an attempt that has failed."""
        state = root.load(self._lake).root
        left = set(self._found.units[day]) & set(folding.facts_of(self._lake, day))
        if not state.counts(day):
            self._lake.delete(sorted(left))
            return
        counting = set(replacing.counting_units(self._lake, state, day))
        retired = ledgers.retired(self._lake, state, day)
        for unit in left:
            is_failed = names.is_replacement(unit) and unit not in counting and self._is_old(names.generation_of(unit))
            if names.short_name(unit) in retired or is_failed:
                self._lake.delete([unit])
            else:
                self.erased.unfinished += 1

    def _is_old(self, generation: str) -> bool:
        return names.made_at(generation) < self._clock() - GRACE

    def _covers_retired(self, state: Root, folder: str, keys: Iterable[str]) -> bool:
        ledger, period = f"{folder}covers.json", folder.split("/")[2].partition("=")[2]
        try:
            return ledger in keys and bool(
                ledgers.read(self._lake, ledger) & ledgers.retired(self._lake, state, period)
            )
        except FileNotFoundError:
            return False  # the sweeper is at it

    def _is_still_in(self, key: str) -> bool:
        if not key.endswith(".parquet"):
            return False
        try:
            with copies.copies(self._lake, [key]) as files, copies.engine(self._settings) as engine:
                return erased_units.is_in(engine, self._traces, files[key])
        except FileNotFoundError:
            return False

    def _is_in(self, key: str, data: bytes) -> bool:
        if not key.startswith(schema.PREFIX):
            return without(self._traces, key, data) != data
        with copies.engine(self._settings) as engine, scratch_folder("abslake-erase-") as name:
            path = Path(name, "unit.parquet")
            path.write_bytes(data)
            return bool(erased_units.holding(engine, self._traces, {key: path}))
