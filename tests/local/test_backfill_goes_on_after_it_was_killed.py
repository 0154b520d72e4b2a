"""A backfill that breaks off anywhere is done again: the lake holds what an undisturbed one would have given."""

import multiprocessing
import signal
from pathlib import Path

import pytest

from abslake.dev.backfill.local import Job, LocalFeeder
from abslake.dev.backfill.outcomes import Done, Failed, Stop
from abslake.dev.backfill.places import FolderPlace
from abslake.records.definitions import Definitions
from abslake.settings import Settings
from abslake.storage import Lake
from tests.support.backfilling import Running, facts, log
from tests.support.command import abslake

FILES, LINES = 16, 700


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Logs enough that nobody is done with them before he is killed."""
    folder: Path = tmp_path_factory.mktemp("logs")
    for number in range(FILES):
        inner = folder / f"host-{number % 3}"
        inner.mkdir(exist_ok=True)
        (inner / f"{number:02}.log").write_bytes(log(str(number), LINES))
    return folder


@pytest.fixture(scope="module")
def undisturbed(logs: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What the logs give in one go."""
    top = tmp_path_factory.mktemp("undisturbed")
    words = (logs, "--lake", top / "lake", "--any-age", "--state", top / "state")
    assert abslake("backfill", *words, "--concurrency", "1").returncode == 0
    return facts(Lake(str(top / "lake")))


def units(lake: Path) -> dict[Path, int]:
    """Units with the time of their last change."""
    return {path: path.stat().st_mtime_ns for path in lake.glob("facts/**/*.parquet")}


def test_killed_in_the_middle(logs: Path, undisturbed: dict[str, bytes], tmp_path: Path) -> None:
    # GIVEN a backfill that was killed without warning when it had read some objects
    lake, state, scratch = tmp_path / "lake", tmp_path / "state", tmp_path / "tmp"
    scratch.mkdir()
    words = (logs, "--lake", lake, "--any-age", "--state", state)
    running = Running(*words, TMPDIR=str(scratch))
    running.wait_for_lines(state, 3)
    running.kill()
    # THEN its processes end too
    running.wait_for_the_group()
    before = units(lake)
    assert 3 <= len(before) < FILES
    # WHEN it is done again
    done = abslake("backfill", *words)
    # THEN what was noted is not read again, and all is in the lake, once
    assert done.returncode == 0, done.stderr
    assert "done before:" in done.stderr
    assert facts(Lake(str(lake))) == undisturbed
    assert {path: when for path, when in units(lake).items() if path in before} == before
    # AND all runs together have read each object once
    assert f"│ {FILES} │" in done.stderr.replace("  ", "")
    # AND once more without the state nothing changes
    state.unlink()
    after = units(lake)
    again = abslake("backfill", *words, "--concurrency", "1")
    assert (again.returncode, f"to read: {FILES} objects" in again.stderr) == (0, True)
    assert units(lake) == after
    assert facts(Lake(str(lake))) == undisturbed


@pytest.mark.parametrize("times", [1, 2])
def test_interrupted_once_it_finishes_what_is_under_way_and_twice_it_ends(
    logs: Path, undisturbed: dict[str, bytes], tmp_path: Path, times: int
) -> None:
    # GIVEN a backfill that runs in a terminal
    lake, state, scratch = tmp_path / "lake", tmp_path / "state", tmp_path / "tmp"
    scratch.mkdir()
    words = (logs, "--lake", lake, "--any-age", "--state", state)
    running = Running(*words, TMPDIR=str(scratch))
    running.wait_for_lines(state, 3)
    # WHEN Ctrl-C is pressed
    for _ in range(times):
        running.signal(signal.SIGINT)
    # THEN it says how to go on, without a traceback, and leaves nothing behind
    text = running.output()
    assert running.code == 130
    assert "The same command again goes on where this one ended." in text
    assert "Traceback" not in text
    assert list(scratch.iterdir()) == []
    # AND what was finished is noted
    if times == 1:
        assert "finishing the objects under way" in text
        assert "objects are left" in text
        assert state.read_bytes().count(b"\n") - 1 == len(units(lake)) < FILES
    # AND it goes on
    assert abslake("backfill", *words).returncode == 0
    assert facts(Lake(str(lake))) == undisturbed


def test_a_process_that_is_killed_fails_its_objects_and_no_others(logs: Path, tmp_path: Path) -> None:
    # GIVEN two processes that read, as the system may kill one of them where memory is short
    place = FolderPlace(logs)
    objects = list(place.listing())
    settings = Settings(event_time_past_days=None)
    job = Job(place, str(tmp_path / "lake"), Definitions({}), settings, None)
    with LocalFeeder(job, 2, Stop()) as feeder:
        steps = feeder.feed(iter(objects))
        outcomes = dict(filter(None, [next(one for one in steps if one)]))
        # WHEN one is killed in the middle
        multiprocessing.active_children()[0].kill()
        outcomes |= dict(filter(None, steps))
    # THEN none of them is left for the command to wait for
    for process in multiprocessing.active_children():
        process.join(timeout=10)
    assert multiprocessing.active_children() == []
    # AND what was under way has failed, and others go on with the rest
    failed = [one for one, outcome in outcomes.items() if isinstance(outcome, Failed)]
    assert 1 <= len(failed) <= 2
    assert len(outcomes) == len(objects) == FILES
    assert sum(isinstance(outcome, Done) for outcome in outcomes.values()) == FILES - len(failed)
