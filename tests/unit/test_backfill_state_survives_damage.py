"""The state of a backfill: what was noted is known to the next run, whatever happened to the file's end."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from abslake.dev.backfill.places import Listed
from abslake.dev.backfill.state import Backfill, Counts, State, StateInUse, default_path

BACKFILL = Backfill("s3://logs/", "/lake", "lake-1")
ODD_KEYS = ["with blank and+plus.log", "100%25.log", "ü/🂡 €.log", "line\nbreak.log", "not utf-8 \udcff.log", ""]


def listed(key: str, etag: str = "e1") -> Listed:
    return Listed(key, etag, 10, datetime(2026, 1, 1, tzinfo=UTC))


def written(path: Path, *keys: str) -> State:
    """A state after a run that read these."""
    state = State.load(path, BACKFILL)
    state.open(BACKFILL)
    for key in keys:
        state.note_done(listed(key), Counts(1, 10, 5, 3, 1, 1, 3))
    state.close()
    return state


def test_what_was_done_is_known_again_by_key_and_etag(tmp_path: Path) -> None:
    path = tmp_path / "deep/state.jsonl"
    written(path, *ODD_KEYS)
    state = State.load(path, BACKFILL)
    assert all(state.is_done(listed(key)) for key in ODD_KEYS)
    assert not state.is_done(listed(ODD_KEYS[0], "e2"))
    assert state.counts == Counts(6, 60, 30, 18, 6, 6, 18)


def test_a_refused_object_is_known_until_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "state.jsonl"
    state = State.load(path, BACKFILL)
    state.open(BACKFILL)
    state.note_refused(listed("a"), "no known log format")
    state.close()
    state = State.load(path, BACKFILL)
    assert state.is_refused(listed("a"))
    assert not state.is_refused(listed("a", "e2"))
    state.open(BACKFILL)
    state.note_done(listed("a"), Counts())
    state.close()
    again = State.load(path, BACKFILL)
    assert (again.is_refused(listed("a")), again.is_done(listed("a"))) == (False, True)


@pytest.mark.parametrize("cut", [1, 2, 20, 60])
def test_a_line_cut_off_is_passed_over_and_written_behind(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "state.jsonl"
    written(path, "a", "b")
    path.write_bytes(path.read_bytes()[:-cut])
    written(path, "c")
    state = State.load(path, BACKFILL)
    assert (state.is_done(listed("a")), state.is_done(listed("c"))) == (True, True)
    assert state.is_done(listed("b")) is (cut == 1)


@pytest.mark.parametrize(
    "junk", [b"\0" * 50, b'["no object"]', b"123", b'{"key": 1, "etag": 2}', b'{"key": "b"}', b"\xff", b"[" * 100_000]
)
def test_damaged_lines_are_passed_over(tmp_path: Path, junk: bytes) -> None:
    path = tmp_path / "state.jsonl"
    written(path, "a")
    path.write_bytes(path.read_bytes() + junk)
    written(path, "c")
    state = State.load(path, BACKFILL)
    assert set(state.done) == {"a", "c"}


@pytest.mark.parametrize(
    "counts", ['{"lines": true}', '{"good": -1}', '{"bytes": 1.5}', '{"blank": null}', "[]", "null"]
)
def test_an_object_whose_counts_are_damaged_is_read_once_more(tmp_path: Path, counts: str) -> None:
    path = tmp_path / "state.jsonl"
    written(path, "a")
    path.write_bytes(path.read_bytes() + b'{"key": "b", "etag": "e1", "counts": %s}\n' % counts.encode())
    state = State.load(path, BACKFILL)
    assert (state.is_done(listed("a")), state.is_done(listed("b"))) == (True, False)
    assert state.counts == Counts(1, 10, 5, 3, 1, 1, 3)


def test_the_state_of_a_lake_that_was_made_anew_is_void(tmp_path: Path) -> None:
    path = tmp_path / "state.jsonl"
    written(path, "a")
    other = Backfill(BACKFILL.source, BACKFILL.target, "lake-2")
    state = State.load(path, other)
    assert (state.is_of_another_lake, state.done) == (True, {})
    state.open(other)
    state.close()
    assert not State.load(path, other).is_of_another_lake


def test_a_state_of_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "state.jsonl"
    written(path, "a")
    with pytest.raises(StateInUse, match="belongs to another backfill"):
        State.load(path, Backfill("s3://other/", "/lake"))
    notes = tmp_path / "notes.txt"
    notes.write_text("my notes\n")
    with pytest.raises(StateInUse, match="is no state"):
        State.load(notes, BACKFILL)


def test_two_runs_at_once_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.jsonl"
    one, two = State.load(path, BACKFILL), State.load(path, BACKFILL)
    one.open(BACKFILL)
    with pytest.raises(StateInUse, match="running already"):
        two.open(BACKFILL)
    one.close()


def test_each_source_and_lake_has_a_file_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/state")
    others = [Backfill("s3://logs/2", "/lake"), Backfill("s3://logs/", "/lake2"), Backfill("s3://logs/", "/lake", "x")]
    paths = [default_path(one) for one in (BACKFILL, *others)]
    assert len(set(paths)) == 3  # the same lake made anew: the same file
    assert {str(path.parent) for path in paths} == {"/state/abslake/backfills"}
