"""What a backfill has done, kept on this machine so that the next run goes on behind it.

A file of JSON lines that only grows: the first names the backfill, each other one an object with its ETag and what became of
it. A line is on the disk before the next object is reported, so a killed run loses at most objects that were under way; reading
these again changes nothing in the lake. Lines that are damaged, as the last one of a machine that lost power, are passed over.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TextIO

from abslake.dev.backfill.places import Listed
from abslake.errors import AbslakeError

_KIND = "abslake backfill"


class StateInUse(AbslakeError):
    """The state file cannot be used for this backfill; the message says why."""


@dataclass(slots=True)
class Counts:
    """What reading gave, summed over log objects: ``lines = good + quarantined + blank``."""

    objects: int = 0
    bytes: int = 0
    """As stored."""
    lines: int = 0
    good: int = 0
    quarantined: int = 0
    blank: int = 0
    requests: int = 0

    def add(self, other: "Counts") -> None:
        """Sum up."""
        for name, value in asdict(other).items():
            setattr(self, name, getattr(self, name) + value)


@dataclass(frozen=True, slots=True)
class Backfill:
    """What the file belongs to: where the objects are, where they go, and which lake just that is (it may be made anew)."""

    source: str
    target: str
    lake_id: str = ""

    @property
    def name(self) -> str:
        """The same for every run from here to there."""
        return hashlib.sha256(f"{self.source}\0{self.target}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


def default_path(backfill: Backfill) -> Path:
    """Below the user's folder for state: $XDG_STATE_HOME, or ~/.local/state."""
    home = os.environ.get("XDG_STATE_HOME")
    top = Path(home) if home else Path.home() / ".local/state"
    return top / "abslake/backfills" / f"{backfill.name}.jsonl"


@dataclass(slots=True)
class State:
    """What was done before, and a file that takes what is done now."""

    path: Path
    done: dict[str, str] = field(default_factory=dict)
    """Key -> ETag of objects that were read, or handed to the queue."""
    refused: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Key -> (ETag, reason) of those that are no log."""
    counts: Counts = field(default_factory=Counts)
    """Of all runs."""
    is_of_another_lake: bool = False
    """The lake was made anew since: what the file says is not in it."""
    _file: TextIO | None = None

    @classmethod
    def load(cls, path: Path, backfill: Backfill) -> "State":
        """What the file says; nothing where there is none. Raises StateInUse where it belongs to something else."""
        state = cls(path)
        try:
            lines = path.read_bytes().splitlines()
        except FileNotFoundError:
            return state
        except OSError as error:
            raise StateInUse(f"cannot read {path} ({error.strerror})") from None
        if lines:
            head = _parsed(lines[0])
            if head.get("kind") != _KIND:
                raise StateInUse(f"{path} is no state of a backfill")
            if (head.get("source"), head.get("target")) != (_text(backfill.source), _text(backfill.target)):
                raise StateInUse(f"{path} belongs to another backfill: {head.get('source')} to {head.get('target')}")
            state.is_of_another_lake = head.get("lake_id") != backfill.lake_id
        if not state.is_of_another_lake:
            for line in lines[1:]:
                state._take(_parsed(line))
        return state

    def open(self, backfill: Backfill) -> None:
        """Begin to write: behind what is there, or anew where that is of another lake. Raises StateInUse."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("a", encoding="ascii")
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.close()
            raise StateInUse("the same backfill is running already") from None
        except OSError as error:
            raise StateInUse(f"cannot write {self.path} ({error.strerror})") from None
        if self.is_of_another_lake:
            self._file.truncate(0)
        if self._file.tell() and self.path.stat().st_size:
            self._file.write("\n")  # the last line may have been cut off
        else:
            self._write(
                kind=_KIND, source=_text(backfill.source), target=_text(backfill.target), lake_id=backfill.lake_id
            )

    def close(self) -> None:
        """Stop writing."""
        if self._file:
            self._file.close()
            self._file = None

    def is_done(self, listed: Listed) -> bool:
        """Whether these very bytes were read, or handed to the queue."""
        return self.done.get(listed.key) == listed.etag

    def is_refused(self, listed: Listed) -> bool:
        """Whether these very bytes were found to be no log."""
        return self.refused.get(listed.key, ("", ""))[0] == listed.etag

    def note_done(self, listed: Listed, counts: Counts | None) -> None:
        """An object was read, or handed to the queue (None)."""
        self._note(key=listed.key, etag=listed.etag, counts=asdict(counts) if counts else {})

    def note_refused(self, listed: Listed, reason: str) -> None:
        """An object is no log."""
        self._note(key=listed.key, etag=listed.etag, refused=reason)

    def _note(self, **entry: object) -> None:
        self._take(entry)
        self._write(**entry)

    def _write(self, **entry: object) -> None:
        if self._file:
            self._file.write(json.dumps(entry) + "\n")
            self._file.flush()
            os.fsync(self._file.fileno())

    def _take(self, entry: Mapping[str, Any]) -> None:
        key, etag = entry.get("key"), entry.get("etag")
        if not isinstance(key, str) or not isinstance(etag, str):
            return
        if isinstance(reason := entry.get("refused"), str):
            self.refused[key] = (etag, reason)
            return
        if (counts := _counts(entry.get("counts", {}))) is None:
            return
        self.refused.pop(key, None)
        self.done[key] = etag
        self.counts.add(counts)


def _parsed(line: bytes) -> Mapping[str, Any]:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return entry if isinstance(entry, dict) else {}


def _counts(given: object) -> Counts | None:
    """None: what is given is damaged."""
    if not isinstance(given, Mapping):
        return None
    known = {name: given[name] for name in Counts.__slots__ if name in given}
    return Counts(**known) if all(type(value) is int and value >= 0 for value in known.values()) else None


def _text(name: str) -> str:
    """A path as JSON gives it back, whatever bytes it is made of."""
    return name.encode("utf-8", "replace").decode()
