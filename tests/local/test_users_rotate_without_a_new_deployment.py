"""Users in Secrets Manager: new keys count once the cache has run out, old ones no longer; a laptop's file at once."""

import json
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256

import boto3
import pytest
from aws_lambda_powertools.utilities.parameters import base, clear_caches
from moto import mock_aws

from abslake import access
from abslake.dev import users_file
from abslake.errors import SettingsError, StorageError, Unauthorized
from abslake.settings import Settings

ONE_USER = {"name": "admin", "role": "admin", "access_key": "key", "secret_key": "old-secret"}
SETTINGS = Settings(users="secretsmanager:abslake-users", users_cache_seconds=300)
OLD, NEW = ({"x-abs-ak": "key", "x-abs-sk": secret} for secret in ("old-secret", "new-secret"))


@pytest.fixture
def secrets(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    clear_caches()
    with mock_aws():
        client = boto3.client("secretsmanager")
        client.create_secret(Name="abslake-users", SecretString=json.dumps(ONE_USER))
        yield client
        client.close()
    clear_caches()


@pytest.fixture
def pass_time(monkeypatch):
    class Clock(datetime):
        ahead = timedelta()

        @classmethod
        def now(cls, tz: timezone | None = None):
            return datetime.now(tz) + cls.ahead

    monkeypatch.setattr(base, "datetime", Clock)

    def forward(seconds: float) -> None:
        Clock.ahead += timedelta(seconds=seconds)

    return forward


def rotate(secrets):
    secrets.put_secret_value(
        SecretId="abslake-users", SecretString=json.dumps({**ONE_USER, "secret_key": "new-secret"})
    )


def test_a_new_secret_counts_when_the_cache_has_run_out(secrets, pass_time):
    assert access.identify(OLD, access.load(SETTINGS)).name == "admin"
    rotate(secrets)

    pass_time(290)
    assert access.identify(OLD, access.load(SETTINGS)).name == "admin"
    pass_time(20)
    assert access.identify(NEW, access.load(SETTINGS)).name == "admin"
    with pytest.raises(Unauthorized):
        access.identify(OLD, access.load(SETTINGS))


def test_without_a_cache_it_counts_at_once(secrets):
    at_once = SETTINGS.model_copy(update={"users_cache_seconds": 0})
    access.load(at_once)
    rotate(secrets)

    assert access.identify(NEW, access.load(at_once)).name == "admin"


def test_a_pair_that_is_rotated_in_the_secret_works_beside_the_old_one(secrets, pass_time):
    place = users_file.Place("secretsmanager:abslake-users")
    document = place.read()
    made = users_file.change(document, lambda d: users_file.rotate(d, "admin", datetime.now(UTC), timedelta(hours=1)))
    before = access.load(SETTINGS).masking_key
    place.write(document)
    pass_time(310)

    users = access.load(SETTINGS)

    new = {"x-abs-ak": made.access_key, "x-abs-sk": made.secret_key}
    assert [access.identify(sent, users).name for sent in (OLD, new)] == ["admin", "admin"]
    with pytest.raises(Unauthorized):
        access.identify(OLD, users, datetime.now(UTC) + timedelta(hours=1, seconds=1))
    assert users.masking_key == before


def test_a_secret_that_cannot_be_read_is_an_error_without_its_name(secrets):
    with pytest.raises(StorageError, match="ResourceNotFoundException") as caught:
        access.load(Settings(users="secretsmanager:nosuch"))

    assert "nosuch" not in str(caught.value)


def test_a_file_counts_at_once_and_takes_digests(tmp_path):
    file = tmp_path / "users.json"
    file.write_text(json.dumps(ONE_USER))
    settings = Settings(users=f"file:{file}")
    assert access.identify(OLD, access.load(settings)).role is access.Role.ADMIN

    digest = sha256(b"new-secret").hexdigest()
    user = {key: value for key, value in ONE_USER.items() if key != "secret_key"}
    file.write_text(json.dumps({"users": [{**user, "secret_key_sha256": digest.upper()}]}))

    assert access.identify(NEW, access.load(settings)).role is access.Role.ADMIN
    with pytest.raises(Unauthorized):
        access.identify(OLD, access.load(settings))


@pytest.mark.parametrize("users", ["nonsense", "file:", "secretsmanager:", "vault:x"])
def test_another_source_is_refused_by_its_variable(users):
    with pytest.raises(SettingsError, match="ABSLAKE_USERS"):
        access.load(Settings(users=users))
