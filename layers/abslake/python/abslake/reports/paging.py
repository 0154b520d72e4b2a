"""Pages of a long list: how many entries one has, and the cursor that leads to the next.

A cursor holds where the next page begins and a fingerprint of what was asked, so that a cursor of another question is
refused instead of giving a page of nothing in particular. It holds no name.
"""

import base64
import binascii
import struct
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from abslake.errors import BadRequest

DEFAULT_LIMIT = 50
MAX_LIMIT = 1000

CURSOR_PATTERN = "^[A-Za-z0-9_-]{16}$"

PLACE_PATTERN = "^[A-Za-z0-9_-]{20}$"
"""Of a cursor that holds a `Place`."""

_LAYOUT = struct.Struct(">I8s")
_PLACE = struct.Struct(">BHI8s")
_MOST_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of clients begins: behind `offset` of those of one slice.

    There are ``16 ** digits`` slices (`abslake.reports.slices`); None: how many is still to be chosen.
    """

    digits: int | None = None
    number: int = 0
    offset: int = 0


def read_limit(text: str | None) -> int:
    """The parameter ``limit``: entries a page, `DEFAULT_LIMIT` where it is not given. Raises BadRequest."""
    if text is None:
        return DEFAULT_LIMIT
    if text.isascii() and text.isdecimal() and len(text) <= 4 and 1 <= int(text) <= MAX_LIMIT:
        return int(text)
    raise BadRequest(f"limit: write a whole number from 1 to {MAX_LIMIT}")


def write_cursor(offset: int, api: str, earlier: datetime, later: datetime) -> str:
    """The cursor of the page that begins behind `offset` entries of that API and range; 16 characters, safe in a URL."""
    return base64.urlsafe_b64encode(_LAYOUT.pack(offset, _fingerprint(api, earlier, later))).decode()


def read_cursor(text: str | None, api: str, earlier: datetime, later: datetime) -> int:
    """The offset that a cursor holds, 0 where none is given. Raises BadRequest where it belongs to another question."""
    if text is None:
        return 0
    offset, fingerprint = _unpacked(text, _LAYOUT)
    if fingerprint != _fingerprint(api, earlier, later):
        raise BadRequest("cursor: it belongs to another api or range; leave it out to get the first page")
    return int(offset)


def write_place(place: Place, kind: str, earlier: datetime, later: datetime) -> str:
    """The cursor of the page of clients of that kind and range that begins there; 20 characters, safe in a URL."""
    packed = _PLACE.pack(place.digits, place.number, place.offset, _fingerprint(kind, earlier, later))
    return base64.urlsafe_b64encode(packed).decode()


def read_place(text: str | None, kind: str, earlier: datetime, later: datetime) -> Place:
    """The place that a cursor holds, the first where none is given. Raises BadRequest as `read_cursor`."""
    if text is None:
        return Place()
    digits, number, offset, fingerprint = _unpacked(text, _PLACE)
    if fingerprint != _fingerprint(kind, earlier, later):
        raise BadRequest("cursor: it belongs to another report or range; leave it out to get the first page")
    if digits > _MOST_DIGITS or number >= 16**digits:
        raise _not_ours()
    return Place(digits, number, offset)


def _unpacked(text: str, layout: struct.Struct) -> tuple[Any, ...]:
    try:
        return layout.unpack(base64.b64decode(text.encode("ascii"), b"-_", validate=True))
    except (UnicodeEncodeError, binascii.Error, struct.error):
        raise _not_ours() from None


def _not_ours() -> BadRequest:
    return BadRequest("cursor: take it as it stands in next_cursor of the page before")


def _fingerprint(api: str, earlier: datetime, later: datetime) -> bytes:
    return sha256(f"{earlier.timestamp():.0f} {later.timestamp():.0f} {api}".encode(errors="surrogatepass")).digest()[
        :8
    ]
