"""Facts lie under the hour of the event, in UTC, whatever the upload's hour; events far from the upload are quarantined."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from abslake.facts.ingest import LogObject, ingest
from abslake.records.definitions import Definitions
from abslake.settings import Settings
from abslake.storage import Lake
from tests.support import ase
from tests.support.ingesting import ANY_TIME, UPLOADED, ingested, log_object, rows_of

OUTSIDE = "event time outside the window around the upload (event_time_past_days, event_time_future_minutes)"


def stamp(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%S.%f}Z"


def at(*times: datetime | str) -> bytes:
    return ase.log(*(ase.line(timestamp=time if isinstance(time, str) else stamp(time)) for time in times))


def test_fault_10_each_hour_has_its_own_unit_whatever_the_name_of_the_file() -> None:
    # GIVEN a file named after one hour with events of three, one of them in another zone
    log = at(
        "2026-03-01T23:59:59.999Z", "2026-03-02T00:00:00Z", "2026-03-02T03:30:00+02:00", "2026-03-02T00:59:59.9999Z"
    )

    # WHEN it is ingested
    result = ingested(log)

    # THEN each unit holds its own hour's minutes
    hours = {
        key.rsplit("/", 1)[0]: [row["minute"] for row in rows_of(result.lake, [key])] for key in result.receipt.units
    }
    assert {prefix: {f"{minute:%d %H}" for minute in minutes} for prefix, minutes in hours.items()} == {
        "facts/date=2026-03-01/hour=23": {"01 23"},
        "facts/date=2026-03-02/hour=00": {"02 00"},
        "facts/date=2026-03-02/hour=01": {"02 01"},
    }
    assert sum(row["requests"] for row in result.rows) == 4


def test_fault_08_a_late_log_lies_at_its_events_hour() -> None:
    # GIVEN a log uploaded a day after its events, and the first half of it in time
    lake = Lake("memory:")
    for uploaded, time in (
        (UPLOADED, "2026-03-02T10:15:01Z"),
        (UPLOADED + timedelta(hours=24), "2026-03-02T10:15:02Z"),
    ):
        ingest(log_object(at(time), uploaded=uploaded), lake, Definitions({}), Settings())

    # THEN both stand in the same hour and add up
    keys = [entry.key for entry in lake.list("facts/")]
    assert len(keys) == 2
    assert {key.rpartition("/")[0] for key in keys} == {"facts/date=2026-03-02/hour=10"}
    assert sum(row["requests"] for row in rows_of(lake, keys)) == 2


@pytest.mark.parametrize(
    ("offset", "good"),
    [
        (timedelta(), True),
        (-timedelta(days=7), True),
        (-timedelta(days=7, microseconds=1), False),
        (timedelta(minutes=10), True),
        (timedelta(minutes=10, microseconds=1), False),
    ],
)
def test_the_window_by_default(offset: timedelta, good: bool) -> None:
    result = ingested(at(UPLOADED + offset), event_time_past_days=7, event_time_future_minutes=10)

    assert (result.receipt.good, result.reasons) == ((1, {}) if good else (0, {1: OUTSIDE}))


def test_fault_12_a_clock_gone_wrong_opens_no_partition() -> None:
    times = [
        "1970-01-01T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "2099-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
    ]
    integers = ase.log(*(ase.line(timestamp=value) for value in (0, -1, 10**15, 10**18, -(10**18), 10**30)))

    result = ingested(at(UPLOADED, *times) + integers, event_time_past_days=7, event_time_future_minutes=10)

    assert set(result.reasons.values()) == {OUTSIDE, "event time before 1970 or after 9998"}
    assert (result.receipt.good, result.receipt.quarantined) == (1, 11)
    assert [key.rpartition("/")[0] for key in result.receipt.units] == ["facts/date=2026-03-02/hour=10"]


def test_a_backfill_takes_any_time_of_the_calendar() -> None:
    result = ingested(
        at(
            "1970-01-01T00:00:00Z",
            "2029-03-04T06:55:01Z",
            "9998-12-31T23:00:00Z",
            "1969-12-31T23:59:59Z",
            "9999-12-31T23:59:59Z",
        )
    )

    assert (result.receipt.good, list(result.reasons)) == (3, [4, 5])


def test_an_answer_outside_the_window_is_no_answer() -> None:
    log = ase.log(ase.request_line("c"), ase.response_line("c", timestamp="2099-01-01T00:00:00Z"))
    result = ingested(log, event_time_future_minutes=10)

    assert (result.reasons, result.row["status"]) == ({2: OUTSIDE}, None)


def test_a_file_of_this_machine_is_known_by_name_and_bytes_wherever_it_lies(tmp_path: Path) -> None:
    data = at(UPLOADED)
    ids = set()
    for folder in ("a", "b"):
        file = tmp_path / folder / "x.log"
        file.parent.mkdir()
        file.write_bytes(data)
        log = LogObject.from_file(file)
        ids.add(log.id)
        assert (log.size, log.last_modified.tzinfo) == (len(data), UTC)
        assert ingest(log, Lake("memory:"), Definitions({}), ANY_TIME).good == 1
    # AND other bytes under that name are another log object
    (tmp_path / "a/x.log").write_bytes(data + b"\n")
    assert len(ids) == 1
    assert LogObject.from_file(tmp_path / "a/x.log").id not in ids


def test_a_file_whose_name_is_no_text(tmp_path: Path) -> None:
    file = tmp_path / os.fsdecode(b"log\xff.gz")
    file.write_bytes(at(UPLOADED) + b"bad")

    receipt = ingest(LogObject.from_file(file), Lake("memory:"), Definitions({}), ANY_TIME)
    assert (receipt.good, receipt.quarantined) == (1, 1)
