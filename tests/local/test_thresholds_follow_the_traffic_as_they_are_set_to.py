"""Thresholds are learned anew at fixed times or not at all, forget by halves, and begin from nothing after a reset."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from abslake.detection import model, tuning_changes, work
from abslake.detection.learning import HALF_LIFE_DAYS
from abslake.detection.progress import learning
from abslake.detection.tuning import Tuning
from abslake.settings import Settings
from abslake.storage import Lake
from tests.support.training import (
    HASTE,
    HOUR,
    SETTINGS,
    START,
    TEN,
    THEFT,
    TIMES,
    add,
    few,
    findings,
    found,
    judged,
    learned,
    ordinary,
    rule_breaking,
    theft,
    trained_lake,
)

AFTER = START + HOUR
HALF_LIFE = timedelta(days=HALF_LIFE_DAYS)


@pytest.fixture(scope="module", autouse=True)
def few_detectors() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(work, "detectors", few)
        yield


def growing(settings: Settings) -> Lake:
    """A lake whose clients do 64 times as much after an hour, and that has another API since, judged for four hours."""
    lake = trained_lake()
    moments = [AFTER + n * HOUR for n in range(3)]
    add(lake, "more of everything", *ordinary(moments, times=64), *ordinary(moments[:2], "bank"))
    judged(lake, moments[-1], settings)
    return lake


@pytest.mark.parametrize("hours", [2] if TIMES == 1 else [1, 2, 24])
def test_models_are_made_as_often_as_is_set_and_when_an_api_is_trained(hours: int) -> None:
    lake = growing(SETTINGS.model_copy(update={"attack_update_interval": hours}))
    made = {1: [0, 1, 2], 2: [0, 1], 24: [0, 1]}[hours]
    assert model.keys(lake) == [model.name_of(AFTER + n * HOUR) for n in made]
    assert learned(lake, HASTE).tn > learned(lake, HASTE, AFTER).tn


def test_thresholds_stay_as_trained_where_learning_does_not_go_on() -> None:
    # GIVEN traffic that grows after training WHEN another API's training ends
    lake = growing(SETTINGS.model_copy(update={"attack_update_interval": 1, "continuous_learning": False}))

    # THEN that one is learned, the first one's thresholds are the same, and nothing more is learned
    assert model.keys(lake) == [model.name_of(AFTER), model.name_of(AFTER + HOUR)]
    assert learned(lake, HASTE, api="bank").samples == 40
    before, after = learned(lake, HASTE, AFTER), learned(lake, HASTE)
    assert (after.tn, after.tx) == (before.tn, before.tx)


def test_what_was_learned_counts_half_after_a_week() -> None:
    # GIVEN a model, and traffic of its hour and of an hour a week later
    settings = SETTINGS.model_copy(update={"attack_update_interval": HALF_LIFE / HOUR})
    lake = trained_lake()
    then = AFTER + HALF_LIFE
    add(lake, "a week later", *ordinary([AFTER, then - 3 * TEN, then]))

    # WHEN the next model is made
    judged(lake, then, settings)

    # THEN the first hour's two windows count half, and the others in full
    assert model.keys(lake) == [model.name_of(AFTER), model.name_of(then)]
    assert (learned(lake, HASTE, AFTER).samples, learned(lake, HASTE).samples) == (80, 0.5 * 80 + 2 * 40)


def test_after_a_reset_nothing_is_known_until_training_has_ended_again() -> None:
    # GIVEN an API that was learned, with findings
    lake = trained_lake()
    add(lake, "thief", *ordinary([AFTER]), theft(AFTER, "198.51.100.1"), rule_breaking(AFTER, "198.51.100.2"))
    judged(lake, AFTER)
    before = [one for one in findings(lake) if one.api == "shop"]
    assert {THEFT, 41} <= {one.attack_id for one in before}
    assert trained(lake)

    # WHEN its training is reset
    reset = AFTER + TEN
    tuning = tuning_changes.reset(lake, "ada", ["shop"], reset)

    # THEN what was found before is not shown, and thefts are not found; rules go on
    assert not any(map(tuning.shows, before))
    assert not trained(lake)
    add(lake, "in between", *ordinary([reset, reset + 2 * TEN]), *both(reset + 2 * TEN))
    judged(lake, reset + 2 * TEN)
    new = [one for one in findings(lake) if one.window == reset + 2 * TEN and one.api == "shop"]
    assert {one.attack_id for one in new} == {37, 41, 100, 101}
    assert all(map(tuning.shows, new))
    assert model.keys(lake) == [model.name_of(AFTER)]
    assert learning(lake, SETTINGS, reset + 2 * TEN, model.current(lake))[0].hours_left == 0.5

    # AND when an hour is over again thefts are found, by what was learned since
    end = reset + 2 * HOUR
    add(lake, "again", *ordinary([end]), *both(end))
    judged(lake, end)
    made = model.load(lake, model.keys(lake)[-1])
    assert (made.as_of, made.apis["shop"].since) == (end.replace(minute=0), reset)
    assert learned(lake, HASTE).samples == 80 + 1, "two windows, and the thief who was not found"
    assert (THEFT, "shop", "198.51.100.3") in found(lake, end)
    assert trained(lake)


def both(moment: datetime) -> list[dict[str, object]]:
    return [theft(moment, "198.51.100.3"), rule_breaking(moment, "198.51.100.4")]


def trained(lake: Lake) -> bool:
    """As the status tells it."""
    (shop,) = learning(lake, SETTINGS, START, model.current(lake))
    assert Tuning.load(lake).reset_at("shop") is None or shop.since > START
    return shop.trained
