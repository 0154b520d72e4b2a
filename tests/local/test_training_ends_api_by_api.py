"""Before an API's training has ended only fixed rules find something at it; then what was passed over is found."""

from collections.abc import Iterator

import pytest

from abslake.detection import model, work
from abslake.dev.detect_status import status
from abslake.storage import Lake
from tests.support.training import (
    HOUR,
    RULES,
    SETTINGS,
    START,
    TEN,
    THEFT,
    add,
    few,
    found,
    judged,
    ordinary,
    rule_breaking,
    theft,
)

AFTER, BANK = START + HOUR, START + 3 * TEN
"""When the shop's training ends, and when the bank's begins."""


@pytest.fixture(scope="module", autouse=True)
def few_detectors() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(work, "detectors", few)
        yield


def told(lake: Lake) -> dict[str, tuple[bool, float, bool]]:
    """What the status says of each API: trained, hours left, whether there are thresholds."""
    now = START + 9 * HOUR
    return {one.api: (one.trained, one.hours_left, one.thresholds > 0) for one in status(lake, SETTINGS, now).apis}


def test_each_api_is_learned_before_its_clients_are_called_attackers() -> None:
    # GIVEN an API that is new and one that begins later, and clients who steal and break rules
    lake = Lake("memory:")
    add(lake, "first hour", *ordinary((START, BANK)), theft(BANK, "198.51.100.1"), rule_breaking(BANK, "198.51.100.2"))
    add(lake, "bank", *ordinary([BANK], "bank"))

    # WHEN its first hour is judged THEN only rules find something, and the status says how long it takes
    summary = judged(lake, BANK)
    assert (summary.trained, summary.untrained, summary.models) == (0, 2, [])
    assert found(lake, BANK) == {(id_, "shop", "198.51.100.2") for id_ in RULES}
    assert told(lake) == {"shop": (False, 0.3, False), "bank": (False, 0.8, False)}
    assert model.current(lake) is None

    # WHEN the hour is over and others do the same, at both
    add(
        lake,
        "second hour",
        *ordinary([AFTER]),
        *ordinary([AFTER], "bank"),
        *(theft(AFTER, "198.51.100.3", api) for api in ("shop", "bank")),
        *(rule_breaking(AFTER, "198.51.100.4", api) for api in ("shop", "bank")),
    )
    summary = judged(lake, AFTER)

    # THEN the theft is found at the one, and only rules find something at the other
    assert (summary.trained, summary.untrained, summary.models) == (1, 1, [AFTER])
    at_shop = {one for one in found(lake, AFTER) if one[1] == "shop"}
    assert (THEFT, "shop", "198.51.100.3") in at_shop
    assert {(id_, "shop", "198.51.100.4") for id_ in RULES} <= at_shop
    assert {one for one in found(lake, AFTER) if one[1] == "bank"} == {(id_, "bank", "198.51.100.4") for id_ in RULES}
    assert told(lake) == {"shop": (True, 0.0, True), "bank": (False, 0.3, False)}
    assert {api: one.trained for api, one in model.load(lake, model.keys(lake)[-1]).apis.items()} == {
        "shop": True,
        "bank": False,
        "all": True,
    }

    # WHEN the other's hour is over too THEN it is found there
    add(lake, "third hour", *ordinary([AFTER + HOUR], "bank"), theft(AFTER + HOUR, "198.51.100.5", "bank"))
    summary = judged(lake, AFTER + HOUR)
    assert (summary.trained, summary.untrained, summary.models) == (2, 0, [AFTER + HOUR])
    assert (THEFT, "bank", "198.51.100.5") in found(lake, AFTER + HOUR)
    assert told(lake)["bank"][::2] == (True, True)
    apis = model.load(lake, model.keys(lake)[-1]).apis
    assert (apis["shop"].since, apis["bank"].since, apis["bank"].trained) == (START, BANK, True)


def test_an_api_with_too_few_clients_is_trained_and_has_no_thresholds() -> None:
    lake = Lake("memory:")
    add(lake, "few", *ordinary([START, AFTER], clients=3), theft(AFTER, "198.51.100.3"))
    add(lake, "rules", rule_breaking(AFTER, "198.51.100.4"))
    judged(lake, AFTER)
    assert told(lake)["shop"][::2] == (True, False)
    assert {id_ for id_, api, _ in found(lake, AFTER) if api == "shop"} >= RULES
    assert not any(id_ == THEFT for id_, _, _ in found(lake, AFTER))
