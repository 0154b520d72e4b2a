"""GET and PUT /v5/abs/globalconfig, also /v4: what is in force, what can be set, and that it has its effect."""

import json
from datetime import timedelta

import pytest

from abslake.detection import audited, global_config, model, progress
from abslake.detection.findings import Level
from abslake.detection.run import run
from abslake.facts.signals import Signal
from abslake.reports import admin
from abslake.reports.global_config import WITHOUT_EFFECT, GlobalConfig
from abslake.settings import Settings
from tests.support.calls import ADMIN, RESTRICTED, call, metrics, put
from tests.support.detecting import NOON, THIEF, abslake, fill, good
from tests.support.facts import at, definition, fact, write_facts
from tests.support.lakes import open_lake

PATH = "/v5/abs/globalconfig"
DEFAULTS = {
    "attack_initial_training": 24,
    "attack_update_interval": 24,
    "continuous_learning": True,
    "window_length": 24,
    "root_api_attack": True,
    "attack_list_count": 400_000,
    "response_size": 100,
    "url_limit": 100,
    "api_discovery": True,
    "discovery_initial_period": 1,
    "discovery_subpath": 1,
    "discovery_update_interval": 1,
}
UNUSED = dict.fromkeys(WITHOUT_EFFECT, 0) | {"poc": False}
SETTINGS = Settings(threads=1)


@pytest.fixture
def lake(tmp_path, monkeypatch):
    return open_lake(tmp_path, monkeypatch, threads=1)


def shown(path=PATH, headers=ADMIN):
    answer = call(headers=headers, path=path)
    assert answer.status == 200, answer.body
    GlobalConfig.model_validate(answer.json)
    return answer.json["global_config"]


def test_the_defaults_are_those_of_the_deployment(lake, monkeypatch):
    monkeypatch.setenv("ABSLAKE_ATTACK_INITIAL_TRAINING", "168")

    assert shown() == {**DEFAULTS, **UNUSED, "attack_initial_training": 168}
    assert shown("/v4/abs/globalconfig") == shown() == shown(headers=RESTRICTED)
    document = call(path=PATH).json
    assert (document["company"], document["name"]) == ("ping identity", "api_globalconfig")
    assert all(key in document["notes"][0] for key in WITHOUT_EFFECT)


@pytest.mark.parametrize("path", [PATH, "/v4/abs/globalconfig"])
def test_what_is_set_is_in_force_with_who_and_when(lake, path):
    body = {"attack_initial_training": "2", "continous_learning": False, "poc": False}
    answer = put(path, body)

    assert (answer.status, answer.json["status_code"]) == (200, "SUCCESS")
    expected = {**DEFAULTS, **UNUSED, "attack_initial_training": 2, "continuous_learning": False}
    assert shown() == expected
    document, _ = audited.read(lake, global_config.KEY, global_config.Document)
    assert [(line.by, line.what) for line in document.trail] == [
        ("admin", "attack_initial_training=2, continuous_learning=False")
    ]
    # AND what GET prints can be sent back, which changes nothing, and null goes back to the deployment's
    put(path, {"global_config": shown()})
    assert shown() == expected
    put(path, {"attack_initial_training": None})
    assert shown()["attack_initial_training"] == 24


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ({}, "MISSING_PARAMETER", "at least one"),
        ({"attack_initial_training": 0}, "INVALID_PARAMETER", "attack_initial_training"),
        ({"attack_update_interval": 10_001}, "INVALID_PARAMETER", "attack_update_interval"),
        ({"window_length": 25}, "INVALID_PARAMETER", "window_length"),
        ({"window_length": 2.5}, "INVALID_PARAMETER", "window_length: write a whole number"),
        ({"attack_list_count": 0}, "INVALID_PARAMETER", "attack_list_count"),
        ({"response_size": 1001}, "INVALID_PARAMETER", "response_size"),
        ({"url_limit": 10_001}, "INVALID_PARAMETER", "url_limit"),
        ({"api_discovery": "yes"}, "INVALID_PARAMETER", "api_discovery"),
        ({"discovery_initial_period": 0}, "INVALID_PARAMETER", "discovery_initial_period"),
        ({"discovery_update_interval": 10_001}, "INVALID_PARAMETER", "discovery_update_interval"),
        ({"discovery_subpath": 11}, "INVALID_PARAMETER", "discovery_subpath"),
        ({"root_api_attack": "yes"}, "INVALID_PARAMETER", "root_api_attack"),
        ({"continous_learning": 5}, "INVALID_PARAMETER", "continous_learning"),
        ({"timezone": "utc"}, "UNKNOWN_PARAMETER", "not known"),
        ({"global_config": {"window_length": 2}, "response_size": 5}, "INVALID_PARAMETER", "not both"),
        *(
            ({"window_length": 2, key: 30 if value is not False else True}, "NOT_SUPPORTED", key)
            for key, value in UNUSED.items()
        ),
    ],
)
def test_what_cannot_be_or_has_no_effect_is_refused_and_nothing_is_changed(lake, body, code, words):
    answer = put(PATH, body)

    assert (answer.status, answer.json["status_code"]) == (400, code)
    assert words in answer.json["message"]
    assert not lake.exists(global_config.KEY)


def test_the_restricted_user_changes_nothing(lake):
    assert put(PATH, {"window_length": 2}, RESTRICTED).status == 403
    assert not lake.exists(global_config.KEY)
    assert call(path=PATH, method="POST").headers["Allow"] == "GET, PUT"


def test_training_is_as_long_as_it_says(tmp_path):
    lake = fill(tmp_path)
    until = NOON + timedelta(hours=2)
    assert [
        one.identifier
        for one in run(lake, SETTINGS, until=until, since=NOON - timedelta(hours=1)).new
        if one.attack_id == 1
    ] == []
    lake = fill(tmp_path / "short")
    global_config.change(lake, "ann", {"attack_initial_training": 1, "continuous_learning": False})

    found = run(lake, SETTINGS, until=until, since=NOON - timedelta(hours=1))

    assert THIEF in {one.identifier for one in found.new if one.level is Level.ATTACK}
    shop = next(one for one in admin.show(lake, SETTINGS, until).apis if one.api_name == "shop")
    assert (shop.training_duration, shop.prediction_mode) == ("1 hour", True)


def test_what_is_left_of_training_is_told_by_it(tmp_path):
    lake = fill(tmp_path)
    run(lake, SETTINGS, until=NOON, since=NOON - timedelta(hours=1))
    (before,) = progress.learning(lake, global_config.overlaid(lake, SETTINGS), NOON - timedelta(minutes=10), None)

    global_config.change(lake, "ann", {"attack_initial_training": 48})

    (after,) = progress.learning(lake, global_config.overlaid(lake, SETTINGS), NOON - timedelta(minutes=10), None)
    assert (before.hours_left, after.hours_left) == (23, 47)


@pytest.mark.parametrize(
    ("changed", "models"),
    [({}, 1), ({"attack_update_interval": 1}, 3), ({"attack_update_interval": 1, "continuous_learning": False}, 1)],
)
def test_models_are_made_as_often_as_it_says(lake, changed, models):
    begin = at("2026-03-02T10:00")
    write_facts(lake, [fact(begin + timedelta(hours=n), ip=f"192.0.2.{n}") for n in range(4)])
    global_config.change(lake, "ann", {"attack_initial_training": 1, **changed})

    run(lake, SETTINGS, until=begin + timedelta(hours=5), since=begin)

    assert len(model.keys(lake)) == models


@pytest.mark.parametrize(("length", "hours"), [(None, 24), (2, 2)])
def test_slow_types_look_back_as_far_as_it_says(lake, monkeypatch, length, hours):
    looked = []
    original = "abslake.detection.work.Hours.files"
    monkeypatch.setattr(original, lambda _, first, end: looked.append(end - first) or [])
    begin = at("2026-03-02T10:50")
    write_facts(lake, [fact(begin)])
    if length:
        global_config.change(lake, "ann", {"window_length": length})

    run(lake, SETTINGS, until=begin + timedelta(hours=1), since=begin)

    assert set(looked) == {timedelta(hours=hours)}


@pytest.mark.parametrize(
    ("judged", "apis"), [(None, {"everything", "shop"}), (False, {"shop"}), (True, {"everything", "shop"})]
)
def test_the_root_api_is_judged_or_not(lake, judged, apis):
    lake.put("config/apis/everything.json", definition("/"))
    moment = at("2026-03-02T10:00")
    write_facts(
        lake,
        [fact(moment, api=api, ip="192.0.2.1", requests=9, signals=int(Signal.SQL)) for api in ("everything", "shop")],
    )
    if judged is not None:
        global_config.change(lake, "ann", {"root_api_attack": judged})

    found = run(lake, SETTINGS, until=moment + timedelta(hours=1), since=moment)

    assert {one.api for one in found.new if one.api != "all"} == apis


def test_an_answer_larger_than_response_size_is_refused(lake):
    rows = [fact("2026-03-02T10:00:01", path=f"/shop/{n}/{'x' * 4000}", cookie=f"c{n}") for n in range(400)]
    write_facts(lake, rows)
    query = "api=shop&earlier_date=2026-03-02T10:00&later_date=2026-03-02T11:00&limit=1000"
    assert metrics(query).status == 200
    put(PATH, {"response_size": 1})

    answer = metrics(query)

    assert (answer.status, answer.json["status_code"]) == (400, "RESPONSE_TOO_LARGE")
    assert metrics(query.replace("1000", "10")).status == 200


def test_as_many_valid_urls_are_listed_as_it_says(lake):
    write_facts(lake, [fact("2026-03-02T10:00:01", path=f"/shop/{n}", requests=n + 1) for n in range(3)])

    def listed():
        document = call("api=shop", path="/v4/abs/validurl").json
        return [one["url"] for protocol in document["url_list"] for one in protocol["urls"]]

    assert listed() == ["/shop/2", "/shop/1", "/shop/0"]
    put(PATH, {"url_limit": "2"})
    assert listed() == ["/shop/2", "/shop/1"]
    put(PATH, {"url_limit": None})
    assert len(listed()) == 3


def test_a_damaged_document_is_named_and_nothing_of_it_is_told(lake):
    lake.put(global_config.KEY, b'{"window_length": "secret-0815"}')

    answer = call(path=PATH)

    assert answer.status == 500
    assert "0815" not in answer.body


def test_the_command_line_shows_and_changes_it(lake):
    good("detect", "configure", "window_length=2", "root_api_attack=false", "--lake", lake.url)

    expected = {**DEFAULTS, **UNUSED, "window_length": 2, "root_api_attack": False, "attack_initial_training": 1}
    assert json.loads(good("report", "globalconfig", "--lake", lake.url))["global_config"] == expected
    good("detect", "configure", "window_length=default", "--lake", lake.url)
    assert shown()["window_length"] == 24
    for words in (["window_length"], ["window_length=0"], ["poc=true"], ["nothing=1"], ["poc=false", "poc=false"]):
        assert abslake("detect", "configure", *words, "--lake", lake.url).exit_code == 2
