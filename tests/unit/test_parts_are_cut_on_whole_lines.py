"""A log object is cut into parts on whole lines; line numbers and facts do not notice."""

import io
from pathlib import Path

import pytest

from abslake.records.gunzip import Caps, LogBytes
from abslake.records.lines import parts
from tests.support import ase
from tests.support.ingesting import ingested, metadata_of, small_reads, summed

LINES = [b"", *(b"line %d" % n * (n % 5 + 1) for n in range(300)), b"", b"\xff", b"x" * 600, b"a\rb", b"last"]


@pytest.mark.parametrize("size", [1, 2, 3, 64, 600, 601, 5000])
@pytest.mark.parametrize("part_bytes", [1, 100, 1000])
def test_every_line_is_in_one_part_with_its_number(size: int, part_bytes: int, tmp_path: Path) -> None:
    found = {}
    with small_reads(size):
        for part in parts(LogBytes(io.BytesIO(b"\r\n".join(LINES)), Caps(10**9, 10**6)), tmp_path, part_bytes, 10**6):
            assert part.path.read_bytes().count(b"\n") == part.rows
            found |= {part.number(row): line for row, line in part.lines_of(list(range(part.rows)))}
            last = part

    assert found == dict(enumerate(LINES, 1))
    assert last.ends_log
    assert last.index >= min(len(LINES) * 20 // max(part_bytes, size) - 20, 1)


@pytest.mark.parametrize("size", [1, 7, 100])
def test_an_overlong_line_over_many_reads_is_kept_short(size: int, tmp_path: Path) -> None:
    with small_reads(size):
        (part,) = parts(LogBytes(io.BytesIO(b"a\n" + b"y" * 3000 + b"\nb"), Caps(10**9, 10**6)), tmp_path, 10**6, 50)

    assert part.withheld == {1: b"y" * 51}
    assert part.path.read_bytes() == b"a\n-\nb\n"


@pytest.mark.parametrize("size", [49, 50, 51, 52, 53])
def test_a_carriage_return_at_the_cut_makes_no_line_shorter(size: int, tmp_path: Path) -> None:
    log = b"z" * 50 + b"\rrest\n"
    with small_reads(size):
        (part,) = parts(LogBytes(io.BytesIO(log), Caps(10**9, 10**6)), tmp_path, 10**6, 50)

    assert part.withheld == {0: b"z" * 50 + b"\r"}


@pytest.mark.parametrize("size", [1, 2])
def test_a_byte_order_mark_over_several_reads(size: int, tmp_path: Path) -> None:
    with small_reads(size):
        (part,) = parts(LogBytes(io.BytesIO(b"\xef\xbb\xbfa\nb"), Caps(10**9, 10**6)), tmp_path, 10**6, 50)

    assert part.path.read_bytes() == b"a\nb\n"


def test_quarantine_and_facts_do_not_notice_parts() -> None:
    # GIVEN a log with blank and bad lines all over
    good = [ase.line(timestamp=f"2026-03-02T10:{n % 60:02}:00Z") for n in range(120)]
    log = b"\n".join(line for n, one in enumerate(good) for line in ([one, b"bad"] if n % 10 == 0 else [one, b""]))

    # WHEN it is ingested in one part and in many
    whole = ingested(log)
    with small_reads(2000):
        many = ingested(log, part_bytes=1024)

    # THEN only the number of units differs
    assert (len(whole.receipt.units), len(many.receipt.units) > 5) == (1, True)
    assert many.quarantine == whole.quarantine
    assert summed(many.rows) == summed(whole.rows)
    counts = [metadata_of(many.lake, key) for key in many.receipt.units]
    assert [int(one["abslake.part"]) for one in counts] == list(range(len(counts)))
    assert sum(int(one["abslake.part.lines_read"]) for one in counts) == whole.receipt.lines_read == 239
