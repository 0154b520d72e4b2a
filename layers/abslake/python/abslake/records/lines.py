"""Whole lines of a log object, cut into parts that fit a function's memory and lie as clean text in a local file.

Lines end at ``\\n`` and nowhere else: form feed, U+0085 or U+2028 in a header must not let a client forge a line. A part's
file holds one row a line, valid UTF-8, without NUL and stray carriage returns, so that an engine may read it; a line
that is not so is withheld from the file (a stand-in takes its row) and kept aside as it was.
"""

import contextlib
import re
import sys
from array import array
from bisect import bisect_right
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

STAND_IN = b"-"
"""The row of a withheld line: parses in no format."""

_MAX_ROWS = 2_000_000
"""Rows a part at most, whatever its bytes: bounds what is remembered per line."""

_BLANK_LINE = re.compile(rb"\n(?=[ \t\v\f\r]*\n)")
_BLOCK = 1 << 16
_BOM = b"\xef\xbb\xbf"


@dataclass
class Part:
    """A run of lines in a local file. Row r (from 0) is line ``number(r)`` (from 1) of the log object.

    Rows are the file's lines, until `skip_blank_lines` says that lines of white space are none.
    """

    index: int
    path: Path
    first_line: int
    rows: int = 0
    blank: int = 0
    size: int = 0
    withheld: dict[int, bytes] = field(default_factory=dict)
    """What stood in the place of a stand-in, by its place in the file."""
    ends_log: bool = False
    max_line: int = sys.maxsize
    """Bytes; a longer line stands in `withheld`, cut to one byte more."""
    _numbers: "array[int] | None" = None
    _gaps: "array[int]" = field(default_factory=lambda: array("Q"))
    """Per skipped line: the row before which it stands."""

    @property
    def lines(self) -> int:
        """Lines read, blank ones included."""
        return self.rows + self.blank

    def _place(self, row: int) -> int:
        """Which line of the file a row is, from 0."""
        return row + bisect_right(self._gaps, row)

    def number(self, row: int) -> int:
        """The line number of a row."""
        place = self._place(row)
        return self._numbers[place] if self._numbers is not None else self.first_line + place

    def lines_of(self, rows: "list[int]") -> Iterator[tuple[int, bytes]]:
        """The original bytes of the given rows (ascending), one pass over the file."""
        left = deque((row, self._place(row)) for row in rows)
        first = 0
        for block, count in self._blocks() if rows else ():
            if left[0][1] < first + count:
                lines = block.split(b"\n")
                while left and left[0][1] < first + count:
                    row, place = left.popleft()
                    yield row, self.withheld.get(place) or lines[place - first]
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
                withheld = self._place(row) in self.withheld
                if withheld:
                    chosen.withheld[chosen.rows] = line
                file.write((STAND_IN if withheld else line) + b"\n")
                chosen.rows += 1
        chosen.blank = self.blank
        return chosen

    def skip_blank_lines(self) -> None:
        """Take lines of white space out of the rows, as an engine does that passes over them."""
        first = 0
        for block, count in self._blocks():
            text, at, place = b"\n" + block, 0, first
            for match in _BLANK_LINE.finditer(text):
                place += text.count(b"\n", at, match.start())
                at = match.start()
                self._gaps.append(place - len(self._gaps))
            first += count
        self.rows -= len(self._gaps)
        self.blank += len(self._gaps)


def parts(source: Iterable[bytes], folder: Path, part_bytes: int, max_line_bytes: int) -> Generator[Part, None, None]:
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
