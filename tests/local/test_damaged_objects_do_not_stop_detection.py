"""Objects of detection that are damaged: the next run makes up for them, or says which one it is."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import msgspec
import pytest

from abslake.detection import activity, hours, lease, model, windows, work
from abslake.detection.detectors import detectors
from abslake.errors import StorageError
from abslake.storage import Lake
from tests.support import detecting
from tests.support.facts import write_facts
from tests.support.judging import END, START, THIEF, found, judge, lake_with, rows
from tests.support.upkeep import copy_of

DAMAGES = [b"\0\xff", b'{"units": 3, "until": "then", "as_of": 1}']
HOUR = START.replace(minute=0)


@pytest.fixture(scope="module", autouse=True)
def few_detectors() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(work, "detectors", lambda: {number: detectors()[number] for number in (1, 41)})
        yield


@pytest.fixture(scope="module")
def judged() -> Lake:
    """A lake whose windows were judged."""
    lake = lake_with([rows()])
    judge(lake)
    return lake


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("key", [lease.KEY, windows.key(f"{START:%Y-%m-%d}"), windows.AGAIN, work.HISTORY])
def test_what_a_run_remembers_is_made_up_for(judged: Lake, key: str, damage: bytes) -> None:
    lake, before = copy_of(judged), found(judged)
    lake.put(key, damage)
    write_facts(lake, rows([39]), source="late")

    summary = judge(lake)
    assert (summary.busy, summary.left) == (False, 0)
    assert summary.requests
    assert THIEF in str(found(lake))
    assert found(lake).keys() == before.keys()
    msgspec.json.decode(lake.get(key))
    assert judge(lake).windows == 0


def test_a_lease_of_a_clock_that_was_days_ahead_is_taken_over(judged: Lake) -> None:
    lake, now = copy_of(judged), datetime.now(UTC)
    lake.put(lease.KEY, msgspec.json.encode(lease.Lease("somebody", now + timedelta(minutes=9))))
    assert lease.holder(lake, now)
    assert judge(lake).busy

    lake.put(lease.KEY, msgspec.json.encode(lease.Lease("somebody", now + timedelta(days=2))))

    assert lease.holder(lake, now) is None
    assert not judge(lake).busy


def test_a_damaged_ledger_has_the_day_judged_again_and_says_so(judged: Lake, caplog: pytest.LogCaptureFixture) -> None:
    lake = copy_of(judged)
    key = windows.key(f"{START:%Y-%m-%d}")
    lake.put(key, b"{")

    with caplog.at_level(logging.WARNING):
        assert judge(lake).windows == 2

    assert any(key in record.getMessage() for record in caplog.records)
    assert found(lake) == found(judged)


def test_training_goes_on_from_the_newest_model_where_its_history_is_damaged(judged: Lake) -> None:
    lake = copy_of(judged)
    since = model.load(lake, model.keys(lake)[-1]).apis["shop"].since
    lake.put(work.HISTORY, b"{")
    lake.delete([windows.key(f"{END:%Y-%m-%d}")])

    judge(lake)

    history = msgspec.json.decode(lake.get(work.HISTORY))
    assert history["shop"]["since"] == f"{since:%Y-%m-%dT%H:%M:%SZ}"
    assert "all" not in history


@pytest.mark.parametrize("name", ["model.json", "habits.json"])
@pytest.mark.parametrize("damage", [DAMAGES[0], None])
def test_a_damaged_model_is_named(judged: Lake, name: str, damage: bytes | None) -> None:
    if damage is None and name == "model.json":
        return  # then it is none
    lake = copy_of(judged)
    key = f"{model.PREFIX}{model.keys(lake)[-1]}/{name}"
    lake.delete([key]) if damage is None else lake.put(key, damage)
    write_facts(lake, rows([39]), source="late")

    with pytest.raises(StorageError, match=key):
        judge(lake)
    lake.delete([f"{model.PREFIX}{model.keys(lake)[-1]}/model.json"])
    assert judge(lake).again


def test_a_damaged_sum_is_named_and_may_be_deleted(judged: Lake) -> None:
    # GIVEN the sums of a block of hours, damaged, and facts of the next hour
    lake, block = copy_of(judged), hours.block_of(HOUR)
    (key,) = [entry.key for entry in lake.list(activity.HOURS) if entry.key == activity.block_key(block, hours.BLOCK)]
    lake.put(key, b"PAR1 no more")
    late = [{**row, "minute": row["minute"] + timedelta(minutes=40)} for row in rows([35])]
    write_facts(lake, late, source="later")

    # WHEN it is judged THEN the run says which object it is, and goes on without it
    with pytest.raises(StorageError, match=key):
        judge(lake, END + timedelta(hours=1))
    lake.delete([key])
    assert judge(lake, END + timedelta(hours=1)).left == 0


def test_times_that_are_none_are_told_as_other_damage_is(tmp_path: Path) -> None:
    # GIVEN a unit with texts in the place of times
    lake = lake_with([rows()])
    (key, *_) = [entry.key for entry in lake.list("facts/")]
    path = tmp_path / "unit.parquet"
    path.write_bytes(lake.get(key))
    with duckdb.connect() as engine:
        texts = "* REPLACE ('never' AS first_seen, 'never' AS last_seen)"
        engine.execute(f"COPY (SELECT {texts} FROM '{path}') TO '{path}.text' (FORMAT parquet)")
    lake.put(key, Path(f"{path}.text").read_bytes())

    # WHEN it is judged THEN the run says that the engine failed, and nothing of the texts
    with pytest.raises(StorageError, match=r"the engine failed on detection \(ConversionException\)$"):
        judge(lake)


def test_a_lake_may_lie_in_a_folder_with_an_apostrophe(tmp_path: Path) -> None:
    folder = tmp_path / "o'brien's lake"
    detecting.fill(folder)

    detecting.good("detect", "--lake", folder)
    found = detecting.good("detect", "findings", "--lake", folder, "--format", "json")

    assert detecting.THIEF in found
