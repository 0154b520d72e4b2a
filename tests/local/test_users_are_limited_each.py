"""Requests a minute of each user: counted for all functions in a table, refused above it with when to ask again."""

import contextlib
import json
from datetime import UTC, datetime
from types import SimpleNamespace

import boto3
import pytest

from abslake import access
from abslake.access import limits
from abslake.access.check import Credentials
from abslake.errors import TooManyRequests
from abslake.settings import Settings
from tests.support.calls import ADMIN, RESTRICTED, USERS, call
from tests.support.issuer import AUDIENCE, ISSUER, jwk, jwks, token
from tests.support.lakes import open_lake
from tests.support.s3 import moto_server

PATH = "/v4/abs/attackstatus"
TABLE = "limits"


@pytest.fixture
def lake(tmp_path, monkeypatch):
    forget = limits.counter.cache_clear
    forget()
    lake = open_lake(tmp_path, monkeypatch)
    admin, reader = USERS["users"]
    limited = [admin, {**reader, "requests_per_minute": 3}]
    (tmp_path / "users.json").write_text(json.dumps({"users": limited}))
    yield lake
    forget()


@pytest.fixture(scope="module")
def server():
    with moto_server() as made, contextlib.closing(client(made.endpoint)) as dynamodb:
        dynamodb.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        )
        yield made.endpoint, dynamodb


def client(endpoint):
    return boto3.client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


@pytest.fixture
def table(server, lake, monkeypatch):
    endpoint, dynamodb = server
    for item in dynamodb.scan(TableName=TABLE)["Items"]:
        dynamodb.delete_item(TableName=TABLE, Key={"id": item["id"]})
    monkeypatch.setenv("ABSLAKE_LIMIT_TABLE", TABLE)
    monkeypatch.setattr(limits, "_dynamodb", lambda: client(endpoint))
    monkeypatch.setattr(limits, "time", Clock())
    return dynamodb


class Clock:
    """In the middle of a minute, so that none ends while a test goes on."""

    now = datetime(2026, 3, 1, 12, 0, 20, tzinfo=UTC).timestamp()

    def time(self):
        return self.now

    def monotonic(self):
        return self.now


def asked(times, headers=RESTRICTED):
    return [call("", headers, path=PATH).status for _ in range(times)]


def test_without_a_table_the_process_counts(lake, monkeypatch):
    monkeypatch.setattr(limits, "time", clock := Clock())

    assert asked(5) == [200, 200, 200, 429, 429]
    clock.now += 60
    assert asked(4) == [200, 200, 200, 429]


def test_the_refusal_says_when_to_ask_again(lake, monkeypatch):
    monkeypatch.setattr(limits, "time", Clock())
    asked(3)

    answer = call("", RESTRICTED, path=PATH)

    assert answer.status == 429
    assert answer.json["status_code"] == "TOO_MANY_REQUESTS"
    assert answer.json["message"] == "no more than 3 requests a minute: ask again in 41 seconds"
    assert answer.headers["Retry-After"] == "41"
    assert answer.headers["Cache-Control"] == "no-store"


def test_others_are_not_held_up(lake, monkeypatch):
    monkeypatch.setattr(limits, "time", Clock())
    asked(5)

    assert asked(9, ADMIN) == [200] * 9


def test_wrong_keys_count_for_nobody(lake, monkeypatch):
    monkeypatch.setattr(limits, "time", Clock())

    assert asked(9, {**RESTRICTED, "x-abs-sk-ru": "wrong"}) == [401] * 9
    assert asked(1) == [200]


def test_whatever_is_answered_counts(lake, monkeypatch):
    monkeypatch.setattr(limits, "time", Clock())

    assert [call("x=1", RESTRICTED).status for _ in range(2)] == [403, 403]
    assert [call("x=1", RESTRICTED, path="/v4/abs/metrics").status for _ in range(2)] == [400, 429]


def test_a_table_counts_for_all_processes(table):
    assert asked(2) == [200, 200]
    limits.counter.cache_clear()  # another process

    assert asked(3) == [200, 429, 429]
    (item,) = table.scan(TableName=TABLE)["Items"]
    minute = int(Clock.now // 60)
    assert item == {
        "id": {"S": f"user:reader#{minute}"},
        "requests": {"N": "3"},
        "expires": {"N": str(minute * 60 + 60 + 300)},
    }


def test_a_user_without_a_limit_does_not_have_the_table_asked(table):
    assert asked(3, ADMIN) == [200] * 3
    assert table.scan(TableName=TABLE)["Items"] == []


def test_whoever_is_over_his_limit_costs_no_update_more(table, monkeypatch):
    assert asked(4) == [200, 200, 200, 429]
    monkeypatch.setattr(limits.TableCounter, "_count", lambda *_: pytest.fail("asked again"))

    assert asked(2) == [429, 429]


def test_the_next_minute_begins_anew(table, monkeypatch):
    monkeypatch.setattr(limits, "time", clock := Clock())
    asked(4)
    clock.now += 60

    assert asked(4) == [200, 200, 200, 429]


def test_a_table_that_fails_lets_everybody_through_and_is_left_alone_for_a_while(lake, monkeypatch, caplog):
    calls = []

    class Failing:
        exceptions = SimpleNamespace(ConditionalCheckFailedException=KeyError)

        def update_item(self, **_):
            calls.append(1)
            raise OSError("the table of user:reader")

    monkeypatch.setenv("ABSLAKE_LIMIT_TABLE", TABLE)
    monkeypatch.setattr(limits, "_dynamodb", Failing)
    clock = Clock()
    kept = limits.TableCounter(TABLE, Failing, clock.monotonic)
    monkeypatch.setattr(limits, "counter", lambda _: kept)

    assert asked(9) == [200] * 9
    assert len(calls) == 1
    assert "requests are not limited, the table cannot count them: OSError" in caplog.text
    assert "reader" not in caplog.text
    clock.now += 16
    assert asked(1) == [200]
    assert len(calls) == 2


def test_subjects_of_tokens_have_the_limit_that_is_set_for_them(lake, monkeypatch):
    settings = {"ISSUERS": ISSUER, "AUDIENCE": AUDIENCE, "JWKS": jwks(jwk("first")), "REQUESTS_PER_MINUTE": "2"}
    for name, value in settings.items():
        monkeypatch.setenv(f"ABSLAKE_OAUTH_{name}", value)
    monkeypatch.setattr(limits, "time", Clock())

    first, second = ({"Authorization": f"Bearer {token(sub=sub)}"} for sub in ("reader", "somebody"))

    assert asked(3, first) == [200, 200, 429]
    assert asked(1, {"Authorization": f"Bearer {token(sub='reader', scope='abslake:restricted')}"}) == [429]
    assert asked(3, second) == [200, 200, 429]
    assert asked(1) == [200]  # the user with keys who has the same name


def test_a_counter_admits_exactly_its_limit_in_each_minute():
    counter = limits.ProcessCounter()

    admitted = [counter.admit(account, minute, 2) for minute in (1, 2) for account in ("a", "b") for _ in range(3)]

    assert admitted == [True, True, False] * 4


@pytest.mark.parametrize(("second", "wait"), [(0, 61), (0.5, 60), (59.9, 1)])
def test_the_wait_ends_in_the_next_minute(second, wait):
    limits.counter.cache_clear()
    user = access.User("u", access.Role.ADMIN, requests_per_minute=1)
    caller = access.Caller(user, Credentials.KEYS, "user:u", access.Users())
    moment = 60.0 * 1000 + second
    limits.check(caller, Settings(), moment)

    with pytest.raises(TooManyRequests) as refused:
        limits.check(caller, Settings(), moment)

    assert refused.value.retry_after == wait
