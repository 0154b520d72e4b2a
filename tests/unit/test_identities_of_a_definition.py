"""An API definition may name more places of its identifiers than ASE knows; what is no place is refused by file and field."""

import json
from typing import Any

import pytest

from abslake.errors import DefinitionError
from abslake.facts.rules import rules_of
from abslake.records.definitions import ApiMetadata, parse
from abslake.records.places import BEARER, Place
from tests.support.ingesting import definitions_of


def metadata(**fields: Any) -> ApiMetadata:
    return parse("shop", json.dumps({"api_metadata": {"url": "/", **fields}})).metadata


def fault(**fields: Any) -> str:
    with pytest.raises(DefinitionError) as error:
        metadata(**fields)
    return str(error.value)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("bearer", BEARER),
        (" Bearer ", BEARER),
        ("header:X-Api-Key", Place("header", "x-api-key")),
        ("HEADER: X-Api-Key ", Place("header", "x-api-key")),
        ("query:my key", Place("query", "my key")),
        ("query:Key", Place("query", "Key")),
        ("cookie:__Host-sid", Place("cookie", "__Host-sid")),
        ("claim:sub", Place("claim", "sub")),
        ("claim:https://example.com/tenant", Place("claim", "https://example.com/tenant")),
        ("query:a:b", Place("query", "a:b")),
    ],
)
def test_places(text: str, place: Place) -> None:
    assert metadata(identities={"api_key": [text]}).places("api_key") == (place,)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":",
        "bearer:",
        "bearer:x",
        "header",
        "header:",
        "header: ",
        "header:two words",
        "header:é",
        "cookie:a=b",
        "cookie:a;b",
        "body:token",
        "token",
        "X-Api-Key",
        "query:\ud800",
        7,
        None,
        ["bearer"],
    ],
)
def test_what_is_no_place(text: object) -> None:
    assert fault(identities={"token": ["bearer", text]}).startswith(
        "config/apis/shop.json: api_metadata.identities.token.1: "
    )


@pytest.mark.parametrize(
    ("identities", "field"),
    [
        ({"token": "bearer"}, "identities.token"),
        ({"session": {"cookie": "a"}}, "identities.session"),
        ({"cookie": ["cookie:a"]}, "identities.cookie"),
        (["bearer"], "identities"),
        ({"username": ["claim:sub", "header:x-user"]}, "identities.username"),
        ({"token": ["bearer", "claim:a", "bearer", "claim:b"]}, "identities.token"),
    ],
)
def test_what_are_no_identities(identities: object, field: str) -> None:
    assert fault(identities=identities).startswith(f"config/apis/shop.json: api_metadata.{field}: ")


def test_a_message_holds_no_value_of_the_file() -> None:
    assert "hunter2" not in fault(
        identities={"token": ["hunter2"], "api_key": ["cookie:hunter2="], "session": "hunter2"}
    )


def test_half_a_character_is_refused_in_every_field() -> None:
    assert fault(cookie="a\ud800").startswith("config/apis/shop.json: api_metadata.cookie: ")
    assert fault(url="/\ud800").startswith("config/apis/shop.json: api_metadata.url: ")


@pytest.mark.parametrize("nothing", [None, "", {}, {"token": None}, {"token": []}])
def test_no_identities(nothing: object) -> None:
    found = metadata(identities=nothing, cookie="SID", oauth2_access_token=True)

    assert (found.places("token"), found.places("session")) == ((BEARER,), (Place("cookie", "SID"),))
    assert (found.places("api_key"), found.places("username")) == ((), ())


def test_the_fields_of_ase_come_first_and_claims_last() -> None:
    found = metadata(
        apikey_qs="key",
        apikey_header="X-Key",
        username_header="X-User",
        jwt={"location": "qs:jwt", "username": "sub"},
        identities={
            "api_key": ["query:k", "header:x-key", "claim:azp"],
            "username": ["header:x-remote-user", "claim:email", "claim:sub"],
        },
    )
    assert found.places("api_key") == (
        Place("header", "x-key"),
        Place("query", "key"),
        Place("query", "k"),
        Place("claim", "azp"),
    )
    assert found.places("username") == (
        Place("header", "x-user"),
        Place("header", "x-remote-user"),
        Place("claim", "sub"),
        Place("claim", "email"),
    )


@pytest.mark.parametrize(
    ("location", "place"),
    [
        ("", BEARER),
        ("h:authorization:bearer", BEARER),
        ("h:X-Jwt", Place("header", "x-jwt")),
        ("qs:Jwt", Place("query", "Jwt")),
    ],
)
def test_where_claims_are_read(location: str, place: Place) -> None:
    assert metadata(jwt={"location": location}).jwt_place == place


def test_without_location_the_claim_of_ase_is_none() -> None:
    assert metadata(jwt={"username": "sub"}).places("username") == ()


def test_definitions_of_other_places_have_another_version() -> None:
    same = [{"url": "/"}, {"url": "/", "identities": {}}, {"url": "/", "identities": None}]
    other = [
        {"url": "/", "identities": {"token": places}}
        for places in (["bearer"], ["header:a"], ["header:a", "header:b"], ["header:b", "header:a"])
    ]
    versions = [rules_of(definitions_of({"shop": fields})).version for fields in (*same, *other)]

    assert len(set(versions[:3])) == 1
    assert len(set(versions[2:])) == 5
