"""Retention: dropped days are as if nothing had ever happened on them, at once, for good, and before their facts go."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abslake.detection.findings import IdentifierKind
from abslake.errors import UpkeepRefused
from abslake.index import names, sweeping
from abslake.reports import Kind, Question, report
from abslake.settings import Settings
from abslake.storage import Lake
from abslake.upkeep import rebuild, retention
from tests.support.command import abslake
from tests.support.facts import definitions, fact, finding, write_findings
from tests.support.indexed import add_facts, fold, utc
from tests.support.upkeep import LogsInMemory, keys

APIS = definitions(shop="/shop")
NOW = utc(2026, 3, 10, 12)
MOMENTS = st.integers(0, 1_000_000).map(lambda minute: utc(2026, 1, 1) + timedelta(minutes=minute))
THREE = Settings(retention_days=3)


@pytest.fixture(autouse=True)
def _one_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    """An index of one kind, to save time."""
    monkeypatch.setattr(names, "KINDS", ("token",))


def filled(lake: Lake, *days: int, source: str = "test") -> Lake:
    """One request of the token on each day of March, with a finding and a bad line."""
    add_facts(lake, [fact(f"2026-03-{day:02}T10:00", token="t1") for day in days], source)
    write_findings(
        lake, [finding("Seen", IdentifierKind.TOKEN, "t1", "shop", f"2026-03-{day:02}T10:05") for day in days]
    )
    for day in days:
        lake.put(f"quarantine/2026-03-{day:02}/x.ndjson.gz", b"")
    return lake


def answer(lake: Lake, first: int, last: int, *, with_index: bool = True) -> dict:
    question = Question(Kind.TOKEN, utc(2026, 3, first), utc(2026, 3, last) + timedelta(days=1), UTC, None, "t1")
    return report(question, lake, THREE, APIS, with_index=with_index).model_dump()


@pytest.mark.parametrize("folded", [False, True])
def test_dropped_days_are_as_if_nothing_had_happened(folded: bool) -> None:
    # GIVEN a lake of five days, with and without an index
    lake = filled(Lake("memory:"), 6, 7, 8, 9, 10)
    if folded:
        fold(lake, NOW, ("token",))
    kept, nothing = answer(lake, 8, 10), answer(Lake("memory:"), 1, 7)
    assert answer(lake, 6, 7)["summary"]["total_attacks"] == 1
    # WHEN three days are kept
    dropped = retention.apply(lake, THREE, NOW)
    # THEN the earlier two are empty, and the others as before, also in a report on all of them
    assert dropped == retention.Dropped("2026-03-08", 6)
    assert answer(lake, 1, 7) == nothing
    assert answer(lake, 8, 10) == kept == answer(lake, 8, 10, with_index=False)
    assert answer(lake, 1, 10)["details"] == kept["details"]
    # AND nothing is left of them
    left = [key for prefix in ("facts/", "findings/", "quarantine/", "pending/") for key in keys(lake, prefix)]
    assert not [key for key in left if "2026-03-06" in key or "2026-03-07" in key]
    # AND a second call has nothing to do
    assert retention.apply(lake, THREE, NOW) is None


def test_what_comes_late_does_not_come_back() -> None:
    # GIVEN a lake that dropped a day
    lake = filled(Lake("memory:"), 6, 9)
    retention.apply(lake, THREE, NOW)
    # WHEN facts of it come late
    filled(lake, 6, source="late")
    # THEN neither they nor their findings count, whatever is folded
    for with_index in (True, False):
        assert answer(lake, 6, 6, with_index=with_index) == answer(Lake("memory:"), 6, 6)
    fold(lake, NOW, ("token",))
    sweeping.tidy(lake)
    assert answer(lake, 6, 9)["summary"]["total_requests"] == 1
    # AND they go with the next day that is dropped
    assert retention.apply(lake, THREE, NOW + timedelta(days=1)) == retention.Dropped("2026-03-09", 3)
    assert [names.day_of(unit) for unit in keys(lake, "facts/")] == ["2026-03-09"]


def test_a_day_that_was_dropped_stays_so() -> None:
    lake = filled(Lake("memory:"), 6, 9)
    retention.apply(lake, THREE, NOW)
    assert retention.apply(lake, Settings(retention_days=30), NOW) is None
    assert retention.drop(lake, "2026-01-01").since == "2026-03-08"
    with pytest.raises(UpkeepRefused, match="2026-03-08"):
        rebuild.plan(lake, LogsInMemory(), "2026-03-07", "2026-03-09", THREE)


def test_without_the_setting_all_days_are_kept() -> None:
    lake = filled(Lake("memory:"), 6)
    assert retention.apply(lake, Settings(), NOW) is None
    assert answer(lake, 6, 6)["summary"]["total_requests"] == 1


@given(st.integers(2, 500), MOMENTS, st.integers(0, 10))
def test_no_day_counts_whose_facts_have_begun_to_expire(days: int, now: datetime, early_minutes: int) -> None:
    # GIVEN the first day that counts, and the first of its facts, which may be uploaded minutes before it begins
    first = names.first_moment(retention.first_day(days, now))
    uploaded = first - timedelta(minutes=early_minutes)
    # WHEN S3's lifecycle rule of as many days takes them: at the midnight behind the last of these days
    expires = (uploaded + timedelta(days=days)).replace(hour=0, minute=0) + timedelta(days=bool(early_minutes))
    # THEN that is hours ahead; and no day is dropped much before that
    ahead = expires - now
    assert timedelta(hours=6) < ahead <= timedelta(hours=30)


def test_the_command_says_what_would_go_and_asks(tmp_path) -> None:
    lake = filled(Lake(str(tmp_path)), 6)
    dry = abslake("retention", "--lake", tmp_path, "--days", "30", "--dry-run")
    assert (dry.returncode, "1 in facts/" in dry.stderr) == (0, True)
    asked = abslake("retention", "--lake", tmp_path, "--days", "30")
    assert (asked.returncode, len(keys(lake, "facts/"))) == (2, 1)
    done = abslake("retention", "--lake", tmp_path, "--days", "30", "--yes")
    assert (done.returncode, keys(lake, "facts/")) == (0, []), done.stderr
