"""API definitions in the documented schema: a bad one is rejected with file and field and breaks no other."""

import json
from typing import Any

import pytest

from abslake.errors import DefinitionError
from abslake.records.definitions import Definitions, load, parse, parse_all
from abslake.storage import Lake
from tests.support import ase
from tests.support.ingesting import ingested

DOCUMENTED = {
    "protocol": "http",
    "url": "/shop",
    "hostname": "*",
    "cookie": "JSESSIONID",
    "cookie_idle_timeout": "200m",
    "logout_api_enabled": False,
    "cookie_persistence_enabled": False,
    "oauth2_access_token": False,
    "is_token_mandatory": False,
    "apikey_qs": "",
    "apikey_header": "",
    "username_header": "",
    "jwt": {"location": "h:authorization:bearer", "username": "username", "clientid": "client_id"},
    "login_url": "/shop/login",
    "enable_blocking": True,
    "api_mapping": {"internal_url": ""},
    "api_pattern_enforcement": {"protocol_allowed": "", "methods_allowed": [], "error_code": "401"},
    "flow_control": {"client_spike_threshold": "0/second", "server_connection_queueing": False},
    "api_memory_size": "128mb",
    "servers": [
        {"host": "127.0.0.1", "port": 8080, "server_spike_threshold": "0/second", "server_connection_quota": 0}
    ],
    "decoy_config": {"decoy_enabled": False, "response_code": 200, "decoy_subpaths": []},
}


def document(**changes: Any) -> bytes:
    return json.dumps({"api_metadata": DOCUMENTED | changes}).encode()


def fault(name: str = "shop", text: bytes | None = None, **changes: Any) -> str:
    with pytest.raises(DefinitionError) as error:
        parse(name, document(**changes) if text is None else text)
    return str(error.value)


def test_the_documented_example() -> None:
    metadata = parse("shop", document()).metadata

    assert (metadata.url, metadata.hostname, metadata.cookie) == ("/shop", "*", "JSESSIONID")
    assert (metadata.jwt.location, metadata.jwt.username) == ("h:authorization:bearer", "username")


def test_the_least_a_definition_needs() -> None:
    metadata = parse("a", b'{"api_metadata": {"url": "/"}}').metadata

    assert (metadata.hostname, metadata.cookie, metadata.oauth2_access_token, metadata.jwt.location) == (
        "*",
        "",
        False,
        "",
    )


@pytest.mark.parametrize("name", ["a", "9", "Shop App_2-b", "a" * 160])
def test_names(name: str) -> None:
    assert parse(name, document()).name == name


@pytest.mark.parametrize(
    "name", ["", "-a", "_a", " a", "a" * 161, "a.b", "a/b", "é", "a\n", "model", "threshold", "all", "decoyall", "All"]
)
def test_no_names(name: str) -> None:
    assert fault(name).startswith(f"config/apis/{name}.json: the name must")


@pytest.mark.parametrize("nothing", ["", None])
def test_what_is_empty_or_null_is_not_set(nothing: str | None) -> None:
    metadata = parse("shop", document(cookie=nothing, apikey_qs=nothing, jwt=nothing, hostname=nothing)).metadata

    assert (metadata.cookie, metadata.apikey_qs, metadata.jwt.location, metadata.hostname) == ("", "", "", "*")


@pytest.mark.parametrize("levels", [0, 1, 6, 10])
def test_levels_up_to_ten(levels: int) -> None:
    assert parse("shop", document(url="/" + "/".join("abcdefghij"[:levels]))).metadata.url.count("/") == max(levels, 1)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"url": "shop"}, "api_metadata.url"),
        ({"url": ""}, "api_metadata.url"),
        ({"url": None}, "api_metadata.url"),
        ({"url": 5}, "api_metadata.url"),
        ({"url": "/shop?a=1"}, "api_metadata.url"),
        ({"url": "/shop#a"}, "api_metadata.url"),
        ({"url": "/" + "a/" * 11}, "api_metadata.url"),
        ({"cookie": 5}, "api_metadata.cookie"),
        ({"oauth2_access_token": "perhaps"}, "api_metadata.oauth2_access_token"),
        ({"jwt": []}, "api_metadata.jwt"),
        ({"jwt": {"location": "cookie:a"}}, "api_metadata.jwt.location"),
        ({"jwt": {"location": "h:"}}, "api_metadata.jwt.location"),
        ({"jwt": {"location": "h:x", "username": "a", "clientid": "a"}}, "api_metadata.jwt"),
    ],
)
def test_a_bad_field_is_named(changes: dict[str, Any], field: str) -> None:
    assert fault(**changes).startswith(f"config/apis/shop.json: {field}: ")


@pytest.mark.parametrize("text", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json(text: bytes) -> None:
    assert fault(text=text).startswith("config/apis/shop.json: not JSON")


@pytest.mark.parametrize(
    ("text", "field"), [(b"[]", "document"), (b"{}", "api_metadata"), (b'{"api_metadata": 1}', "api_metadata")]
)
def test_what_is_no_definition(text: bytes, field: str) -> None:
    assert fault(text=text).startswith(f"config/apis/shop.json: {field}: ")


def test_a_message_holds_no_value_of_the_file() -> None:
    assert "hunter2" not in fault(cookie=["hunter2"], url="hunter2", jwt={"location": "hunter2"})


def test_a_bad_definition_breaks_no_other() -> None:
    found = parse_all([("good", document()), ("bad", b"{"), ("all", document(url="/all"))])

    assert list(found.apis) == ["good"]
    assert [message.partition(":")[0] for message in found.rejected] == ["config/apis/all.json", "config/apis/bad.json"]


@pytest.mark.parametrize(
    ("first", "second", "clash"),
    [
        ({"url": "/a"}, {"url": "/a/"}, True),
        ({"hostname": "Shop"}, {"hostname": " shop"}, True),
        ({"hostname": ""}, {"hostname": "*"}, True),
        ({"hostname": "shop"}, {"hostname": "shop:80"}, False),
        ({"url": "/a"}, {"url": "/A"}, False),
    ],
)
def test_of_two_definitions_for_the_same_requests_the_first_by_name_counts(
    first: Any, second: Any, clash: bool
) -> None:
    found = parse_all([("b", document(**second)), ("a", document(**first))])

    assert list(found.apis) == (["a"] if clash else ["a", "b"])
    assert found.rejected == (
        ("config/apis/b.json: api_metadata.url: a has the same hostname and url",) if clash else ()
    )


def test_a_lake_gives_its_definitions() -> None:
    lake = Lake("memory:")
    assert load(lake) == Definitions({})
    for key in ("shop.json", "bad.json", "notes.txt", "sub/folder.json"):
        lake.put(f"config/apis/{key}", document() if key == "shop.json" else b"{")

    assert list(load(lake).apis) == ["shop"]
    assert len(load(lake).rejected) == 2


def test_requests_of_the_good_ones_are_counted_beside_a_bad_one() -> None:
    result = ingested(ase.log(ase.line()), apis=parse_all([("shop", document()), ("bad", b"{")]))

    assert result.row["api"] == "shop"
