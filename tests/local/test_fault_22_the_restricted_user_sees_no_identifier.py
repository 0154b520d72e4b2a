"""The restricted user: no forensics, and in metrics no session id, whichever door it might come through."""

import json
import re

import pytest

from abslake import access
from abslake.errors import Forbidden
from tests.support.calls import ADMIN, RESTRICTED, USERS, call, during, metrics
from tests.support.facts import fact, write_facts
from tests.support.lakes import open_lake

RANGE = during("2018-02-13T00:00", "2018-02-14T00:00")
HIDDEN = ("session-one", "session-two", "token-number-1", "key-number-1", "user-name-1", "rewritten-id")


@pytest.fixture
def lake(tmp_path, monkeypatch):
    lake = open_lake(tmp_path, monkeypatch)
    when = "2018-02-13T10:00:01"
    write_facts(
        lake,
        [
            fact(when, cookie="session-one", path="/shop/a", user_agent="session-one"),
            fact(when, cookie="session-two", path="/shop/session-two/a"),
            fact(when, token="token-number-1", path="/shop/reset/token-number-1"),
            fact(when, api_key="key-number-1", path="/shop/k/key-number-1/x"),
            fact(when, username="user-name-1", path="/shop/users/user-name-1/orders"),
            fact(when, path="/shop/cart;jsessionid=rewritten-id;v=2/pay"),
        ],
    )
    return lake


@pytest.mark.parametrize("selector", ["token=t", "IP=192.0.2.1", "cookie=session-one", "api_key=k", "username=u", ""])
def test_fault_22_forensics_are_403(lake, selector):
    answer = call(f"{selector}&{RANGE}", RESTRICTED)

    assert answer.status == 403
    assert answer.json["status_code"] == "FORBIDDEN"


def test_fault_22_metrics_hide_session_ids_and_keep_the_numbers(lake):
    seen, whole = metrics(f"api=shop&{RANGE}", RESTRICTED), metrics(f"api=shop&{RANGE}", ADMIN)

    assert seen.status == 200
    assert [value for value in HIDDEN if value in seen.body] == []
    assert all(value in whole.body for value in HIDDEN)  # so that the line above can fail
    assert seen.json["req_resp_summary"] == whole.json["req_resp_summary"]
    ids = [entry["session_id"] for entry in seen.json["req_resp_details"]["session_details"]]
    assert len(set(ids)) == 2
    assert all(re.fullmatch("[0-9a-f]{32}", name) for name in ids)
    assert "/shop/cart;jsessionid=***;v=***/pay" in seen.body


def test_fault_22_the_order_of_masks_tells_nothing_of_the_names(lake):
    answer = metrics(f"api=shop&{RANGE}", RESTRICTED)

    ids = [entry["session_id"] for entry in answer.json["req_resp_details"]["session_details"]]
    assert ids == sorted(ids)


def test_fault_22_no_cache_keeps_an_answer(lake):
    for answer in (metrics(f"api=shop&{RANGE}"), metrics(f"api=shop&{RANGE}", RESTRICTED), call(""), call("", {})):
        assert answer.headers["Cache-Control"] == "no-store"


def test_fault_22_masks_are_stable_and_need_the_key():
    both = access.parse(json.dumps(USERS))
    reader = both.users[1]
    mask = access.mask_for(reader, both)
    other = access.parse(json.dumps({**USERS, "masking_key": "another key of a deployment"}))
    other_mask = access.mask_for(reader, other)

    assert mask
    assert other_mask
    assert mask("session-one") == mask("session-one") != mask("session-two")
    assert mask("session-one") != other_mask("session-one")


def test_fault_22_without_a_masking_key_there_is_no_answer(lake, tmp_path):
    (tmp_path / "users.json").write_text(json.dumps(USERS["users"][1]))

    answer = metrics(f"api=shop&{RANGE}", RESTRICTED)

    assert answer.status == 403
    alone = access.parse(json.dumps(USERS["users"][1]))
    with pytest.raises(Forbidden):
        access.mask_for(alone.users[0], alone)


def test_fault_22_the_admin_sees_session_ids(lake):
    answer = metrics(f"api=shop&{RANGE}")

    assert {entry["session_id"] for entry in answer.json["req_resp_details"]["session_details"]} == {
        "session-one",
        "session-two",
    }


@pytest.mark.parametrize(
    ("path", "identifiers", "shown"),
    [
        ("/shop/m/tok%2Ben/x", {"token": "tok+en"}, "/shop/m/***/x"),
        ("/shop/m/%61bcdef/x", {"cookie": "abcdef"}, "/shop/m/***/x"),
        ("/shop/m/mykey", {"api_key": "mykey"}, "/shop/m/***"),
        ("/shop/shopping", {"api_key": "shop"}, "/***/shopping"),
        ("/shop/users/zoe%40example.com/orders", {"username": "zoe@example.com"}, "/shop/users/***/orders"),
        ("/shop/users/ann", {"username": "ann", "token": "token-number-1"}, "/shop/users/***"),
        ("/shop/%FF%73ecret", {"token": "secret"}, "/***"),
        ("/shop/%zz/50%25", {"token": "number-1"}, "/shop/%zz/50%25"),
    ],
)
def test_fault_22_no_encoding_of_a_path_lets_an_identifier_through(tmp_path, monkeypatch, path, identifiers, shown):
    lake = open_lake(tmp_path, monkeypatch)
    write_facts(lake, [fact("2018-02-13T10:00:01", path=path, **identifiers)])

    details = metrics(f"api=shop&{RANGE}", RESTRICTED).json["req_resp_details"]

    entries = details["no_session"]["request_details"] or details["session_details"][0]["path_info"]
    assert [entry["path"] for entry in entries] == [shown]
