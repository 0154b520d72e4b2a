"""abslake compact and abslake index: fold, look, check, make again; no identifier is printed."""

import json
import re
import shutil
from pathlib import Path

import pytest

from abslake.index import names, pending, root
from abslake.index.replacing import counting_units
from abslake.storage import Lake
from tests.support.command import abslake
from tests.support.facts import at, definition, fact, write_facts
from tests.support.indexed import add_facts

KINDS = list(names.KINDS)
TOKEN, USER, ADDRESS = "token-of-somebody", "somebody@example.com", "192.0.2.77"
DAYS = ("2026-01-30", "2026-01-31", "2026-02-01")


def fill(folder: Path, *days: str, mark: bool = True) -> Lake:
    lake = Lake(str(folder))
    lake.put("config/apis/shop.json", definition("/shop"))
    rows = [
        fact(at(f"{day}T{hour:02}:{minute:02}"), token=TOKEN, username=USER, ip=ADDRESS, cookie=f"c{hour}")
        for day in days
        for hour in (0, 7, 23)
        for minute in (0, 1, 59)
    ]
    (add_facts if mark else write_facts)(lake, rows)
    return lake


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake whose index is whole, to be left as it is."""
    folder: Path = tmp_path_factory.mktemp("whole")
    fill(folder, *DAYS)
    done = abslake("compact", "--lake", folder, "--until-settled")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(whole, tmp_path / "lake"))


def lose_a_segment(folder: Path, day: str) -> None:
    """What no code of ours does: a day of tokens drops out of the index, and nobody is told."""
    lake = Lake(str(folder))
    state = root.load(lake).root
    changed = state.with_day("token", day, []).with_month("token", day[:7], None)
    lake.put(names.ROOT, root.encode(changed))


def status(folder: Path) -> dict[str, object]:
    done = abslake("index", "status", "--lake", folder, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_compact_folds_until_nothing_is_due_and_says_what_it_did(tmp_path: Path, jobs: str) -> None:
    # GIVEN a lake as it was before there was an index: without markers
    fill(tmp_path, *DAYS, mark=False)

    # WHEN it is compacted, twice
    first = abslake("compact", "--lake", tmp_path, "--jobs", jobs, "--until-settled")
    second = abslake("compact", "--lake", tmp_path)

    # THEN all is covered, also by months, and the second time there is nothing to do
    assert (first.returncode, first.stdout) == (0, ""), first.stderr
    assert "│ token" in first.stderr
    assert "27" in first.stderr  # requests
    assert (second.returncode, second.stderr.strip()) == (0, "nothing is due")
    lake = Lake(str(tmp_path))
    state = root.load(lake).root
    assert {kind: (list(index.days), list(index.months)) for kind, index in state.kinds.items()} == {
        kind: (list(DAYS), ["2026-01", "2026-02"]) for kind in KINDS
    }
    assert pending.by_day(lake) == {}


def test_a_task_that_fails_is_named_and_the_others_are_done(tmp_path: Path) -> None:
    lake = fill(tmp_path, *DAYS)
    bad = next(entry.key for entry in lake.list("facts/date=2026-01-30/"))
    (tmp_path / bad).write_bytes(b"no Parquet")

    done = abslake("compact", "--lake", tmp_path)

    assert done.returncode == 1
    assert "failed: token 2026-01-30: the engine failed on the index of token 2026-01-30" in done.stderr
    assert set(root.load(lake).root.kinds["token"].days) == set(DAYS[1:])


def test_status_says_what_is_covered_and_what_waits(folder: Path) -> None:
    fill(folder, "2026-02-02")

    found = status(folder)

    assert (found["exists"], found["pending_units"]) == (True, 3)
    assert str(found["oldest_pending"]).endswith("Z")
    token = next(kind for kind in found["kinds"] if kind["kind"] == "token")  # type: ignore[attr-defined]
    assert token["first_day"], token["last_day"] == ("2026-01-30", "2026-02-01")
    expected = {
        "days": 3,
        "settled_days": 3,
        "months": 2,
        "segments": 3,
        "units": 9,
        "requests": 27,
        "uncovered_units": 3,
    }
    assert {name: token[name] for name in expected} == expected
    objects = list((folder / "index/token").rglob("*.parquet"))
    assert token["bytes"] == sum(path.stat().st_size for path in objects)
    assert found["root_bytes"] == (folder / names.ROOT).stat().st_size


def test_status_for_reading(folder: Path, tmp_path: Path) -> None:
    done = abslake("index", "status", "--lake", folder)

    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"username +3 +3 +2 +3 +9 +27 ", done.stdout)
    assert "days: 2026-01-30 to 2026-02-01" in done.stdout
    assert "pending: none" in done.stdout

    (tmp_path / "new").mkdir()
    assert "abslake compact" in abslake("index", "status", "--lake", tmp_path / "new").stdout


def test_verify_finds_what_the_index_has_lost_and_rebuild_mends_it(folder: Path) -> None:
    good = abslake("index", "verify", "--lake", folder, "--reports", "30", "--seed", "5")
    assert good.returncode == 0, good.stderr
    assert "30 reports are the same" in good.stderr

    # GIVEN an index that lacks a day of tokens
    lose_a_segment(folder, "2026-01-31")

    # WHEN it is checked
    bad = abslake("index", "verify", "--lake", folder, "--reports", "30", "--seed", "5")

    # THEN that is found, by kind, range and numbers, and nobody is named
    assert bad.returncode == 1
    assert "differs: token #" in bad.stderr
    assert "from facts," in bad.stderr
    assert "metrics API" not in bad.stderr
    for identifier in (TOKEN, USER, ADDRESS):
        assert identifier not in bad.stderr + bad.stdout

    # AND the day made again is whole
    mended = abslake("index", "rebuild", "--lake", folder, "--from", "2026-01-31", "--to", "2026-02-01")
    assert mended.returncode == 0, mended.stderr
    assert "the index of 1 days was made again" in mended.stderr
    assert abslake("index", "verify", "--lake", folder, "--reports", "30", "--seed", "5").returncode == 0


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_rebuild_makes_the_chosen_days_again_and_their_months(folder: Path, jobs: str) -> None:
    lake = Lake(str(folder))
    before = root.load(lake).root

    done = abslake("index", "rebuild", "--lake", folder, "--from", "2026-01-31", "--jobs", jobs)

    assert done.returncode == 0, done.stderr
    after = root.load(lake).root
    for kind in KINDS:
        for day in DAYS:
            same = after.segments(kind, day)[0].generation == before.segments(kind, day)[0].generation
            assert same == (day == "2026-01-30")
        assert list(after.months(kind)) == ["2026-01", "2026-02"]
        assert after.months(kind)["2026-01"] != before.months(kind)["2026-01"]


def test_a_lost_root_is_made_again_from_the_facts(folder: Path) -> None:
    (folder / names.ROOT).unlink()

    done = abslake("index", "rebuild", "--lake", folder)

    assert done.returncode == 0, done.stderr
    assert set(root.load(Lake(str(folder))).root.kinds["ip"].days) == set(DAYS)
    assert abslake("index", "verify", "--lake", folder, "--reports", "12", "--seed", "1").returncode == 0


def test_a_lost_root_that_only_knew_which_units_count_is_not_made_up(folder: Path) -> None:
    lake = Lake(str(folder))
    unit = next(entry.key for entry in lake.list("facts/"))
    lake.put(names.replacement_key(unit, names.new_generation(at("2026-02-03"))), lake.get(unit))
    (folder / names.ROOT).unlink()

    refused = abslake("index", "rebuild", "--lake", folder)
    assert refused.returncode == 1
    assert "--after-loss" in refused.stderr
    assert not (folder / names.ROOT).exists()

    assert abslake("index", "rebuild", "--lake", folder, "--after-loss").returncode == 0
    assert len(counting_units(lake, root.load(lake).root, "2026-01-30")) == 4


def test_verify_reads_only_the_units_that_count(folder: Path) -> None:
    """A unit that was rebuilt or erased lies in the lake until it is deleted; so does one that waits to stand in for it."""
    lake = Lake(str(folder))
    units = [entry.key for entry in lake.list("facts/date=2026-01-30/")]
    waiting = names.replacement_key(units[1], names.new_generation(at("2026-02-03")))
    lake.put(waiting, lake.get(units[1]))

    done = abslake("index", "verify", "--lake", folder, "--reports", "30", "--seed", "2")

    assert done.returncode == 0, done.stderr


def test_wrong_words_are_explained(tmp_path: Path, folder: Path) -> None:
    missing = abslake("compact", "--lake", tmp_path / "none")
    assert (missing.returncode, "there is no folder" in missing.stderr) == (2, True)
    turned = abslake("index", "rebuild", "--lake", folder, "--from", "2026-02-01", "--to", "2026-01-30")
    assert (turned.returncode, "--from is not before --to" in turned.stderr) == (2, True)
    assert "nothing to compare" in abslake("index", "verify", "--lake", tmp_path).stderr
