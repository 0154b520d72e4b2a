"""The bench of detection: which findings count as true, which as false, and what a minute to detection is."""

from collections.abc import Sequence

import duckdb
import pytest

from benchmarks.detection_peers import CLIENT, counter
from benchmarks.detection_score import SLACK, Found, Score, score
from tests.traffic_simulator import Label

START, END = 100_000.0, 103_000.0
THIEF = ("token", "t1")


def label(attack_id: int = 1, variant: str = "gentle", *, training: bool = False) -> Label:
    who = frozenset({THIEF, ("ip", "192.0.2.1")})
    return Label(attack_id, attack_id, variant, "token", "shop", who, START, END, 50, training)


def found(
    attack_id: int = 1,
    who: tuple[str, str] = THIEF,
    first: float = START,
    *,
    is_attack: bool = True,
) -> Found:
    return Found(attack_id, is_attack, *who, "shop", first, first + 60, first + 600)


def scored(findings: Sequence[Found], *labels: Label) -> Score:
    return score(findings, labels or [label()], judged_from=50_000.0, clients=1_000)


def test_a_finding_of_the_attacker_in_time_is_true() -> None:
    result = scored([found(first=START + 1_200), found(first=START + 600)])

    assert result.recall("gentle", "exact") == (1, 1)
    assert result.minutes() == pytest.approx(20)
    assert (result.true_alarms, result.precision, sum(result.false_alarms.values())) == (1, 1.0, 0)


def test_another_type_of_the_family_is_nearly_as_good() -> None:
    family, stranger = scored([found(21)]), scored([found(2)])

    assert [family.recall("gentle", how)[0] for how in ("exact", "family", "any")] == [0, 1, 1]
    assert [stranger.recall("gentle", how)[0] for how in ("exact", "family", "any")] == [0, 0, 1]
    assert (family.true_in_family, stranger.true_in_family) == (1, 0)
    assert family.precision == stranger.precision == 1.0


def test_an_anomaly_is_no_attack_found() -> None:
    result = scored([found(is_attack=False)])

    assert result.recall("gentle", "any") == (0, 1)
    assert result.recall("gentle", "anomaly") == (1, 1)
    assert (result.true_alarms, sum(result.false_anomalies.values())) == (0, 0)


@pytest.mark.parametrize("first", [START - SLACK - 61, END + SLACK + 1])
def test_out_of_time_it_is_false(first: float) -> None:
    assert scored([found(first=first)]).false_alarms == {1: 1}


@pytest.mark.parametrize("first", [START - SLACK - 59, END + SLACK - 1])
def test_slack_is_twenty_minutes(first: float) -> None:
    assert scored([found(first=first)]).true_alarms == 1


def test_of_somebody_else_it_is_false_and_one_alarm_however_long() -> None:
    others = [found(who=("token", "t2"), first=START + 600 * n, is_attack=n == 2) for n in range(4)]

    result = scored([found(), *others])

    assert (result.false_alarms, result.false_anomalies) == ({1: 1}, {1: 1})
    assert result.precision == pytest.approx(0.5)
    assert result.per_100_000(result.false_alarms) == pytest.approx(100)
    assert result.unmatched == [others[2]]


def test_a_kind_is_part_of_an_identifier() -> None:
    assert scored([found(who=("cookie", "t1"))]).false_alarms == {1: 1}


def test_what_ends_before_the_judged_day_counts_for_nothing() -> None:
    result = scored([found(who=("token", "t2"), first=40_000)])

    assert (result.false_anomalies, result.true_alarms) == ({}, 0)


def test_attacks_in_training_are_not_to_be_found() -> None:
    assert scored([], label(training=True)).recall("gentle", "any") == (0, 0)


def test_a_botnet_is_one_true_alarm() -> None:
    assert scored([found(9, THIEF), found(9, ("ip", "192.0.2.1")), found(9, THIEF, START + 600)]).true_alarms == 2


def test_the_counter_counts_requests_in_five_minutes_and_errors_in_one() -> None:
    # GIVEN an address with 101 requests in five minutes, one with 100, one with 51 errors in a minute, one with 50
    with duckdb.connect() as engine:
        engine.execute(
            """CREATE TABLE facts AS SELECT to_timestamp(300000 + second)::TIMESTAMP AS minute, ip, 't' || ip AS token,
                NULL::VARCHAR AS api_key, NULL::VARCHAR AS cookie, status, requests
            FROM (VALUES (0, 'a', 200, 60), (240, 'a', 200, 41), (0, 'b', 200, 60), (240, 'b', 200, 40), (300, 'b', 200, 9),
                (600, 'c', 404, 51), (600, 'd', 404, 50), (600, 'e', 500, 99)) AS made(second, ip, status, requests)"""
        )
        engine.execute("SET TimeZone = 'UTC'")

        # THEN only those over a threshold are found, by address or by client
        assert {one.identifier for one in counter(engine, 0)} == {"a", "c"}
        assert {one.identifier for one in counter(engine, 0, CLIENT)} == {"ta", "tc"}
        assert {one.identifier for one in counter(engine, 300_500)} == {"c"}
