"""``abslake backfill``: log objects that are there already, fed to ingest: by this machine, or by the deployed function.

Three steps. `plan` lists the source and says what is to be done and what is left out, and why. A feeder does it
(`local`, `queue`). `run` notes in the state what became of each object. Ingest itself counts an object once,
however often it is fed: the state only saves time.
"""

import json
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from time import perf_counter
from typing import Protocol

from abslake.dev.backfill.outcomes import Done, Failed, Feeder, Outcome, Refused, Stop
from abslake.dev.backfill.places import Listed, Place, no_log
from abslake.dev.backfill.range import Range
from abslake.dev.backfill.state import Backfill, Counts, State
from abslake.storage import Lake

_FAILURES_TO_STOP = 10
"""So many failures one after the other are a store or a permission: to go on would fail all the rest."""

_MOST_NAMED = 1_000


@dataclass(frozen=True, slots=True)
class Choice:
    """Which objects are wanted. A glob without a slash is of names, one with a slash of whole keys."""

    range: Range
    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    retry_refused: bool = False

    def left_out(self, listed: Listed) -> str | None:
        """Why an object is not wanted; None: it is."""
        if reason := no_log(listed):
            return reason
        if self.include and not _matches(listed.key, self.include):
            return "not --include"
        if _matches(listed.key, self.exclude):
            return "--exclude"
        return None if self.range.may_hold(listed) else "outside --since and --until"


@dataclass(slots=True)
class Plan:
    """What is to be done."""

    objects: list[Listed] = field(default_factory=list)
    bytes: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    done_before: int = 0
    refused_before: dict[str, str] = field(default_factory=dict)
    """Key -> reason."""
    archived: int = 0
    too_old: int = 0
    """Objects to read whose key names a time that their upload puts outside the window."""


@dataclass(slots=True)
class Summary:
    """What was done."""

    counts: Counts = field(default_factory=Counts)
    sent: int = 0
    refused: dict[str, str] = field(default_factory=dict)
    """Key -> reason."""
    failed: dict[str, str] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    """Quarantined lines by reason."""
    remarks: dict[str, str] = field(default_factory=dict)
    """Key -> what was noted about the object, of the first ones."""
    left: int = 0
    """Objects that were not begun."""
    stopped: str = ""
    seconds: float = 0.0


class Watcher(Protocol):
    """Is told how it goes."""

    def listed(self, objects: int) -> None:
        """So many objects were listed so far."""
        ...

    def advanced(self, summary: Summary, done: int, read: int, waits_for: str) -> None:
        """So many objects are done, and so many bytes read; nothing goes on while it waits."""
        ...

    def stopping(self, reason: str) -> None:
        """No more objects are begun."""
        ...


def plan(place: Place, choice: Choice, state: State, watcher: Watcher) -> Plan:
    """List the place and choose. Raises StorageError."""
    made = Plan()
    for number, listed in enumerate(place.listing(), 1):
        watcher.listed(number)
        if reason := choice.left_out(listed):
            made.left_out[reason] += 1
        elif state.is_done(listed):
            made.done_before += 1
        elif state.is_refused(listed) and not choice.retry_refused:
            made.refused_before[listed.key] = state.refused[listed.key][1]
        else:
            made.objects.append(listed)
            made.bytes += listed.size
            made.archived += listed.archived
            made.too_old += choice.range.is_too_old(listed)
    return made


def run(planned: Plan, feeder: Feeder, state: State, stop: Stop, watcher: Watcher) -> Summary:
    """Feed all objects, and note each. Raises StorageError where the queue fails; what was done until then is noted."""
    summary, started, done, in_a_row = Summary(), perf_counter(), 0, 0
    for step in feeder.feed(iter(planned.objects)):
        if step:
            listed, outcome = step
            done += 1
            _note(listed, outcome, state, summary)
            in_a_row = in_a_row + 1 if isinstance(outcome, Failed) else 0
            if in_a_row == _FAILURES_TO_STOP:
                stop.request(f"{in_a_row} objects failed one after the other")
        watcher.advanced(summary, done, feeder.bytes_read(), feeder.waits_for())
        if stop.reason:
            watcher.stopping(stop.reason)
    summary.left, summary.stopped = len(planned.objects) - done, stop.reason
    summary.seconds = perf_counter() - started
    return summary


def _note(listed: Listed, outcome: Outcome, state: State, summary: Summary) -> None:
    match outcome:
        case Done(counts, reasons, remarks):
            state.note_done(listed, counts)
            summary.counts.add(counts)
            summary.reasons.update(reasons)
            if remarks and len(summary.remarks) < _MOST_NAMED:
                summary.remarks[listed.key] = "; ".join(remarks)
        case Refused(reason):
            state.note_refused(listed, reason)
            summary.refused[listed.key] = reason
        case Failed(reason):
            summary.failed[listed.key] = reason
        case _:
            state.note_done(listed, None)
            summary.sent += 1


def lake_id(lake: Lake, backfill: Backfill, *, create: bool) -> str:
    """What tells this lake from another one that lies, or lay, at the same place; "" where it is new and not to be marked.

    A small object in the lake: a lake that was deleted and made again is another one, and a state of the old is void.
    Raises StorageError.
    """
    key = f"backfills/{backfill.name}.json"
    if create:
        mark = {"id": uuid.uuid4().hex, "source": backfill.source}
        lake.create(key, json.dumps(mark).encode())
    try:
        return str(json.loads(lake.get(key))["id"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return ""


def overlaps(place: Place, lake_url: str) -> bool:
    """Whether the lake lies inside of what is to be read."""
    inner = lake_url if "://" in lake_url else str(Path(lake_url).resolve())
    outer = place.url.rstrip("/") if "://" in place.url else place.url
    return f"{inner.rstrip('/')}/".startswith(f"{outer}/")


def _matches(key: str, globs: Sequence[str]) -> bool:
    name = key.rpartition("/")[2]
    return any(fnmatchcase(key if "/" in glob else name, glob) for glob in globs)
