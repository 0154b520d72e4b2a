"""Log formats, one module each. Adding a format is adding a file here whose ``FORMAT`` is a `Format`.

A format's `parse` is its definition: one line in, one record out, or the reason why not. Its `fast` reading, if it has
one, is SQL that reads a whole file of lines at once; it must give exactly what `parse` gives for every row that it says is
fine, and leave every other row to `parse`. Most formats get both from `abslake.formats.readers.base.declared`.
"""

import importlib
import pkgutil
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from abslake.errors import UnreadableLog
from abslake.records.record import Record

__all__ = ["About", "FastReading", "Format", "formats", "named"]

FastReading = Callable[[Path, Sequence[bytes], Sequence[str]], str | None]
"""(file of rows, sample of its rows, names of wanted headers in lower case) -> SQL of a SELECT, or None.

The SELECT gives a row per row of the file, in order, with ``ok BOOLEAN`` and the columns of `Record` (``w0``, ``w1``, … for
the wanted headers; ``ts TIMESTAMP`` for the time). `ok` may be true only where `parse` would give the same record.
"""


@dataclass(frozen=True)
class About:
    """What a format's page in docs/formats says beside its fields."""

    title: str
    sources: tuple[str, ...]
    """Where the writer of the log documents it."""
    examples: tuple[str, ...]
    """Lines as the gateway writes them; every one is parsed by the tests."""
    switch_on: str
    """How the log is switched on at that gateway."""
    cannot_tell: str
    """What the log does not say, and what follows from it."""
    notes: str = ""


@dataclass(frozen=True)
class Format:
    """One log format.

    `name_hint` matches file names that this format's writers usually give; it decides between formats that parse equally
    much. With `name_decides` nobody else names files so, and the name is enough where no line can be parsed.
    """

    name: str
    parse: Callable[[bytes, Sequence[str]], Record]
    """(line, names of wanted headers in lower case) -> record. Raises BadLine, NoRequest."""
    name_hint: re.Pattern[str]
    name_decides: bool = False
    fast: FastReading | None = None
    about: About | None = None
    readers: tuple[Any, ...] = field(default=(), repr=False)
    """The readers (`abslake.formats.readers.base.Reader`) that a declared format consists of."""
    tailored: "Callable[[Sequence[bytes]], Format | None] | None" = None
    """(first lines of an object) -> the format as this object's header lines say, or None where they say nothing."""
    from_template: Callable[[str], Any] | None = None
    """A user's own template of this log -> its reader. Raises ValueError in words for the user."""
    from_columns: Callable[[Sequence[str]], Any] | None = None
    """A user's own order of this log's columns -> its reader. Raises ValueError in words for the user."""
    believes_forwarded_for: bool = False
    """The writer's documentation takes X-Forwarded-For for the client's address, whoever sent it."""
    version: str = ""
    """What units note of the format beside its name: a hash of a grammar."""


@cache
def formats() -> dict[str, Format]:
    """Every built-in format by its name."""
    modules = (importlib.import_module(f"{__name__}.{info.name}") for info in pkgutil.iter_modules(__path__))
    found = [module.FORMAT for module in modules if hasattr(module, "FORMAT")]
    return {entry.name: entry for entry in found}


def named(name: str, known: Mapping[str, Format] | None = None) -> Format:
    """The format of that name. `known`: built-in ones and grammars. Raises UnreadableLog with the names there are."""
    known = known or formats()
    try:
        return known[name]
    except KeyError:
        raise UnreadableLog(f"no log format is called {name!r}; there are {', '.join(sorted(known))}") from None
