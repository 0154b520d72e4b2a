"""Which format a log object has: the one that makes most of its first lines, found by trying.

Names only decide between equals. A file of which a part is damaged or mixed in from elsewhere is still what most of its lines
are.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from abslake.errors import UnreadableLog
from abslake.formats import Format, formats
from abslake.records.record import BadLine, NoRequest, Record

SAMPLE = 200
"""Lines that the guess is made by."""

LONG = 64 * 1024
"""Bytes; of longer lines a few are looked at, and only where there are no others: each costs every format its time."""

COLUMNS = tuple(name for name in Record.__struct_fields__ if name not in ("kind", "wanted", "correlation"))
"""What a record can tell."""

_FEW = 3


@dataclass
class Guess:
    """What one format makes of the first lines."""

    entry: Format
    lines: int = 0
    """Lines that are not blank."""
    parsed: int = 0
    no_request: int = 0
    """Header lines and the like."""
    found: Counter[str] = field(default_factory=Counter)
    """Columns of `Record` and in how many lines they had a value."""
    reasons: Counter[str] = field(default_factory=Counter)
    """Why lines could not be parsed."""
    hinted: bool = False
    own: bool = False
    """A user's own grammar: it goes before built-in formats that do equally well."""

    @property
    def confidence(self) -> float:
        """The share of lines that are requests of this format, 0 to 1; header lines do not count."""
        requests = self.lines - self.no_request
        return self.parsed / requests if requests else 0.0

    @property
    def rank(self) -> tuple[int, bool, int, bool]:
        """What guesses are compared by: lines parsed, own grammar, columns found, name."""
        return self.parsed, self.own and self.parsed > 0, self.found.total(), self.hinted

    def look_at(self, line: bytes) -> None:
        """Count what the format makes of one more line."""
        try:
            record = self.entry.parse(line, ())
        except NoRequest:
            self.no_request += 1
        except BadLine as bad:
            self.reasons[str(bad)] += 1
        else:
            self.parsed += 1
            self.found.update(_found(record))


def guesses(file_name: str, lines: Sequence[bytes], known: Mapping[str, Format] | None = None) -> list[Guess]:
    """What every format makes of the first lines, the best first."""
    there = [line for line in lines[:SAMPLE] if line.strip()]
    sample = [line for line in there if len(line) <= LONG] or there[:_FEW]
    builtin = formats()
    found = []
    for name, entry in (known or builtin).items():
        tailored = (entry.tailored(sample) if entry.tailored else None) or entry
        hinted = bool(entry.name_hint.search(file_name))
        found.append(Guess(tailored, lines=len(sample), own=name not in builtin, hinted=hinted))
    for line in sample:  # line by line, so that a JSON line is decoded once for all formats
        for guess in found:
            guess.look_at(line)
    return sorted(found, key=lambda guess: guess.rank, reverse=True)


def detect(file_name: str, lines: Sequence[bytes], known: Mapping[str, Format] | None = None) -> Format:
    """The format of a log object by its name and its first lines. `known`: built-in formats and grammars.

    Raises UnreadableLog where no format parses a single line and neither header lines nor a name that is nobody else's tell:
    a log that is quarantined from its first line to its last would look like one that was read.
    """
    all_of_them = guesses(file_name, lines, known)
    best = all_of_them[0]
    if best.parsed or not best.lines:
        return best.entry
    for guess in all_of_them:
        if (guess.hinted and guess.entry.name_decides) or (guess.no_request == guess.lines and guess.entry.tailored):
            return guess.entry
    raise UnreadableLog(
        "no known log format fits this object: none of its first lines can be parsed; "
        "`abslake formats sniff FILE` shows why; a format can be forced by prefix (ABSLAKE_FORMATS) or described "
        "in config/formats/ (docs/formats/grammars.md)"
    )


def _found(record: Record) -> list[str]:
    found = [name for name in COLUMNS if getattr(record, name) is not None]
    if record.host is None and record.url and not record.url.startswith("/") and "://" in record.url:
        found.append("host")  # an absolute URL names it
    return found
