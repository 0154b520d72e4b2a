"""The compact function: the schedule finds what is due, the queue hands it out, and whoever comes second changes nothing."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from abslake.dev.functions import FunctionFailed
from abslake.index import compaction, names, root
from abslake.reports import Kind, Question, report
from abslake.settings import Settings
from tests.support.calls import ROOT
from tests.support.compact_function import Compacting, compacting, metrics
from tests.support.facts import definitions, fact
from tests.support.indexed import add_facts

pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish:UserWarning")

TOKEN, ADDRESS = "token-of-somebody", "192.0.2.77"
APIS = definitions(shop="/shop")
LONG_AGO = datetime(2018, 2, 13, tzinfo=UTC)
TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


@pytest.fixture
def here() -> Iterator[Compacting]:
    with compacting() as made:
        yield made


def fill(here: Compacting, *days: datetime) -> None:
    rows = [fact(day + timedelta(hours=n), token=TOKEN, ip=ADDRESS, requests=n + 1) for day in days for n in range(4)]
    add_facts(here.lake, rows)


def total(here: Compacting, earlier: datetime, later: datetime, *, with_index: bool) -> int:
    question = Question(Kind.TOKEN, earlier, later, UTC, None, TOKEN)
    return report(question, here.lake, Settings(), APIS, with_index=with_index).summary.total_requests


def keys(here: Compacting, prefix: str) -> list[str]:
    return [entry.key for entry in here.lake.list(prefix)]


def test_schedule_tasks_index(here: Compacting) -> None:
    # GIVEN facts of two days of a month that is over, and of today
    fill(here, LONG_AGO, LONG_AGO + timedelta(days=1), TODAY)

    # WHEN the schedule calls, and the queue hands out what it sent
    assert here.scheduled() == {"due": 18, "begun": 18}
    assert len(here.work_off()) == 18

    # THEN all days are covered; their months come at the next call, and after that nothing is due
    assert here.scheduled() == {"due": 6, "begun": 6}
    assert {task.period for task in here.work_off()} == {"2018-02"}
    assert here.scheduled() == {"due": 0, "begun": 0}
    state = root.load(here.lake).root
    assert {kind: (len(index.days), len(index.months)) for kind, index in state.kinds.items()} == dict.fromkeys(
        names.KINDS, (3, 1)
    )
    assert keys(here, names.PENDING) == []
    month = (LONG_AGO.replace(day=1), datetime(2018, 3, 1, tzinfo=UTC))
    assert total(here, *month, with_index=True) == total(here, *month, with_index=False) == 20


def test_the_newest_day_is_handed_out_first_and_months_last(here: Compacting) -> None:
    fill(here, LONG_AGO, TODAY)
    here.scheduled()
    here.work_off()
    fill(here, LONG_AGO + timedelta(days=30), TODAY - timedelta(days=1))

    here.scheduled()

    periods = [json.loads(message.body)["period"] for message in here.received()]
    assert periods == [f"{TODAY - timedelta(days=1):%Y-%m-%d}"] * 6 + ["2018-03-15"] * 6 + ["2018-02"] * 6


def test_a_second_delivery_changes_nothing(here: Compacting) -> None:
    fill(here, LONG_AGO, TODAY)
    here.scheduled()
    messages = here.received()
    for message in messages:
        here.deliver(message)
    before = (keys(here, "index/"), here.lake.get(names.ROOT))

    for message in messages:
        assert here.deliver(message) == {"batchItemFailures": []}

    assert (keys(here, "index/"), here.lake.get(names.ROOT)) == before


def test_an_idle_lake_costs_a_handful_of_requests_and_no_message(here: Compacting) -> None:
    fill(here, LONG_AGO)
    for _ in range(3):
        here.scheduled()
        here.work_off()
    here.requests.clear()

    assert here.scheduled() == {"due": 0, "begun": 0}

    assert here.requests.lists == ["pending/", "pending/"]
    assert here.requests.reads == [names.ROOT]
    assert here.queue.pending() == 0


def test_nothing_is_sent_while_earlier_tasks_wait(here: Compacting) -> None:
    fill(here, LONG_AGO)
    here.scheduled()

    assert here.scheduled() == {"due": 6, "begun": 0}
    assert here.queue.pending() == 6


def test_a_poisoned_task_ends_in_the_dead_letters_and_keeps_no_other_from_being_done(here: Compacting) -> None:
    # GIVEN a unit that is none
    fill(here, LONG_AGO)
    (unit, *_) = keys(here, "facts/date=2018-02-13/")
    bad = unit.replace("2018-02-13", "2018-02-20")
    here.lake.put(bad, b"no Parquet")
    here.lake.put(bad.replace("facts/", "pending/"), b"")

    # WHEN its tasks are tried again and again
    here.scheduled()
    here.work_off()

    # THEN they are dead, the other day is folded, and a report about it is as good as ever
    assert here.queue.dead() == 6
    assert here.queue.pending() == 0
    assert set(root.load(here.lake).root.kinds["token"].days) == {"2018-02-13"}
    assert total(here, LONG_AGO, LONG_AGO + timedelta(days=1), with_index=True) == 10
    assert "2018-02-20" in here.log.getvalue()


def test_a_message_that_is_no_task_is_dead_too_and_is_not_quoted(here: Compacting) -> None:
    here._sqs.send_message(QueueUrl=here._url, MessageBody=json.dumps({"kind": TOKEN, "period": "2018-02-13"}))

    with pytest.raises(FunctionFailed):
        here.deliver(*here.received())

    assert "names no kind of index" in here.log.getvalue()
    assert TOKEN not in here.log.getvalue()


def test_metrics_tell_the_work_and_how_far_it_is_behind(here: Compacting, capsys: pytest.CaptureFixture[str]) -> None:
    fill(here, LONG_AGO)

    here.scheduled()
    here.work_off()

    printed = capsys.readouterr().out
    assert metrics(printed, "tasks_due") == [6.0]
    assert metrics(printed, "lag_seconds")[0] > 0
    assert metrics(printed, "units") == [4.0] * 6
    assert sorted(metrics(printed, "requests")) == [0.0, 0.0, 0.0, 10.0, 10.0, 10.0]  # address, token, API
    written = [entry for entry in here.lake.list("index/") if entry.key != names.ROOT]
    assert sum(metrics(printed, "objects")) == len(written)
    assert sum(metrics(printed, "bytes")) == sum(entry.size for entry in written if entry.key.endswith(".parquet"))

    here.scheduled()

    assert metrics(capsys.readouterr().out, "lag_seconds") == [0]


def test_the_lag_is_the_age_of_the_oldest_marker(here: Compacting) -> None:
    fill(here, LONG_AGO)
    later = datetime.now(UTC) + timedelta(minutes=90)

    tended = compaction.tend(here.lake, lambda: later)

    assert tended.marked == 4
    assert 5390 <= tended.lag_seconds <= 5410


def test_logs_hold_no_identifier(here: Compacting) -> None:
    fill(here, LONG_AGO, TODAY)
    for _ in range(2):
        here.scheduled()
        here.work_off()

    text = here.log.getvalue()
    assert '"result":"done"' in text
    assert '"kind":"token"' in text
    for identifier in (TOKEN, ADDRESS, "/shop/items"):
        assert identifier not in text


def test_the_sample_events_are_answered(here: Compacting) -> None:
    fill(here, LONG_AGO)
    here.scheduled()

    for name, answer in (
        ("sqs-compact-task", {"batchItemFailures": []}),
        ("schedule-sweep", {"swept": 0, "dropped": False}),
    ):
        assert here.function.invoke(json.loads((ROOT / f"events/{name}.json").read_text())) == answer


def test_without_a_queue_the_scheduled_call_does_the_tasks_itself() -> None:
    with compacting(with_queue=False) as here:
        fill(here, LONG_AGO)

        assert here.scheduled() == {"due": 6, "begun": 6}
        assert here.scheduled() == {"due": 6, "begun": 6}
        assert here.scheduled() == {"due": 0, "begun": 0}
        assert total(here, LONG_AGO, LONG_AGO + timedelta(days=1), with_index=True) == 10
