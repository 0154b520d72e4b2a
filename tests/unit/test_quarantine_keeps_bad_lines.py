"""Bad lines are kept with number and reason beside the good ones; counts are exact however much is kept."""

import base64

import pytest

from abslake.facts import quarantine
from tests.support import ase
from tests.support.ingesting import ingested, quarantine_of

GOOD = ase.line()


def test_fault_03_and_04_bad_lines_abort_no_log_and_none_is_lost() -> None:
    # GIVEN six bad lines around one good one
    bad = [b"bad 1", b"bad 2", b"bad 3"]
    result = ingested(ase.log(*bad, GOOD, *bad))

    # THEN the good one counts, and the six are kept as they were
    assert (result.receipt.lines_read, result.receipt.good, result.receipt.quarantined) == (7, 1, 6)
    assert result.receipt.reasons == {"not JSON": 6}
    assert [record["text"].encode() for record in result.quarantine] == bad * 2
    assert [record["line"] for record in result.quarantine] == [1, 2, 3, 5, 6, 7]


def test_the_object_tells_the_log_object_the_counts_and_each_line() -> None:
    result = ingested(ase.log(GOOD, b"\xff\xfe\x00", b"", ase.line(timestamp=None), "é".encode(), b"a\0b"))

    head, *records = quarantine_of(result.lake, result.receipt.quarantine)
    assert head == {
        "log": {"bucket": "landing", "key": "logs/upload", "etag": head["log"]["etag"]},
        "quarantined": 4,
        "reasons": {"not JSON": 2, "not UTF-8": 1, "timestamp missing": 1},
    }
    assert records[0] == {
        "line": 2,
        "reason": "not UTF-8",
        "bytes": 3,
        "base64": base64.b64encode(b"\xff\xfe\x00").decode(),
    }
    assert records[1] == {
        "line": 4,
        "reason": "timestamp missing",
        "bytes": len(records[1]["text"]),
        "text": ase.line(timestamp=None).decode(),
    }
    assert records[2] == {"line": 5, "reason": "not JSON", "bytes": 2, "text": "é"}
    assert records[3] == {"line": 6, "reason": "not JSON", "bytes": 3, "text": "a\0b"}


def test_its_key_is_the_upload_date_and_the_log_objects_id() -> None:
    result = ingested(ase.log(GOOD, b"bad"))
    source = result.receipt.units[0].rpartition("/")[2].partition("-")[0]

    assert result.receipt.quarantine == f"quarantine/2026-03-02/{source}.ndjson.gz"


def test_without_bad_lines_there_is_none() -> None:
    result = ingested(ase.log(GOOD, b""))

    assert result.receipt.quarantine is None
    assert list(result.lake.list("quarantine/")) == []


def test_a_log_of_nothing_but_bad_lines_has_no_unit() -> None:
    result = ingested(ase.log(b"bad", b"{}"), format_name="ase")

    assert (result.receipt.units, result.receipt.quarantined) == ([], 2)
    assert len(result.quarantine) == 2


def test_counts_are_exact_beyond_what_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine, "KEPT_LINES", 3)
    result = ingested(ase.log(GOOD, *[b"bad"] * 9, *[b"{}"] * 2))

    assert [record["line"] for record in result.quarantine] == [2, 3, 4]
    assert result.receipt.quarantined == quarantine_of(result.lake, result.receipt.quarantine)[0]["quarantined"] == 11
    assert result.receipt.reasons == {"not JSON": 9, "timestamp missing": 2}


def test_bytes_kept_are_capped_over_all_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine, "KEPT_TOTAL_BYTES", 5000)
    result = ingested(ase.log(GOOD, *[b"x" * 1000] * 20))

    assert 4 <= len(result.quarantine) <= 6
    assert result.receipt.quarantined == 20


@pytest.mark.parametrize("letter", ["x", "é", "€", "🂡"])
def test_a_long_line_is_kept_to_its_first_16_kib_as_text(letter: str) -> None:
    line = b"a" + letter.encode() * 20_000
    (record,) = ingested(ase.log(GOOD, line)).quarantine

    assert record["bytes"] == len(line)
    assert line.decode().startswith(record["text"])
    assert 16 * 1024 - 4 < len(record["text"].encode()) <= 16 * 1024
