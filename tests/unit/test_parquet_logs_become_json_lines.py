"""A Parquet log object is read row by row as JSON lines, under the caps of every log, and damage is told without content."""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random

import duckdb
import pytest

from abslake.errors import LogTooLarge, UnreadableLog
from abslake.records import parquet
from abslake.records.gunzip import Caps

WIDE = Caps(10**9, 10**6)


def parquet_of(select: str, folder: Path, options: str = "") -> bytes:
    """A Parquet file with the rows of a query."""
    path = folder / "written.parquet"
    with duckdb.connect() as engine:
        engine.execute(f"COPY ({select}) TO '{path}' (FORMAT parquet {options})")
    return path.read_bytes()


def lines_of(file: bytes, folder: Path, caps: Caps = WIDE) -> list[bytes]:
    lines = b"".join(parquet.lines([file[:1000], file[1000:]], folder, caps)).split(b"\n")
    assert lines.pop() == b""
    return lines


def value_of(expression: str, folder: Path) -> object:
    (line,) = lines_of(parquet_of(f"SELECT {expression} AS v", folder), folder)
    return json.loads(line)["v"]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("'a\"\\' || chr(10) || chr(8232) || '}{'", 'a"\\\n\u2028}{'),
        ("NULL::VARCHAR", None),
        ("9223372036854775807", 9223372036854775807),
        ("0.25::DOUBLE", 0.25),
        ("'NaN'::DOUBLE", None),
        ("true", True),
        ("DATE '2026-03-02'", "2026-03-02"),
        ("TIMESTAMP '2026-03-02 10:00:00.123456'", "2026-03-02T10:00:00.123456Z"),
        ("TIMESTAMP_S '2026-03-02 10:00:00'", "2026-03-02T10:00:00.000000Z"),
        ("TIMESTAMP_MS '2026-03-02 10:00:00.5'", "2026-03-02T10:00:00.500000Z"),
        ("TIMESTAMP_NS '2026-03-02 10:00:00.000001'", "2026-03-02T10:00:00.000001Z"),
        ("TIMESTAMPTZ '2026-03-02 10:00:00+02:00'", "2026-03-02T08:00:00.000000Z"),
        ("'GET /\\xC3\\xA9'::BLOB", "GET /é"),
        ("'\\xFF\\x00'::BLOB", "\\xFF\\x00"),
        ("{'host': 'h', 'at': TIMESTAMP '2026-03-02 10:00:00'}", {"host": "h", "at": "2026-03-02T10:00:00.000000Z"}),
        ("NULL::STRUCT(t TIMESTAMP)", None),
        ("[{'x': [1, 2]}, NULL]", [{"x": [1, 2]}, None]),
        ("[{'x': [TIMESTAMP '2026-03-02 10:00:00', NULL]}]", [{"x": ["2026-03-02T10:00:00.000000Z", None]}]),
        ("MAP {'k': 1}", {"k": 1}),
        ("MAP {'k': {'b': '\\xFF'::BLOB}}", {"k": {"b": "\\xFF"}}),
        ("'{\"a\":\n1}'::JSON", {"a": 1}),
    ],
)
def test_values(expression: str, value: object, tmp_path: Path) -> None:
    assert value_of(expression, tmp_path) == value


def test_rows_keep_their_order_and_names(tmp_path: Path) -> None:
    select = (
        """SELECT i AS n, 'x' AS "odd ""name'", {'it''s': TIMESTAMP '2026-03-02 10:00:00'} AS s FROM range(5000) r(i)"""
    )

    lines = lines_of(parquet_of(select, tmp_path, ", ROW_GROUP_SIZE 2048"), tmp_path)

    assert [json.loads(line)["n"] for line in lines] == list(range(5000))
    assert lines[7] == b"""{"n":7,"odd \\"name'":"x","s":{"it's":"2026-03-02T10:00:00.000000Z"}}"""


def test_no_rows_are_no_lines(tmp_path: Path) -> None:
    assert lines_of(parquet_of("SELECT 1 AS a WHERE false", tmp_path), tmp_path) == []


def test_nothing_is_left_in_the_folder(tmp_path: Path) -> None:
    file = parquet_of("SELECT 1 AS a", tmp_path)
    folder = tmp_path / "it's here"
    folder.mkdir()

    lines_of(file, folder)
    with pytest.raises(UnreadableLog):
        lines_of(file[:-9], folder)

    assert list(folder.iterdir()) == []


def test_fault_07_caps_hold_before_pages_are_unpacked_and_for_what_comes_out(tmp_path: Path) -> None:
    # GIVEN a file that unpacks to ten megabytes of pages, and a small one of a hundred million bytes of rows
    random = Random(1)
    wide = parquet_of("SELECT repeat(md5(i::VARCHAR)[:1], 1000) || i AS a FROM range(10_000) r(i)", tmp_path)
    dictionary = parquet_of(f"SELECT '{random.randbytes(500).hex()}' AS a FROM range(100_000)", tmp_path)

    # WHEN they are read, THEN what is over a cap is refused, and nothing else
    with pytest.raises(LogTooLarge, match="when decompressed"):
        lines_of(wide, tmp_path, Caps(10**6, 10**6))
    with pytest.raises(LogTooLarge, match="max_log_ratio"):
        lines_of(wide, tmp_path, Caps(10**9, 2, ratio_from=10**6))
    with pytest.raises(LogTooLarge, match="the rows of the Parquet file"):
        lines_of(dictionary, tmp_path, Caps(50 * 10**6, 10**6))
    assert len(lines_of(dictionary, tmp_path)) == 100_000


def damaged(file: bytes) -> Iterator[bytes]:
    random = Random(7)
    yield from (b"PAR1", b"PAR1" * 2, file[: len(file) // 2], file[:-1], file + b"x")
    for _ in range(150):
        spoiled = bytearray(file)
        for _ in range(random.randrange(1, 20)):
            # The metadata at the end more often than the pages.
            at = random.randrange(len(file)) if random.random() < 0.3 else len(file) - 1 - random.randrange(600)
            spoiled[at] = random.randrange(256)
        yield bytes(spoiled)


def test_a_damaged_file_is_told_without_its_content(tmp_path: Path) -> None:
    select = "SELECT 'secret-' || i AS token, [i] AS l, TIMESTAMP '2026-03-02 10:00:00' AS t FROM range(3000) r(i)"
    refused = []
    for file in damaged(parquet_of(select, tmp_path)):
        try:
            for line in lines_of(file, tmp_path):
                json.loads(line)
        except UnreadableLog as error:
            refused.append(error)
    assert len(refused) > 50
    assert not [error for error in refused if "secret" in str(error) or error.__cause__]


@pytest.mark.parametrize("error", [RuntimeError, UnicodeDecodeError, MemoryError, duckdb.InternalException])
def test_whatever_the_engine_raises_is_told_without_content(
    error: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raised = error("utf-8", b"secret", 0, 1, "secret") if error is UnicodeDecodeError else error("secret")

    def fails(*_: object) -> None:
        raise raised

    monkeypatch.setattr(parquet, "_check", fails)
    with pytest.raises(UnreadableLog, match=f"cannot be read .{error.__name__}") as told:
        lines_of(parquet_of("SELECT 1 AS a", tmp_path), tmp_path)
    assert "secret" not in str(told.value)
    assert told.value.__cause__ is None


def test_rows_that_are_far_larger_than_the_file_are_refused(tmp_path: Path) -> None:
    # GIVEN a value that stands once in the file, and in each row
    file = parquet_of("SELECT repeat('x', 10000) AS a FROM range(5000)", tmp_path, ", COMPRESSION zstd")
    rows = 5000 * len('{"a":""}\n') + 50_000_000
    just = rows / len(file) / 10

    # THEN ten times the ratio of the caps is allowed, and no more; where so many bytes are no danger, anything
    assert len(lines_of(file, tmp_path, Caps(10**9, just * 1.001, ratio_from=1 << 20))) == 5000
    with pytest.raises(LogTooLarge, match="max_log_ratio"):
        lines_of(file, tmp_path, Caps(10**9, just * 0.999, ratio_from=1 << 20))
    assert len(lines_of(file, tmp_path, Caps(10**9, 1.0))) == 5000
