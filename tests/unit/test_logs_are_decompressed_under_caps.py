"""The bytes of a log object: gzip by its magic, every member, the valid prefix of what is broken, and never a bomb."""

import gzip
import io
import zlib

import pytest

from abslake.errors import LogTooLarge, UnreadableLog
from abslake.records import gunzip
from abslake.records.gunzip import Caps, LogBytes
from tests.support import ase
from tests.support.ingesting import ingested, small_reads

WIDE = Caps(10**9, 10**6)
DATA = b"".join(b"line %d %d\n" % (n, n * n * 7919) for n in range(20_000))


def read(stored: bytes, caps: Caps = WIDE) -> LogBytes:
    source = LogBytes(io.BytesIO(stored), caps)
    source.all = b"".join(source)  # type: ignore[attr-defined]
    return source


def content(stored: bytes) -> tuple[bytes, str | None]:
    source = read(stored)
    return source.all, source.damage  # type: ignore[attr-defined]


class Dribble(io.RawIOBase):
    """A stream that gives fewer bytes than it is asked for, as a socket may."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def read(self, size: int = -1) -> bytes:
        return self._data.read(min(size, 1000))


@pytest.mark.parametrize(
    "stored",
    [
        pytest.param(DATA, id="plain"),
        pytest.param(gzip.compress(DATA, mtime=0), id="gzip"),
        pytest.param(gzip.compress(DATA[:1000]) + gzip.compress(b"") + gzip.compress(DATA[1000:]), id="members"),
        pytest.param(gzip.compress(DATA[:1]) + gzip.compress(DATA[1:]) + b"\0" * 3000, id="zero padding"),
    ],
)
@pytest.mark.parametrize("size", [2, 7, 4096, 1 << 20])
def test_all_bytes_come_out_whatever_the_size_of_reads(stored: bytes, size: int) -> None:
    if size < 4096:
        stored = (
            stored[:300]
            if not stored.startswith(gunzip.MAGIC)
            else gzip.compress(DATA[:90]) + gzip.compress(DATA[90:300])
        )
    with small_reads(size):
        assert content(stored) == (DATA[:300] if size < 4096 else DATA, None)


@pytest.mark.parametrize("size", [2, 7, 4096, 1 << 20])
def test_gzip_in_gzip_is_opened_twice_and_no_further(size: int) -> None:
    data = DATA if size >= 4096 else DATA[:300]
    once = gzip.compress(data[:90]) + gzip.compress(data[90:])
    with small_reads(size):
        assert content(gzip.compress(once)) == (data, None)
        assert content(gzip.compress(gzip.compress(once))) == (once, None)


def test_damage_within_is_told() -> None:
    out, damage = content(gzip.compress(gzip.compress(DATA, mtime=0)[:-9]))
    assert damage == "the gzip stream ends early"
    assert DATA.startswith(out)


def test_fault_07_layers_of_gzip_do_not_get_around_the_caps() -> None:
    bomb = gzip.compress(gzip.compress(b"\0" * 10_000_000))
    with pytest.raises(LogTooLarge, match="max_log_bytes"):
        read(bomb, Caps(1_000_000, 10**6))
    with pytest.raises(LogTooLarge, match="max_log_ratio"):
        read(bomb, Caps(10**9, 10, ratio_from=1000))


def test_nothing_in_is_nothing_out() -> None:
    assert content(b"") == (b"", None)
    assert content(gzip.compress(b"")) == (b"", None)


def test_pieces_do_not_depend_on_how_the_stream_comes_in() -> None:
    for stored in (DATA, gzip.compress(DATA, mtime=0)):
        whole = list(LogBytes(io.BytesIO(stored), WIDE))
        assert list(LogBytes(Dribble(stored), WIDE)) == whole


@pytest.mark.parametrize("lost", [1, 4, 8, 9, 1000])
def test_fault_07_a_truncated_gzip_gives_its_valid_prefix(lost: int) -> None:
    out, damage = content(gzip.compress(DATA, mtime=0)[:-lost])

    assert damage == "the gzip stream ends early"
    assert DATA.startswith(out)
    assert len(out) > len(DATA) * 0.9


def test_fault_07_a_truncated_gzip_leaves_one_record_and_its_lines() -> None:
    # GIVEN a log cut off in the middle
    lines = [ase.line(connection_id=f"{n * 7919:x}") for n in range(200)]
    stored = gzip.compress(ase.log(*lines))[:-400]

    # WHEN it is ingested
    result = ingested(stored)

    # THEN what came whole counts, the broken line and the remark are kept
    assert 20 < result.receipt.good < 200
    assert result.receipt.remarks == ["the gzip stream ends early"]
    assert [record["reason"] for record in result.quarantine if record["line"] is None] == result.receipt.remarks
    assert result.receipt.quarantined <= 1


def test_a_damaged_stream_gives_what_came_before() -> None:
    stored = bytearray(gzip.compress(DATA, mtime=0))
    stored[len(stored) // 2] ^= 0xFF
    with small_reads(4096):
        out, damage = content(bytes(stored))

    assert damage == "the gzip stream is damaged"
    assert out
    assert DATA.startswith(out[:4096])


def test_bytes_after_the_gzip_stream_are_told() -> None:
    assert content(gzip.compress(DATA, mtime=0) + b"garbage") == (DATA, "bytes after the gzip stream that are none")


@pytest.mark.parametrize(
    "stored",
    [gunzip.MAGIC, gunzip.MAGIC + b"\x08" + b"x" * 50, gzip.compress(DATA, mtime=0)[:12]],
    ids=["magic", "garbage", "header"],
)
def test_of_what_gives_not_one_byte_nothing_is_counted(stored: bytes) -> None:
    with pytest.raises(UnreadableLog):
        content(stored)


@pytest.mark.parametrize("stored", [DATA, gzip.compress(DATA, mtime=0)], ids=["plain", "gzip"])
def test_fault_07_a_cap_on_decompressed_bytes(stored: bytes) -> None:
    read(stored, Caps(len(DATA), 10**6))
    with pytest.raises(LogTooLarge, match="max_log_bytes"):
        read(stored, Caps(len(DATA) - 1, 10**6))


def test_fault_07_a_bomb_is_given_up_early_by_its_ratio() -> None:
    # GIVEN 400 MB of zeros in 400 kB
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join([*(packer.compress(bytes(1 << 20)) for _ in range(400)), packer.flush()])
    source = LogBytes(io.BytesIO(bomb), Caps(10**12, 200))

    # WHEN it is read
    with pytest.raises(LogTooLarge, match="max_log_ratio"):
        for _ in source:
            pass

    # THEN a small part of it was ever unpacked
    assert source.decompressed < 100 << 20


def test_a_short_repetitive_log_is_no_bomb() -> None:
    stored = gzip.compress(b"the same line\n" * 100_000)
    assert read(stored, Caps(10**9, 2)).decompressed == 1_400_000
