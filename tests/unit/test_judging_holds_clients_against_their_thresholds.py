"""What judging makes of thresholds, tuning, windows before, crowds and habits, on a detector of two variables."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import duckdb
import pytest

from abslake.detection import judging
from abslake.detection.detector import TOKEN, Detector, Span, Variable, View
from abslake.detection.findings import IdentifierKind, Level, Thresholds
from abslake.detection.judging import Judge, Judged
from abslake.detection.model import Learned, Model, Training
from abslake.detection.scale import Scale
from abslake.detection.tuning import Tuning

WINDOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
TEN = timedelta(minutes=10)
DETECTOR = Detector(
    id=1, name="Data Exfiltration Attack", type_name="x", idea="x", remedy="x.", view=View.CLIENT, kinds=TOKEN,
    variables=(
        Variable("A", "requests", Scale.COUNT, "x", "requests"),
        Variable("B", "100.0 * ok / requests", Scale.SHARE, "x", "per cent", fixed=(20, None)),
    ),
)  # fmt: skip
MODEL = Model(
    WINDOW - timedelta(hours=1),
    {"shop": Training(WINDOW, 144, trained=True)},
    (Learned("shop", "token", 1, "A", 5, 7, 1e4),),
)
SUSPECT = ("somebody", 40, 20, 59)
"""40 requests, half of them answered 2xx, the last in the window's last minute: over Tn, not over Tx."""


class Tuned(Tuning):
    """Thresholds of a user, a reset, a type off, a benign client."""

    given: ClassVar[dict[object, object]] = {}

    def enabled(self, attack_id: int) -> bool:
        return attack_id != self.given.get("off")

    def threshold(self, api, attack_id, variable):
        return self.given.get((api, attack_id, variable), (None, None))

    def reset_at(self, api):
        return self.given.get(f"reset {api}")

    def benign(self, kind, identifier, attack_id, api, at):
        return (kind, identifier, attack_id, api, at) == self.given.get("benign")


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("CREATE TABLE crowd AS SELECT 'shop' AS api")
        yield connection


def judge(
    engine, *clients, detector=DETECTOR, model=MODEL, earlier=None, highest=None, window=WINDOW, **given
) -> Judged:
    rows = ", ".join(
        f"('client', 'shop', 'token', '{name}', {requests}, {ok}, TIMESTAMP '2026-03-02 09:00:00', "
        f"TIMESTAMP '2026-03-02 09:10:00' + INTERVAL ({last}) MINUTE)"
        for name, requests, ok, last in clients or (SUSPECT,)
    )
    for table in ("activity", "day_activity"):
        engine.execute(
            f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM (VALUES {rows}) "
            "AS given(view, api, kind, client, requests, ok, first_seen, last_seen)"
        )
    tuning = type("OneTuning", (Tuned,), {"given": {**given.pop("set", {}), **given}})()
    top = {(detector.id, "shop", "token", letter): value for letter, value in (highest or {"A": 20, "B": 100}).items()}
    return Judge(engine, model, tuning).judge([detector], window, earlier or {}, top)


def levels(engine, *clients, **more) -> list[Level]:
    return [one.level for one in judge(engine, *clients, **more).findings]


def before(*minutes: int):
    return {(1, "shop", "token", "somebody"): {WINDOW - timedelta(minutes=n) for n in minutes}}


def test_a_finding_says_all(engine) -> None:
    [one] = judge(engine).findings
    assert (one.attack_id, one.name, one.level, one.api) == (1, "Data Exfiltration Attack", Level.ANOMALY, "shop")
    assert (one.identifier_kind, one.identifier, one.window) == (IdentifierKind.TOKEN, "somebody", WINDOW)
    assert (one.first, one.last) == (datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 3, 2, 10, 9, tzinfo=UTC))
    assert one.attack_code == "varA(Tn, 6), varB(Tn, 50)"
    assert one.attack_deviation == "varA(25%), varB(150%)"  # 32 requests are the least over Tn 5; 20 per cent is Tn
    assert one.values == {"A": 40.0, "B": 50.0}
    assert one.thresholds == {"A": Thresholds(tn=5, tx=7), "B": Thresholds(tn=20, tx=None)}
    assert one.note == ""
    assert one.id == judging.finding_id(WINDOW, 1, "shop", IdentifierKind.TOKEN, "somebody")


def test_a_finding_has_the_name_of_its_kind_and_thousandths(engine) -> None:
    detector = replace(DETECTOR, names={IdentifierKind.TOKEN: "Stolen"})
    [one] = judge(engine, ("somebody", 33, 11, 59), detector=detector).findings
    assert (one.name, one.values) == ("Stolen", {"A": 33.0, "B": 33.333})


def test_beside_the_tn_of_a_user_the_tx_of_the_kind_counts(engine) -> None:
    thresholds = (*MODEL.thresholds, Learned("shop", "cookie", 1, "A", 8, 9, 1e4))
    [one] = judge(engine, model=replace(MODEL, thresholds=thresholds), set={("shop", 1, "A"): (4, None)}).findings
    assert one.thresholds["A"] == Thresholds(tn=4, tx=7)


def test_over_tx_is_told(engine) -> None:
    [one] = judge(engine, ("somebody", 256, 256, 0)).findings
    assert (one.level, one.attack_code) == (Level.ATTACK, "varA(Tx, 9), varB(Tn, 100)")
    assert one.attack_deviation == "varA(100%), varB(400%)"  # 128 are the least over Tx 7


@pytest.mark.parametrize(
    ("requests", "ok", "level"),
    [
        (31, 31, None),
        (32, 32, Level.ANOMALY),
        (127, 127, Level.ANOMALY),
        (128, 128, Level.ATTACK),
        (100, 20, None),
        (100, 21, Level.ANOMALY),
    ],
)
def test_thresholds_are_passed_by_what_is_over_them(engine, requests, ok, level) -> None:
    assert levels(engine, ("somebody", requests, ok, 0)) == ([level] if level else [])


def test_nobody_is_judged_where_nobody_is_over_all(engine) -> None:
    assert levels(engine, highest={"A": 5, "B": 100}) == []
    assert levels(engine, highest={"A": 6, "B": 20}) == []
    assert levels(engine, highest={"A": 6, "B": 21}) == [Level.ANOMALY]


def test_one_of_any_is_enough(engine) -> None:
    either = replace(DETECTOR, any_of=True)
    assert levels(engine, ("somebody", 4, 4, 0), detector=either) == [Level.ANOMALY]
    [one] = judge(engine, ("somebody", 4, 4, 0), detector=either, highest={"A": 1, "B": 100}).findings
    assert one.attack_code == "varB(Tn, 100)"
    assert levels(engine, detector=either, highest={"A": 5, "B": 20}) == []


def test_without_training_nobody_is_judged(engine) -> None:
    assert levels(engine, model=None) == []
    assert levels(engine, model=replace(MODEL, apis={"shop": Training(WINDOW, 9, trained=False)})) == []
    assert levels(engine, model=replace(MODEL, thresholds=())) == []
    assert levels(engine, set={"reset shop": MODEL.as_of + TEN}) == []
    assert levels(engine, set={"reset shop": MODEL.as_of}) == [Level.ANOMALY]


def test_initial_thresholds_hold_until_some_are_learned(engine) -> None:
    first = replace(DETECTOR.variables[0], initial=(3, 4))
    early = replace(DETECTOR, variables=(first, DETECTOR.variables[1]))
    assert levels(engine, ("somebody", 9, 9, 0), detector=early, model=replace(MODEL, thresholds=())) == [Level.ANOMALY]
    assert levels(engine, ("somebody", 9, 9, 0), detector=early) == []


def test_rules_need_no_model(engine) -> None:
    rule = replace(DETECTOR, variables=(replace(DETECTOR.variables[0], fixed=(5, None)), DETECTOR.variables[1]))
    assert levels(engine, detector=rule, model=None) == [Level.ANOMALY]
    assert levels(engine, detector=replace(rule, confirm=1), model=None) == [Level.ATTACK]
    assert levels(engine, detector=replace(rule, needs_training=True), model=None) == []
    assert levels(engine, detector=replace(rule, needs_training=True)) == [Level.ANOMALY]


def test_thresholds_of_users_come_first(engine) -> None:
    assert levels(engine, set={("shop", 1, "A"): (6, 8)}) == []
    assert levels(engine, set={("shop", 1, "A"): (3, 5)}) == [Level.ATTACK]
    [kept] = judge(engine, set={("shop", 1, "A"): (4, None)}).findings
    assert kept.thresholds["A"] == Thresholds(tn=4, tx=7)
    [moved] = judge(engine, ("somebody", 9_000, 9_000, 0), set={("shop", 1, "A"): (8, None)}).findings
    assert moved.thresholds["A"] == Thresholds(tn=8, tx=9)
    single = replace(DETECTOR, variables=DETECTOR.variables[:1])
    [alone] = judge(engine, set={("shop", 1, "A"): (4, None)}, model=None, detector=single).findings
    assert alone.thresholds == {"A": Thresholds(tn=4, tx=None)}
    across = replace(DETECTOR, view=View.ACROSS)
    assert levels(engine, detector=across, set={("shop", 1, "A"): (3, 5)}) == []


def test_a_type_that_is_off_and_a_benign_client_come_to_nothing(engine) -> None:
    assert levels(engine, off=1) == []
    assert levels(engine, off=2) == [Level.ANOMALY]
    assert levels(engine, benign=(IdentifierKind.TOKEN, "somebody", 1, "shop", WINDOW)) == []
    two = judge(engine, SUSPECT, ("another", 40, 20, 0), benign=(IdentifierKind.TOKEN, "another", 1, "shop", WINDOW))
    assert [one.identifier for one in two.findings] == ["somebody"]


@pytest.mark.parametrize(
    ("minutes", "level"),
    [
        ((), Level.ANOMALY),
        ((10,), Level.ANOMALY),
        ((10, 20), Level.ATTACK),
        ((10, 60), Level.ATTACK),
        ((10, 61), Level.ANOMALY),
        ((0, 10), Level.ANOMALY),
        ((-10, 10), Level.ANOMALY),
    ],
)
def test_three_windows_within_the_hour_make_an_attack(engine, minutes, level) -> None:
    assert levels(engine, earlier=before(*minutes)) == [level]


def test_of_days_three_within_six_hours(engine) -> None:
    day = replace(DETECTOR, span=Span.DAY)
    assert levels(engine, detector=day, earlier=before(60, 360)) == [Level.ATTACK]
    assert levels(engine, detector=day, earlier=before(60, 361)) == [Level.ANOMALY]


def test_of_days_only_who_goes_on(engine) -> None:
    day = replace(DETECTOR, span=Span.DAY)
    assert levels(engine, ("somebody", 40, 40, 0), detector=day) == [Level.ANOMALY], "within the last hour to 10:10"
    assert levels(engine, ("somebody", 40, 40, -1), detector=day) == []
    assert levels(engine, ("somebody", 40, 40, -1)) == [Level.ANOMALY]


def attackers(many: int, of: int):
    return [*((f"bot {n}", 900, 900, 0) for n in range(many)), *((f"other {n}", 2, 2, 0) for n in range(of - many))]


def test_a_kind_too_rare_to_be_learned_is_held_to_the_highest_threshold_of_the_api(engine) -> None:
    others = (Learned("shop", "cookie", 1, "A", 5, 7, 1e4), Learned("shop", "ip", 1, "A", 3, 9, 1e4))
    elsewhere = (Learned("bank", "cookie", 1, "A", 9, 10, 1e4), Learned("shop", "cookie", 2, "A", 9, 10, 1e4))
    model = replace(MODEL, thresholds=(*others, *elsewhere))
    [one] = judge(engine, model=model).findings
    assert one.thresholds["A"] == Thresholds(tn=5, tx=7)
    assert judge(engine, model=replace(MODEL, thresholds=elsewhere)).findings == []
    initial = replace(DETECTOR.variables[0], initial=(2, 4))
    [one] = judge(engine, detector=replace(DETECTOR, variables=(initial, DETECTOR.variables[1])), model=model).findings
    assert one.thresholds["A"] == Thresholds(tn=2, tx=4)


@pytest.mark.parametrize(
    ("many", "of", "note"),
    [
        (9, 9, ""),
        (10, 10, judging.CROWD_NOTE),
        (10, 99, judging.CROWD_NOTE),
        (10, 100, ""),
        (11, 109, judging.CROWD_NOTE),
        (11, 110, ""),
    ],
)
def test_very_many_at_once_are_a_crowd(engine, many, of, note) -> None:
    found = judge(engine, *attackers(many, of)).findings
    assert {(one.note, one.level) for one in found} == {(note, Level.ANOMALY if note else Level.ATTACK)}
    assert len(found) == many


def test_a_crowd_is_no_excuse_where_many_are_the_attack_or_it_is_a_rule(engine) -> None:
    assert set(levels(engine, *attackers(20, 20), detector=replace(DETECTOR, crowd=True))) == {Level.ATTACK}
    rule = replace(DETECTOR, variables=(replace(DETECTOR.variables[0], fixed=(5, 7)), DETECTOR.variables[1]))
    assert set(levels(engine, *attackers(20, 20), detector=rule)) == {Level.ATTACK}


@pytest.mark.parametrize(
    ("value", "until", "note"),
    [(10, TEN, judging.HABIT_NOTE), (8, TEN, judging.HABIT_NOTE), (7, TEN, ""), (10, timedelta(), ""), (10, -TEN, "")],
)
def test_a_habit_excuses_as_long_and_as_much_as_it_is_known(engine, value, until, note) -> None:
    model = replace(MODEL, habits={(1, "shop", "token", "somebody"): (value, WINDOW + until)})
    [one] = judge(engine, ("somebody", 900, 900, 0), detector=replace(DETECTOR, habitual=True), model=model).findings
    assert one.note == note
    assert one.level is (Level.ANOMALY if note else Level.ATTACK)
    assert levels(engine, ("somebody", 900, 900, 0), model=model) == [Level.ATTACK]
    assert levels(engine, ("another", 900, 900, 0), detector=replace(DETECTOR, habitual=True), model=model) == [
        Level.ATTACK
    ]
    [mild] = judge(engine, detector=replace(DETECTOR, habitual=True), model=model).findings
    assert (mild.note, mild.level) == ("", Level.ANOMALY), "an anomaly needs no excuse"


def test_the_most_deviating_are_kept_and_the_others_counted(engine, monkeypatch) -> None:
    monkeypatch.setattr(judging, "MOST_FINDINGS", 2)
    found = judge(engine, *((f"client {n}", 40 + n, 40, 0) for n in range(5)))
    assert [one.identifier for one in found.findings] == ["client 4", "client 3"]
    assert found.dropped == 3
    flood = {(1, "shop", "token", "somebody"): {WINDOW + TEN}, (1, "shop", "token", "another"): {WINDOW + TEN}}
    monkeypatch.setattr(judging, "MOST_IN_FLOOD", 1)
    monkeypatch.setattr(judging, "FLOOD", 2)
    less = judge(engine, *((f"client {n}", 40 + n, 40, 0) for n in range(5)), earlier=flood)
    assert [one.identifier for one in less.findings] == ["client 4"]
    assert less.dropped == 4
    monkeypatch.setattr(judging, "FLOOD", 3)
    assert len(judge(engine, *((f"client {n}", 40, 40, 0) for n in range(5)), earlier=flood).findings) == 2


def test_earlier_findings_are_known_by_who_and_when(engine) -> None:
    [one] = judge(engine).findings
    [again] = judge(engine, window=WINDOW + TEN).findings
    assert judging.earlier_of([one, again]) == {(1, "shop", "token", "somebody"): {WINDOW, WINDOW + TEN}}


def test_a_variable_is_found_by_its_letter() -> None:
    assert DETECTOR.variable("B") is DETECTOR.variables[1]
    assert DETECTOR.variable("C") is None


def test_deviations_begin_at_nothing() -> None:
    requests, share = DETECTOR.variables
    assert judging.Limit(requests, 5, 7).deviation(6, 32.0) == "varA(0%)"
    assert judging.Limit(share, 1, None).deviation(3, 3.0) == "varB(200%)"
    assert judging.Limit(share, 0, None).deviation(1, 1.0) == "varB(0%)"
