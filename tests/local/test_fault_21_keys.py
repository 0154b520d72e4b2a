"""Keys: compared in constant time and whatever matched before, one 401 for all that is wrong, never in a log."""

import contextlib
import hmac
import json

import pytest

from abslake import access
from abslake.access import users
from abslake.errors import SettingsError, Unauthorized
from tests.support.calls import ADMIN, RESTRICTED, USERS, call, during, metrics
from tests.support.function_log import function_log
from tests.support.lakes import open_lake

QUERY = f"token=t&{during('2018-02-13T18:00', '2018-02-18T18:00')}"
WRONG = [
    {},
    {"x-abs-ak": "admin-key"},
    {"x-abs-sk": "admin-secret-of-tests"},
    {"x-abs-ak": "", "x-abs-sk": ""},
    {"x-abs-ak": "admin-key", "x-abs-sk": ""},
    {"x-abs-ak": "admin-key", "x-abs-sk": "wrong"},
    {"x-abs-ak": "unknown", "x-abs-sk": "admin-secret-of-tests"},
    {"x-abs-ak": "unknown", "x-abs-sk": "wrong"},
    {"x-abs-ak": "admin-key", "x-abs-sk": "admin-secret-of-tests,admin-secret-of-tests"},
    {"x-abs-ak": "admin-key,other", "x-abs-sk": "admin-secret-of-tests"},
    {"x-abs-ak": "admin-key", "x-abs-sk": "ädmin-secret\ud800"},
    {**ADMIN, **RESTRICTED},
    {**ADMIN, "x-abs-ak-ru": ""},
    {"x-abs-ak-ru": "admin-key", "x-abs-sk-ru": "admin-secret-of-tests"},
    {"x-abs-ak": "reader-key", "x-abs-sk": "reader-secret-of-tests"},
    {"x-abs-ak": "admin-key", "x-abs-sk": "reader-secret-of-tests"},
]


@pytest.mark.parametrize("headers", WRONG, ids=range(len(WRONG)))
def test_fault_21_all_wrong_keys_get_the_same_401(tmp_path, monkeypatch, headers):
    open_lake(tmp_path, monkeypatch)

    forensics, api_metrics = call(QUERY, headers), metrics(QUERY, headers)

    assert forensics.status == api_metrics.status == 401
    assert (
        forensics.json
        == api_metrics.json
        == {
            "status_code": "UNAUTHORIZED",
            "message": "the keys are missing or wrong; send x-abs-ak and x-abs-sk",
            "request_id": forensics.json["request_id"],
        }
    )


def test_fault_21_without_users_nobody_may_ask(tmp_path, monkeypatch):
    open_lake(tmp_path, monkeypatch, users="")

    assert call(QUERY, ADMIN).status == 401


def test_fault_21_wrong_keys_are_told_before_wrong_parameters(tmp_path, monkeypatch):
    open_lake(tmp_path, monkeypatch)

    assert call("nonsense", {}).status == 401


@pytest.mark.parametrize(
    ("access_key", "secret_key"),
    [("key-0", "secret-0"), ("key-4", "secret-4"), ("key-0", "wrong"), ("unknown", "wrong"), ("", "")],
)
def test_fault_21_every_pair_costs_the_same_comparisons(monkeypatch, access_key, secret_key):
    compared = []
    known = access.parse(
        json.dumps(
            {
                "users": [
                    {"name": f"u{n}", "role": "admin", "access_key": f"key-{n}", "secret_key": f"secret-{n}"}
                    for n in range(5)
                ]
            }
        )
    )

    class Counting:
        @staticmethod
        def compare_digest(left, right):
            compared.append((len(left), len(right)))
            return hmac.compare_digest(left, right)

    monkeypatch.setattr(users, "hmac", Counting)
    with contextlib.suppress(Unauthorized):
        access.identify({"x-abs-ak": access_key, "x-abs-sk": secret_key}, known)

    assert compared == [(64, 64)] * 5


@pytest.fixture
def log(monkeypatch, capsys):
    """All that the functions print."""
    stream = function_log(monkeypatch)
    return lambda: stream.getvalue() + "".join(capsys.readouterr())


def test_fault_21_keys_and_identifiers_are_in_no_log(tmp_path, monkeypatch, log):
    monkeypatch.setenv("POWERTOOLS_LOGGER_LOG_EVENT", "true")
    monkeypatch.setenv("POWERTOOLS_DEBUG", "true")
    open_lake(tmp_path, monkeypatch)
    call(f"token=the-token&{during('2018-02-13T18:00', '2018-02-18T18:00')}")
    call("token=the-token&earlier_date=the-token")
    call(QUERY, {"x-abs-ak": "admin-key", "x-abs-sk": "a-wrong-secret"})
    (tmp_path / "users.json").unlink()
    assert call("token=the-token").status == 500

    logged = log()
    assert "users' file cannot be read" in logged
    for secret in ("admin-key", "admin-secret-of-tests", "a-wrong-secret", "the-token"):
        assert secret not in logged


def test_fault_21_an_unexpected_error_is_a_500_that_tells_nothing(tmp_path, monkeypatch, log):
    lake = open_lake(tmp_path, monkeypatch)
    lake.put("facts/date=2018-02-14/hour=00/x-0000.parquet", b"the-token: no Parquet")

    answer = call(QUERY.replace("token=t", "token=the-token"))

    assert answer.status == 500
    assert answer.json["status_code"] == "INTERNAL_ERROR"
    logged = log()
    assert answer.json["request_id"] in logged
    assert "the-token" not in answer.body + logged


def test_fault_21_users_are_kept_as_digests():
    known = access.parse(json.dumps(USERS))

    assert "admin-secret-of-tests" not in repr(known)
    pairs = [pair for user in known.users for pair in user.pairs]
    assert len(pairs) == 2
    assert all(isinstance(pair.secret_digest, bytes) and len(pair.secret_digest) == 32 for pair in pairs)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"secret_key": "abs_sk"}, "users[0].secret_key: is a published default"),
        ({"secret_key": "abs_sk_ru"}, "users[0].secret_key: is a published default"),
        ({"access_key": "a:b"}, "users[0].access_key"),
        ({"secret_key": "TheSecret:1"}, "users[0].secret_key"),
        ({"secret_key": "TheSecret,1"}, "users[0].secret_key"),
        ({"secret_key": "TheSecret 1"}, "users[0].secret_key"),
        ({"secret_key": ""}, "users[0].secret_key"),
        ({"secret_key": None}, "users[0].secret_key"),
        ({"secret_key_sha256": "TheSecret"}, "users[0]: give"),
        ({"access_key": 7}, "users[0].access_key"),
        ({"role": "root"}, "users[0].role"),
        ({"name": ""}, "users[0].name"),
    ],
)
def test_fault_21_a_bad_user_is_refused_by_place_and_field(change, place):
    user = {"name": "n", "role": "admin", "access_key": "TheKey", "secret_key": "TheSecret", **change}

    with pytest.raises(SettingsError) as caught:
        access.parse(json.dumps({"users": [user]}))

    assert str(caught.value).startswith(place)
    assert "TheSecret" not in str(caught.value)
    assert "TheKey" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "7", '{"users": {}}', '{"users": [7]}', "[" * 100_000])
def test_fault_21_a_document_of_another_shape_is_refused(text):
    with pytest.raises(SettingsError, match="users"):
        access.parse(text)


def test_fault_21_two_users_with_one_access_key_are_refused():
    with pytest.raises(SettingsError, match="same access_key"):
        access.parse(json.dumps({"users": [USERS["users"][0], {**USERS["users"][1], "access_key": "admin-key"}]}))
