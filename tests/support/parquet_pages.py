"""The pages of a Parquet file, which no function of the engine shows.

A page begins with a Thrift struct in the compact protocol, of which fields 1 to 3 are type, size and compressed size.
Sources: parquet-format's parquet.thrift (PageHeader) and the Thrift compact protocol.
"""

from collections.abc import Iterator
from pathlib import Path

import duckdb

DATA_PAGES = (0, 3)
"""Types of page: data, and data in the second version; a dictionary is none of them."""

_STOP, _TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _STRUCT = 0, 1, 2, 3, 7, 8, 9, 12


def data_pages(path: Path) -> Iterator[int]:
    """Uncompressed bytes of each data page."""
    with duckdb.connect() as engine:
        chunks = engine.execute(
            "SELECT least(data_page_offset, coalesce(dictionary_page_offset, data_page_offset)), total_compressed_size "
            f"FROM parquet_metadata('{path}')"
        ).fetchall()
    data = path.read_bytes()
    for start, size in chunks:
        at = start
        while at < start + size:
            (kind, uncompressed, compressed), at = _header(data, at)
            if kind in DATA_PAGES:
                yield uncompressed
            at += compressed


def _header(data: bytes, at: int) -> tuple[list[int], int]:
    """Fields 1 to 3, and where the header ends."""
    found = []
    while len(found) < 3:
        assert data[at] == 0x15, "field by field, each a 32-bit integer"
        number, at = _varint(data, at + 1)
        found.append(number >> 1 ^ -(number & 1))
    return found, _skip_struct(data, at)


def _skip_struct(data: bytes, at: int) -> int:
    while (kind := data[at] & 15) != _STOP:
        long = data[at] >> 4 == 0
        at += 1
        if long:
            _, at = _varint(data, at)
        at = _skip(data, at, kind)
    return at + 1


def _skip(data: bytes, at: int, kind: int) -> int:
    if kind in (_TRUE, _FALSE):
        return at
    if kind == _STRUCT:
        return _skip_struct(data, at)
    if kind in (_BYTE, _DOUBLE):
        return at + (1 if kind == _BYTE else 8)
    number, at = _varint(data, at)
    assert kind != _LIST, "no page header has one"
    return at + number if kind == _BINARY else at


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while data[at] & 128:
        value |= (data[at] & 127) << shift
        at, shift = at + 1, shift + 7
    return value | data[at] << shift, at + 1
