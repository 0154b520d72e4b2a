"""The bytes of a log object, decompressed if they are gzip, under caps: a log must not become a bomb.

What counts is the gzip magic, not the name. Several members in one object are normal (RFC 1952, section 2.2); zero bytes
after the last one are padding. A stream that ends early or is damaged gives the bytes before that point. What is gzip in
gzip is opened twice: CloudWatch Logs compresses what it hands to Firehose, which may do so again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from isal import igzip_lib

from abslake.errors import LogTooLarge, UnreadableLog

MAGIC = b"\x1f\x8b"
_READ = 1 << 20
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Caps:
    """Most bytes an object may decompress to, and most bytes out per byte in."""

    bytes: int
    ratio: float
    ratio_from: int = 64 << 20
    """Below this many decompressed bytes no ratio is a danger: short repetitive logs compress a thousandfold."""


class LogBytes:
    """Iterate it for pieces of decompressed bytes; afterwards `damage` says how the stream ended."""

    def __init__(self, stream: "BinaryIO | _Pieces", caps: Caps, *, layers: int = 2) -> None:
        """`layers`: how often gzip is undone."""
        self._stream, self._caps, self._layers = stream, caps, layers
        self.compressed = 0
        self.decompressed = 0
        self.damage: str | None = None

    def __iter__(self) -> Iterator[bytes]:
        """Pieces of about 1 MiB. Raises LogTooLarge over a cap, UnreadableLog where not one byte can be had."""
        head = self._read()
        pieces = self._opened(head) if head.startswith(MAGIC) and self._layers else self._plain(head)
        for piece in pieces:
            self.decompressed += len(piece)
            self._check()
            yield piece
        if self.damage and not self.decompressed:
            raise UnreadableLog(f"the log object cannot be decompressed: {self.damage}")

    def _opened(self, head: bytes) -> Iterator[bytes]:
        pieces = self._gunzip(head)
        first = b""
        while len(first) < len(MAGIC) and (piece := next(pieces, b"")):
            first += piece
        if not first.startswith(MAGIC) or self._layers == 1:
            yield first
            yield from pieces
            return
        inner = LogBytes(_Pieces(first, pieces), self._caps, layers=self._layers - 1)
        yield from inner
        self.damage = self.damage or inner.damage

    def _read(self) -> bytes:
        data = self._stream.read(_READ)
        # Short reads are made full ones: where a part ends must depend on the log's bytes alone.
        while 0 < len(data) < _READ and (more := self._stream.read(_READ - len(data))):
            data += more
        self.compressed += len(data)
        return data

    def _check(self) -> None:
        out, caps = self.decompressed, self._caps
        if out > caps.bytes:
            raise LogTooLarge(f"the log object is larger than {caps.bytes} bytes when decompressed (max_log_bytes)")
        if out > caps.ratio_from and out > caps.ratio * self.compressed:
            raise LogTooLarge(f"the log object decompresses by more than {caps.ratio:g} times (max_log_ratio)")

    def _plain(self, data: bytes) -> Iterator[bytes]:
        while data:
            yield data
            data = self._read()

    def _gunzip(self, data: bytes) -> Iterator[bytes]:
        while data:
            member = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
            while not member.eof:
                if member.needs_input and not data and not (data := self._read()):
                    self.damage = "the gzip stream ends early"
                    return
                try:
                    piece = member.decompress(data, _PIECE)
                except igzip_lib.IsalError:  # type: ignore[misc] # the stub calls it an instance
                    self.damage = "the gzip stream is damaged"
                    return
                data = b""
                if piece:
                    yield piece
            data = member.unused_data.lstrip(b"\0") or self._after_padding()
            if data and not MAGIC.startswith(data[:2]):
                self.damage = "bytes after the gzip stream that are none"
                return

    def _after_padding(self) -> bytes:
        """The next bytes that are not zero; empty at the end."""
        while data := self._read():
            if rest := data.lstrip(b"\0"):
                return rest
        return b""


class _Pieces:
    """Pieces of bytes, to be read like a file."""

    def __init__(self, first: bytes, pieces: Iterator[bytes]) -> None:
        self._rest, self._pieces = first, pieces

    def read(self, size: int) -> bytes:
        """At most `size` bytes; none at the end."""
        data = self._rest or next(self._pieces, b"")
        self._rest = data[size:]
        return data[:size]
