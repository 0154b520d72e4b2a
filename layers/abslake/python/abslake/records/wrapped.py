"""The envelopes themselves: what a document or a line of each one holds (see `abslake.records.envelopes`)."""

import re
from typing import Literal

import msgspec

from abslake.records.documents import ALONE, LISTED, Documents, Found, without_lone_surrogates

_DOCKER_SPLIT = 16 * 1024
"""Docker cuts a longer line into entries of this many bytes, of which only the last one ends in a newline."""
_LONGEST_PREFIX = 256
_ENDS_TO_BLANKS = bytes.maketrans(b"\r\n", b"  ")

_CRI = re.compile(
    rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d) "
    rb"(stdout|stderr) ([FP])(?::[^ \n]{0,99})?(?: |\r?$)"
)
# Only where the message can tell its own time: else this may be the time of a plain log's record.
_EXPORTED = re.compile(
    rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (?=[{<]|.{0,2000}?\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d)"
)
LINES = {"cri": _CRI, "cloudwatch-export": _EXPORTED}
"""Envelopes that are a prefix of each line."""


class _Joined:
    """Lines that came in several pieces, by the stream they were written to."""

    def __init__(self, max_line_bytes: int) -> None:
        self._longest = max_line_bytes + 1
        self._begun: dict[str, bytes] = {}

    def add(self, stream: str, text: bytes, *, whole: bool) -> list[bytes]:
        """The line that `text` ends, if it is `whole`; of an overlong one no more than needed to say so."""
        if self._begun:
            text = (self._begun.pop(stream, b"") + text)[: self._longest]
        if whole:
            return [text]
        self._begun[stream] = text[: self._longest]
        return []

    def rest(self) -> list[bytes]:
        """Lines that nothing ended."""
        return [self._begun[stream] for stream in sorted(self._begun)]


class _Event(msgspec.Struct):
    message: str


class _CloudWatch(msgspec.Struct):
    """What a subscription filter delivers. Source: *Log group-level subscription filters*, CloudWatch Logs user guide."""

    messageType: Literal["DATA_MESSAGE", "CONTROL_MESSAGE"]  # noqa: N815 # as it is spelled there
    logEvents: list[_Event]  # noqa: N815

    def lines(self, _joined: _Joined) -> list[bytes]:
        if self.messageType == "CONTROL_MESSAGE":
            return [b""]
        return [_line(event.message) for event in self.logEvents] or [b""]


class _Records(msgspec.Struct):
    """What Azure sends to an event hub. Source: *Stream Azure monitoring data to an event hub*, Azure Monitor."""

    records: list[msgspec.Raw]

    def lines(self, _joined: _Joined) -> list[bytes]:
        return [_in_one_line(bytes(record)) for record in self.records] or [b""]


class _Docker(msgspec.Struct):
    """An entry of Docker's json-file logging driver; collectors may have added to it."""

    log: str
    stream: Literal["stdout", "stderr"]

    def lines(self, joined: _Joined) -> list[bytes]:
        text = _line(self.log)
        return joined.add(self.stream, text, whole=len(text) < _DOCKER_SPLIT or self.log.endswith("\n"))


_Wrapped = _CloudWatch | _Records | _Docker
DOCUMENTS: dict[str, type[_Wrapped]] = {"cloudwatch": _CloudWatch, "records": _Records, "docker": _Docker}
"""Envelopes that are a JSON object around records."""
_DECODERS = {name: msgspec.json.Decoder(form) for name, form in DOCUMENTS.items()}


def _line(text: str) -> bytes:
    """A record in one line: a newline at its end is that of the line, and any other one a blank."""
    return text.removesuffix("\n").replace("\n", " ").encode()


def _in_one_line(document: bytes) -> bytes:
    """JSON as it was written, without the line ends between its tokens; in strings there are none."""
    return document.translate(_ENDS_TO_BLANKS) if b"\n" in document or b"\r" in document else document


def is_wrapped(document: bytes, name: str) -> bool:
    """Whether a JSON object is in the form of an envelope of `DOCUMENTS`."""
    return _decoded(document, name) is not None


def _decoded(document: bytes, name: str) -> _Wrapped | None:
    decoder = _DECODERS[name]
    try:
        return decoder.decode(document)
    except msgspec.ValidationError:
        return None
    except (msgspec.DecodeError, UnicodeDecodeError):
        # Text that no UTF-8 can hold: one client's bad header must not cost a batch.
        mended = without_lone_surrogates(document).decode(errors="replace")
    try:
        return decoder.decode(mended)
    except msgspec.DecodeError:
        return None


class DocumentStage:
    """Undoes an envelope of `DOCUMENTS`, or gives each object of an array or of a stream a line of its own."""

    def __init__(self, name: str, max_line_bytes: int) -> None:
        self._name = name
        self._documents = Documents(LISTED if name == "json-array" else ALONE)
        self._joined = _Joined(max_line_bytes)
        self._line_ends = True

    def add(self, piece: bytes) -> bytes:
        """The lines that are known after one more piece."""
        return self._lines(self._documents.add(piece))

    def end(self) -> bytes:
        """The rest."""
        return self._lines(self._documents.end()) + _last_lines(self._joined, line_ends=self._line_ends)

    def _lines(self, found: list[Found]) -> bytes:
        out: list[bytes] = []
        for document, whole in found:
            wrapped = _decoded(document, self._name) if whole and self._name in DOCUMENTS else None
            if wrapped:
                out += [part for line in wrapped.lines(self._joined) for part in (line, b"\n")]
            elif whole:
                out += (_in_one_line(document), b"\n")
            else:
                out.append(document)
        if found:
            self._line_ends = found[-1][1] or found[-1][0].endswith(b"\n")
        return b"".join(out)


class LineStage:
    """Takes the prefix of an envelope of `LINES` off each line, and puts lines together that were cut by it."""

    def __init__(self, name: str, max_line_bytes: int) -> None:
        self._prefix = LINES[name]
        self._cuts_lines = name == "cri"
        self._longest = max_line_bytes + _LONGEST_PREFIX
        self._joined = _Joined(max_line_bytes)
        self._begun = b""
        self._passing = False
        """Inside a line that is too long anyway, and passes as it is."""

    def add(self, piece: bytes) -> bytes:
        """The lines that are known after one more piece."""
        passed = b""
        if self._passing:
            end = piece.find(b"\n") + 1 or len(piece)
            passed, piece = piece[:end], piece[end:]
            self._passing = not passed.endswith(b"\n")
        block, newline, rest = (self._begun + piece).rpartition(b"\n")
        out = passed + (self._opened(block) if newline else b"")
        if len(rest) > self._longest:
            out, rest, self._passing = out + rest, b"", True
        self._begun = rest
        return out

    def end(self) -> bytes:
        """The rest."""
        out = self._opened(self._begun) if self._begun else b""
        return out + _last_lines(self._joined, line_ends=not self._passing)

    def _opened(self, block: bytes) -> bytes:
        out: list[bytes] = []
        for line in block.split(b"\n"):
            found = self._prefix.match(line) if len(line) <= self._longest else None
            if found is None:
                out.append(line)
            elif self._cuts_lines:
                text = line[found.end() :]
                out += self._joined.add(found[1].decode(), text, whole=found[2] == b"F")
            else:
                out.append(line[found.end() :])
        out.append(b"")
        return b"\n".join(out)


def _last_lines(joined: _Joined, *, line_ends: bool) -> bytes:
    lines = joined.rest()
    return b"".join((b"" if line_ends or not lines else b"\n", *(line + b"\n" for line in lines)))
