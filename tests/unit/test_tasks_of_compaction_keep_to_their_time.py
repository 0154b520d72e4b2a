"""A task takes what fits into its time, in turn with others; the sweeper rests while nothing is folded."""

from datetime import UTC, datetime, timedelta

import pytest

from abslake.errors import StorageError
from abslake.index import compaction, names, queue, root, tasks
from abslake.index.compaction import Result
from abslake.index.folding import Outcome, Pace
from abslake.index.root import Segment, Shape
from abslake.index.tasks import Task
from abslake.settings import Settings
from abslake.storage import Lake
from tests.support.facts import fact, write_facts
from tests.support.indexed import EAGER, add_facts, small_limits

DAY = datetime(2026, 3, 2, tzinfo=UTC)
TOKEN_DAY, API_DAY = Task("token", "2026-03-02"), Task("api", "2026-03-02")


def lake_of(requests: int = 1, hours: int = 6) -> Lake:
    lake = Lake("memory:")
    write_facts(lake, [fact(DAY + timedelta(hours=n), token=f"t{n % 2}", requests=requests) for n in range(hours)])
    return lake


def folded(lake: Lake) -> Lake:
    for task in compaction.tend(lake).due:
        assert compaction.perform(lake, Settings(), task, 900).result is Result.DONE
    return lake


def paces(monkeypatch: pytest.MonkeyPatch) -> list[Pace]:
    """The paces that tasks are run with."""
    seen: list[Pace] = []

    def run(*given: object) -> Outcome:
        seen.append(given[-1])  # type: ignore[arg-type]
        return Outcome.NOTHING

    monkeypatch.setattr(tasks, "run", run)
    return seen


def test_units_are_taken_by_what_others_hold_and_the_time_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    lake = folded(lake_of(requests=10_000_000))
    seen = paces(monkeypatch)

    for seconds in (10, 900, 9e9):
        compaction.perform(lake, Settings(), TOKEN_DAY, seconds)

    assert [pace.most_units for pace in seen] == [1, 4, 2000]  # half the time, 100,000 requests a second


def test_of_an_unknown_kind_not_all_units_are_taken_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    lake = lake_of()
    seen = paces(monkeypatch)

    compaction.perform(lake, Settings(), TOKEN_DAY, 900)

    assert seen[0].most_units == 100


def test_a_month_that_cannot_fit_is_not_begun() -> None:
    lake = folded(lake_of())
    state = root.load(lake).root.with_day("token", "2026-03-03", [Segment("0", Shape(rows=1, requests=10**9), 1, True)])
    lake.put(names.ROOT, root.encode(state))

    work = compaction.perform(lake, Settings(), Task("token", "2026-03"), 900, pace=EAGER)

    assert (work.result, work.objects) == (Result.TOO_LARGE, 0)


def test_an_object_that_is_gone_means_that_somebody_else_was_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_: object) -> Outcome:
        raise FileNotFoundError("index/token/…")

    monkeypatch.setattr(tasks, "run", run)

    assert compaction.perform(lake_of(), Settings(), TOKEN_DAY, 900).result is Result.LOST


def test_tasks_are_begun_while_there_is_time() -> None:
    left = iter([60_000, 40_000, 19_000, 0])
    run: list[Task] = []

    assert compaction.in_turn([TOKEN_DAY, API_DAY, TOKEN_DAY], run.append, lambda: next(left)) == 2
    assert run == [TOKEN_DAY, API_DAY]


def test_a_task_that_fails_keeps_no_other_from_being_done_and_is_told_at_the_end() -> None:
    run: list[Task] = []

    def work(task: Task) -> None:
        run.append(task)
        if task is TOKEN_DAY:
            raise StorageError("on purpose")

    with pytest.raises(StorageError, match="on purpose"):
        compaction.in_turn([TOKEN_DAY, API_DAY], work, lambda: 60_000)

    assert run == [TOKEN_DAY, API_DAY]


def test_the_objects_that_are_told_are_those_that_were_written() -> None:
    lake = Lake("memory:")
    with small_limits():
        add_facts(lake, [fact(DAY + timedelta(minutes=n * 37), token=f"t{n % 30}", cookie="c") for n in range(200)])
        for _ in range(2):
            for task in compaction.tend(lake, pace=EAGER).due:
                done = compaction.perform(lake, Settings(), task, 900, pace=EAGER)
                state = root.load(lake).root
                if names.is_day(task.period):
                    (segment,) = state.segments(task.kind, task.period)
                else:
                    segment = state.months(task.kind)[task.period].segment
                written = list(lake.list(names.folder(task.kind, task.period, segment.generation)))
                assert (task, done.objects) == (task, len(written))


def test_sweeping_spares_what_counts_and_takes_what_does_not() -> None:
    lake = folded(lake_of())
    counting = {entry.key for entry in lake.list("index/")}
    lake.put(names.folder("token", "2026-03-02", names.new_generation(DAY)) + "b=-.parquet", b"left by a crash")

    assert compaction.sweep(lake, lambda: datetime.now(UTC) + timedelta(hours=2)) == 1
    assert {entry.key for entry in lake.list("index/")} == counting


def test_an_index_into_which_nothing_was_folded_for_hours_is_not_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    lake = folded(lake_of())
    monkeypatch.setattr(Lake, "list", None)

    assert compaction.sweep(lake, lambda: datetime.now(UTC) + timedelta(hours=4)) == 0
    assert compaction.sweep(Lake("memory:")) == 0


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"kind": "token", "period": "today"}', '{"kind": "x", "period": "2026-03"}']
)
def test_a_message_that_is_no_task_is_refused_and_not_quoted(body: str) -> None:
    with pytest.raises(StorageError, match=r"the message (holds no task|names no kind)"):
        queue.decode(body)


class HalfDeafQueue:
    """SQS that takes no third message."""

    def get_queue_attributes(self, **_: object) -> dict[str, dict[str, str]]:
        return {"Attributes": {"ApproximateNumberOfMessages": "0"}}

    def send_message_batch(self, *, Entries: list[dict[str, str]], **_: str) -> dict[str, list[str]]:  # noqa: N803
        return {"Failed": [entry["Id"] for entry in Entries[2:]]}


def test_a_task_that_the_queue_does_not_take_is_an_error() -> None:
    assert queue.offer(HalfDeafQueue(), "url", [TOKEN_DAY, API_DAY]) == 2
    with pytest.raises(StorageError, match="refused 1 of 3 tasks"):
        queue.offer(HalfDeafQueue(), "url", [TOKEN_DAY, API_DAY, TOKEN_DAY])
