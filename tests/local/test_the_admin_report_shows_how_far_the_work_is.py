"""GET and PUT /v5/abs/admin, also /v4: APIs, training, freshness, times to live."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from abslake.detection import attack_list, attack_list_store, lease, model
from abslake.detection.findings import IdentifierKind
from abslake.detection.run import run
from abslake.reports import admin
from abslake.reports.admin_models import AdminReport
from abslake.settings import Settings
from tests.support.calls import ADMIN, RESTRICTED, call, put
from tests.support.detecting import good
from tests.support.facts import at, fact
from tests.support.indexed import add_facts, fold
from tests.support.lakes import open_lake

PATH = "/v5/abs/admin"
NEVER = dict.fromkeys(("ips", "cookies", "oauth_tokens", "api_keys", "usernames"), 0)


@pytest.fixture
def lake(tmp_path, monkeypatch):
    return open_lake(tmp_path, monkeypatch, threads=1, attack_initial_training=1)


def shown(path=PATH, headers=ADMIN):
    answer = call(headers=headers, path=path)
    assert answer.status == 200, answer.body
    AdminReport.model_validate(answer.json)
    return answer.json


def spelled(when):
    return f"{when:%a %b %d %H:%M:%S} UTC {when:%Y}"


def test_an_empty_lake_has_its_definitions_and_nothing_learned(lake):
    document = shown()

    assert [one["api_name"] for one in document["apis"]] == ["bank", "shop"]
    assert (document["across_api_prediction_mode"], document["poc"], document["api_discovery"]) == (
        False,
        False,
        {"subpath_length": "1", "status": True},
    )
    one = document["apis"][0]
    assert (one["training_started_at"], one["training_duration"], one["prediction_mode"]) == ("n/a", "n/a", False)
    assert document["detection"] == {"judged_until": "n/a", "judged_at": "n/a", "at_work": False, "model": "n/a"}
    assert (document["lake"]["first_day"], document["lake"]["requests"], document["lake"]["units_waiting"]) == (
        "n/a",
        0,
        0,
    )
    assert document["ttl"] == NEVER
    assert "queues" in document["notes"][-1]
    assert shown("/v4/abs/admin") == document == shown(headers=RESTRICTED)


def test_the_definitions_stand_there_as_documented(lake):
    metadata = {
        "url": "/atm_app_oauth",
        "protocol": "https",
        "cookie": "JSESSIONID",
        "apikey_header": "X-API-KEY-2",
        "username_header": "x-username-header",
        "servers": [{"host": "127.0.0.1", "port": 3000}],
        "jwt": {"location": "h:authorization:bearer", "username": "user", "clientid": "client"},
    }
    decoy = {"decoy_config": {"decoy_enabled": True}}
    paths = {"decoy_config": {"decoy_enabled": True, "decoy_subpaths": ["trap"]}}
    for name, more in (("atm", metadata), ("out", decoy), ("within", paths)):
        document = {"api_metadata": {"url": f"/{name}", **more}}
        lake.put(f"config/apis/{name}.json", json.dumps(document).encode())
    lake.put("config/apis/broken.json", b"{")

    apis = {one["api_name"]: one for one in shown()["apis"]}

    atm = apis["atm"]
    created = datetime.strptime(atm.pop("creation_date"), "%a %b %d %H:%M:%S UTC %Y").replace(tzinfo=UTC)
    assert abs(created - datetime.now(UTC)) < timedelta(minutes=1)
    assert atm == {
        "api_name": "atm",
        "host_name": "*",
        "url": "/atm_app_oauth",
        "api_type": "regular",
        "servers": 1,
        "protocol": "https",
        "cookie": "JSESSIONID",
        "token": False,
        "training_started_at": "n/a",
        "training_duration": "n/a",
        "prediction_mode": False,
        "apikey_header": "X-API-KEY-2",
        "apikey_qs": "",
        "jwt": {"username": "user", "clientid": "client", "location": "h:authorization:bearer"},
        "username_header": "x-username-header",
    }
    assert {name: one["api_type"] for name, one in apis.items()} == {
        "atm": "regular",
        "bank": "regular",
        "shop": "regular",
        "out": "decoy-outcontext",
        "within": "decoy-incontext",
    }


def test_training_and_freshness_come_from_what_detection_and_compaction_wrote(lake):
    begin = at("2026-03-02T10:00")
    rows = [fact(begin + timedelta(minutes=10 * n), ip=f"192.0.2.{n}", requests=5) for n in range(13)]
    add_facts(lake, rows)
    settings = Settings(threads=1, attack_initial_training=1)
    run(lake, settings, until=begin + timedelta(hours=3), since=begin)
    made = model.current(lake, begin + timedelta(days=1))
    assert made
    fold(lake, begin + timedelta(hours=3))

    document = admin.show(lake, settings, begin + timedelta(hours=3))

    apis = {one.api_name: one for one in document.apis}
    shop = apis["shop"]
    assert (shop.training_started_at, shop.training_duration, shop.prediction_mode) == (spelled(begin), "1 hour", True)
    assert (apis["bank"].training_started_at, apis["bank"].prediction_mode) == ("n/a", False)
    assert document.across_api_prediction_mode
    assert (document.detection.judged_until, document.detection.model) == (
        spelled(begin + timedelta(minutes=130)),
        spelled(made.as_of),
    )
    assert (document.lake.first_day, document.lake.last_day, document.lake.requests) == ("2026-03-02", "2026-03-02", 65)
    assert document.lake.units == 3
    assert document.lake.index_bytes > 0
    assert document.lake.index_written != "n/a"
    assert document.license_info.current_month_transactions == 65
    later = admin.show(lake, settings, begin + timedelta(days=31))
    assert later.license_info.current_month_transactions == 0


def test_what_waits_for_the_index_and_a_run_at_work_are_told(lake):
    lake.put("pending/date=2026-03-02/hour=10/x.parquet", b"")

    with lease.lease(lake, 60):
        document = shown()

    assert document["lake"]["units_waiting"] == 1
    assert document["lake"]["waiting_since"].endswith(f" UTC {datetime.now(UTC):%Y}")
    assert document["detection"]["at_work"] is True


def test_a_listing_of_what_waits_is_bounded_and_says_so(lake, monkeypatch):
    monkeypatch.setattr(admin, "_MOST_WAITING", 2)
    for name in "abc":
        lake.put(f"pending/date=2026-03-02/hour=10/{name}.parquet", b"")

    document = shown()

    assert document["lake"]["units_waiting"] == 2
    assert "More than 2" in document["notes"][0]


@pytest.mark.parametrize("path", [PATH, "/v4/abs/admin"])
def test_times_to_live_are_set_by_kind_with_who_and_when(lake, path):
    answer = put(path, {"ttl": {"ips": 120, "usernames": "30"}})

    assert (answer.status, answer.json) == (200, {"status_code": "SUCCESS", "message": "time to live updated"})
    assert shown()["ttl"] == {**NEVER, "ips": 120, "usernames": 30}
    put(path, {"ttl": {"ips": 0}})
    assert shown()["ttl"] == {**NEVER, "usernames": 30}
    document = attack_list_store.read(lake)
    assert [(one.kind, one.minutes, one.by) for one in document.ttl] == [
        (IdentifierKind.IP, 120, "admin"),
        (IdentifierKind.USERNAME, 30, "admin"),
        (IdentifierKind.IP, 0, "admin"),
    ]
    assert put(path, {"ttl": shown()["ttl"]}).status == 200
    assert attack_list_store.read(lake) == document
    assert attack_list.ttl(document)[IdentifierKind.IP] == 0


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "MISSING_PARAMETER"),
        ({"ttl": {}}, "MISSING_PARAMETER"),
        ({"ttl": {"ips": -1}}, "INVALID_PARAMETER"),
        ({"ttl": {"ips": 5_256_001}}, "INVALID_PARAMETER"),
        ({"ttl": {"ips": 1.5}}, "INVALID_PARAMETER"),
        ({"ttl": {"ip": 1}}, "UNKNOWN_PARAMETER"),
        ({"ttl": {"ips": 1}, "poc": True}, "UNKNOWN_PARAMETER"),
    ],
)
def test_a_change_that_cannot_be_is_refused_by_its_field(lake, body, code):
    answer = put(PATH, body)

    assert (answer.status, answer.json["status_code"]) == (400, code)
    assert not lake.exists(attack_list_store.KEY)


def test_the_restricted_user_changes_nothing_and_parameters_are_refused(lake):
    answer = put(PATH, {"ttl": {"ips": 1}}, RESTRICTED)

    assert (answer.status, answer.json["status_code"]) == (403, "FORBIDDEN")
    assert not lake.exists(attack_list_store.KEY)
    assert call("api=shop", path=PATH).json["status_code"] == "UNKNOWN_PARAMETER"
    assert call(path=PATH, method="DELETE").headers["Allow"] == "GET, PUT"


def test_the_command_line_shows_it_and_sets_times(lake):
    assert good("detect", "hold", "--ips", "120", "--cookies", "0", "--lake", lake.url) == ""

    assert json.loads(good("report", "admin", "--lake", lake.url))["ttl"] == {**NEVER, "ips": 120}


def test_whether_apis_are_discovered_is_told(lake):
    put("/v5/abs/globalconfig", {"discovery_subpath": 3})
    assert shown()["api_discovery"] == {"subpath_length": "3", "status": True}
    put("/v5/abs/globalconfig", {"api_discovery": False})
    assert shown()["api_discovery"] == {"status": False}
