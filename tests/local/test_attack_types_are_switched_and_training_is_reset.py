"""GET and PUT /v4/abs/attackstatus, DELETE /v4/abs/reset."""

from datetime import UTC, datetime, timedelta

import pytest

from abslake.detection import lease, model, tuning_store
from abslake.detection.findings import IdentifierKind
from abslake.detection.tuning import Tuning
from tests.support import attack_types
from tests.support.calls import RESTRICTED, call, put
from tests.support.facts import finding, write_findings
from tests.support.lakes import open_lake

STATUS, RESET = "/v4/abs/attackstatus", "/v4/abs/reset"


@pytest.fixture
def lake(tmp_path, monkeypatch):
    attack_types.use(monkeypatch)
    return open_lake(tmp_path, monkeypatch)


def status(headers=None):
    answer = call(path=STATUS, **({"headers": headers} if headers else {}))
    assert answer.status == 200, answer.body
    return answer.json["attack_status"]


def test_at_first_all_but_23_are_on_and_what_cannot_be_switched_is_not_listed(lake):
    document = status()

    assert [entry["attack_id"] for entry in document["enabled"]] == [1, 3, 7, 16, 18, 31, 37]
    assert document["enabled"][0] == {
        "attack_id": 1,
        "attack_name": "Data Exfiltration Attack",
        "enabled_time": "n/a",
    }
    assert document["disabled"] == [
        {"attack_id": 23, "attack_name": "Excessive Client Connections - Token", "disabled_time": "n/a"}
    ]
    assert status(RESTRICTED) == document


def test_types_are_switched_by_id_or_as_they_are_shown(lake):
    first = put(STATUS, {"attack_status": {"enabled": [23], "disabled": ["1", 3]}})
    assert (first.status, first.json["status_code"]) == (200, "SUCCESS")
    shown = status()
    assert [entry["attack_id"] for entry in shown["disabled"]] == [1, 3]
    assert shown["disabled"][0]["disabled_time"].endswith(str(datetime.now(UTC).year))

    shown["enabled"], shown["disabled"] = shown["disabled"], []
    assert put(STATUS, {"attack_status": shown}).status == 200
    assert status()["disabled"] == []


@pytest.mark.parametrize(
    ("lists", "code", "words"),
    [
        ({"disabled": [100]}, "NOT_SWITCHABLE", "attack_status.disabled: type 100 cannot be switched"),
        ({"enabled": [13]}, "TYPE_NOT_COVERED", "attack_status.enabled: type 13"),
        ({"enabled": [99]}, "UNKNOWN_TYPE", "attack_status.enabled"),
        ({"enabled": [1], "disabled": [1]}, "INVALID_PARAMETER", "both name 1"),
        ({"enabled": ["one"]}, "INVALID_PARAMETER", "attack_status.enabled[0]: write a whole number"),
        ({"enabled": [{"attack_name": "x"}]}, "INVALID_PARAMETER", "attack_status.enabled[0]: write a whole"),
        ({"on": [1]}, "UNKNOWN_PARAMETER", "attack_status has a field"),
    ],
)
def test_a_switch_that_cannot_be_is_refused_by_its_field(lake, lists, code, words):
    answer = put(STATUS, {"attack_status": lists})

    assert (answer.status, answer.json["status_code"]) == (400, code)
    assert words in answer.json["message"]
    assert not lake.exists(tuning_store.KEY)


def test_a_reset_forgets_what_was_learned_set_and_found_of_its_apis_only(lake):
    before = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(hours=1)
    apis = {api: model.Training(before, 144, trained=True) for api in ("shop", "bank")}
    learned = tuple(model.Learned(api, "ip", 1, "A", 22, 24, 100.0) for api in apis)
    model.save(lake, model.Model(before, apis, learned), b"")
    last = f"{before:%Y-%m-%dT%H:%M:%S}"
    write_findings(lake, [finding("X", IdentifierKind.IP, "192.0.2.1", api, last) for api in ("shop", "bank", "all")])
    user = [{"type": "data_exfiltration_attack", "variable": "A", "tn": 5, "tx": 6}]
    for api in apis:
        put("/v4/abs/attack/threshold", {"api_name": api, "mode": "user", "ioc_threshold": user})

    answer = put(RESET, {"apis": ["shop"]}, method="DELETE")

    assert (answer.status, answer.json) == (200, {"status": "API training reset is successful", "apis": ["shop"]})
    shown = {api: call(f"api={api}", path="/v4/abs/attack/threshold").json["thresholds"][0] for api in apis}
    assert (shown["shop"]["system"]["A"]["tn"], shown["bank"]["system"]["A"]["tn"]) == ("-1", "22")
    assert ("user" in shown["shop"], "user" in shown["bank"]) == (False, True)
    day = f"earlier_date={before - timedelta(hours=3):%Y-%m-%dT%H:%M}&later_date={before + timedelta(hours=3):%Y-%m-%dT%H:%M}"
    found = {api: call(f"{day}&api={api}&type=1", path="/v4/abs/attack").json["ips"] for api in apis}
    assert (found["shop"], len(found["bank"])) == ([], 1)
    assert call(f"{day}&IP=192.0.2.1").json["details"]["attack_types"] == {"X": ["all", "bank"]}


def test_during_a_run_of_detection_a_reset_is_409(lake):
    with lease.lease(lake, 60):
        answer = put(RESET, {"apis": ["shop"]}, method="DELETE")

    assert (answer.status, answer.json["status_code"]) == (409, "DETECTION_AT_WORK")
    assert "try again" in answer.json["error"]
    assert Tuning.load(lake).reset_at("shop") is None
    assert put(RESET, {"apis": ["shop"]}, method="DELETE").status == 200


@pytest.mark.parametrize(
    ("body", "http_status", "code"),
    [
        ({"apis": []}, 400, "INVALID_PARAMETER"),
        ({"apis": "shop"}, 400, "INVALID_PARAMETER"),
        ({}, 400, "MISSING_PARAMETER"),
        ({"apis": ["shop", "shop"]}, 400, "INVALID_PARAMETER"),
        ({"apis": ["shop", "nowhere"]}, 404, "UNKNOWN_API"),
    ],
)
def test_a_reset_that_cannot_be_changes_nothing(lake, body, http_status, code):
    answer = put(RESET, body, method="DELETE")

    assert (answer.status, answer.json["status_code"]) == (http_status, code)
    assert not lake.exists(tuning_store.KEY)


@pytest.mark.parametrize(("path", "method"), [(STATUS, "PUT"), (RESET, "DELETE")])
def test_fault_22_the_restricted_user_changes_nothing(lake, path, method):
    answer = put(path, {"attack_status": {"disabled": [1]}}, RESTRICTED, method=method)

    assert (answer.status, answer.json["status_code"]) == (403, "FORBIDDEN")
    assert not lake.exists(tuning_store.KEY)
