"""GET and PUT /v4/abs/attack/threshold: what was learned, what users set, and whose word counts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from abslake.detection import model, tuning_store
from abslake.detection.tuning import Tuning
from abslake.dev import detect_thresholds
from tests.support import attack_types
from tests.support.calls import RESTRICTED, call, put
from tests.support.lakes import open_lake

PATH = "/v4/abs/attack/threshold"
UNTRAINED = {"tn": "-1", "tx": "-1"}
TYPE = "data_exfiltration_attack"
PROBING = 18
"""API Probing Replay Type 2, which is judged by what is declared until enough was learned."""


@pytest.fixture
def lake(tmp_path, monkeypatch):
    attack_types.use(monkeypatch)
    return open_lake(tmp_path, monkeypatch)


def learn(lake, *learned, trained=("shop",), ago=timedelta(hours=1)):
    """A model of an hour ago that knows these thresholds: (api, kind, id, letter, tn, tx)."""
    as_of = datetime.now(UTC).replace(second=0, microsecond=0) - ago
    apis = {api: model.Training(as_of - timedelta(days=1), 144, api in trained) for api in ("shop", "bank")}
    thresholds = tuple(model.Learned(*one, samples=100.0) for one in learned)
    model.save(lake, model.Model(as_of, apis, thresholds), b"")


def thresholds(query="api=shop"):
    answer = call(query, path=PATH)
    assert answer.status == 200, answer.body
    return answer.json


def of_type(number, document):
    return next(entry for entry in document["thresholds"] if entry["id"] == number)


def items(**given):
    return [{"type": TYPE, "variable": "A", **given}]


def test_before_training_everything_is_minus_one_and_fixed_rules_are_known(lake):
    document = thresholds()

    assert (document["company"], document["name"]) == ("ping identity", "api_threshold")
    assert of_type(1, document) == {"id": 1, "type": TYPE, "system": dict.fromkeys("ABC", UNTRAINED)}
    assert of_type(3, document)["system"] == {"A": {"tn": "-1", "tx": "na"}}
    assert of_type(37, document)["system"] == {"A": {"tn": "1", "tx": "2"}}
    across = {number for number, one in attack_types.TYPES.items() if one.scope == "across"}
    assert not across & {entry["id"] for entry in document["thresholds"]}


def test_what_was_learned_is_shown_for_the_kind_that_clients_have(lake):
    learn(lake, ("shop", "cookie", 1, "A", 22, 24), ("shop", "ip", 1, "A", 12, 14), ("bank", "ip", 1, "B", 5, 6))

    entry = of_type(1, thresholds())

    assert entry["system"] == {"A": {"tn": "22", "tx": "24"}, "B": UNTRAINED, "C": UNTRAINED}
    assert {kind: one["A"]["tn"] for kind, one in entry["system_by_identifier"].items()} == {"cookie": "22", "ip": "12"}
    assert of_type(1, thresholds("api=bank"))["system"]["B"] == UNTRAINED  # bank is not trained yet


def test_where_too_few_were_seen_what_is_judged_by_is_shown(lake, monkeypatch):
    first = attack_types.variable("A", initial=(2, 3))
    monkeypatch.setitem(attack_types.TYPES, 7, replace(attack_types.TYPES[7], variables=(first,)))
    assert of_type(7, thresholds())["system"] == {"A": UNTRAINED}

    learn(lake, ("shop", "ip", 1, "A", 12, 14))

    assert of_type(7, thresholds())["system"] == {"A": {"tn": "2", "tx": "3"}}
    rows = detect_thresholds.rows(lake, "all", PROBING)
    assert [(one.tn, one.tx, one.source) for one in rows] == [(9, None, "fixed"), (3, 5, "initial")]


def test_across_apis_the_list_has_another_name(lake):
    learn(lake, ("all", "token", 16, "A", 2, None))

    document = thresholds("id=16")

    assert document.pop("description")
    assert document == {
        "company": "ping identity",
        "name": "api_threshold",
        "api_name": "access_token",
        "threshold": [
            {"type": "extended_stolen_access_token", "system": {"A": {"tn": "2", "tx": "na"}, "B": UNTRAINED}}
        ],
    }


def test_a_user_s_threshold_stands_beside_the_learned_one_until_it_is_dropped(lake):
    learn(lake, ("shop", "cookie", 1, "A", 22, 24))

    answer = put(PATH, {"api_name": "shop", "mode": "user", "ioc_threshold": items(tn="18", tx=20)})

    assert (answer.status, answer.json) == (200, {"status_code": "SUCCESS", "message": "attack threshold updated"})
    entry = of_type(1, thresholds())
    assert (entry["user"], entry["system"]["A"]) == ({"A": {"tn": "18", "tx": "20"}}, {"tn": "22", "tx": "24"})
    assert Tuning.load(lake).document.trail[0].by == "admin"

    assert put(PATH, {"api_name": "shop", "mode": "system", "ioc_threshold": items()}).status == 200
    assert "user" not in of_type(1, thresholds())


def test_the_documented_body_across_apis_is_taken(lake):
    name = "extended_probing_replay_cookie"
    body = {
        "id": "18",
        "mode": "user",
        "ioc_threshold": [
            {"type": name, "variable": "A", "tn": "5", "tx": "8"},
            {"type": name, "variable": "B", "tn": "3", "tx": "4"},
        ],
    }

    assert put(PATH, body).status == 200
    assert thresholds("id=18")["threshold"][0]["user"] == {"A": {"tn": "5", "tx": "8"}, "B": {"tn": "3", "tx": "4"}}


def test_na_is_taken_where_there_is_no_tx(lake):
    one = {"type": "multi_client_login_attack", "variable": "A", "tn": "50", "tx": "na"}

    assert put(PATH, {"api_name": "shop", "mode": "user", "ioc_threshold": [one]}).status == 200
    assert of_type(3, thresholds())["user"] == {"A": {"tn": "50", "tx": "na"}}


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ({}, "MISSING_PARAMETER", "mode is missing"),
        ({"mode": "user", "ioc_threshold": items(tn=1, tx=2)}, "MISSING_PARAMETER", "give api_name, or"),
        ({"api_name": "shop", "id": 18, "mode": "user", "ioc_threshold": items()}, "MISSING_PARAMETER", "api_name, or"),
        ({"api_name": "shop", "mode": "manual", "ioc_threshold": items()}, "INVALID_PARAMETER", "mode: "),
        ({"api_name": "shop", "mode": "user", "ioc_threshold": []}, "INVALID_PARAMETER", "ioc_threshold: "),
        (
            {"api_name": "shop", "mode": "user", "ioc_threshold": items(tn="x")},
            "INVALID_PARAMETER",
            "ioc_threshold[0].tn",
        ),
        ({"api_name": "shop", "mode": "user", "ioc_threshold": items(tn=1.5)}, "INVALID_PARAMETER", "whole number"),
        ({"api_name": "shop", "mode": "user", "ioc_threshold": items(tn=True)}, "INVALID_PARAMETER", "whole number"),
        (
            {"api_name": "shop", "mode": "user", "ioc_threshold": items(tn=99, tx=100)},
            "INVALID_PARAMETER",
            "from 1 to 32",
        ),
        ({"api_name": "shop", "mode": "user", "ioc_threshold": items()}, "MISSING_PARAMETER", "ioc_threshold[0].tn is"),
        (
            {"api_name": "shop", "mode": "user", "ioc_threshold": items(ty=1)},
            "UNKNOWN_PARAMETER",
            "ioc_threshold[0] has",
        ),
        ({"id": 1, "mode": "user", "ioc_threshold": items(tn=1, tx=2)}, "INVALID_PARAMETER", "id: type 1 belongs"),
        ({"id": 13, "mode": "user", "ioc_threshold": items(tn=1, tx=2)}, "TYPE_NOT_COVERED", "id: type 13"),
        ({"api_name": "nowhere", "mode": "system", "ioc_threshold": items()}, "UNKNOWN_API", "api_name: "),
    ],
)
def test_a_body_that_cannot_be_is_refused_by_its_field(lake, body, code, words):
    answer = put(PATH, body)

    assert answer.status == (404 if code == "UNKNOWN_API" else 400)
    assert answer.json["status_code"] == code
    assert words in answer.json["message"]
    assert not lake.exists(tuning_store.KEY)


@pytest.mark.parametrize(
    "body", ["", "{", '"text"', "[]", '{"mode": "user", "mode": "user"}', '{"mode": NaN}', "[" * 100_000]
)
def test_what_is_no_json_object_is_the_documented_error(lake, body):
    answer = call(path=PATH, method="PUT", body=body)

    assert (answer.status, answer.json["status_code"]) == (400, "INVALID_JSON")


def test_a_body_of_any_size_is_not_read(lake):
    answer = call(path=PATH, method="PUT", body=" " * 300_000)

    assert (answer.status, answer.json["status_code"]) == (413, "PAYLOAD_TOO_LARGE")


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("", 400, "MISSING_PARAMETER"),
        ("api=shop&id=16", 400, "INVALID_PARAMETER"),
        ("id=1", 400, "INVALID_PARAMETER"),
        ("id=x", 400, "UNKNOWN_TYPE"),
        ("id=53", 400, "TYPE_NOT_COVERED"),
        ("api=nowhere", 404, "UNKNOWN_API"),
    ],
)
def test_fault_20_a_question_that_cannot_be_is_refused(lake, query, status, code):
    answer = call(query, path=PATH)

    assert (answer.status, answer.json["status_code"]) == (status, code)


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_fault_22_the_restricted_user_may_not_see_nor_set_thresholds(lake, method):
    answer = call("api=shop", RESTRICTED, path=PATH, method=method, body="{}")

    assert (answer.status, answer.json["status_code"]) == (403, "FORBIDDEN")


def test_other_methods_are_told_which_there_are(lake):
    answer = call("api=shop", path=PATH, method="POST")

    assert (answer.status, answer.headers["Allow"]) == (405, "GET, PUT")
    assert answer.json["message"] == "only GET, PUT are allowed here"


def test_fault_21_without_keys_nothing_is_said(lake):
    for method in ("GET", "PUT"):
        assert call("api=nowhere", {}, path=PATH, method=method, body="{").status == 401
