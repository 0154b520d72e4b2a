"""A line ends at ``\\n`` and nowhere else, and every line is read, blank or kept aside with its number."""

import io
from pathlib import Path

import pytest

from abslake.records.gunzip import Caps, LogBytes
from abslake.records.lines import STAND_IN, parts
from tests.support import ase
from tests.support.ingesting import ingested


def lines_of(data: bytes, folder: Path, max_line: int = 1000) -> list[bytes]:
    (part,) = parts(LogBytes(io.BytesIO(data), Caps(10**9, 10**6)), folder, 10**6, max_line)
    return [line for _, line in part.lines_of(list(range(part.rows)))]


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        pytest.param(b"a\nb\n", [b"a", b"b"], id="newlines"),
        pytest.param(b"a\nb", [b"a", b"b"], id="no newline at the end"),
        pytest.param(b"a\r\nb\r\n", [b"a", b"b"], id="CRLF"),
        pytest.param(b"a\rb\n", [b"a\rb"], id="carriage return inside"),
        pytest.param(b"a\x0cb\x0bc\x1cd\n", [b"a\x0cb\x0bc\x1cd"], id="form feed, vertical tab, file separator"),
        pytest.param("a\x85b\u2028c\u2029d\n".encode(), ["a\x85b\u2028c\u2029d".encode()], id="NEL, LS, PS"),
        pytest.param(b"\xef\xbb\xbfa\nb", [b"a", b"b"], id="byte order mark"),
        pytest.param(b"a\n\xef\xbb\xbfb", [b"a", b"\xef\xbb\xbfb"], id="byte order mark further on"),
        pytest.param(b"a\0b\n\0\n", [b"a\0b", b"\0"], id="NUL"),
        pytest.param(b"\xff\n\xc3\n", [b"\xff", b"\xc3"], id="not UTF-8"),
        pytest.param(b"\n\na\n\n", [b"", b"", b"a", b""], id="blank lines"),
        pytest.param(b"\n", [b""], id="one newline is one blank line"),
        pytest.param(b"", [], id="nothing"),
    ],
)
def test_lines(data: bytes, lines: list[bytes], tmp_path: Path) -> None:
    assert lines_of(data, tmp_path) == lines


def test_the_file_for_the_engine_is_clean_and_has_a_row_a_line(tmp_path: Path) -> None:
    data = b"good\nnul\0\ncr\rcr\n\xff\n" + b"x" * 1001 + b"\nlast"
    (part,) = parts(LogBytes(io.BytesIO(data), Caps(10**9, 10**6)), tmp_path, 10**6, 1000)

    assert part.path.read_bytes() == b"\n".join([b"good", *[STAND_IN] * 4, b"last"]) + b"\n"
    assert part.withheld == {1: b"nul\0", 2: b"cr\rcr", 3: b"\xff", 4: b"x" * 1001}


def test_fault_06_no_character_in_a_header_forges_a_line() -> None:
    # GIVEN a user agent that carries a whole log line behind every character that other readers take for a line's end
    forged = ase.line(request=ase.request(source_ip="203.0.113.9")).decode()
    agents = [
        f"a{end}{forged}{end}" for end in ("\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029", "\r")
    ]
    log = ase.log(*(ase.line(request=ase.request(headers=ase.headers(("User-Agent", agent)))) for agent in agents))

    # WHEN the log is ingested
    result = ingested(log)

    # THEN there are so many requests as lines, and none by the forger's address
    assert result.receipt.lines_read == result.receipt.good == result.receipt.requests == len(agents)
    assert {row["ip"] for row in result.rows} == {"192.0.2.1"}
    assert {row["user_agent"] for row in result.rows} == set(agents)


def test_numbers_of_bad_lines_count_blank_ones() -> None:
    log = b"\n \t\n" + ase.line() + b"\r\n\r\nbad one\n\x0c\n" + ase.line() + b"\nbad two"

    result = ingested(log)

    assert (result.receipt.lines_read, result.receipt.good, result.receipt.blank) == (8, 2, 4)
    assert result.reasons == {5: "not JSON", 8: "not JSON"}


@pytest.mark.parametrize("ending", [b"", b"\r", b"\r garbage", b" " * 5000])
def test_an_overlong_line_is_quarantined_whatever_it_begins_with(ending: bytes) -> None:
    # GIVEN a line that is a transaction up to the longest length that is read
    good = ase.line()
    log = ase.log(
        good, good[:-1] + b" " * (2000 - len(good)) + b"}" + b" " * (1 if not ending else 0) + ending + b"x", good
    )

    # WHEN it is ingested
    result = ingested(log, max_line_bytes=2000)

    # THEN its beginning is no transaction
    assert result.reasons == {2: "line longer than max_line_bytes"}
    assert result.receipt.good == 2


def test_a_line_of_the_longest_length_is_read() -> None:
    good = ase.line()

    for end in (b"\n", b"\r\n", b""):
        assert ingested(good + end, max_line_bytes=len(good)).receipt.good == 1
    assert ingested(good, max_line_bytes=len(good) - 1, format_name="ase").receipt.quarantined == 1
