"""Whole lines of a log object, cut into parts that fit a function's memory and lie as clean text in a local file.

Lines end at ``\\n`` and nowhere else: form feed, U+0085 or U+2028 in a header must not let a client forge a line. A part's
file holds one row a line, valid UTF-8, without NUL and stray carriage returns, so that an engine may read it; a line
that is not so is withheld from the file (a stand-in takes its row) and kept aside as it was.
"""

import contextlib
import re
import sys
from array import array
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from abslake.records.gunzip import LogBytes

STAND_IN = b"-"
"""The row of a withheld line: parses in no format."""

_MAX_ROWS = 2_000_000
"""Rows a part at most, whatever its bytes: bounds what is remembered per line."""

_BLANK_LINE = re.compile(rb"\n[ \t\v\f\r]*\n")
_BLOCK = 1 << 20
_BOM = b"\xef\xbb\xbf"


@dataclass
class Part:
    """A run of lines. Row r (from 0) of `path` is line ``number(r)`` (from 1) of the log object."""

    index: int
    path: Path
    first_line: int
    rows: int = 0
    blank: int = 0
    size: int = 0
    withheld: dict[int, bytes] = field(default_factory=dict)
    ends_log: bool = False
    max_line: int = sys.maxsize
    """Bytes; a longer line stands in `withheld`, cut to one byte more."""
    _numbers: "array[int] | None" = None

    @property
    def lines(self) -> int:
        """Lines read, blank ones included."""
        return self.rows + self.blank

    def number(self, row: int) -> int:
        """The line number of a row."""
        return self._numbers[row] if self._numbers is not None else self.first_line + row

    def lines_of(self, rows: "list[int]") -> Iterator[tuple[int, bytes]]:
        """The original bytes of the given rows (ascending), one pass over the file."""
        left, first = deque(rows), 0
        for block, count in self._blocks() if rows else ():
            if left[0] < first + count:
                lines = block.split(b"\n")
                while left and left[0] < first + count:
                    row = left.popleft()
                    yield row, self.withheld.get(row) or lines[row - first]
                if not left:
                    return
            first += count

    def _blocks(self) -> "Iterator[tuple[bytes, int]]":
        """The file as blocks of whole lines, each with the number of its lines."""
        rest = b""
        with self.path.open("rb") as file:
            while piece := file.read(_BLOCK):
                block, newline, tail = (rest + piece).rpartition(b"\n")
                rest = tail
                if newline:
                    yield block + newline, block.count(b"\n") + 1

    def subset(self, rows: "list[int]") -> "Part":
        """A part of the given rows alone (ascending), beside this one's file; line numbers stay."""
        chosen = Part(self.index, self.path.with_name(self.path.name + "~"), self.first_line)
        chosen.ends_log, chosen.max_line = self.ends_log, self.max_line
        chosen._numbers = array("Q", (self.number(row) for row in rows))
        with chosen.path.open("wb") as file:
            for row, line in self.lines_of(rows):
                if row in self.withheld:
                    chosen.withheld[chosen.rows] = line
                file.write((STAND_IN if row in self.withheld else line) + b"\n")
                chosen.rows += 1
        chosen.blank = self.blank
        return chosen

    def drop_blank_lines(self) -> None:
        """Rewrite the file without lines of white space: an engine may skip them, and rows would no longer match."""
        numbers, first = array("Q"), 0
        clean = self.path.with_suffix(".clean")
        withheld: dict[int, bytes] = {}
        with clean.open("wb") as new:
            for block, count in self._blocks():
                kept: Iterable[int] = range(first, first + count)
                if _BLANK_LINE.search(b"\n" + block):
                    lines = block[:-1].split(b"\n")
                    kept = [first + n for n, line in enumerate(lines) if line.strip()]
                    block = b"".join(lines[row - first] + b"\n" for row in kept)  # noqa: PLW2901 - what is kept of it
                new.write(block)
                if self.withheld:
                    withheld |= {
                        len(numbers) + n: self.withheld[row] for n, row in enumerate(kept) if row in self.withheld
                    }
                numbers.extend(array("Q", map(self.number, kept)))
                first += count
        clean.replace(self.path)
        self.blank += self.rows - len(numbers)
        self.rows, self.withheld, self._numbers = len(numbers), withheld, numbers


def parts(source: LogBytes, folder: Path, part_bytes: int, max_line_bytes: int) -> Iterator[Part]:
    """Cut a log object into parts of about `part_bytes`; a part's file is written over when the next one is asked for."""
    cutter = _Cutter(folder, part_bytes, max_line_bytes)
    with contextlib.closing(cutter):
        for piece in source:
            yield from cutter.add(piece)
        yield from cutter.end()


class _Cutter:
    def __init__(self, folder: Path, part_bytes: int, max_line_bytes: int) -> None:
        self._folder, self._part_bytes, self._max_line = folder, part_bytes, max_line_bytes
        self._rest = bytearray()
        self._overlong = False
        self._begin(0, 1)

    def _begin(self, index: int, first_line: int) -> None:
        self._part = Part(index, self._folder / "part.log", first_line, max_line=self._max_line)
        # Written over, not anew: the pages of a new file cost more than gunzip.
        self._file = self._part.path.open("r+b" if self._part.path.exists() else "wb", buffering=0)

    def close(self) -> None:
        """Let the file go, however the reading ended."""
        self._file.close()

    def add(self, piece: bytes) -> Iterator[Part]:
        end = piece.rfind(b"\n") + 1
        if not end:
            self._keep(piece)
            return
        if self._rest or self._overlong:
            first = piece.find(b"\n") + 1
            self._keep(piece[: first - 1])
            self._flush_rest()
            self._lines(piece[first:end])
        else:
            self._lines(piece[:end])
        self._keep(piece[end:])
        if self._part.size >= self._part_bytes or self._part.rows >= _MAX_ROWS:
            yield from self._finish(ends_log=False)

    def end(self) -> Iterator[Part]:
        if self._rest or self._overlong:
            self._flush_rest()
        yield from self._finish(ends_log=True)

    def _finish(self, *, ends_log: bool) -> Iterator[Part]:
        self._file.truncate()
        self._file.close()
        part = self._part
        part.ends_log = ends_log
        yield part
        if not ends_log:
            self._begin(part.index + 1, part.first_line + part.lines)

    def _keep(self, tail: bytes) -> None:
        """Remember the beginning of a line; of an overlong one no more than needed to say so."""
        if len(self._rest) + len(tail) > self._max_line + 1:
            self._overlong = True
            tail = tail[: self._max_line + 1 - len(self._rest)]
        self._rest += tail

    def _flush_rest(self) -> None:
        line, overlong = bytes(self._rest), self._overlong
        self._rest, self._overlong = bytearray(), False
        if overlong:  # its end is lost: nothing may be read out of its beginning
            self._withhold(line)
        else:
            self._lines(line + b"\n")

    def _lines(self, block: bytes) -> None:
        """Whole lines, each with its newline."""
        if not block:
            return
        if self._part.index == 0 and not self._part.rows:
            block = block.removeprefix(_BOM)
        if b"\r" in block:
            block = block.replace(b"\r\n", b"\n")
        self._halve(block)

    def _halve(self, block: bytes) -> None:
        """Write the block, or its halves, down to the single lines that must not stand in the file."""
        if len(block) <= self._max_line + 1 and _is_clean(block):
            self._write(block, block.count(b"\n"))
        elif block.find(b"\n") == len(block) - 1:
            self._withhold(block[:-1])
        else:
            middle = block.find(b"\n", len(block) // 2, -1) + 1 or block.rfind(b"\n", 0, len(block) // 2) + 1
            self._halve(block[:middle])
            self._halve(block[middle:])

    def _withhold(self, line: bytes) -> None:
        self._part.withheld[self._part.rows] = line[: self._max_line + 1]
        self._write(STAND_IN + b"\n", 1)

    def _write(self, block: bytes, rows: int) -> None:
        self._file.write(block)
        self._part.rows += rows
        self._part.size += len(block)


def _is_clean(block: bytes) -> bool:
    """Valid UTF-8 without NUL and carriage return."""
    if b"\r" in block or b"\0" in block:
        return False
    if block.isascii():
        return True
    try:
        block.decode()
    except UnicodeDecodeError:
        return False
    return True
