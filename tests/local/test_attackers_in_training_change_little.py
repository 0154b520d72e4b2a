"""Attackers in the traffic of training move thresholds by a bounded number of steps, and nobody else is let off for them."""

from collections.abc import Iterator
from functools import cache

import pytest

from abslake.detection import work
from abslake.detection.findings import Finding, Level
from abslake.detection.judging import HABIT_NOTE
from abslake.storage import Lake
from tests.support.facts import fact
from tests.support.training import (
    HASTE,
    HOUR,
    START,
    TEN,
    THEFT,
    add,
    few,
    findings,
    judged,
    learned,
    ordinary,
    theft,
    trained_lake,
)
from tests.support.upkeep import copy_of

CLIENTS = 100
WINDOWS = [START, START + 3 * TEN]
AFTER = START + HOUR
THIEF, HAMMER, OTHER = "198.51.100.1", "198.51.100.2", "198.51.100.3"
"""One client in a hundred steals in training; another never stops; the third begins after it."""

MOST_STEPS = {"tn": 4, "tx": 8}
"""Steps by which these two in a hundred, who do 1,000 to 200,000 times as much as others, move a threshold."""


@pytest.fixture(scope="module", autouse=True)
def few_detectors() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(work, "detectors", few)
        yield


@cache
def lake(*, poisoned: bool) -> Lake:
    """A lake with a model, and the thief and another thief in two windows after it, or one."""
    made = trained_lake()
    if poisoned:
        made, rows = Lake("memory:"), list(ordinary(WINDOWS, clients=CLIENTS))
        for window in WINDOWS:
            rows += [theft(window, THIEF), fact(window, ip=HAMMER, requests=900_000, response_bytes=9_000_000_000)]
        add(made, "training", *rows)
        judged(made, AFTER - TEN)
    add(made, "after", *ordinary([AFTER]), *(theft(AFTER + n * TEN, ip) for n in (0, 1) for ip in (THIEF, OTHER)))
    judged(made, AFTER + TEN if poisoned else AFTER)
    return made


def of(client: str, attack_id: int, *, poisoned: bool) -> list[Finding]:
    found = [one for one in findings(lake(poisoned=poisoned)) if (one.identifier, one.attack_id) == (client, attack_id)]
    return sorted(found, key=lambda one: one.last)


@pytest.mark.parametrize("attack_id", [THEFT, HASTE])
def test_thresholds_move_by_few_steps(attack_id: int) -> None:
    clean, poisoned = (learned(lake(poisoned=state), attack_id) for state in (False, True))
    assert clean.tx is not None
    assert poisoned.tx is not None
    assert clean.tn <= poisoned.tn <= clean.tn + MOST_STEPS["tn"]
    assert clean.tx <= poisoned.tx <= clean.tx + MOST_STEPS["tx"]
    assert poisoned.samples > clean.samples


@pytest.mark.parametrize("attack_id", [THEFT, HASTE])
def test_another_client_that_does_the_same_is_an_attacker_in_the_second_window_at_the_latest(attack_id: int) -> None:
    assert [one.level for one in of(OTHER, attack_id, poisoned=False)] == [Level.ATTACK]
    first, second = of(OTHER, attack_id, poisoned=True)
    assert (first.note, second.note, second.level) == ("", "", Level.ATTACK)


@pytest.mark.parametrize("attack_id", [THEFT, HASTE])
def test_who_did_it_in_training_is_told_as_an_anomaly_that_is_known(attack_id: int) -> None:
    first, second = of(THIEF, attack_id, poisoned=True)
    assert (first.level, second.level, second.note) == (Level.ANOMALY, Level.ANOMALY, HABIT_NOTE)
    assert [one.level for one in of(THIEF, attack_id, poisoned=False)] == [Level.ATTACK]


def test_who_does_more_than_in_training_is_an_attacker() -> None:
    # GIVEN the thief of the training WHEN it takes eight times as much
    later, window = copy_of(lake(poisoned=True)), AFTER + 2 * TEN
    add(later, "more", fact(window, ip=THIEF, requests=32_000, response_bytes=3_200_000_000))
    judged(later, window)

    # THEN its habit does not excuse it
    last = {one.attack_id: one.level for one in findings(later) if one.window == window}
    assert (last[THEFT], last[HASTE]) == (Level.ATTACK, Level.ATTACK)
