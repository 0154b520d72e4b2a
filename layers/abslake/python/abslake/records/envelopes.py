"""Undoes what collectors wrap around log records, so that one line is one record; plain logs pass untouched.

Which envelope it is tell the first bytes of the log object (`SAMPLE_BYTES`); then document by document, line by line: what
is not in the envelope's form passes as it is, as lines of its own, to be quarantined or parsed like any other. A newline
inside a record becomes a blank: no text can begin a line. What is recognised and how stands in docs/formats/envelopes.md.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Protocol

from abslake.errors import UnreadableLog
from abslake.records import parquet
from abslake.records.documents import Documents
from abslake.records.wrapped import DOCUMENTS, LINES, DocumentStage, LineStage, is_wrapped

SAMPLE_BYTES = 1 << 15
_SAMPLE_DOCUMENTS = 20
_MOST_LEVELS = 3
"""Envelopes inside each other, such as arrays in CloudWatch messages that are a container's output."""

ReadParquet = Callable[[Iterable[bytes]], Iterator[bytes]]

_BOM = b"\xef\xbb\xbf"
_ARRAY_LINE = re.compile(rb'(?m)^[ \t]*\[[ \t\r\n]*\{[ \t\r\n]*["}]')
# A document longer than the sample is known by its beginning. No string can hold these: quotes in strings are escaped.
_CLOUDWATCH_HEAD = re.compile(rb'(?m)^\{[^{\n]*"messageType":[ ]*"(?:DATA|CONTROL)_MESSAGE"')
_RECORDS_HEAD = re.compile(rb'(?m)^\{[ \t\r\n]*"records"[ \t\r\n]*:[ \t\r\n]*\[[ \t\r\n]*\{')


class Stage(Protocol):
    """One envelope being undone: bytes in, lines out."""

    def add(self, piece: bytes) -> bytes:
        """What can be told after one more piece."""

    def end(self) -> bytes:
        """The rest."""


class Opened:
    """Iterate it for pieces of bytes in which one line is one record; afterwards `envelope` says what was undone.

    The bytes are a pure function of the source's, however these are cut into pieces.
    """

    def __init__(self, source: Iterable[bytes], max_line_bytes: int, read_parquet: ReadParquet) -> None:
        self._source, self._max_line, self._read_parquet = source, max_line_bytes, read_parquet
        self._found: list[str] = []

    @property
    def envelope(self) -> str | None:
        """The names of the envelopes, outermost first; None for a plain log."""
        return ", ".join(self._found) or None

    def __iter__(self) -> Iterator[bytes]:
        """Pieces of bytes; of a log without envelope the very pieces of the source. Raises what reading Parquet raises."""
        pieces = iter(self._source)
        for _ in range(_MOST_LEVELS):
            head = _head(pieces)
            log = b"".join(head).removeprefix(b"" if self._found else _BOM)
            if log.startswith(parquet.MAGIC) and not self._found:
                self._found.append("parquet")
                return self._read_parquet(chain(head, pieces))
            name = _recognised(log[:SAMPLE_BYTES])
            if name is None or name in self._found:  # what was not undone the first time passes
                pieces = chain(head, pieces)
                return self._watched(pieces) if log[:1] == b"{" else pieces
            pieces = self._undone(name, chain((log,), pieces))
        return pieces

    def _undone(self, name: str, pieces: Iterator[bytes]) -> Iterator[bytes]:
        self._found.append(name)
        stage: Stage = LineStage(name, self._max_line) if name in LINES else DocumentStage(name, self._max_line)
        return _through(stage, pieces)

    def _watched(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """A log of JSON objects as it is, up to the first array: where batches are sent, a batch of one is an object."""
        line_begins = False
        for piece in pieces:
            at = _array_line(piece, line_begins=line_begins)
            if at >= 0:
                yield piece[:at]
                yield from self._undone("json-array", chain((piece[at:],), pieces))
                return
            line_begins = piece.endswith(b"\n")
            yield piece


def _array_line(piece: bytes, *, line_begins: bool) -> int:
    """Where the first line begins that begins with a bracket; -1: there is none."""
    # Brackets are rare, and to look for one byte costs a hundredth of what it costs to look for two.
    at = piece.find(b"[")
    if at == 0 and line_begins:
        return 0
    while at >= 0 and piece[at - 1 : at] != b"\n":
        at = piece.find(b"[", at + 1)
    return at


def _refuse_parquet(_source: Iterable[bytes]) -> Iterator[bytes]:
    raise UnreadableLog("a Parquet file is read from a local folder only")


def opened(source: Iterable[bytes], max_line_bytes: int, read_parquet: ReadParquet = _refuse_parquet) -> Opened:
    """The bytes of a log object without their envelopes.

    `max_line_bytes` bounds a line that is put together of several. `read_parquet` gives lines of JSON for the pieces of a
    Parquet file.
    """
    return Opened(source, max_line_bytes, read_parquet)


def _head(pieces: Iterator[bytes]) -> list[bytes]:
    """The first pieces, enough for a sample."""
    head: list[bytes] = []
    while sum(map(len, head)) < SAMPLE_BYTES + len(_BOM) and (piece := next(pieces, None)) is not None:
        head.append(piece)
    return head


def _through(stage: Stage, pieces: Iterable[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        if out := stage.add(piece):
            yield out
    if out := stage.end():
        yield out


def _recognised(sample: bytes) -> str | None:
    """The envelope that the beginning of a log is in."""
    lines = [line for line in sample.split(b"\n") if line.strip()]
    for name, prefix in LINES.items():
        # Most lines, not the first one: a client may have a say in how a line of a plain log begins.
        if 2 * sum(1 for line in lines if prefix.match(line)) > len(lines):
            return name
    return _recognised_json(sample) if any(line.lstrip()[:1] in (b"{", b"[") for line in lines) else None


def _recognised_json(sample: bytes) -> str | None:
    documents = [document for document, whole in Documents().add(sample) if whole]
    for name in DOCUMENTS:
        if any(is_wrapped(document, name) for document in documents[:_SAMPLE_DOCUMENTS]):
            return name
    for name, head in (("cloudwatch", _CLOUDWATCH_HEAD), ("records", _RECORDS_HEAD), ("json-array", _ARRAY_LINE)):
        if head.search(sample):
            return name
    known = set(documents)
    alone = sum(line.strip() in known for line in sample.split(b"\n"))
    # A few objects on one line with others are none of a gateway's doing; where most are, it is how the log is written.
    return "concatenated-json" if 2 * alone < len(documents) else None
