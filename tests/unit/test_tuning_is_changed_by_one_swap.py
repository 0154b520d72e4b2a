"""What users set about detection: checked, kept in one object, never lost to somebody else's change."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from abslake.detection import audited, tuning_changes, tuning_store
from abslake.detection.tuning import Tuning
from abslake.detection.tuning_changes import Wanted
from abslake.errors import BadRequest, SettingsError, Unavailable, WriteRefused
from abslake.storage import Lake
from tests.support import attack_types
from tests.support.facts import at

NOW = at("2026-03-02T10:00:00")


@pytest.fixture(autouse=True)
def _types(monkeypatch):
    attack_types.use(monkeypatch)


@pytest.fixture
def lake(tmp_path):
    return Lake(str(tmp_path))


def wanted(**given):
    return Wanted("ioc_threshold[0]", **{"type": "data_exfiltration_attack", "variable": "A", **given})


def test_without_any_tuning_all_is_at_its_default(lake):
    tuning = Tuning.load(lake)

    assert tuning.threshold("shop", 1, "A") == (None, None)
    assert [attack_id for attack_id in attack_types.TYPES if not tuning.enabled(attack_id)] == [23]
    assert tuning.reset_at("shop") is None


def test_a_threshold_counts_for_its_api_type_and_variable(lake):
    tuning_changes.set_thresholds(
        lake, "ann", "shop", None, [wanted(tn=18, tx=20), wanted(type="multi_client_login_attack", tn=5)], NOW
    )

    tuning = Tuning.load(lake)

    assert tuning.threshold("shop", 1, "A") == (18, 20)
    assert tuning.threshold("shop", 3, "A") == (5, None)
    others = [("bank", 1, "A"), ("shop", 1, "B"), ("shop", 7, "A"), ("shop", 1, "C"), ("all", 1, "A")]
    assert {tuning.threshold(*other) for other in others} == {(None, None)}


def test_of_a_type_across_apis_a_threshold_counts_for_all(lake):
    one = wanted(type="extended_probing_replay_cookie", tn=3, tx=4)
    tuning_changes.set_thresholds(lake, "ann", None, 18, [one], NOW)

    assert Tuning.load(lake).threshold("all", 18, "A") == (3, 4)


def test_system_drops_one_variable_or_the_whole_type(lake):
    given = [wanted(variable=letter, tn=5, tx=6) for letter in "ABC"]
    tuning_changes.set_thresholds(lake, "ann", "shop", None, given, NOW)
    tuning_changes.set_thresholds(lake, "ann", "bank", None, given, NOW)

    tuning = tuning_changes.drop_thresholds(lake, "bob", "shop", None, [wanted()])
    assert [tuning.threshold("shop", 1, letter)[0] for letter in "ABC"] == [None, 5, 5]
    tuning = tuning_changes.drop_thresholds(lake, "bob", "shop", None, [wanted(variable=None)])
    assert [tuning.threshold("shop", 1, letter)[0] for letter in "ABC"] == [None, None, None]
    assert tuning.threshold("bank", 1, "A") == (5, 6)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"type": "data_poisoning"}, r"\[0\]\.type: no such type here; known are cookie_dos_attack, data_exfil"),
        ({"type": "extended_probing_replay_cookie"}, r"\[0\]\.type: no such type here"),
        ({"variable": "D", "tn": 1}, r"\[0\]\.variable: data_exfiltration_attack has A, B, C"),
        ({"variable": None, "tn": 1}, r"\[0\]\.variable is missing"),
        ({}, r"\[0\]\.tn is missing"),
        ({"tn": 0}, r"\[0\]\.tn: must be from 1 to 32"),
        ({"tn": 33}, r"\[0\]\.tn: must be from 1 to 32"),
        ({"tn": 5, "tx": 34}, r"\[0\]\.tx: must be from 2 to 33"),
        ({"tn": 5, "tx": 5}, r"\[0\]\.tx: must be above tn"),
        ({"type": "multi_client_login_attack", "tn": 5, "tx": 6}, r"\[0\]\.tx: this variable has no Tx"),
    ],
)
def test_a_threshold_that_cannot_be_is_refused_by_its_field(lake, given, message):
    with pytest.raises(BadRequest, match=r"^ioc_threshold" + message):
        tuning_changes.set_thresholds(lake, "ann", "shop", None, [wanted(**given)], NOW)
    assert not lake.exists(tuning_store.KEY)


@pytest.mark.parametrize("tn", [1, 32])
def test_the_ends_of_the_range_are_in_it(lake, tn):
    tuning = tuning_changes.set_thresholds(lake, "ann", "shop", None, [wanted(tn=tn, tx=tn + 1)], NOW)

    assert tuning.threshold("shop", 1, "A") == (tn, tn + 1)


def test_one_bad_threshold_of_several_changes_nothing(lake):
    with pytest.raises(BadRequest):
        tuning_changes.set_thresholds(lake, "ann", "shop", None, [wanted(tn=5, tx=6), wanted(variable="B", tn=99)], NOW)
    with pytest.raises(BadRequest, match="more than once"):
        tuning_changes.set_thresholds(lake, "ann", "shop", None, [wanted(tn=5, tx=6), wanted(tn=6, tx=7)], NOW)

    assert Tuning.load(lake).thresholds == {}


@pytest.mark.parametrize(
    ("attack_id", "message"),
    [(1, "give api_name"), (13, "type 13 is not covered: "), (99, "no attack type of this id")],
)
def test_across_apis_only_types_across_apis_have_thresholds(lake, attack_id, message):
    with pytest.raises(BadRequest, match=f"^id: .*{message}"):
        tuning_changes.set_thresholds(lake, "ann", None, attack_id, [wanted(tn=5)], NOW)


def test_types_are_switched_and_those_that_are_so_already_keep_their_time(lake):
    tuning_changes.switch(lake, "ann", [23], [1, 3], NOW)
    tuning = tuning_changes.switch(lake, "bob", [1, 7], [3], NOW + timedelta(hours=1))

    assert [tuning.enabled(attack_id) for attack_id in (1, 3, 7, 23)] == [True, False, True, True]
    assert {one.attack_id: (one.by, one.when.hour) for one in tuning.switches.values()} == {
        1: ("bob", 11),
        3: ("ann", 10),
        23: ("ann", 10),
    }


@pytest.mark.parametrize(
    ("on", "off", "message"),
    [
        ([99], [], "enabled: there is no"),
        ([], [13], "disabled: type 13 is not covered"),
        ([100], [], "enabled: type 100 cannot be switched"),
        ([1], [1], "both name 1"),
        ([], [], "name at least one"),
    ],
)
def test_a_switch_that_cannot_be_is_refused_by_its_field(lake, on, off, message):
    with pytest.raises(BadRequest, match=f"^attack_status.*{message}"):
        tuning_changes.switch(lake, "ann", on, off, NOW)


def test_a_reset_keeps_its_moment_and_drops_thresholds_of_these_apis_only(lake):
    for api in ("shop", "bank"):
        tuning_changes.set_thresholds(lake, "ann", api, None, [wanted(tn=5, tx=6)], NOW)
    tuning_changes.reset(lake, "ann", ["shop"], NOW - timedelta(days=1))
    tuning = tuning_changes.reset(lake, "ann", ["shop"], NOW)

    assert (tuning.reset_at("shop"), tuning.reset_at("bank"), tuning.reset_at("all")) == (NOW, None, None)
    assert (tuning.threshold("shop", 1, "A"), tuning.threshold("bank", 1, "A")) == ((None, None), (5, 6))


def test_changes_made_at_once_are_all_kept(lake):
    together = Barrier(6)

    def change(number):
        together.wait()
        tuning_changes.set_thresholds(lake, f"user {number}", f"api-{number}", None, [wanted(tn=number, tx=9)], NOW)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(change, range(1, 7)))

    tuning = Tuning.load(lake)
    assert [tuning.threshold(f"api-{number}", 1, "A")[0] for number in range(1, 7)] == [1, 2, 3, 4, 5, 6]
    assert {line.by for line in tuning.document.trail} == {f"user {number}" for number in range(1, 7)}


def test_a_change_begins_again_on_what_somebody_else_wrote_in_between(lake, monkeypatch):
    replace, others = lake.replace, iter(["bob"])

    def late(key, data, etag):
        for other in others:
            monkeypatch.setattr(lake, "replace", replace)
            tuning_changes.set_thresholds(lake, other, "bank", None, [wanted(tn=7, tx=8)], NOW)
        return replace(key, data, etag)

    monkeypatch.setattr(lake, "replace", late)
    tuning = tuning_changes.set_thresholds(lake, "ann", "shop", None, [wanted(tn=5, tx=6)], NOW)

    assert [tuning.threshold(api, 1, "A")[0] for api in ("shop", "bank")] == [5, 7]


def test_a_change_that_others_always_overtake_says_so(lake, monkeypatch):
    def refuse(*_):
        raise WriteRefused("changed")

    monkeypatch.setattr(lake, "replace", refuse)

    with pytest.raises(Unavailable, match="try again"):
        tuning_changes.switch(lake, "ann", [], [1], NOW)


def test_no_two_versions_are_the_same_bytes(lake):
    texts = []
    for off in ([1], []):
        tuning_changes.switch(lake, "ann", [attack_id for attack_id in (1,) if not off], off, NOW)
        texts.append(lake.get(tuning_store.KEY))
    one, two = (json.loads(text) for text in texts)

    assert one["change"] != two["change"]


def test_what_changes_nothing_is_not_written(lake):
    tuning_changes.switch(lake, "ann", [], [1], NOW)
    before = lake.get(tuning_store.KEY)

    tuning_changes.switch(lake, "bob", [], [1], NOW)

    assert lake.get(tuning_store.KEY) == before


def test_the_trail_says_who_did_what_and_does_not_grow_for_ever(lake, monkeypatch):
    monkeypatch.setattr(audited, "MAX_TRAIL", 2)
    tuning_changes.switch(lake, "ann", [], [1], NOW)
    tuning_changes.set_thresholds(lake, "bob", "shop", None, [wanted(tn=18, tx=20)], NOW)
    tuning_changes.reset(lake, "cid", ["shop", "bank"], NOW)

    assert [(line.by, line.what) for line in Tuning.load(lake).document.trail] == [
        ("bob", "thresholds of shop: user 1A=18/20"),
        ("cid", "training reset: bank, shop"),
    ]


def test_a_damaged_object_is_named_and_not_overwritten(lake):
    lake.put(tuning_store.KEY, b'{"thresholds": [{"scope": "shop", "attack_id": "secret-value"}]}')

    with pytest.raises(SettingsError, match=r"tuning\.json: thresholds\.0\.attack_id is malformed") as raised:
        tuning_changes.switch(lake, "ann", [], [1], NOW)
    assert "secret-value" not in str(raised.value)
    assert b"secret-value" in lake.get(tuning_store.KEY)
