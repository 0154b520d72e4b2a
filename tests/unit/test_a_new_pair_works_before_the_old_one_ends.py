"""Rotation: a user has several pairs for a while; each is good in its time, and what it is wrong for is the one 401."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from abslake import access
from abslake.access.users import KeyPair
from abslake.dev import users_file
from abslake.errors import SettingsError, Unauthorized
from tests.support.command import abslake

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
OLD = {"access_key": "old-key", "secret_key": "old-secret", "not_after": "2026-03-01T13:00:00Z"}
NEW = {"access_key": "new-key", "secret_key": "new-secret", "not_before": "2026-03-01T14:00:00+02:00"}
USER = {"name": "boss", "role": "admin", "keys": [OLD, NEW]}


def known(*users):
    return access.parse(json.dumps({"users": [*users]}))


def sent(pair):
    return {"x-abs-ak": pair["access_key"], "x-abs-sk": pair["secret_key"]}


@pytest.mark.parametrize(
    ("pair", "minutes", "good"),
    [(OLD, -999, True), (OLD, 59.9, True), (OLD, 60, False), (NEW, -0.1, False), (NEW, 0, True), (NEW, 9999, True)],
)
def test_each_pair_is_good_in_its_time(pair, minutes, good):
    users, moment = known(USER), NOON + timedelta(minutes=minutes)

    if good:
        assert access.identify(sent(pair), users, moment).name == "boss"
    else:
        with pytest.raises(Unauthorized) as refused:
            access.identify(sent(pair), users, moment)
        with pytest.raises(Unauthorized) as unknown:
            access.identify(sent({"access_key": "x", "secret_key": "x"}), users, moment)
        assert str(refused.value) == str(unknown.value)


def test_the_key_of_one_pair_does_not_go_with_the_secret_of_another():
    mixed = {"access_key": "old-key", "secret_key": "new-secret"}

    with pytest.raises(Unauthorized):
        access.identify(sent(mixed), known(USER), NOON)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"keys": []}, "users[0].keys: must be a list"),
        ({"keys": [OLD, {**NEW, "not_afer": "2026-03-01T00:00:00Z"}]}, "users[0].keys[1]: has a field"),
        ({"keys": [{**NEW, "not_after": "2026-03-02"}]}, "users[0].keys[0].not_after: write a time with its zone"),
        ({"keys": [{**NEW, "not_after": 7}]}, "users[0].keys[0].not_after"),
        ({"keys": [{**NEW, "not_after": NEW["not_before"]}]}, "users[0].keys[0]: not_before must be before"),
        ({"keys": [OLD, OLD]}, "users: two pairs have the same access_key"),
        ({"access_key": "another"}, "users[0]: give one pair or keys"),
        ({"request_per_minute": 5}, "users[0]: has a field"),
        ({"name": "n" * 257}, "users[0].name: must be a text of"),
        ({"requests_per_minute": 0}, "users[0].requests_per_minute"),
        ({"requests_per_minute": True}, "users[0].requests_per_minute"),
    ],
)
def test_a_document_that_would_not_do_what_it_seems_to_say_is_refused(change, place):
    with pytest.raises(SettingsError) as refused:
        known(USER | change)

    assert str(refused.value).startswith(place)
    assert "secret" not in str(refused.value).replace("secret_key", "")


@pytest.mark.parametrize("extra", [{"maskingkey": "k" * 20}, {"masking_key": "k" * 20, "masking_key_sha256": "0" * 64}])
def test_nothing_at_the_top_is_passed_over(extra):
    with pytest.raises(SettingsError, match="users: "):
        access.parse(json.dumps({"users": [USER], **extra}))


def document(*users, **top):
    return {"users": [json.loads(json.dumps(user)) for user in users], **top}


def pairs_of(written, name="boss") -> tuple[KeyPair, ...]:
    (user,) = [user for user in access.parse(json.dumps(written)).users if user.name == name]
    return user.pairs


def test_rotate_gives_a_pair_and_ends_the_old_one_later():
    kept = document({"name": "boss", "role": "admin", "access_key": "old-key", "secret_key": "old-secret"})

    made = users_file.change(kept, lambda d: users_file.rotate(d, "boss", NOON, timedelta(hours=2)))

    users = access.parse(json.dumps(kept))
    old, new = ({"access_key": "old-key", "secret_key": "old-secret"}, vars_of(made))
    for hours, good in ((1.9, [old, new]), (2, [new])):
        moment = NOON + timedelta(hours=hours)
        for pair in good:
            assert access.identify(sent(pair), users, moment).name == "boss"
    with pytest.raises(Unauthorized):
        access.identify(sent(old), users, NOON + timedelta(hours=2))
    assert "old-secret" not in json.dumps(kept)
    assert made.secret_key not in json.dumps(kept)
    assert made.secret_key not in repr(made)


def vars_of(made):
    return {"access_key": made.access_key, "secret_key": made.secret_key}


def test_rotating_again_never_lengthens_the_life_of_a_pair_and_drops_those_that_ended():
    kept = document(USER)

    users_file.rotate(kept, "boss", NOON, timedelta(hours=5))
    assert [pair.not_after for pair in pairs_of(kept)] == [NOON + timedelta(hours=1), NOON + timedelta(hours=5), None]

    users_file.rotate(kept, "boss", NOON + timedelta(hours=2), timedelta())
    assert [pair.not_after for pair in pairs_of(kept)] == [None]


@pytest.mark.parametrize(
    "work",
    [
        lambda d: users_file.rotate(d, "boss", NOON, timedelta()),
        lambda d: users_file.retire(d, "boss", "old", whole=False),
        lambda d: users_file.retire(d, "boss", None, whole=True),
    ],
)
def test_masks_stay_as_they_are_whichever_pair_goes(work):
    kept = document(USER)
    before = access.parse(json.dumps(kept)).masking_key

    users_file.change(kept, work)

    assert before
    assert access.parse(json.dumps(kept)).masking_key == before


def test_a_masking_key_of_its_own_is_left_alone():
    kept = document(USER, masking_key="a masking key of its own")

    users_file.change(kept, lambda d: users_file.rotate(d, "boss", NOON, timedelta()))

    assert kept["masking_key"] == "a masking key of its own"
    assert "masking_key_sha256" not in kept


def test_retire_leaves_the_newest_or_all_but_the_one_named():
    first, second = document(USER), document(USER)

    assert users_file.retire(first, "boss", None, whole=False) == 1
    assert users_file.retire(second, "boss", "new", whole=False) == 1

    assert [pair["access_key"] for pair in first["users"][0]["keys"]] == ["new-key"]
    assert [pair["access_key"] for pair in second["users"][0]["keys"]] == ["old-key"]


@pytest.mark.parametrize("beginning", ["none", "", "old-key2"])
def test_a_pair_that_cannot_be_told_is_not_retired(beginning):
    kept = document(USER)

    with pytest.raises(users_file.UserMistake):
        users_file.retire(kept, "boss", beginning, whole=False)
    assert len(pairs_of(kept)) == 2


def test_the_last_pair_goes_with_its_user_only():
    kept = document({**USER, "keys": [NEW]})

    with pytest.raises(users_file.UserMistake, match="--all"):
        users_file.retire(kept, "boss", "new", whole=False)
    users_file.retire(kept, "boss", None, whole=True)
    assert kept["users"] == []


def test_the_command_line_keeps_users_in_a_file_for_nobody_elses_eyes(tmp_path):
    place = f"file:{tmp_path / 'users.json'}"

    added = abslake("users", "add", "boss", "--role", "admin", "--users", place)
    reader = abslake("users", "add", "reader", "--requests-per-minute", "5", ABSLAKE_USERS=place)
    rotated = abslake("users", "rotate", "boss", "--users", place)
    listed = abslake("users", "list", "--users", place)

    assert [done.returncode for done in (added, reader, rotated, listed)] == [0] * 4
    users = access.parse((tmp_path / "users.json").read_bytes())
    assert [user.requests_per_minute for user in users.users] == [None, 5]
    for done in (added, rotated):
        assert access.identify(sent(json.loads(done.stdout)), users).role is access.Role.ADMIN
    text = (tmp_path / "users.json").read_text()
    secrets = [json.loads(done.stdout)["secret_key"] for done in (added, reader, rotated)]
    assert not [secret for secret in secrets if secret in text + listed.stdout + added.stderr + rotated.stderr]
    assert (tmp_path / "users.json").stat().st_mode & 0o077 == 0
    retired = abslake("users", "retire", "boss", "--users", place)
    assert "1 pairs ended" in retired.stderr
    assert len(access.parse((tmp_path / "users.json").read_bytes()).users[0].pairs) == 1


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["add", "boss"], 2),
        (["rotate", "nobody"], 2),
        (["retire", "nobody"], 2),
        (["list", "--users", "vault:x"], 2),
        (["list", "--users", "file:/nonexistent/folder/is/none"], 0),
        (["add", "x", "--users", "file:/nonexistent/folder/is/none"], 1),
    ],
)
def test_the_command_line_says_what_is_wrong(tmp_path, words, code):
    place = f"file:{tmp_path / 'users.json'}"
    (tmp_path / "users.json").write_text(json.dumps(document(USER)))

    done = abslake("users", *words, **({} if "--users" in words else {"ABSLAKE_USERS": place}))

    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert "old-secret" not in done.stdout + done.stderr
