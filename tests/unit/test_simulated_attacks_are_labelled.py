"""The traffic simulator: the same for the same seed, and its labels say who attacked when."""

import json
from collections import defaultdict
from collections.abc import Callable
from functools import cache

import pytest

from abslake.records.definitions import parse_all
from tests.traffic_simulator import Label, Simulation, draw
from tests.traffic_simulator.attacks import CATALOGUE, Attack
from tests.traffic_simulator.requests import ase_line

TYPES = {*range(1, 13), *range(14, 30), *range(31, 42), 100, 101}
"""The REST types of the contract, but for 13, which works in real time."""

SMALL = 60
"""People: enough for every type of attack to find its victims."""


@cache
def simulation(seed: int = 1, poisoned: float = 0.0) -> Simulation:
    return Simulation(draw(seed, SMALL, training_hours=2), poisoned)


def lines_of(made: Simulation, hours: range) -> list[bytes]:
    return [ase_line(request) for hour in hours for request in made.hour(hour)]


def test_same_seed_same_lines() -> None:
    def some(
        seed: int, wanted: Callable[[Attack, bool], bool] = lambda attack, _: attack.attack_id == 8
    ) -> list[bytes]:
        return lines_of(Simulation(draw(seed, SMALL, training_hours=2), wanted=wanted), range(2, 5))

    assert some(1) == some(1)
    assert some(1) != some(2)


def test_an_hour_is_the_same_by_itself_and_after_the_hours_before() -> None:
    quiet = [Simulation(draw(3, SMALL, training_hours=2), wanted=lambda *_: False) for _ in range(2)]

    after_others = [lines_of(quiet[0], range(hour, hour + 1)) for hour in range(12)]

    assert after_others[11] == lines_of(quiet[1], range(11, 12))


def test_hours_hold_their_own_requests_in_order() -> None:
    start = simulation().judged_from - 2 * 3_600
    for hour in range(1, 4):
        times = [request.at for request in simulation().hour(hour)]
        assert times == sorted(times)
        assert start + hour * 3_600 <= times[0] <= times[-1] < start + (hour + 1) * 3_600


def test_every_type_takes_place_gently_and_blatantly_in_the_judged_day() -> None:
    labels = simulation().labels

    assert {attack.attack_id for attack in CATALOGUE} == TYPES
    assert sorted((label.attack_id, label.variant) for label in labels) == sorted(
        (attack_id, variant) for attack_id in TYPES for variant in ("blatant", "gentle")
    )
    assert all(
        simulation().judged_from <= label.start <= label.end < simulation().judged_from + 24 * 3_600 for label in labels
    )


def test_blatant_is_more_than_gentle() -> None:
    def weight(label: Label) -> float:
        made = simulation().plans[label.number].made
        return len(made) + sum(request.asked_bytes + request.answered_bytes for request in made)

    by_type = defaultdict(dict)
    for label in simulation().labels:
        by_type[label.attack_id][label.variant] = weight(label)
    assert {attack_id for attack_id, both in by_type.items() if both["blatant"] < 2 * both["gentle"]} == set()


def test_the_log_holds_each_attacker_at_the_labelled_time() -> None:
    # GIVEN the log of the judged day, read as ASE writes it
    seen = defaultdict(list)
    for line in lines_of(simulation(), range(2, 26)):
        record = json.loads(line)
        headers = {name: value for header in record["request"]["headers"] for name, value in header.items()}
        text = " ".join((record["request"]["source_ip"], record["request"]["url"], *map(str, headers.values())))
        seen[record["timestamp"]].append(text)

    # THEN at the first and the last moment of each attack one of its identifiers is in a request
    for label in simulation().labels:
        for moment in (label.document["start"], label.document["end"]):
            texts = seen[moment]
            values = [value.partition("@")[0] if kind == "username" else value for kind, value in label.identifiers]
            assert any(value in text for value in values for text in texts), label.attack_id


def test_an_attacker_is_known_by_the_kind_that_the_label_says() -> None:
    for label in simulation().labels:
        assert label.kind in {kind for kind, _ in label.identifiers}, label.attack_id


def test_training_holds_attacks_only_where_it_is_asked_for() -> None:
    poisoned = simulation(poisoned=1.0)

    assert not any(label.training for label in simulation().labels)
    training = [label for label in poisoned.labels if label.training]
    assert {label.attack_id for label in training} == TYPES
    assert all(label.end < poisoned.judged_from for label in training)


@pytest.mark.parametrize("seed", range(1, 6))
def test_the_definitions_are_valid(seed: int) -> None:
    apis = Simulation(draw(seed, SMALL)).apis
    known = parse_all((api.name, api.document.encode()) for api in apis)

    assert known.rejected == ()
    assert {"bank", "orders", "shop", "partners", "public"} <= known.apis.keys()


def test_customers_differ() -> None:
    drawn = [draw(seed) for seed in range(30)]

    for name in ("sessions_a_day", "office_size", "carrier_size", "token_hours", "job_requests", "transfer_bytes"):
        values = [getattr(parameters, name) for parameters in drawn]
        assert max(values) > 2 * min(values), name
