"""Blank lines anywhere in a part of many blocks: rows keep the numbers and the bytes of their lines."""

import io
from pathlib import Path
from random import Random

from abslake.records.gunzip import Caps, LogBytes
from abslake.records.lines import parts


def test_rows_keep_number_and_bytes_when_blank_lines_are_skipped(tmp_path: Path) -> None:
    # GIVEN 300 kB of lines, some blank, some that the file must not hold
    random = Random(7)
    lines = [random.choice([b"x%d" % n] * 20 + [b"", b" \t", b"\xff%d" % n]) for n in range(40_000)]
    lines[0], lines[-1] = b"", b" "
    source = LogBytes(io.BytesIO(b"\n".join(lines) + b"\n"), Caps(1 << 30, 1e9))
    reading = parts(source, tmp_path, 1 << 30, 1 << 20)
    part = next(reading)
    # WHEN the blank ones are taken out of the rows
    part.skip_blank_lines()
    # THEN every row is the line that it was, and all lines are accounted for
    kept = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    found = [(part.number(row), line) for row, line in part.lines_of(list(range(part.rows)))]
    assert found == kept
    assert part.lines == len(lines)
    # AND a part of some rows keeps them too
    some = list(range(0, part.rows, 7))
    chosen = part.subset(some)
    assert [(chosen.number(row), line) for row, line in chosen.lines_of(list(range(chosen.rows)))] == kept[::7]
    reading.close()
