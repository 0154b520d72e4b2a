"""Log formats, one module each. Adding a format is adding a file here whose ``FORMAT`` is a `Format`.

A format's `parse` is its definition: one line in, one record out, or the reason why not. Its `fast` reading, if it has
one, is SQL that reads a whole file of lines at once; it must give exactly what `parse` gives for every row that it says is
fine, and leave every other row to `parse`.
"""

import importlib
import pkgutil
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from abslake.errors import UnreadableLog
from abslake.records.record import BadLine, Record

__all__ = ["FastReading", "Format", "detect", "formats", "named"]

FastReading = Callable[[Path, Sequence[bytes], Sequence[str]], str | None]
"""(file of rows, sample of its rows, names of wanted headers in lower case) -> SQL of a SELECT, or None.

The SELECT gives a row per row of the file, in order, with ``ok BOOLEAN`` and the columns of `Record` (``w0``, ``w1``, … for
the wanted headers; ``ts TIMESTAMP`` for the time). `ok` may be true only where `parse` would give the same record.
"""

_SAMPLE = 200


@dataclass(frozen=True)
class Format:
    """One log format.

    `name_hint` matches file names that this format's writers usually give; it decides between formats that parse equally
    many lines. With `name_decides` nobody else names files so, and the name is enough where no line can be parsed.
    """

    name: str
    parse: Callable[[bytes, Sequence[str]], Record]
    """(line, names of wanted headers in lower case) -> record. Raises BadLine."""
    name_hint: re.Pattern[str]
    name_decides: bool = False
    fast: FastReading | None = None


@cache
def formats() -> dict[str, Format]:
    """Every format by its name."""
    modules = (importlib.import_module(f"{__name__}.{info.name}") for info in pkgutil.iter_modules(__path__))
    found = [module.FORMAT for module in modules if hasattr(module, "FORMAT")]
    return {entry.name: entry for entry in found}


def named(name: str) -> Format:
    """The format of that name. Raises UnreadableLog with the names there are."""
    try:
        return formats()[name]
    except KeyError:
        raise UnreadableLog(f"no log format is called {name!r}; there are {', '.join(sorted(formats()))}") from None


def detect(file_name: str, lines: Sequence[bytes]) -> Format:
    """The format that parses most of the lines; the file's name decides between equals.

    Raises UnreadableLog where no format parses a single line and the name is nobody's own either: a log that is
    quarantined from its first line to its last would look like one that was read.
    """
    sample = lines[:_SAMPLE]

    def rank(entry: Format) -> tuple[int, bool]:
        return sum(_parses(entry, line) for line in sample), bool(entry.name_hint.search(file_name))

    best = max(formats().values(), key=rank)
    parsed, hinted = rank(best)
    if lines and not parsed and not (hinted and best.name_decides):
        raise UnreadableLog(
            "no known log format fits this object: none of its first lines can be parsed; "
            f"formats are {', '.join(sorted(formats()))} and can be forced by prefix (ABSLAKE_FORMATS)"
        )
    return best


def _parses(entry: Format, line: bytes) -> bool:
    try:
        entry.parse(line, ())
    except BadLine:
        return False
    return True
