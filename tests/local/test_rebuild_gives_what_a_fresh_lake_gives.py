"""Rebuilt days are those of a lake that was filled with today's definitions; the days around stay as they were."""

import gzip
from datetime import UTC, datetime, timedelta

import pytest

from abslake.errors import UpkeepRefused
from abslake.facts.ingest import LogObject, ingest
from abslake.index import names, replacing, root, sweeping
from abslake.index.build import Builder
from abslake.reports import Kind, Question, report
from abslake.settings import Settings
from abslake.storage import Lake
from abslake.upkeep import rebuild
from tests.support import ase
from tests.support.indexed import fold
from tests.support.ingesting import ANY_TIME, definitions_of, log_object, metadata_of, quarantine_of
from tests.support.upkeep import BreakingLake, Broken, LogsInMemory, copy_of, keys

OLD = definitions_of({"shop": {"url": "/shop", "hostname": "*"}})
NEW = definitions_of(
    {
        "shop": {"url": "/shop", "hostname": "*", "cookie": "SID", "oauth2_access_token": True},
        "bank": {"url": "/bank", "hostname": "*", "oauth2_access_token": True},
    }
)
FIRST = datetime(2026, 3, 1, tzinfo=UTC)
LATER = datetime(2026, 3, 9, tzinfo=UTC)
SETTINGS = Settings()
OLDER = gzip.compress(b'{"log": {}}\n')


@pytest.fixture(autouse=True)
def _fewer_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """An index of the kinds that are asked for, to save time."""
    monkeypatch.setattr(names, "KINDS", ("ip", "token", "api"))


def log(name: str, *moments: str, more: bytes = b"") -> LogObject:
    """One request to each API at each moment, and what else there is."""
    lines = [
        ase.line(
            timestamp=f"2026-03-{moment}:00.000Z",
            request=ase.request(
                url=f"/{api}/{name}",
                headers=ase.headers(("Host", ase.HOST), ("Authorization", "Bearer t1"), ("Cookie", "SID=c1")),
            ),
        )
        for moment in moments
        for api in ("shop", "bank")
    ]
    last = datetime.fromisoformat(f"2026-03-{moments[-1]}").replace(tzinfo=UTC)
    return log_object(ase.log(*lines) + more, f"logs/{name}", last + timedelta(minutes=5))


LOGS = [
    log("one", "01T10:00"),
    log("two", "01T23:58", "02T00:01", more=b"no line of any log\n"),
    log("three", "02T12:00", "02T12:01"),
    log("four", "03T08:00"),
]


def filled(definitions, logs=LOGS) -> Lake:
    lake = Lake("memory:")
    for one in logs:
        ingest(one, lake, definitions, SETTINGS)
    return lake


def rebuilt(lake: Lake, first: str, end: str, *logs: LogObject, settings=SETTINGS, **options):
    planned = rebuild.plan(lake, LogsInMemory(*(logs or LOGS)), first, end, settings)
    return rebuild.run(planned, lake, Builder(lake, settings), NEW, settings, **options)


def answers(lake: Lake, day: int, *, with_index: bool = True) -> list[object]:
    """Reports of one day of March."""
    begin = FIRST + timedelta(days=day - 1)
    end = begin + timedelta(days=1)
    questions = (
        Question(Kind.TOKEN, begin, end, UTC, None, "t1"),
        Question(Kind.IP, begin, end, UTC, None, "192.0.2.1"),
        Question(Kind.METRICS, begin, end, UTC, "shop"),
    )
    return [report(one, lake, SETTINGS, NEW, with_index=with_index).model_dump() for one in questions]


@pytest.mark.parametrize("folded", [False, True])
def test_rebuilt_days_are_new_and_the_others_old(folded: bool) -> None:
    # GIVEN a lake that knew neither sessions nor tokens nor the bank
    lake, fresh = filled(OLD), filled(NEW)
    if folded:
        fold(lake, LATER)
    before = {day: answers(lake, day) for day in (1, 3)}
    assert answers(lake, 2) != answers(fresh, 2)
    # WHEN the second day is rebuilt
    done = rebuilt(lake, "2026-03-02", "2026-03-03")
    # THEN it is as in a lake that knew them all along, with the index and without
    assert answers(lake, 2) == answers(fresh, 2) == answers(lake, 2, with_index=False)
    assert {day: answers(lake, day) for day in (1, 3)} == before
    assert (done.logs, done.requests, done.requests_before) == (3, 6, 6)  # four may hold events of the day
    # AND only units that count are left of it
    units = keys(lake, "facts/date=2026-03-02/")
    assert units == replacing.counting_units(lake, root.load(lake).root, "2026-03-02")
    (of_new,) = {metadata_of(fresh, unit)["abslake.definitions"] for unit in keys(fresh, "facts/")}
    assert {metadata_of(lake, unit)["abslake.definitions"] for unit in units} == {of_new}


def test_a_late_duplicate_changes_nothing() -> None:
    # GIVEN a rebuilt lake
    lake, fresh = filled(OLD), filled(NEW)
    rebuilt(lake, "2026-03-01", "2026-03-04")
    # WHEN the logs are delivered once more, to a function that has the old definitions still
    for one in LOGS:
        ingest(one, lake, OLD, SETTINGS)
    # THEN the reports stay, also when the index has been folded and tidied
    assert [answers(lake, day) for day in (1, 2, 3)] == [answers(fresh, day) for day in (1, 2, 3)]
    sweeping.tidy(lake)
    fold(lake, LATER, rounds=1)
    assert [answers(lake, day) for day in (1, 2, 3)] == [answers(fresh, day) for day in (1, 2, 3)]
    assert all(names.is_replacement(unit) for unit in keys(lake, "facts/"))


def test_another_upkeep_of_the_same_day_makes_it_begin_again() -> None:
    # GIVEN a rebuild, in the midst of which somebody else rebuilds the same day
    lake, fresh = filled(OLD), filled(NEW)
    planned = rebuild.plan(lake, LogsInMemory(*LOGS), "2026-03-02", "2026-03-03", SETTINGS)

    class Disturbed(Builder):
        calls = 0

        def day(self, *given):
            self.calls += 1
            if self.calls == 1:
                rebuilt(lake, "2026-03-02", "2026-03-03")
            return super().day(*given)

    # WHEN it goes on
    builder = Disturbed(lake, SETTINGS)
    rebuild.run(planned, lake, builder, NEW, SETTINGS)
    # THEN it has begun again, and no unit of its first attempt or of the other rebuild is left
    assert builder.calls == 2 * len(names.KINDS)
    assert answers(lake, 2) == answers(fresh, 2) == answers(lake, 2, with_index=False)


def test_a_log_that_gave_nothing_yet_is_found_by_its_upload() -> None:
    # GIVEN a log object that was never ingested, and one that was uploaded long after
    lake = filled(OLD, LOGS[:2])
    # WHEN the day is rebuilt with all logs
    done = rebuilt(lake, "2026-03-02", "2026-03-03")
    # THEN it counts, once, whenever it is ingested
    assert (done.logs, done.requests_before, done.requests) == (3, 2, 6)
    ingest(LOGS[2], lake, NEW, SETTINGS)
    assert answers(lake, 2) == answers(filled(NEW), 2)


def test_a_log_that_is_gone_is_an_error_that_names_it() -> None:
    # GIVEN a lake of whose logs one has expired
    lake = filled(OLD)
    before = answers(lake, 2)
    # WHEN its day is rebuilt THEN that is refused
    with pytest.raises(UpkeepRefused, match=r"1 log objects .* gone \(from landing\): logs/three"):
        rebuilt(lake, "2026-03-02", "2026-03-03", *LOGS[:2])
    assert answers(lake, 2) == before
    # WHEN its facts are to be kept THEN they are, beside what was rebuilt
    done = rebuilt(lake, "2026-03-02", "2026-03-03", *LOGS[:2], keep_missing=True)
    assert (done.logs, done.kept) == (1, 1)
    assert answers(lake, 2) not in (before, answers(filled(NEW), 2))
    rows = [metadata_of(lake, unit)["abslake.key"] for unit in keys(lake, "facts/date=2026-03-02/")]
    assert sorted(rows) == ["logs/three", "logs/two"]


def test_days_do_not_lose_requests_unasked() -> None:
    # GIVEN a lake that took events of any age
    old = log_object(LOGS[3].open().read(), "logs/old", LOGS[3].last_modified + timedelta(days=30))
    lake = Lake("memory:")
    ingest(old, lake, OLD, ANY_TIME)
    # WHEN it is rebuilt within the window THEN that is refused
    with pytest.raises(UpkeepRefused, match="fewer requests"):
        rebuilt(lake, "2026-03-03", "2026-03-04", old)
    # WHEN at any time THEN nothing is lost
    assert rebuilt(lake, "2026-03-03", "2026-03-04", old, settings=ANY_TIME).requests == 2


def test_bad_lines_are_rewritten_only_with_the_whole_log() -> None:
    # GIVEN a quarantine object that an older parser wrote
    lake, fresh = filled(OLD), filled(NEW)
    (key,) = keys(lake, "quarantine/")
    lake.put(key, OLDER)
    # WHEN one of its days is rebuilt THEN it stays
    assert rebuilt(lake, "2026-03-02", "2026-03-03").quarantines == 0
    assert lake.get(key) == OLDER
    # WHEN both are THEN it is what today's parser says
    assert rebuilt(lake, "2026-03-01", "2026-03-03").quarantines == 1
    assert quarantine_of(lake, key) == quarantine_of(fresh, key)
    assert rebuilt(lake, "2026-03-01", "2026-03-03").quarantines == 0


@pytest.mark.parametrize("behind", [False, True])
def test_broken_off_at_any_write_it_answers_as_before_or_as_after(
    monkeypatch: pytest.MonkeyPatch, behind: bool
) -> None:
    # GIVEN a lake (with one kind of index, for speed), its answer before and after
    monkeypatch.setattr(names, "KINDS", ("token",))
    logs = LOGS[1:2]
    start = filled(OLD, logs)
    fold(start, LATER, ("token",))
    question = Question(Kind.TOKEN, FIRST, LATER, UTC, None, "t1")

    def answer(lake: Lake) -> object:
        return report(question, lake, SETTINGS, NEW).model_dump()

    before, after = answer(start), answer(filled(NEW, logs))
    assert before != after
    seen, writes = set(), 0
    while True:
        # WHEN its rebuild breaks off at one write after the other
        lake, writes = copy_of(start), writes + 1
        breaking = BreakingLake(lake, writes, behind=behind)
        planned = rebuild.plan(breaking, LogsInMemory(*logs), "2026-03-01", "2026-03-03", SETTINGS)
        try:
            rebuild.run(planned, breaking, Builder(breaking, SETTINGS), NEW, SETTINGS)
        except Broken:
            pass
        else:
            break
        # THEN the answer is the old one or the new one, and to repeat it gives the new one
        assert answer(lake) in (before, after)
        seen.add(answer(lake) == after)
        if writes % 5 == 0:
            rebuilt(lake, "2026-03-01", "2026-03-03", *logs)
            assert answer(lake) == after
    assert seen == {False, True}
    assert writes > 10
