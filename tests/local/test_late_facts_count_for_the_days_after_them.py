"""What is judged by the day is judged by the hours before, too: late facts of one of them count as if they had been in time."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from abslake.detection import model, work
from abslake.detection.detectors import detectors
from abslake.detection.findings import Level
from abslake.detection.model import Model, Training
from abslake.settings import Settings
from abslake.storage import Lake
from tests.support.facts import at, fact, write_facts
from tests.support.judging import found, judge

START = at("2026-03-01T01:50")
UNTIL = START + timedelta(hours=5)
HOURS = 4
SETTINGS = Settings(threads=1, window_length=1, attack_update_interval=999)


@pytest.fixture(autouse=True)
def probing_by_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "detectors", lambda: {18: detectors()[18]})


def probes() -> Iterator[list[dict[str, Any]]]:
    """At the end of each hour a session asks for a dozen things that are not there."""
    for hour in range(HOURS):
        moment = START + timedelta(hours=hour)
        yield [fact(moment, cookie="session", path=f"/shop/{hour}{letter}", status=404) for letter in "abcdefghijkl"]


def lake() -> Lake:
    made = Lake("memory:")
    since = START - timedelta(days=2)
    trained = dict.fromkeys(("shop", "all"), Training(since, 200, trained=True))
    model.save(made, Model(START - timedelta(hours=1), trained), b"")
    made.put(work.HISTORY, b'{"shop":{"since":"2026-02-27T00:00:00Z","windows":200}}')
    return made


def test_late_facts_of_one_hour_confirm_what_was_found_hours_later() -> None:
    in_time, late = lake(), lake()
    for number, rows in enumerate(probes()):
        write_facts(in_time, rows, source=str(number))
        if number:
            write_facts(late, rows, source=str(number))
    judge(in_time, UNTIL, SETTINGS)
    judge(late, UNTIL, SETTINGS)
    assert found(late) != found(in_time)

    write_facts(late, next(probes()), source="0")
    judge(late, UNTIL, SETTINGS)

    assert found(late) == found(in_time)
    (day,) = found(in_time).values()
    assert {Level.ATTACK.value, Level.ANOMALY.value} == {
        level.value for level in Level if f'"level":"{level.value}"'.encode() in day
    }
