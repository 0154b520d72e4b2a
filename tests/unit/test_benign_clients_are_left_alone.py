"""The allow-list: which clients an entry covers, for what and when; who may be entered, and how an entry ends."""

from datetime import timedelta

import pytest

from abslake.detection import allow_list, tuning_store
from abslake.detection.allow_list import Request
from abslake.detection.findings import IdentifierKind
from abslake.detection.tuning import Tuning
from abslake.errors import BadRequest, Conflict, NotFound
from abslake.storage import Lake
from tests.support import attack_types
from tests.support.facts import at, finding

NOW = at("2026-03-02T10:00:00")
HOUR = timedelta(hours=1)
IP, TOKEN = IdentifierKind.IP, IdentifierKind.TOKEN


@pytest.fixture(autouse=True)
def _types(monkeypatch):
    attack_types.use(monkeypatch)


@pytest.fixture
def lake(tmp_path):
    return Lake(str(tmp_path))


def add(lake, value, kind=IP, attack_id=None, api=None, **more):
    return allow_list.add(lake, "ann", Request(kind, value, attack_id, api, "a partner", **more), NOW)


def benign(lake, identifier, kind=IP, attack_id=1, api="shop", after=timedelta()):
    return Tuning.load(lake).benign(kind, identifier, attack_id, api, NOW + after)


@pytest.mark.parametrize(
    ("value", "inside", "outside"),
    [
        ("192.0.2.7", "192.0.2.7", "192.0.2.8"),
        ("2001:DB8::1", "2001:db8::1", "2001:db8::2"),
        ("192.0.2.130/25", "192.0.2.128", "192.0.2.127"),
        ("192.0.2.0/25", "192.0.2.127", "192.0.2.128"),
        ("2001:db8:1::/48", "2001:db8:1:ffff::9", "2001:db8:2::"),
        ("128.0.0.0/1", "255.1.2.3", "127.255.255.255"),
        ("192.0.2.7/32", "192.0.2.7", "::c000:207"),
        ("::ffff:192.0.2.0/121", "192.0.2.127", "192.0.2.128"),
        ("::ffff:192.0.2.1", "192.0.2.1", "192.0.2.2"),
    ],
)
def test_an_address_or_network_covers_its_addresses(lake, value, inside, outside):
    add(lake, value)

    assert benign(lake, inside)
    assert not benign(lake, outside)
    assert not benign(lake, inside, TOKEN)


def test_an_entry_covers_the_type_and_api_that_it_names(lake):
    add(lake, "t", TOKEN, attack_id=1, api="shop")
    add(lake, "u", TOKEN)

    assert benign(lake, "t", TOKEN)
    assert not benign(lake, "t", TOKEN, attack_id=7)
    assert not benign(lake, "t", TOKEN, api="bank")
    assert not benign(lake, "t", TOKEN, api="all")
    assert all(benign(lake, "u", TOKEN, attack_id, api) for attack_id, api in [(1, "shop"), (16, "all"), (7, "bank")])


def test_a_value_with_a_slash_is_a_network_of_addresses_only(lake):
    add(lake, "ab/8", TOKEN)

    assert benign(lake, "ab/8", TOKEN)


def test_an_entry_counts_from_its_beginning_to_its_end(lake):
    add(lake, "t", TOKEN, until=NOW + HOUR)
    add(lake, "u", TOKEN, since=NOW - HOUR)

    assert [benign(lake, "t", TOKEN, after=hours * HOUR) for hours in (-0.5, 0, 0.9, 1)] == [False, True, True, False]
    assert [benign(lake, "u", TOKEN, after=hours * HOUR) for hours in (-1.1, -1, 9)] == [False, True, True]


def test_an_ended_entry_stays_with_who_ended_it_and_covers_nothing_more(lake):
    entry = add(lake, "t", TOKEN)

    ended = allow_list.end(lake, "bob", entry.id, "it was no partner", NOW + HOUR)
    again = allow_list.end(lake, "cid", entry.id, "twice", NOW + 2 * HOUR)

    assert again == ended
    assert (ended.ended, ended.ended_by, ended.ended_why) == (NOW + HOUR, "bob", "it was no partner")
    assert (ended.by, ended.why) == ("ann", "a partner")
    assert [benign(lake, "t", TOKEN, after=hours * HOUR) for hours in (0.9, 1)] == [True, False]


def test_the_same_client_can_be_entered_again_once_the_entry_has_ended(lake):
    first = add(lake, "t", TOKEN)
    with pytest.raises(Conflict, match=first.id):
        add(lake, "t", TOKEN)
    allow_list.end(lake, "ann", first.id, "over", NOW)

    second = add(lake, "t", TOKEN)

    assert [one.id for one in Tuning.load(lake).document.benign] == [first.id, second.id]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"value": "192.0.2.256"}, "value: not an IPv4"),
        ({"value": "192.0.2.0/33"}, "value: not a network"),
        ({"value": "::ffff:0.0.0.0/96"}, "value: that is everybody"),
        ({"value": "0.0.0.0/0"}, "value: that is everybody"),
        ({"value": "", "kind": TOKEN}, "value: write 1 to"),
        ({"value": "\ud800", "kind": TOKEN}, "value: is not valid Unicode"),
        ({"value": "c", "kind": TOKEN, "attack_id": 7}, "kind: type 7 is about cookie"),
        ({"value": "192.0.2.1", "attack_id": 13}, "attack_id: type 13 is not covered"),
        ({"value": "192.0.2.1", "until": NOW}, "until: must be after"),
        ({"value": "192.0.2.1", "since": NOW + 2 * HOUR, "until": NOW + HOUR}, "until: must be after"),
    ],
)
def test_an_entry_that_cannot_be_is_refused_by_its_field(lake, given, message):
    with pytest.raises(BadRequest, match=message):
        add(lake, **given)


def test_an_unknown_entry_is_not_found(lake):
    with pytest.raises(NotFound, match=r"^id: "):
        allow_list.end(lake, "ann", "benign-0", "none", NOW)


def test_a_full_list_says_so(lake, monkeypatch):
    monkeypatch.setattr(allow_list, "MAX_ENTRIES", 1)
    add(lake, "t", TOKEN)

    with pytest.raises(Conflict, match="full"):
        add(lake, "u", TOKEN)


def test_an_erased_client_leaves_no_trace_in_the_list(lake):
    first, _ = add(lake, "secret-token", TOKEN, attack_id=1), add(lake, "secret-token", TOKEN, attack_id=16)
    add(lake, "192.0.2.0/24")

    assert allow_list.forget(lake, "erase", TOKEN, "secret-token") == 2
    assert allow_list.forget(lake, "erase", IP, "192.0.2.1") == 0

    assert b"secret-token" not in lake.get(tuning_store.KEY)
    assert first.id in Tuning.load(lake).document.trail[-1].what
    assert benign(lake, "192.0.2.1")


def test_the_trail_and_errors_hold_no_client(lake):
    entry = add(lake, "secret-token", TOKEN)
    allow_list.end(lake, "ann", entry.id, "over", NOW)

    told = [line.what for line in Tuning.load(lake).document.trail]
    assert told == [f"benign {entry.id} added: token, type all, API all", f"benign {entry.id} ended"]
    assert "secret-token" in lake.get(tuning_store.KEY).decode()
    assert "secret-token" not in repr(entry)


def test_reports_hide_what_is_covered_and_what_is_of_before_a_reset(lake):
    one = finding("X", TOKEN, "t", "shop", "2026-03-02T10:09:00")
    add(lake, "t", TOKEN, attack_id=one.attack_id, since=NOW - HOUR)
    tuning = Tuning.load(lake)

    assert not tuning.shows(one)
    assert tuning.shows(one.model_copy(update={"identifier": "other"}))
    assert tuning.shows(one.model_copy(update={"window": NOW - 2 * HOUR}))
