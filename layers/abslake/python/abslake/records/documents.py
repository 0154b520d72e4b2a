"""JSON objects cut out of a stream of bytes that need not have a newline between them, nor be on one line each.

Where an object ends is what a JSON decoder says, never a search for ``}{``: no text in a string can end one and begin
another. Commas and brackets between objects are left out, so that an array of any length is read object by object.
What is no object passes as it is, up to the next newline: what was lost there cannot be told, and a guess could be forged.
"""

import re

import msgspec

DOCUMENT_BYTES = 64 << 20
"""A longer object passes as it is: bounds what is held in memory."""

_IN_VAIN = 16 << 20
"""So many bytes more than were taken may be looked at in vain beyond their line; then all the rest passes as it is.

A broken object takes no more than its line, but that it is broken may show far behind: without a bound the work would be
the square of the log.
"""

_STRING = rb'"[^"\\\n]*+(?:\\[^\n][^"\\\n]*+)*+"'
_TO_BRACE = re.compile(rb'(?:[^"{}]++|' + _STRING + rb")*+[{}]")
_TO_BROKEN_STRING = re.compile(rb'(?:[^"{}]++|' + _STRING + rb')*+"[^"\\\n]*+(?:\\[^\n][^"\\\n]*+)*+\\?\n')
_BLANKS = re.compile(rb"[ \t\r\n]*")
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<lone>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
_OPEN, _NEWLINE = b"{\n"

ALONE = re.compile(rb"\}(?=\{|\r?\n)")
"""Where an object may end, to be tried first, in a stream of objects."""
LISTED = re.compile(rb"\}(?=,[ \r\n]*\{|\r?\n|[\]{])")
"""The same in arrays of objects."""

_is_json = msgspec.json.Decoder(msgspec.Raw)


Found = tuple[bytes, bool]
"""An object, or a stretch of bytes (with its newline, if it is there) that is none."""


class Documents:
    """Give it pieces, get what they hold: the same bytes are cut the same, whatever the pieces."""

    def __init__(self, likely_end: "re.Pattern[bytes]" = ALONE) -> None:
        self._likely_end = likely_end
        self._pieces: list[bytes] = []
        self._size = 0
        self._try_from = 0
        self._passing = False
        self._held = b""
        self._taken = 0
        """Bytes in front of those that are kept."""
        self._in_vain = 0
        self._gives_up = False
        self._likely = -1
        """The last likely end that was found in the bytes at hand."""

    def add(self, piece: bytes) -> list[Found]:
        """What can be told after one more piece."""
        self._pieces.append(piece)
        self._size += len(piece)
        # An object that is not whole is looked at again when there is twice as much: else many pieces cost their square.
        return self._cut(last=False) if self._size >= min(self._try_from, DOCUMENT_BYTES) else []

    def end(self) -> list[Found]:
        """The rest."""
        found = self._cut(last=True)
        if self._held != b"]":
            self._release(found)
        return found

    def _cut(self, *, last: bool) -> list[Found]:
        buffer, at = b"".join(self._pieces), 0
        found: list[Found] = []
        self._likely = -1
        while at < len(buffer):
            if self._passing:
                at = self._pass(buffer, at, found)
                continue
            at = at if buffer[at] == _OPEN else self._skip_gap(buffer, at)
            end = self._end(buffer, at, last=last) if at < len(buffer) else 0
            if end > 0:
                found.append((buffer[at:end], True))
                self._held, at = b"", end
            elif end < 0:
                self._release(found)
                self._passing = True
            else:
                break
        self._pieces = [buffer[at:]]
        self._size = len(buffer) - at
        self._taken += at
        self._try_from = 2 * self._size
        return found

    def _pass(self, buffer: bytes, at: int, found: list[Found]) -> int:
        end = buffer.find(b"\n", at) + 1 or len(buffer)
        found.append((buffer[at:end], False))
        self._passing = buffer[end - 1] != _NEWLINE or self._gives_up
        return end

    def _release(self, found: list[Found]) -> None:
        if self._held:
            found.append((self._held, False))
        self._held = b""

    def _skip_gap(self, buffer: bytes, at: int) -> int:
        """Where blanks, a comma or the end of an array, and the beginning of an array end; these are held back."""
        if not self._held and buffer.startswith(b",{", at):
            self._held = b","
            return at + 1
        while match := _BLANKS.match(buffer, at):
            if self._held == b"]" and b"\n" in match[0]:
                self._held = b""  # an array ended with its line: nothing more can belong to it
            at = match.end()
            sign = buffer[at : at + 1]
            begins = sign == b"[" and b"[" not in self._held
            if not sign or not (begins or (sign in b",]" and not self._held)):
                break
            self._held += sign
            at += 1
        return at

    def _end(self, buffer: bytes, at: int, *, last: bool) -> int:
        """Where the object at `at` ends; 0: not in these bytes, -1: there is none."""
        if buffer[at] != _OPEN:
            return -1
        if end := self._end_at_likely(buffer, at):
            return end
        end, seen = _scan(buffer, at)
        if not end and (last or len(buffer) - at >= DOCUMENT_BYTES):
            end = -1
        if end < 0:
            self._count_in_vain(buffer, at, seen)
        return end

    def _end_at_likely(self, buffer: bytes, at: int) -> int:
        """Where the object at `at` ends, if that is the next likely end; 0: `_scan` has to tell.

        No object begins with another whole object: if the bytes up to there are one, it ends there, as `_scan` would find.
        """
        if at <= self._likely:  # tried for an object before this one: to try it for each line would cost the square
            return 0
        likely = self._likely_end.search(buffer, at)
        self._likely = likely.start() if likely else len(buffer)
        end = self._likely + 1
        return end if likely and end - at <= DOCUMENT_BYTES and is_json(buffer[at:end]) else 0

    def _count_in_vain(self, buffer: bytes, at: int, seen: int) -> None:
        """No object was found in the bytes up to `seen`: those behind the line will be looked at once more."""
        line_end = buffer.find(b"\n", at, seen) + 1
        if line_end:
            self._in_vain += seen - line_end
            self._gives_up = self._in_vain > self._taken + at + _IN_VAIN


def is_json(document: bytes) -> bool:
    """Whether the bytes are one JSON value; lone surrogates are let through, as in any client's header."""
    try:
        _is_json.decode(document)
    except (msgspec.DecodeError, RecursionError):
        if b"\\u" not in document:
            return False
    else:
        return True
    try:
        _is_json.decode(without_lone_surrogates(document))
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def without_lone_surrogates(document: bytes) -> bytes:
    """The document with U+FFFD for escaped halves of surrogate pairs, which no UTF-8 can hold."""
    return _ESCAPE.sub(lambda match: rb"\ufffd" if match["lone"] else match[0], document)


def _scan(buffer: bytes, at: int) -> tuple[int, int]:
    """Where the object at `at` ends, by its braces outside strings, and up to where that was looked for.

    0: not in these bytes, -1: it is broken. Where that shows does not depend on the bytes behind it.
    """
    depth, position, limit = 0, at, at + DOCUMENT_BYTES
    while found := _TO_BRACE.match(buffer, position, limit):
        position = found.end()
        if buffer[position - 1] == _OPEN:
            if depth and not _may_open(buffer, position - 1):
                return -1, position
            depth += 1
        else:
            depth -= 1
            if not depth:
                return (position if is_json(buffer[at:position]) else -1), position
    broken = _TO_BROKEN_STRING.match(buffer, position, limit)
    return (-1, broken.end()) if broken else (0, min(len(buffer), limit))


def _may_open(buffer: bytes, brace: int) -> bool:
    """Whether an inner object may begin there: after a colon, a comma or a bracket."""
    before = brace - 1
    while buffer[before] in b" \t\r\n":
        before -= 1
    return buffer[before] in b":,["
