"""What leaves the lake of a client: a mask unless asked otherwise, and nothing from which a client could be tried out."""

import json
from dataclasses import replace

import pytest

from abslake.detection.findings import IdentifierKind, finding_id
from abslake.errors import StorageError
from abslake.export import finding_event, ocsf_finding, splunk
from abslake.export.disclosure import KEY, MOST_TEXT, Disclosure, Identifiers, reference_key, stable_id
from abslake.export.findings import disclosure_for
from abslake.export.identifiers import _masked
from abslake.settings import Settings
from abslake.storage import Lake
from tests.support.announcing import ADDRESS, NOON, TOKEN, disclosed, found

FORMS = [finding_event.detail, splunk.event, splunk.collector_event, ocsf_finding.record]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", IdentifierKind)
def test_masked_is_masked_everywhere(form, kind):
    finding = found(0, identifier_kind=kind, identifier="somebody")
    text = json.dumps(form(disclosed(finding)))
    assert "somebody" not in text
    assert finding.id not in text
    assert TOKEN not in text  # of a sample's path


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", IdentifierKind)
def test_secrets_masked_shows_addresses_and_user_names_only(form, kind):
    finding = found(0, identifier_kind=kind, identifier=ADDRESS)
    text = json.dumps(form(disclosed(finding, "secrets-masked")))
    assert (ADDRESS in text) is (kind in (IdentifierKind.IP, IdentifierKind.USERNAME))
    assert finding.id not in text
    assert TOKEN not in text


@pytest.mark.parametrize("form", FORMS)
def test_clear_shows_all(form):
    finding = found(0)
    text = json.dumps(form(disclosed(finding, "clear")))
    assert TOKEN in text
    assert finding.id in text


def test_a_mask_is_the_one_that_exports_of_facts_have():
    import duckdb

    for name in ("token", "cookie", "api_key"):
        shown = disclosed(found(0, identifier_kind=IdentifierKind(name))).identifier
        with duckdb.connect() as engine:
            (row,) = engine.execute(f"SELECT {_masked(b'm' * 32, name)} FROM (SELECT '{TOKEN}' AS {name})").fetchall()
        assert row == (shown,)


def test_a_reference_is_stable_and_belongs_to_its_lake():
    one, other = (Disclosure(Identifiers.MASKED, key) for key in (b"1" * 32, b"2" * 32))
    assert one.of(found(0)).reference == one.of(found(0, attack_code="other")).reference
    assert one.of(found(0)).reference != one.of(found(10)).reference
    assert one.of(found(0)).reference != other.of(found(0)).reference
    assert one.about(found(0)) == one.about(found(10)) != one.about(found(0, api="bank"))


def test_a_lake_makes_its_key_once():
    lake = Lake("memory:")
    key = reference_key(lake)
    assert len(key) == 32
    assert reference_key(lake) == key == lake.get(KEY)


def test_a_damaged_key_masks_nothing_and_is_named():
    lake = Lake("memory:")
    lake.put(KEY, b"")

    with pytest.raises(StorageError, match=KEY):
        reference_key(lake)


def test_masks_have_the_users_key_and_without_users_the_lake_s(tmp_path):
    lake = Lake("memory:")
    users = tmp_path / "users.json"
    users.write_text(json.dumps({"users": [], "masking_key": "k" * 16}))
    with_users = disclosure_for(lake, Settings(users=f"file:{users}"), Identifiers.MASKED)
    without = disclosure_for(lake, Settings(), Identifiers.MASKED)
    assert with_users.of(found(0)).identifier != without.of(found(0)).identifier
    assert with_users.of(found(0)).reference == without.of(found(0)).reference


def test_the_name_of_an_api_key_or_cookie_is_that_of_its_definition():
    lake = Lake("memory:")
    metadata = {"url": "/shop", "cookie": "JSESSIONID", "apikey_qs": "key"}
    lake.put("config/apis/shop.json", json.dumps({"api_metadata": metadata}).encode())
    disclosure = disclosure_for(lake, Settings(), Identifiers.MASKED)
    names = {kind: disclosure.of(found(0, identifier_kind=kind)).key_name for kind in IdentifierKind}
    named = {kind.value: name for kind, name in names.items() if name}
    assert named == {"cookie": "JSESSIONID", "api_key": "key"}
    assert disclosure.of(found(0, identifier_kind=IdentifierKind.COOKIE, api="all")).key_name == ""


def test_texts_that_clients_wrote_are_cut():
    told = disclosed(found(0, identifier="x" * 100_000), "clear")
    assert len(finding_event.detail(told)["identifier"]) == MOST_TEXT


def test_a_finding_without_an_id_gets_the_one_it_would_have():
    finding = found(0).model_copy(update={"id": ""})
    assert stable_id(finding) == finding_id(NOON, 1, "shop", IdentifierKind.TOKEN, TOKEN) == found(0).id


def test_representations_hold_no_identifier():
    told = disclosed(found(0), "clear")
    assert TOKEN not in repr(told)
    assert TOKEN not in repr(replace(told, masked=True))
    assert "mmmm" not in repr(Disclosure(Identifiers.CLEAR, b"r" * 32, b"m" * 32))
