"""Rebuild: the logs of some days are read again, by today's parser and API definitions, in the place of what they gave.

The unit of work is a log object. Its rows of the days asked for become new units under names of their own; then one swap
exchanges them for all units that the same log object gave for these days, whoever made those. Units of log objects that
are not read (`Plan.missing` that are kept) stay as they are. Rows of other days are left out: their units stay.

A log object keeps its identity, and its old units are retired: a late duplicate of its delivery changes nothing.

Flagged requests lie under the name of the unit that ingest made: they are written again, or go, with it. What an identifier was
erased from stays as it is, but where that is to be restored.

Quarantine: an object of bad lines tells of the whole log. It is written again, under the same key, when all days of its log
were rebuilt and it has changed; it goes when no line is bad any more. Of a log that reaches beyond the days it stays as it is,
for it also tells of lines of the other days.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from pathlib import Path

from abslake.errors import LogNotFound, UnreadableLog, UpkeepRefused
from abslake.facts import flagged, ingest, landing, quarantine
from abslake.facts.units import Unit
from abslake.formats import grammar
from abslake.index import names, replacing
from abslake.index.attempts import Attempt, Clock, utc_now
from abslake.index.folding import Builder
from abslake.index.replacing import Replacement
from abslake.index.root import Root
from abslake.records.definitions import Definitions
from abslake.settings import Settings
from abslake.storage import Lake
from abslake.storage.scratch import scratch_folder
from abslake.upkeep import copies, erased_texts
from abslake.upkeep.copies import Source
from abslake.upkeep.exchange import Progress, TookTooLong, exchange, silent
from abslake.upkeep.logs import Located
from abslake.upkeep.rebuild_plan import Plan, plan

__all__ = ["ADVICE", "Erased", "Plan", "Rebuilt", "plan", "run"]

_BATCH_BYTES = 128 * 1024**2
"""Facts whose index is made within one attempt."""

ADVICE = {
    "are gone": "Bring them back and name their place with --logs, or keep what they gave as it is: --keep-missing.",
    "do not tell": "Keep them as they are: --keep-missing.",
    "was erased": "Leave out these logs: --erased keep. Or read them and erase again: --erased restore.",
    "fewer requests": "Take events of any age: --any-time. Or go on all the same: --fewer.",
}
"""What to do about a refusal, by words of its message."""


class Erased(Enum):
    """What becomes of units that an identifier was erased from: the log would bring it back."""

    REFUSE = "refuse"
    KEEP = "keep"
    RESTORE = "restore"


@dataclass(slots=True)
class Rebuilt:
    """What a rebuild has done."""

    days: int = 0
    logs: int = 0
    kept: int = 0
    """Log objects whose units stayed as they were."""
    unreadable: list[str] = field(default_factory=list)
    """Keys of objects that are no logs, and never gave a unit of these days."""
    requests_before: int = 0
    requests: int = 0
    units: int = 0
    quarantines: int = 0
    """Quarantine objects that were written again, or went."""


@dataclass(slots=True)
class _Read:
    """What a log object gave."""

    source: Source
    quarantine: bytes | None
    quarantine_key: str
    whole: bool
    """All days of the log are among those rebuilt."""


def run(  # noqa: PLR0913 - what it reads, where, how, and what it may lose
    planned: Plan,
    lake: Lake,
    builder: Builder,
    definitions: Definitions,
    settings: Settings,
    format_name: str | None = None,
    *,
    keep_missing: bool = False,
    fewer: bool = False,
    erased: Erased = Erased.REFUSE,
    progress: Progress = silent,
    clock: Clock = utc_now,
) -> Rebuilt:
    """Do what was planned. Whatever breaks it off, each day answers as before or as after; to do it again is safe.

    `keep_missing`: units of log objects that are gone stay as they are. `fewer`: take it that days hold fewer requests
    afterwards. Raises UpkeepRefused (nothing has changed), UnreadableLog, WriteStateUnknown, StorageError.
    """
    if planned.missing and not keep_missing:
        raise UpkeepRefused(_gone(planned.missing))
    if planned.nameless and not keep_missing:
        raise UpkeepRefused(f"{planned.nameless} units do not tell which log object they were made of")
    if planned.erased and erased is Erased.REFUSE:
        raise UpkeepRefused(
            f"an identifier was erased from what {len(planned.erased)} log objects gave, and the logs still hold it"
        )
    left = {source.id for source in planned.erased} if erased is Erased.KEEP else set()
    with scratch_folder("abslake-rebuild-") as name:
        work = _Rebuild(lake, builder, planned, left, Path(name), clock)
        work.read(definitions, settings, format_name, progress)
        work.check(settings, fewer=fewer)
        replacing.initialise(lake, clock)
        work.swap(progress)
        work.write_flagged(restore=erased is Erased.RESTORE)
        work.write_quarantines(restore=erased is Erased.RESTORE)
        work.rebuilt.kept += len(planned.missing)
        return work.rebuilt


class _Rebuild:
    """One rebuild on its way: first all logs become local files, then batches of days are exchanged."""

    def __init__(self, lake: Lake, builder: Builder, planned: Plan, left: set[str], folder: Path, clock: Clock) -> None:
        self._lake, self._builder, self._plan, self._folder, self._clock = lake, builder, planned, folder, clock
        self._logs = [located for located in planned.logs if located.source.id not in left]
        self._made: dict[str, list[Unit]] = defaultdict(list)
        self._read: dict[str, _Read] = {}
        self._known = grammar.load(lake).known
        self.rebuilt = Rebuilt(kept=len(planned.logs) - len(self._logs))

    def read(self, definitions: Definitions, settings: Settings, format_name: str | None, progress: Progress) -> None:
        """All logs, into units of the days asked for, in local files."""
        total, done = sum(located.size for located in self._logs), 0
        for number, located in enumerate(self._logs):
            progress("reading logs", done, total)
            folder = self._folder / str(number)
            folder.mkdir()
            wanted = format_name or landing.forced_format(settings, located.source.key)
            self._read_one(located, folder, definitions, settings, wanted)
            done += located.size
        progress("reading logs", total, total)
        self.rebuilt.logs = len(self._read)

    def _read_one(
        self, located: Located, folder: Path, definitions: Definitions, settings: Settings, wanted: str | None
    ) -> None:
        source = located.source
        try:
            made = ingest.read(self._opened(located), folder, definitions, settings, wanted, known=self._known)
        except UnreadableLog as error:
            if isinstance(error, LogNotFound) or any(unit.source == source for unit in self._plan.units.values()):
                raise
            self.rebuilt.unreadable.append(source.key)
            return
        days = {names.day_of(unit.key) for unit in made.units}
        for unit in made.units:
            if names.day_of(unit.key) in self._plan.days:
                self._made[names.day_of(unit.key)].append(unit)
            else:
                unit.path.unlink()
        key = quarantine.key(located.uploaded, source.id)
        self._read[source.id] = _Read(source, made.quarantine, key, days <= set(self._plan.days))

    @staticmethod
    def _opened(located: Located) -> ingest.LogObject:
        log = located.open()
        if (log.bucket, log.key, log.etag) != (located.source.bucket, located.source.key, located.source.etag):
            raise LogNotFound("a log object has changed since it was listed")
        return log

    def check(self, settings: Settings, *, fewer: bool) -> None:
        """Count before anything changes. Raises UpkeepRefused where requests would be lost."""
        before, after = defaultdict[str, int](int), defaultdict[str, int](int)
        for unit in self._plan.units.values():
            if copies.source_id(unit.key) in self._read:
                before[names.day_of(unit.key)] += unit.requests
        with copies.engine(settings) as engine, copies.reading():
            for day, made in self._made.items():
                counted = f"SELECT sum(requests)::BIGINT FROM {copies.relation(unit.path for unit in made)}"
                after[day] = int(engine.execute(counted).fetchall()[0][0] or 0)
        self.rebuilt.requests_before, self.rebuilt.requests = sum(before.values()), sum(after.values())
        poorer = [f"{day}: {after[day]:,} of {count:,}" for day, count in sorted(before.items()) if after[day] < count]
        if poorer and not fewer:
            raise UpkeepRefused(
                f"{len(poorer)} days would hold fewer requests than they do ({'; '.join(poorer[:3])}); "
                "the window of event times around the upload may leave them out"
            )

    def swap(self, progress: Progress) -> None:
        """Exchange the units, batch by batch, and delete the old ones right behind each swap."""
        days = [day for day in self._plan.days if self._touches(day)]
        waiting, done = list(self._batches(days)), 0
        while waiting:
            batch = waiting.pop(0)
            progress("exchanging days", done, len(days))
            try:
                replaced = exchange(self._lake, self._builder, partial(self._decide, batch), self._clock)
            except TookTooLong:
                if len(batch) == 1:
                    raise
                waiting[:0] = [batch[: len(batch) // 2], batch[len(batch) // 2 :]]
                continue
            self._lake.delete(replaced.units)
            done += len(batch)
        progress("exchanging days", len(days), len(days))
        self.rebuilt.days = len(days)
        self.rebuilt.units = sum(len(made) for made in self._made.values())

    def write_flagged(self, *, restore: bool) -> None:
        """Flagged requests as they are now, of the days of logs that were rebuilt."""
        made = {flagged.key_of(unit.key): unit.flagged for units in self._made.values() for unit in units}
        for day in self._plan.days:
            there = {entry.key for entry in self._lake.list(f"{flagged.PREFIX}date={day}/")}
            of_day = {key: data for key, data in made.items() if names.day_of(key) == day}
            for key in sorted(there | of_day.keys()):
                if copies.source_id(key) in self._read:
                    self._write_flagged(key, of_day.get(key), is_there=key in there, restore=restore)

    def _write_flagged(self, key: str, data: bytes | None, *, is_there: bool, restore: bool) -> None:
        old = self._lake.get(key) if is_there else None
        if old == data or (old and erased_texts.was_erased(old) and not restore):
            return
        if data is None:
            self._lake.delete([key])
        else:
            self._lake.put(key, data)

    def write_quarantines(self, *, restore: bool) -> None:
        """Bad lines as they are now, of logs that were rebuilt wholly."""
        there = {entry.key.rpartition("/")[2]: entry.key for entry in self._lake.list(quarantine.PREFIX)}
        for one in self._read.values():
            key = there.get(one.quarantine_key.rpartition("/")[2])
            old = self._lake.get(key) if key else None
            if not one.whole or old == one.quarantine or (old and erased_texts.was_erased(old) and not restore):
                continue
            if one.quarantine is not None:
                self._lake.put(key or one.quarantine_key, one.quarantine)
            elif key:
                self._lake.delete([key])
            self.rebuilt.quarantines += 1

    def _touches(self, day: str) -> bool:
        old = (unit for unit in self._plan.units if names.day_of(unit) == day)
        return bool(self._made.get(day)) or any(copies.source_id(unit) in self._read for unit in old)

    def _batches(self, days: Sequence[str]) -> Iterator[list[str]]:
        batch, held = list[str](), 0
        for day in days:
            size = sum(unit.path.stat().st_size for unit in self._made.get(day, ()))
            size += sum(unit.bytes for unit in self._plan.units.values() if names.day_of(unit.key) == day)
            if batch and held + size > _BATCH_BYTES:
                yield batch
                batch, held = [], 0
            batch.append(day)
            held += size
        if batch:
            yield batch

    def _decide(self, days: Iterable[str], attempt: Attempt, before: Root) -> Mapping[str, Replacement]:
        replacements = {}
        for day in days:
            there = replacing.counting_units(self._lake, before, day)
            old = {unit for unit in there if copies.source_id(unit) in self._read}
            made = self._made.get(day, [])
            new = {names.replacement_key(unit.key, attempt.generation): unit for unit in made}
            for key, unit in new.items():
                self._lake.create(key, unit.path)
            # Also the names that ingest would give: a log object may be on its way, or be delivered again.
            replacements[day] = Replacement(tuple(new), sorted(old | {unit.key for unit in made}))
        return replacements


def _gone(missing: Sequence[Source]) -> str:
    buckets = sorted({source.bucket for source in missing})
    some = ", ".join(source.key for source in missing[:5]) + (", …" if len(missing) > 5 else "")
    return f"{len(missing)} log objects of these days are gone (from {', '.join(buckets)}): {some}"
