"""The audit record: who asked for what, answered or refused, in one line that holds no credential and no identifier."""

import json
from pathlib import Path

import pytest

from abslake import access
from abslake.access import limits
from abslake.reports import audit
from tests.support.calls import ADMIN, REQUEST_ID, RESTRICTED, USERS, call, during, metrics, put
from tests.support.facts import fact, write_facts
from tests.support.function_log import function_log
from tests.support.issuer import AUDIENCE, ISSUER, jwk, jwks, token
from tests.support.lakes import open_lake

RANGE = during("2018-02-13T18:00", "2018-02-18T18:00")
DATES = {"earlier_date": "2018-02-13T18:00", "later_date": "2018-02-18T18:00"}
SECRET = "s3cr3t-identifier"
DOCUMENTED = Path(__file__).parents[2] / "docs/operations.md"


@pytest.fixture
def records(tmp_path, monkeypatch):
    lake = open_lake(tmp_path, monkeypatch)
    write_facts(lake, [fact("2018-02-14T10:00:01", cookie=SECRET)])
    log = function_log(monkeypatch)

    def read():
        lines = [json.loads(line) for line in log.getvalue().splitlines()]
        return [line for line in lines if line["service"] == "audit"]

    read.text = log.getvalue
    return read


def mask(value, kind):
    users = access.parse(json.dumps(USERS))
    return access.Mask(users.masking_key)(value, kind)


def test_an_answer_is_recorded_with_all_that_is_documented(records):
    answer = metrics(f"api=shop&{RANGE}&limit=7", RESTRICTED)

    (record,) = records()
    assert answer.status == 200
    assert record["milliseconds"] > 0
    assert {name: record[name] for name in record if name not in ("timestamp", "location", "milliseconds")} == {
        "level": "INFO",
        "service": "audit",
        "message": "request",
        "request_id": REQUEST_ID,
        "user": "reader",
        "role": "restricted",
        "credentials": "keys",
        "address": "192.0.2.9",
        "method": "GET",
        "route": "/v4/abs/metrics",
        "parameters": {"api": "shop", **DATES, "limit": "7"},
        "status": 200,
        "bytes": len(answer.sent),
    }


def test_each_field_is_documented(records):
    metrics(f"api=shop&{RANGE}")

    section = DOCUMENTED.read_text().partition("## Audit")[2].partition("\n## ")[0]
    (record,) = records()
    assert not [name for name in record if name not in ("level", "location") and f"`{name}`" not in section]


@pytest.mark.parametrize(
    ("selector", "shown", "kind"),
    [
        (f"token={SECRET}", SECRET, "token"),
        (f"cookie={SECRET}", SECRET, "cookie"),
        (f"api_key={SECRET}", SECRET, "api_key"),
        (f"username={SECRET}", SECRET, "username"),
        ("IP=2001:DB8::0:1", "2001:db8::1", "ip"),
        ("ip=198.51.100.7", "198.51.100.7", "ip"),
    ],
)
def test_whom_a_report_is_about_is_masked_as_in_reports(records, selector, shown, kind):
    call(f"{selector}&{RANGE}")

    name = selector.partition("=")[0]
    assert records()[0]["parameters"] == {name: mask(shown, kind), **DATES}
    assert SECRET not in records.text()
    assert "198.51.100.7" not in records.text()


@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        (f"{SECRET}=1&{RANGE}", {"***": "***", **DATES}),
        (f"{SECRET}", {"***": "***"}),
        (f"api={SECRET}&{RANGE}", {"api": mask(SECRET, "parameter"), **DATES}),
        (f"earlier_date={SECRET}&limit={SECRET}", {n: mask(SECRET, "parameter") for n in ("earlier_date", "limit")}),
        (f"cursor={SECRET}", {"cursor": mask(SECRET, "parameter")}),
        ("limit=4111111111111111", {"limit": mask("4111111111111111", "parameter")}),
        (f"token=%{SECRET}%zz", {"token": mask(f"%{SECRET}%zz", "token")}),
        (f"token=\ud800{SECRET}", {"token": mask(f"\ud800{SECRET}", "token")}),
        ("&".join(["a=b"] * 99), {"***": "***"}),
    ],
)
def test_what_is_not_understood_is_not_repeated(records, query, parameters):
    assert metrics(query).status in (400, 404)

    assert records()[0]["parameters"] == parameters
    assert SECRET not in records.text()


def test_wrong_keys_are_recorded_without_them_and_without_parameters(records):
    call(f"token={SECRET}&{RANGE}", {**ADMIN, "x-abs-sk": "wrong-secret-key", "Authorization": "Bearer wrong-token"})

    (record,) = records()
    assert record["status"] == 401
    assert not {"user", "role", "credentials"} & record.keys()
    assert (record["address"], record["route"], record["parameters"]) == ("192.0.2.9", "/v4/abs", {})
    for text in (SECRET, ADMIN["x-abs-ak"], "wrong-secret-key", "wrong-token"):
        assert text not in records.text()


def test_what_is_forbidden_or_too_often_is_recorded_with_its_user(records, tmp_path):
    limits.counter.cache_clear()
    (tmp_path / "users.json").write_text(json.dumps({"users": [USERS["users"][0], limited := {**USERS["users"][1]}]}))
    call(f"token={SECRET}&{RANGE}", RESTRICTED)
    limited["requests_per_minute"] = 1
    (tmp_path / "users.json").write_text(json.dumps({"users": [USERS["users"][0], limited]}))
    for _ in range(3):  # a minute may end meanwhile
        call(f"token={SECRET}&{RANGE}", RESTRICTED)

    found = [(record["status"], record["user"]) for record in records()]
    assert found[:2] == [(403, "reader"), (403, "reader")]
    assert found[-1] == (429, "reader")
    assert SECRET not in records.text()


@pytest.mark.parametrize(
    ("path", "method", "route", "shown"),
    [
        (f"/v4/abs/{SECRET}", "GET", "***", "GET"),
        ("/v4/abs", "PATCH", "/v4/abs", "PATCH"),
        ("/v4/abs", SECRET, "/v4/abs", "***"),
        ("/v4/abs\n", "GET", "***", "GET"),
    ],
)
def test_other_paths_and_methods_are_not_repeated(records, path, method, route, shown):
    answer = call(RANGE, path=path, method=method, function_name="forensics")

    (record,) = records()
    assert answer.status in (404, 405)
    assert (record["route"], record["method"], record["status"]) == (route, shown, answer.status)
    assert SECRET not in records.text()


def test_a_failure_of_ours_is_recorded_too(records, monkeypatch):
    monkeypatch.setenv("ABSLAKE_USERS", "file:/nonexistent/users.json")

    assert call(RANGE).status == 500
    assert records()[0]["status"] == 500


def test_changes_are_recorded_without_their_body(records):
    put("/v5/abs/benign", {"ip": "198.51.100.7", "note": SECRET})

    (record,) = records()
    assert (record["method"], record["route"]) == ("PUT", "/v5/abs/benign")
    assert SECRET not in json.dumps(record)
    assert "198.51.100.7" not in json.dumps(record)


def test_the_subject_of_a_token_is_the_user(records, monkeypatch):
    for name, value in {"ISSUERS": ISSUER, "AUDIENCE": AUDIENCE, "JWKS": jwks(jwk("first"))}.items():
        monkeypatch.setenv(f"ABSLAKE_OAUTH_{name}", value)
    sent = token(sub="robot@example.net")
    metrics(f"api=shop&{RANGE}", {"Authorization": f"Bearer {sent}"})

    (record,) = records()
    assert (record["user"], record["role"], record["credentials"]) == ("robot@example.net", "admin", "token")
    assert not [part for part in sent.split(".") if part in records.text()]


def test_bytes_are_those_of_the_compressed_answer(records):
    answer = call("", {**ADMIN, "Accept-Encoding": "gzip"}, path="/v4/abs/attackstatus")

    assert answer.headers["Content-Encoding"] == "gzip"
    assert records()[0]["bytes"] == len(answer.sent)


def test_without_a_masking_key_nothing_is_shown(records, tmp_path):
    (tmp_path / "users.json").write_text(json.dumps(USERS["users"][1]))
    call(f"token={SECRET}&{RANGE}", RESTRICTED)

    assert records()[0]["parameters"] == {"token": "***", **DATES}


def test_no_level_of_the_functions_log_leaves_records_out():
    assert audit.log.log_level <= 20
    assert audit.log.name != "reports"
