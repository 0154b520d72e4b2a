"""A unit's key and bytes are a function of the log object alone; its metadata accounts for every line."""

import io
from collections.abc import Iterator
from datetime import timedelta
from typing import BinaryIO, cast

import pytest

from abslake.facts.ingest import LogObject, ingest
from abslake.facts.schema import SCHEMA_VERSION
from abslake.records.definitions import Definitions
from abslake.storage import Lake
from tests.support import ase
from tests.support.ingesting import ANY_TIME, UPLOADED, ingested, log_object, metadata_of, small_reads

LOG = ase.log(
    *(ase.line(timestamp=f"2026-03-02T{n % 3 + 9:02}:{n % 60:02}:00Z", connection_id=n) for n in range(200)),
    b"",
    b"bad",
    b"{}",
)


class Dribble(io.BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(size or 0, 333))


def objects(lake: Lake) -> dict[str, bytes]:
    return {entry.key: lake.get(entry.key) for entry in lake.list("")}


@pytest.fixture
def many_parts() -> Iterator[None]:
    with small_reads(8000):
        yield


def test_a_key_is_the_hash_of_bucket_key_and_etag_and_the_part() -> None:
    plain = log_object(b"x")
    others = [
        LogObject("other", plain.key, plain.etag, UPLOADED, 1, plain.open),
        LogObject(plain.bucket, "other", plain.etag, UPLOADED, 1, plain.open),
        LogObject(plain.bucket, plain.key, "other", UPLOADED, 1, plain.open),
        LogObject(plain.bucket + plain.key, "", plain.etag, UPLOADED, 1, plain.open),
    ]
    assert len({plain.id, *(log.id for log in others)}) == 5
    assert plain.id == LogObject(plain.bucket, plain.key, plain.etag, UPLOADED + timedelta(1), 9, plain.open).id
    assert len(plain.id) == 20
    unit = ingested(LOG).receipt.units[0]
    assert unit == f"facts/date=2026-03-02/hour=09/{log_object(LOG).id}-0000.parquet"


def test_fault_11_keys_hold_nothing_of_the_logs_name() -> None:
    log = log_object(LOG, key="a/../b c\x00'é\ufffd%2F")
    receipt = ingest(log, Lake("memory:"), Definitions({}), ANY_TIME)

    assert receipt.good == 200
    assert all(set(key) <= set("facts/date=hour-.parquet0123456789b") for key in receipt.units)


@pytest.mark.usefixtures("many_parts")
def test_fault_09_the_same_log_again_is_the_same_objects_byte_for_byte() -> None:
    first, again = Lake("memory:"), Lake("memory:")
    for lake in (first, again):
        receipt = ingested(LOG, lake=lake, part_bytes=8000).receipt
    # WHEN it comes a third time into a lake that has it
    repeated = ingested(LOG, lake=again, part_bytes=8000).receipt

    assert len(receipt.units) > 6
    assert repeated == receipt
    assert objects(again) == objects(first)


@pytest.mark.usefixtures("many_parts")
def test_a_slow_connection_makes_no_other_parts() -> None:
    whole, slow = Lake("memory:"), Lake("memory:")
    ingested(LOG, lake=whole, part_bytes=8000)
    log = log_object(LOG)
    dribble = LogObject(log.bucket, log.key, log.etag, UPLOADED, log.size, lambda: cast(BinaryIO, Dribble(LOG)))
    ingest(dribble, slow, Definitions({}), ANY_TIME.model_copy(update={"part_bytes": 8000}))

    assert objects(slow) == objects(whole)


def test_metadata_of_every_unit() -> None:
    result = ingested(LOG, apis={"shop": {"url": "/shop"}})

    assert len(result.receipt.units) == 3
    for key in result.receipt.units:
        metadata = metadata_of(result.lake, key)
        lines = {
            name.rpartition(".")[2]: int(value) for name, value in metadata.items() if name.startswith("abslake.part.")
        }
        assert lines == {"lines_read": 203, "good": 200, "quarantined": 2, "blank": 1, "requests": 200}
        assert lines["lines_read"] == lines["good"] + lines["quarantined"] + lines["blank"]
        assert metadata["abslake.schema"] == str(SCHEMA_VERSION)
        assert metadata["abslake.part"] == "0"
        assert (metadata["abslake.bucket"], metadata["abslake.key"], metadata["abslake.format"]) == (
            "landing",
            "logs/upload",
            "ase",
        )
        assert metadata["abslake.etag"] == log_object(LOG).etag


def test_metadata_tells_one_set_of_definitions_from_another() -> None:
    versions = {
        metadata_of(result.lake, result.receipt.units[0])["abslake.definitions"]
        for result in (
            ingested(LOG, apis=apis)
            for apis in ({}, {"a": {"url": "/"}}, {"a": {"url": "/", "cookie": "c"}}, {"b": {"url": "/"}})
        )
    }
    assert len(versions) == 4


def test_a_quote_in_the_logs_name_stays_in_the_metadata() -> None:
    lake, log = Lake("memory:"), log_object(LOG, key="it's 'quoted'; DROP TABLE grouped; --é")
    receipt = ingest(log, lake, Definitions({}), ANY_TIME)

    assert metadata_of(lake, receipt.units[0])["abslake.key"] == log.key


def test_the_receipt_accounts_for_every_line() -> None:
    receipt = ingested(LOG).receipt

    assert (receipt.lines_read, receipt.good, receipt.quarantined, receipt.blank) == (203, 200, 2, 1)
    assert (receipt.requests, receipt.bytes_read) == (200, len(LOG))
