"""Traces of one identifier in text: where it stands, however it is spelled, and the text without it.

Spellings that are found: as it is; percent-encoded, wholly or in part, also several times over, a blank as ``+``; with JSON
escapes; in base64 and its URL alphabet, at any offset (a header ``Authorization: Basic``, a JSON Web Token); for addresses
also every way to write the same address. Not found: other encodings, hashes, and the identifier cut in two.

An identifier of fewer than six characters is a word like any other (as `abslake.traffic.discreet` has it): in a path it goes
where it is a whole segment, in a line of a log where it is a whole word, and nowhere else. Addresses are never short: they
end where their digits end.
"""

import base64
import json
import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from abslake.detection.findings import IdentifierKind
from abslake.records.addresses import canonical

BLOT = "***"
SHORT = 6

_DEPTH = 3
_NEEDLE = 6
_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_ESCAPE = re.compile(
    r'\\(?:u([Dd][89ABab][0-9A-Fa-f]{2})\\u([Dd][C-Fc-f][0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|(["\\/bfnrt]))'
)
_SHORT_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_ADDRESS = re.compile(r"[0-9A-Fa-f:.]{2,}")
_WORD64 = re.compile(r"[A-Za-z0-9+_=-]")
_URL64 = str.maketrans("-_", "+/")
_LONGEST_ADDRESS = 52
"""Characters of an IPv6 address with an IPv4 address in it and a port."""
_TWO_COLONS = ":[0-9A-Fa-f:.]*:"

_Span = tuple[int, int]
_Step = Callable[[str], Iterator[tuple[int, int, str]]]
"""What a decoder replaces: begin, end, characters that it stands for."""


class Traces:
    """One identifier. Holds the value, shows it to nobody."""

    def __init__(self, kind: IdentifierKind, value: str) -> None:
        self.kind = kind
        self.value = (canonical(value) or value) if kind is IdentifierKind.IP else value
        self._is_address = kind is IdentifierKind.IP and canonical(value) is not None
        self.short = len(self.value) < SHORT and not self._is_address
        self._needles = () if self.short else tuple(_needles(self.value))
        self._decoders: Sequence[_Step] = (_percent, _json, *((_plus,) if " " in self.value else ()))
        self.holds = lru_cache(maxsize=50_000)(self._holds)

    def __repr__(self) -> str:
        return f"Traces({self.kind.value})"

    def condition(self, column: str) -> tuple[str, list[str]]:
        """A cheap SQL condition that every text with a trace meets, with its parameters; others may meet it too."""
        tests, given = [f"contains({column}, '%')", f"contains({column}, '\\')", f"contains({column}, ?)"], [self.value]
        if " " in self.value:
            tests.append(f"contains({column}, '+')")
        for needle in self._needles:
            tests.append(f"contains(translate({column}, '-_', '+/'), ?)")
            given.append(needle)
        if self._is_address:
            tests.append(f"regexp_matches({column}, '{_TWO_COLONS}')")
        return f"({' OR '.join(tests)})", given

    def _holds(self, text: str) -> bool:
        return next(self._spans(text), None) is not None

    def blotted(self, text: str) -> str:
        """The text without the identifier, which is not a short one."""
        spans = _merged(self._spans(text))
        if not spans:
            return text
        pieces, at = list[str](), 0
        for begin, end in spans:
            pieces += [text[at:begin], BLOT]
            at = end
        result = "".join([*pieces, text[at:]])
        return BLOT if self.holds(result) else result  # what was apart has come together

    def blotted_path(self, path: str) -> str:
        """The same for a path; a short identifier goes where it is a whole segment."""
        if not self.short:
            return self.blotted(path)
        return "/".join(BLOT if self._is_word(segment) else segment for segment in path.split("/"))

    def is_mentioned(self, text: str) -> bool:
        """Whether a line of a log or another document holds it; a short one counts where it is a whole word."""
        if not self.short:
            return self.holds(text)
        word = re.compile(rf"(?<!\w){re.escape(self.value)}(?!\w)")
        return any(word.search(decoded) for decoded, _ in _variants(text, self._decoders))

    def begins_at_the_end_of(self, text: str) -> bool:
        """Whether a text that was cut ends within it."""
        longest = min(len(self.value), len(text))
        return any(text.endswith(self.value[:size]) for size in range(longest, SHORT - 1, -1))

    def _is_word(self, text: str) -> bool:
        return any(decoded == self.value for decoded, _ in _variants(text, self._decoders))

    def _spans(self, text: str) -> Iterator[_Span]:
        for decoded, places in _variants(text, self._decoders):
            for begin, end in self._spans_as_it_is(decoded):
                yield places[begin], places[end]

    def _spans_as_it_is(self, text: str) -> Iterator[_Span]:
        yield from self._addresses(text) if self._is_address else _all(text, self.value)
        if self._needles:
            standard = text.translate(_URL64)
            for needle in self._needles:
                for begin, end in _all(standard, needle):
                    yield _widened(text, begin, end)

    def _addresses(self, text: str) -> Iterator[_Span]:
        for run in _ADDRESS.finditer(text):
            for begin, end in _parts(run.group()):
                if end - begin <= _LONGEST_ADDRESS and canonical(run.group()[begin:end]) == self.value:
                    yield run.start() + begin, run.start() + end


def _parts(run: str) -> Iterator[_Span]:
    """What of a run of address characters may be an address: all of it, or without what is stuck to its ends."""
    yield 0, len(run)
    bare = run.strip(".:")
    begin = run.index(bare) if bare else 0
    yield begin, begin + len(bare)
    for part in re.finditer(r"\d+(?:\.\d+){3}", run):
        yield part.span()
    for colon in (m.start() for m in re.finditer(":", run)):
        yield colon + 1, len(run)
        yield 0, colon


def _variants(text: str, decoders: Sequence[_Step]) -> Iterator[tuple[str, Sequence[int]]]:
    """The text and what it decodes to, each with the place in the text of every character and of the end."""
    seen = {text}
    level: list[tuple[str, Sequence[int]]] = [(text, range(len(text) + 1))]
    for depth in range(_DEPTH + 1):
        yield from level
        if depth == _DEPTH:
            return
        following: list[tuple[str, Sequence[int]]] = []
        for known, places in level:
            for step in decoders:
                decoded, into = _decoded(known, step)
                if decoded not in seen:
                    seen.add(decoded)
                    following.append((decoded, [places[place] for place in into]))
        level = following


def _decoded(text: str, step: _Step) -> tuple[str, list[int]]:
    pieces, places, at = list[str](), list[int](), 0
    for begin, end, characters in step(text):
        pieces += [text[at:begin], characters]
        places += range(at, begin)
        width = (end - begin) // len(characters) if characters else 0
        places += [begin + width * n for n in range(len(characters))]
        at = end
    pieces.append(text[at:])
    places += range(at, len(text) + 1)
    return "".join(pieces), places


def _percent(text: str) -> Iterator[tuple[int, int, str]]:
    for run in _PERCENT.finditer(text):
        at = run.start()
        for character, size in _characters(bytes.fromhex(run.group().replace("%", ""))):
            yield at, at + 3 * size, character
            at += 3 * size


def _characters(data: bytes) -> Iterator[tuple[str, int]]:
    """UTF-8 characters and how many bytes each takes; a byte that is none counts as Latin-1."""
    at = 0
    while at < len(data):
        for size in (1, 2, 3, 4):
            try:
                character = data[at : at + size].decode()
            except UnicodeDecodeError:
                continue
            break
        else:
            character, size = chr(data[at]), 1
        yield character, size
        at += size


def _json(text: str) -> Iterator[tuple[int, int, str]]:
    for escape in _ESCAPE.finditer(text):
        high, low, code, short = escape.groups()
        if high:
            character = chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + (int(low, 16) - 0xDC00))
        else:
            character = chr(int(code, 16)) if code else _SHORT_ESCAPES.get(short, short)
        yield escape.start(), escape.end(), character


def _plus(text: str) -> Iterator[tuple[int, int, str]]:
    for at, character in enumerate(text):
        if character == "+":
            yield at, at + 1, " "


def _all(text: str, part: str) -> Iterator[_Span]:
    """All places, overlapping ones too."""
    at = text.find(part)
    while at >= 0:
        yield at, at + len(part)
        at = text.find(part, at + 1)


def _widened(text: str, begin: int, end: int) -> _Span:
    """The whole word of base64 around a part of it."""
    while begin > 0 and _WORD64.match(text[begin - 1]):
        begin -= 1
    while end < len(text) and _WORD64.match(text[end]):
        end += 1
    return begin, end


def _needles(value: str) -> Iterator[str]:
    """What base64 of any text around the value must hold: the digits that depend on nothing else, at the three offsets."""
    spellings = {value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    for data in sorted(spelling.encode("utf-8", "surrogatepass") for spelling in spellings):
        for offset in range(3):
            digits = base64.b64encode(b"\0" * offset + data).decode()
            first, last = -(-offset * 8 // 6), (offset + len(data)) * 8 // 6
            if last - first >= _NEEDLE:
                yield digits[first:last]


def _merged(spans: Iterator[_Span]) -> list[_Span]:
    merged: list[_Span] = []
    for begin, end in sorted(set(spans)):
        if merged and begin <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((begin, end))
    return merged
