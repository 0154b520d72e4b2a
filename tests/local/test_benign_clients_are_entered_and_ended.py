"""GET, PUT and DELETE /v5/abs/benign: the allow-list over HTTP."""

import io
import json
from datetime import UTC, datetime, timedelta

import pytest

from abslake.detection import tuning_store
from abslake.detection.findings import IdentifierKind
from abslake.detection.tuning import Tuning
from abslake.reports import http
from tests.support import attack_types
from tests.support.calls import RESTRICTED, call, put
from tests.support.lakes import open_lake

PATH = "/v5/abs/benign"
PARTNER = {"kind": "token", "value": "partner-token", "attack_id": 1, "api": "shop", "why": "nightly export"}


@pytest.fixture
def lake(tmp_path, monkeypatch):
    attack_types.use(monkeypatch)
    return open_lake(tmp_path, monkeypatch)


def entries():
    return call(path=PATH).json["entries"]


def test_an_entry_is_made_shown_ended_and_kept(lake):
    made = put(PATH, PARTNER)
    assert (made.status, made.json["status_code"]) == (200, "SUCCESS")
    assert Tuning.load(lake).benign(IdentifierKind.TOKEN, "partner-token", 1, "shop", datetime.now(UTC))
    (shown,) = entries()
    assert shown | {"added": "", "since": ""} == {
        **PARTNER,
        "id": made.json["id"],
        "in_force": True,
        "by": "admin",
        "added": "",
        "since": "",
        "until": "",
        "ended": "",
        "ended_by": "",
        "ended_why": "",
    }

    ended = put(PATH, {"id": made.json["id"], "why": "contract is over"}, method="DELETE")

    assert (ended.status, ended.json["status_code"]) == (200, "SUCCESS")
    (kept,) = entries()
    assert (kept["in_force"], kept["ended_by"], kept["ended_why"]) == (False, "admin", "contract is over")
    assert not Tuning.load(lake).benign(IdentifierKind.TOKEN, "partner-token", 1, "shop", datetime.now(UTC))


def test_all_types_and_all_apis_are_what_is_meant_where_nothing_is_said(lake):
    until = datetime.now(UTC) + timedelta(days=3)
    body = {"kind": "ip", "value": "192.0.2.9/24", "why": "scanner of ours", "until": f"{until:%Y-%m-%dT%H:%M}"}

    assert put(PATH, body).status == 200

    (shown,) = entries()
    assert (shown["value"], shown["attack_id"], shown["api"]) == ("192.0.2.0/24", "all", "all")
    assert shown["until"].endswith(f"{until:%H:%M}:00:000 {until:%Y}")


@pytest.mark.parametrize(
    ("change", "status", "code", "words"),
    [
        ({"kind": "host"}, 400, "INVALID_PARAMETER", "kind: "),
        ({"value": ""}, 400, "INVALID_PARAMETER", "value: write 1 to"),
        ({"kind": "ip"}, 400, "INVALID_ADDRESS", "value: not an IPv4"),
        ({"kind": "username"}, 400, "INVALID_PARAMETER", "kind: type 1 is about token, cookie"),
        ({"attack_id": "some"}, 400, "INVALID_PARAMETER", "attack_id: "),
        ({"attack_id": 13}, 400, "TYPE_NOT_COVERED", "attack_id: type 13"),
        ({"api": "nowhere"}, 404, "UNKNOWN_API", "api: "),
        ({"why": " "}, 400, "INVALID_PARAMETER", "why: write 1 to"),
        ({"until": "2019-01-01T00:00"}, 400, "INVALID_PARAMETER", "until: "),
        ({"since": "yesterday"}, 400, "INVALID_DATE", "since: "),
        ({"id": "benign-1"}, 400, "UNKNOWN_PARAMETER", "a field that is not known"),
    ],
)
def test_an_entry_that_cannot_be_is_refused_by_its_field(lake, change, status, code, words):
    answer = put(PATH, PARTNER | change)

    assert (answer.status, answer.json["status_code"]) == (status, code)
    assert words in answer.json["message"]
    assert "partner-token" not in answer.body
    assert not lake.exists(tuning_store.KEY)


def test_the_same_entry_twice_and_one_that_is_not_there(lake):
    put(PATH, PARTNER)

    again = put(PATH, PARTNER)
    none = put(PATH, {"id": "benign-0", "why": "over"}, method="DELETE")

    assert (again.status, again.json["status_code"]) == (409, "CONFLICT")
    assert (none.status, none.json["status_code"]) == (404, "UNKNOWN_ENTRY")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_fault_22_the_restricted_user_neither_sees_nor_changes_the_list(lake, method):
    put(PATH, PARTNER)

    answer = put(PATH, PARTNER, RESTRICTED, method=method)

    assert answer.status == 403
    assert "partner-token" not in answer.body


def test_no_log_line_holds_the_client(lake, monkeypatch, capsys):
    stream = io.StringIO()
    monkeypatch.setattr(http.logger.registered_handler, "stream", stream)
    put(PATH, PARTNER)
    put(PATH, PARTNER)
    put(PATH, PARTNER | {"attack_id": 99})
    lake.put(tuning_store.KEY, json.dumps({"benign": ["partner-token"]}).encode())
    broken = put(PATH, PARTNER)

    assert broken.status == 500
    written = stream.getvalue() + "".join(capsys.readouterr())
    assert "benign.0 is malformed" in written
    assert "partner-token" not in written
