"""Thresholds, switches and the allow-list count for the windows that are judged after they were set."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from abslake.detection import allow_list, tuning_changes, work
from abslake.detection.allow_list import Request
from abslake.detection.detectors import detectors
from abslake.detection.findings import IdentifierKind, Level
from abslake.detection.tuning_changes import Wanted
from abslake.storage import Lake
from tests.support.training import (
    HASTE,
    HOUR,
    START,
    TEN,
    THEFT,
    add,
    few,
    findings,
    found,
    judged,
    ordinary,
    rule_breaking,
    theft,
    trained_lake,
)
from tests.support.upkeep import copy_of

AFTER = START + HOUR
NEXT = AFTER + TEN
THIEF, BREAKER, NEIGHBOUR = "198.51.100.3", "198.51.100.4", "198.51.100.5"


@pytest.fixture(scope="module", autouse=True)
def few_detectors() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(work, "detectors", few)
        yield


@pytest.fixture(scope="module")
def judged_once() -> Lake:
    """A lake with a model and a window of thefts and broken rules, and the facts of such windows after it."""
    lake = trained_lake()
    add(lake, "after", *ordinary([AFTER]), *bad(AFTER))
    judged(lake, AFTER)
    assert ids(lake, AFTER, THIEF) == {THEFT, HASTE}
    assert ids(lake, AFTER, BREAKER) == {37, 41, 100, 101}
    for window in (NEXT, NEXT + TEN):
        add(lake, f"{window}", *bad(window))
    return lake


@pytest.fixture
def lake(judged_once: Lake) -> Lake:
    return copy_of(judged_once)


def bad(window: datetime) -> Iterator[dict[str, object]]:
    yield from (theft(window, ip) for ip in (THIEF, NEIGHBOUR))
    yield rule_breaking(window, BREAKER)


def ids(lake: Lake, window: datetime, client: str) -> set[int]:
    """The few types that were found of a client at the shop."""
    return {id_ for id_, api, who in found(lake, window) if (api, who) == ("shop", client)} & few_ids()


def few_ids() -> set[int]:
    return {THEFT, HASTE, 37, 41, 100, 101}


def wanted(attack_id: int, tn: int | None = None, tx: int | None = None) -> list[Wanted]:
    return [Wanted("ioc_threshold", detectors()[attack_id].type_name, "A", tn, tx)]


def test_thresholds_of_users_count_until_they_are_dropped(lake: Lake) -> None:
    # GIVEN a threshold that the theft is not over, and one that it is over, but not extremely
    tuning_changes.set_thresholds(lake, "ada", "shop", None, wanted(THEFT, 30, 31))
    tuning_changes.set_thresholds(lake, "ada", "shop", None, wanted(HASTE, 11, 15))

    # WHEN the next window is judged THEN that is so, and the window before is as it was
    judged(lake, NEXT)
    assert ids(lake, NEXT, THIEF) == {HASTE}
    (haste,) = (one for one in findings(lake) if (one.window, one.identifier, one.attack_id) == (NEXT, THIEF, HASTE))
    assert (haste.thresholds["A"].tn, haste.thresholds["A"].tx, haste.attack_code) == (11, 15, "varA(Tn, 12)")
    assert ids(lake, AFTER, THIEF) == {THEFT, HASTE}

    # AND what was learned counts again when they are dropped
    tuning_changes.drop_thresholds(lake, "ada", "shop", None, wanted(THEFT) + wanted(HASTE))
    judged(lake, NEXT + TEN)
    assert ids(lake, NEXT + TEN, THIEF) == {THEFT, HASTE}
    last = [one for one in findings(lake) if (one.window, one.identifier) == (NEXT + TEN, THIEF)]
    assert all(one.level is Level.ATTACK and one.thresholds["A"].tx not in (15, 31) for one in last)


def test_a_type_that_is_off_finds_nothing_until_it_is_on_again(lake: Lake) -> None:
    tuning_changes.switch(lake, "ada", [], [THEFT, 41])
    judged(lake, NEXT)
    assert (ids(lake, NEXT, THIEF), ids(lake, NEXT, BREAKER)) == ({HASTE}, {37, 100, 101})
    assert THEFT in ids(lake, AFTER, THIEF)

    tuning_changes.switch(lake, "ada", [THEFT, 41], [])
    judged(lake, NEXT + TEN)
    assert (ids(lake, NEXT + TEN, THIEF), ids(lake, NEXT + TEN, BREAKER)) == ({THEFT, HASTE}, {37, 41, 100, 101})


def test_clients_and_networks_that_are_benign_are_left_alone_until_their_entry_ends(lake: Lake) -> None:
    # GIVEN a client that is benign for one type, and a network that is for all
    one = allow(lake, THIEF, THEFT)
    net = allow(lake, f"{BREAKER}/31", None)  # the neighbour's too

    judged(lake, NEXT)
    assert ids(lake, NEXT, THIEF) == {HASTE}
    assert (ids(lake, NEXT, BREAKER), ids(lake, NEXT, NEIGHBOUR)) == (set(), set())
    assert ids(lake, AFTER, NEIGHBOUR) == {THEFT, HASTE}

    # WHEN they are ended THEN both are judged again
    for entry in (one, net):
        allow_list.end(lake, "ada", entry, "over", NEXT + TEN)
    judged(lake, NEXT + TEN)
    assert ids(lake, NEXT + TEN, THIEF) == ids(lake, NEXT + TEN, NEIGHBOUR) == {THEFT, HASTE}
    assert ids(lake, NEXT + TEN, BREAKER) == {37, 41, 100, 101}


def allow(lake: Lake, value: str, attack_id: int | None) -> str:
    request = Request(IdentifierKind.IP, value, attack_id, "shop" if attack_id else None, "a load test")
    return allow_list.add(lake, "ada", request, NEXT).id
