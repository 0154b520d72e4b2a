"""A log object in an envelope is ingested like a plain one, and its quarantine says what a line number counts."""

import gzip
import json
from pathlib import Path

import duckdb
import pytest

from abslake.errors import UnreadableLog
from tests.support import ase
from tests.support.ingesting import Ingested, ingested, quarantine_of, summed
from tests.support.wrapping import cloudwatch_document

LINES = [ase.line(timestamp=f"2026-03-02T10:00:{n:02}Z", request=ase.request(url=f"/shop/{n}")) for n in range(8)]


def parquet_of(lines: list[bytes], folder: Path) -> bytes:
    """A Parquet file with a column of JSON for each member of the lines' objects."""
    written, read = folder / "log.parquet", folder / "log.json"
    read.write_bytes(b"\n".join(lines))
    columns = dict.fromkeys(json.loads(lines[0]), "JSON")
    with duckdb.connect() as engine:
        engine.execute(f"COPY (FROM read_json('{read}', columns = {columns})) TO '{written}'")
    return written.read_bytes()


def head_of(result: Ingested) -> dict[str, object]:
    return quarantine_of(result.lake, result.receipt.quarantine)[0]


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_parquet_log_gives_the_facts_of_its_rows(pack, tmp_path: Path) -> None:
    plain = ingested(b"\n".join(LINES))

    result = ingested(pack(parquet_of(LINES, tmp_path)))

    assert (result.receipt.format, result.receipt.envelope) == ("ase", "parquet")
    assert (result.receipt.lines_read, result.receipt.good) == (8, 8)
    assert summed(result.rows) == summed(plain.rows)


def test_a_damaged_parquet_log_counts_not_at_all(tmp_path: Path) -> None:
    with pytest.raises(UnreadableLog, match="the Parquet file cannot be read"):
        ingested(parquet_of(LINES, tmp_path)[:-10])


def test_a_parquet_log_without_rows_has_no_lines(tmp_path: Path) -> None:
    written = tmp_path / "empty.parquet"
    with duckdb.connect() as engine:
        engine.execute(f"COPY (SELECT 1 AS a WHERE false) TO '{written}'").fetchall()

    result = ingested(written.read_bytes(), format_name="ase")

    assert (result.receipt.envelope, result.receipt.lines_read, result.receipt.quarantine) == ("parquet", 0, None)


def test_bad_records_are_numbered_one_by_one() -> None:
    # GIVEN a subscription's documents with bad messages, and bytes that are no document
    good = LINES[0].decode()
    log = (
        cloudwatch_document(good, "bad", good)
        + cloudwatch_document(good, "worse")
        + "\nnone\n"
        + cloudwatch_document(good)
    )

    # WHEN they are ingested
    result = ingested(log.encode())

    # THEN records count as lines, and the quarantine object says so
    assert (result.receipt.envelope, result.receipt.lines_read, result.receipt.good) == ("cloudwatch", 7, 4)
    assert [(record["line"], record["text"]) for record in result.quarantine] == [(2, "bad"), (5, "worse"), (6, "none")]
    assert head_of(result)["envelope"] == "cloudwatch"


def test_a_plain_log_has_no_envelope() -> None:
    result = ingested(b"\n".join([*LINES, b"bad"]))

    assert result.receipt.envelope is None
    assert "envelope" not in head_of(result)


def test_an_envelope_alone_makes_no_quarantine_object() -> None:
    assert ingested(b"".join(LINES)).receipt.quarantine is None
