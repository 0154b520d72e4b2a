"""The local stack calls the compact and the detect function again and again, whatever becomes of a call, until it is stopped."""

import threading
from collections.abc import Mapping
from typing import Any

import pytest
from aws_lambda_powertools.utilities.parser.models import EventBridgeModel

from abslake.dev.compaction import Compaction, scheduled_event
from abslake.dev.detecting import Detecting
from abslake.dev.functions import FunctionFailed


def test_the_event_is_one_that_a_schedule_sends() -> None:
    assert EventBridgeModel.model_validate(scheduled_event()).detail_type == "Scheduled Event"


@pytest.mark.parametrize("clock", [Compaction, Detecting])
def test_a_call_that_fails_is_followed_by_the_next(clock: type[Compaction | Detecting]) -> None:
    calls: list[Mapping[str, Any]] = []
    enough = threading.Event()

    def invoke(event: Mapping[str, Any]) -> Any:
        calls.append(event)
        if len(calls) == 3:
            enough.set()
        raise FunctionFailed("on purpose")

    with clock(invoke, 0.001):
        assert enough.wait(20)
    count = len(calls)

    assert calls[0]["detail-type"] == "Scheduled Event"
    assert len(calls) == count, "it goes on after its end"


def test_all_at_once_ends_when_nothing_is_due_or_the_time_is_over() -> None:
    answers = iter([{"due": 9, "begun": 5}, {"due": 4, "begun": 4}, {"due": 0, "begun": 0}])
    told: list[int] = []

    assert Compaction(lambda _: next(answers)).until_done(60, told.append) == 0
    assert told == [5, 9, 9]
    assert Compaction(lambda _: {"due": 7, "begun": 0}).until_done(-1) == 7
