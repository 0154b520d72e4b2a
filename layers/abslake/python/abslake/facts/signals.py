"""What a request itself gives away: one bit a signal, kept with every fact (column ``signals``).

Bits of the URL and of headers are found here, in text that `abslake.facts.suspects` lets through; those that follow from an API's
definition are found in SQL (`abslake.facts.rule_signals`). Time is linear in the text, of which `LOOKED_AT` bytes are looked at.
"""

from collections.abc import Iterable
from enum import IntFlag
from functools import cache

import re2

from abslake.facts.injection_rules import COMMAND, SEPARATED_COMMANDS, SPLIT, SQL, TRAVERSAL
from abslake.facts.normalised_text import LOOKED_AT, forms, header_forms
from abslake.facts.script_rules import SCRIPT


class Signal(IntFlag):
    """The bits of the column ``signals``. Bits are added; a bit's meaning never changes."""

    SQL = 1
    """The URL holds SQL that no caller of an API writes: injection."""
    TRAVERSAL = 2
    """The URL climbs out of its folder or names a system file."""
    COMMAND = 4
    """The URL holds a shell command, a template's or a lookup's expression."""
    SCRIPT = 8
    """The URL holds script or markup that runs script: cross-site scripting."""
    OVERFLOW = 16
    """The URL, one of its values or their number is out of all proportion."""
    IRREGULAR_URL = 32
    """The URL is spelled as no client spells one: control bytes, broken, needless or double escapes, a split request."""
    HEADER = 64
    """A header that the record holds has a malicious value."""
    HEADER_ODD = 128
    """A header that the record holds is oversized or malformed."""
    LOGIN = 256
    """A request to the API's ``login_url``."""
    PROTOCOL = 512
    """The scheme is not among the definition's ``protocol_allowed``."""
    METHOD = 1024
    """The method is not among the definition's ``methods_allowed``."""
    CONTENT_TYPE = 2048
    """The media type is not among the definition's ``content_type_allowed``."""
    DECOY = 4096
    """The request hit a decoy."""


URL_BITS = Signal.SQL | Signal.TRAVERSAL | Signal.COMMAND | Signal.SCRIPT | Signal.OVERFLOW | Signal.IRREGULAR_URL
"""Found in the URL."""
HEADER_BITS = Signal.HEADER | Signal.HEADER_ODD
"""Found in the headers that a record holds."""

LONGEST_URL = 8000
"""Bytes that a URL may have, about what web servers take."""
LONGEST_VALUE = 4000
"""Bytes that one parameter may have."""
MOST_PARAMETERS = 200
LONGEST_RUN = 255
"""Times that one byte may stand in a row."""
LONGEST_HEADER = {"host": 260, "content-type": 512, "x-forwarded-for": 1024, "user-agent": 2048}
"""Bytes that a header may have, by its name."""
LONGEST_OTHER_HEADER = 8000

_HALF = (LONGEST_RUN + 1) // 2
_NO_ESCAPE = "%(?:[^0-9a-f]|[0-9a-f][^0-9a-f]|[0-9a-f]?$)"
_IRREGULAR = (
    rf"^[^?]*{_NO_ESCAPE}|(?:^|[^0-9]){_NO_ESCAPE}",  # %uXXXX is none either; a query may hold "width=100%"
    r"[\x00-\x1f\x7f]|%0[0-8bcef]|%1[0-9a-f]|%7f",
    r"%3[0-9]|%[46][1-9a-f]|%[57][0-9a]",  # letters and digits need none
    r"%c[01]|%e0%[89]|%f0%8",  # UTF-8 in more bytes than it needs
    r"%25(?:2e|00|5c|0[0-9a-f]|3[0-9]|[46][1-9a-f]|[57][0-9a])",
    r"^[^/*a-z]|^[0-9a-z.-]+:[0-9]+(?:/|$)",
    r"^[^?]*(?:\\|%5c)",
)
_ODD_HEADER = {
    "host": rb"^[0-9A-Za-z._:\[\]-]*$",
    "content-type": rb"^[\w!#$&^.+-]+/[\w!#$&^.+*-]+\s*(?:[;,].*)?$",
    "x-forwarded-for": rb"^[0-9A-Za-z._:,;=\[\]\"/ \t\r\n-]*$",
}
"""What a header's value looks like, by its name."""


def url_signals(text: str) -> int:
    """The bits of `URL_BITS` for a URL as sent."""
    sent = text.encode("utf-8", "surrogatepass")
    cut = sent[:LOOKED_AT]
    found = _overflow(sent) | (Signal.IRREGULAR_URL if _irregular().search(cut.lower()) else 0)
    for form in forms(cut):
        found |= _url_rules().of(form)
    return int(found)


def header_signals(name: str, text: str) -> int:
    """The bits of `HEADER_BITS` for a header's value as sent; `name` in lower case."""
    sent = text.encode("utf-8", "surrogatepass")
    found = Signal.HEADER_ODD if _is_odd(name, sent) else 0
    return int(found | (Signal.HEADER if any(map(_header_rules().of, header_forms(sent[:LOOKED_AT]))) else 0))


class _Rules:
    """Rules that are matched all at once."""

    def __init__(self, rules: Iterable[tuple[Signal, Iterable[str]]]) -> None:
        options = re2.Options()
        options.encoding = re2.Options.Encoding.LATIN1  # the text is bytes, whatever they are
        options.max_mem = 64 << 20
        self._set = re2.Set.SearchSet(options)
        self._signals = [signal for signal, patterns in rules for pattern in patterns if self._add(pattern)]
        self._set.Compile()

    def _add(self, pattern: str) -> bool:
        self._set.Add(f"(?s){pattern}".encode())
        return True

    def of(self, text: bytes) -> int:
        """The bits of all rules that match."""
        found = 0
        for number in self._set.Match(text) or ():
            found |= self._signals[number]
        return found


@cache
def _url_rules() -> _Rules:
    commands = (*SEPARATED_COMMANDS, *COMMAND)
    split = (Signal.IRREGULAR_URL, SPLIT)
    return _Rules(
        [(Signal.SQL, SQL), (Signal.TRAVERSAL, TRAVERSAL), (Signal.COMMAND, commands), (Signal.SCRIPT, SCRIPT), split]
    )


@cache
def _header_rules() -> _Rules:
    return _Rules([(Signal.HEADER, (*SQL, *TRAVERSAL, *COMMAND, *SPLIT, *SCRIPT))])


@cache
def _irregular() -> "re2._Regexp[bytes]":
    return re2.compile("|".join(_IRREGULAR).encode())


@cache
def _odd(name: str) -> "re2._Regexp[bytes] | None":
    return re2.compile(b"(?s)" + _ODD_HEADER[name]) if name in _ODD_HEADER else None


def _overflow(sent: bytes) -> int:
    if len(sent) <= LONGEST_RUN:
        return 0
    query = sent.partition(b"?")[2]
    is_much = (
        len(sent) > LONGEST_URL
        or query.count(b"&") >= MOST_PARAMETERS
        or max(map(len, query.split(b"&"))) > LONGEST_VALUE
        or _has_run(sent)
    )
    return Signal.OVERFLOW if is_much else 0


def _has_run(text: bytes) -> bool:
    """Whether one byte fills a block: a run that is longer than `LONGEST_RUN` fills one wherever it begins."""
    blocks = (text[at : at + _HALF] for at in range(0, len(text) - _HALF + 1, _HALF))
    return any(block.count(block[:1]) == _HALF for block in blocks)


def _is_odd(name: str, sent: bytes) -> bool:
    if len(sent) > LONGEST_HEADER.get(name, LONGEST_OTHER_HEADER):
        return True
    shape = _odd(name)
    if shape is not None and not shape.search(sent):
        return True
    control = sent.translate(None, _NO_CONTROL)
    return bool(control.replace(b"\n", b"") if name == "x-forwarded-for" else control)


_NO_CONTROL = bytes(byte for byte in range(256) if (byte >= 0x20 and byte != 0x7F) or byte == 0x09)
