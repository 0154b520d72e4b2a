"""Text as its receiver will understand it: escapes undone, one spelling for all that means the same.

All steps take time linear in the text. `forms` decodes once and twice: what is encoded three times stays encoded, and is told
by its escapes alone.
"""

import re
from urllib.parse import unquote_to_bytes

LOOKED_AT = 8192
"""Bytes of one text that are looked at; what is longer is conspicuous by its length."""

_UNICODE_ESCAPE = re.compile(rb"%[uU]([0-9A-Fa-f]{4})")
_OVERLONG = re.compile(rb"[\xc0\xc1][\x80-\xbf]|\xe0[\x80-\x9f][\x80-\xbf]|\xf0[\x80-\x8f][\x80-\xbf]{2}")
_FULLWIDTH = re.compile(rb"\xef(?:\xbc[\x81-\xbf]|\xbd[\x80-\x9e])")
_ENTITY = re.compile(
    rb"&(?:#[xX]([0-9A-Fa-f]{1,6})|#(\d{1,7})|(lt|gt|quot|apos|colon|lpar|rpar|tab|newline));?", re.IGNORECASE
)
_BLANKS = re.compile(rb"\s+")

LOOKALIKES = {"ʹ": "'", "ʼ": "'", "․": ".", "⁄": "/", "∕": "/", "﹤": "<", "﹥": ">", "。": "."}  # noqa: RUF001 - that is the point
"""Characters that some receiver takes for one of ASCII, besides the fullwidth ones (best-fit tables, NFKC)."""

_LOOKALIKE = re.compile(b"|".join(character.encode() for character in LOOKALIKES))
_ASCII = {character.encode(): plain.encode() for character, plain in LOOKALIKES.items()}
_NAMED = {b"lt": b"<", b"gt": b">", b"quot": b'"', b"apos": b"'", b"colon": b":", b"lpar": b"(", b"rpar": b")"}
_NAMED |= {b"tab": b" ", b"newline": b"\n"}


def forms(text: bytes) -> tuple[bytes, ...]:
    """A URL decoded once and, where that changes it, twice; each normalised."""
    once = decoded(text.replace(b"+", b" "))
    first = normalised(once)
    if b"%" not in once:
        return (first,)
    second = normalised(decoded(once))
    return (first,) if second == first else (first, second)


def header_forms(text: bytes) -> tuple[bytes, ...]:
    """A header's value as sent and, where it holds escapes, decoded once; each normalised."""
    first = normalised(text)
    return (first,) if b"%" not in text else (first, normalised(decoded(text)))


def decoded(text: bytes) -> bytes:
    """Percent-encoding undone once, also ``%uXXXX``; UTF-8 in more bytes than it needs is made what it stands for."""
    plain = unquote_to_bytes(_UNICODE_ESCAPE.sub(_of_unicode_escape, text))
    return _OVERLONG.sub(_of_overlong, plain)


def normalised(text: bytes) -> bytes:
    """Lower case (ASCII), without NUL and comments, backslashes as slashes, lookalikes as ASCII; a run of white space is a blank.

    A run that holds more than blanks is a line feed.
    """
    text = text.replace(b"\0", b"")
    if not text.isascii():
        text = _FULLWIDTH.sub(_of_fullwidth, text)
        text = _LOOKALIKE.sub(lambda found: _ASCII[found.group()], text).replace(b"\xc2\xa0", b" ")
    if b"&" in text:
        text = _ENTITY.sub(_of_entity, text)
    text = text.lower().replace(b"\\", b"/")
    if b"/*" in text:
        text = _without_comments(text)
    return _BLANKS.sub(_of_blanks, text)


def _without_comments(text: bytes) -> bytes:
    """A blank for each comment of SQL; what MySQL carries out of one (``/*!50000 …*/``) stays."""
    first, *parts = text.split(b"/*")
    pieces = [first]
    for part in parts:
        if part.startswith(b"!"):
            pieces.append(b" " + part[1:].lstrip(b"0123456789").replace(b"*/", b" "))
        else:
            _, end, behind = part.partition(b"*/")
            pieces.append(b" " + behind if end else b"/*" + part)
    return b"".join(pieces)


def _of_blanks(found: re.Match[bytes]) -> bytes:
    return b" " if found.group().strip(b" \v\f") == b"" else b"\n"


def _of_unicode_escape(found: re.Match[bytes]) -> bytes:
    return chr(int(found[1], 16)).encode("utf-8", "replace")


def _of_overlong(found: re.Match[bytes]) -> bytes:
    number = 0
    for byte in found.group()[1:]:
        number = number << 6 | byte & 0x3F
    number |= (found.group()[0] & 0x1F) << 6 if len(found.group()) == 2 else 0
    return bytes([number]) if number < 0x80 else b"?"


def _of_fullwidth(found: re.Match[bytes]) -> bytes:
    return bytes([ord(found.group().decode()) - 0xFEE0])


def _of_entity(found: re.Match[bytes]) -> bytes:
    if found[3]:
        return _NAMED[found[3].lower()]
    number = int(found[1], 16) if found[1] else int(found[2])
    return bytes([number]) if number < 0x80 else b"?"
