"""Cookie, token, API key and user name: each where the API's definition names it, and nothing where it does not."""

import base64
import json
from typing import Any

import pytest

from abslake.facts.resolve import claim, claims_of
from tests.support import ase
from tests.support.ingesting import ingested

BEARER_JWT = {"location": "h:authorization:bearer", "username": "sub"}


def jwt(claims: object) -> str:
    return f"e30.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.c2ln"


def identified(column: str, metadata: dict[str, Any], *cases: dict[str, Any]) -> list[Any]:
    """The column's value for each request; a case changes the request."""
    lines = [ase.line(request=ase.request(**{"method": f"M{n}", **case})) for n, case in enumerate(cases)]
    rows = ingested(ase.log(*lines), apis={"shop": {"url": "/", **metadata}}).rows
    return [row[column] for row in sorted(rows, key=lambda row: int(row["method"][1:]))]


def of_header(column: str, metadata: dict[str, Any], name: str, values: list[Any]) -> list[Any]:
    return identified(column, metadata, *({"headers": [{name: value}]} for value in values))


def of_url(column: str, metadata: dict[str, Any], urls: list[str]) -> list[Any]:
    return identified(column, metadata, *({"url": url} for url in urls))


def test_without_a_definition_there_is_no_identifier() -> None:
    headers = ase.headers(
        ("Cookie", "SID=1"), ("Authorization", f"Bearer {jwt({'sub': 'joe'})}"), ("X-Key", "k"), ("X-User", "u")
    )
    row = ingested(
        ase.log(ase.line(request=ase.request(headers=headers, url="/?key=k"))), apis={"shop": {"url": "/"}}
    ).row

    assert [row[name] for name in ("cookie", "token", "api_key", "username")] == [None] * 4


def test_cookies() -> None:
    cases = {
        "SID=abc": "abc",
        "a=1; SID=abc; b=2": "abc",
        "a=1;SID=abc;b=2": "abc",
        "SID= abc ": "abc",
        'SID="a b"': '"a b"',
        "SID=a=b==": "a=b==",
        "SID=1; SID=2": "1",
        "SID=; SID=2": None,
        "SID=": None,
        "SID": None,
        "sid=1": None,
        "XSID=1": None,
        "x=SID=1": None,
        "": None,
        "SID=é\x00": "é\x00",
    }
    assert of_header("cookie", {"cookie": "SID"}, "cookie", list(cases)) == list(cases.values())


@pytest.mark.parametrize("name", ["a.b", "a+b(c", "it's", "__Host-sid", "é"])
def test_a_cookie_name_is_no_pattern(name: str) -> None:
    assert of_header("cookie", {"cookie": name}, "Cookie", [f"axb=0; aab=0; {name}=1"]) == ["1"]


def test_tokens() -> None:
    cases = {
        "Bearer abc": "abc",
        "bearer abc": "abc",
        "BEARER  abc ": "abc",
        " Bearer abc": "abc",
        "Bearer a b": "a b",
        "bEaReR\tabc": "abc",
        "Bearer ": None,
        "Bearer": None,
        "Bearerabc": None,
        "Basic abc": None,
        "abc": None,
        "": None,
    }
    assert of_header("token", {"oauth2_access_token": True}, "authorization", list(cases)) == list(cases.values())


def test_of_two_authorization_headers_the_first_counts() -> None:
    twice = [{"Authorization": "Bearer 1"}, {"authorization": "Bearer 2"}]
    assert identified("token", {"oauth2_access_token": True}, {"headers": twice}) == ["1"]


def test_api_keys_in_the_query() -> None:
    cases = {
        "/?key=abc": "abc",
        "/?a=1&key=abc&b=2": "abc",
        "/?key=1&key=2": "1",
        "/?key=&key=2": None,
        "/?key": None,
        "/?Key=1": None,
        "/?xkey=1": None,
        "/?key=a+b%20c%2B%26": "a b c+&",
        "/?%6bey=1": "1",
        "/?key=a=b": "a=b",
        "/?key=%C3%A9": "é",
        "/?key=%FF": "%FF",
        "/?key=100%": "100%",
        "/?key=1#&key=2": "1",
        "/#?key=1": None,
        "/?a?key=1": None,
        "/?a=/?&key=1": "1",
        "http://h/?key=1": "1",
        "http://h?key=1": "1",
        "/key=1": None,
    }
    assert of_url("api_key", {"apikey_qs": "key"}, list(cases)) == list(cases.values())


def test_a_query_name_that_needs_encoding() -> None:
    assert of_url("api_key", {"apikey_qs": "my key"}, ["/?my+key=1", "/?my%20key=2", "/?my=3"]) == ["1", "2", None]


@pytest.mark.parametrize("name", ["X-Api-Key", "x-api-key", "Authorization", "Cookie", "Host"])
def test_api_keys_in_a_header(name: str) -> None:
    assert of_header(
        "api_key", {"apikey_header": name}, "X-API-KEY" if "pi" in name else name.upper(), ["abc", ""]
    ) == ["abc", None]


def test_an_api_key_in_the_header_comes_first() -> None:
    cases = [{"url": "/?key=q", "headers": [{"X-Key": value}]} for value in ("h", "", " \t", " t ")]
    assert identified("api_key", {"apikey_header": "X-Key", "apikey_qs": "key"}, *cases) == ["h", "q", "q", "t"]


def test_each_api_has_its_own_places() -> None:
    apis = {
        "a": {"url": "/a", "cookie": "A", "apikey_header": "X-A", "username_header": "X-U"},
        "b": {"url": "/b", "cookie": "B", "apikey_header": "X-B", "apikey_qs": "q", "oauth2_access_token": True},
    }
    headers = ase.headers(
        ("Cookie", "A=ca; B=cb"), ("X-A", "ka"), ("X-B", "kb"), ("X-U", "u"), ("Authorization", "Bearer t")
    )
    lines = [ase.line(request=ase.request(url=url, headers=headers)) for url in ("/a?q=1", "/b?q=1", "/c")]
    rows = {
        row["path"]: [row[n] for n in ("cookie", "api_key", "username", "token")]
        for row in ingested(ase.log(*lines), apis=apis).rows
    }

    assert rows == {"/a": ["ca", "ka", "u", None], "/b": ["cb", "kb", None, "t"], "/c": [None] * 4}


def test_user_name_from_header_then_jwt_then_user_info() -> None:
    metadata = {"username_header": "X-User", "jwt": BEARER_JWT}
    token, no_user = f"Bearer {jwt({'sub': 'claimed'})}", f"Bearer {jwt({})}"
    info = [{"username": "informed"}]
    cases = [
        {"headers": ase.headers(("X-User", "said"), ("Authorization", token)), "user_info": info},
        {"headers": ase.headers(("X-User", ""), ("Authorization", token)), "user_info": info},
        {"headers": ase.headers(("Authorization", no_user)), "user_info": info},
        {"headers": ase.headers(("Authorization", no_user))},
    ]
    assert identified("username", metadata, *cases) == ["said", "claimed", "informed", None]


def test_user_info_counts_on_every_api() -> None:
    assert identified("username", {}, {"user_info": [{"username": "joe"}]}) == ["joe"]
    row = ingested(ase.log(ase.line(request=ase.request(user_info=[{"username": "joe"}])))).row
    assert (row["api"], row["username"]) == (None, "joe")


@pytest.mark.parametrize(
    ("location", "case"),
    [
        ("h:authorization:bearer", {"headers": [{"AUTHORIZATION": "bearer @"}]}),
        ("H: Authorization : Bearer", {"headers": [{"authorization": "Bearer @"}]}),
        ("h:authorization", {"headers": [{"Authorization": "@"}]}),
        ("h:X-Token", {"headers": [{"x-token": "@"}]}),
        ("h:X-Token", {"headers": [{"x-token": "Bearer @"}]}),
        ("qs:token", {"url": "/?a=1&token=@"}),
    ],
)
def test_places_of_a_jwt(location: str, case: dict[str, Any]) -> None:
    placed = json.loads(json.dumps(case).replace("@", jwt({"sub": "joe"})))
    assert identified("username", {"jwt": {"location": location, "username": "sub"}}, placed) == ["joe"]


def test_the_bearer_place_takes_no_other_scheme() -> None:
    assert of_header(
        "username", {"jwt": BEARER_JWT}, "Authorization", [f"Basic {jwt({'sub': 'joe'})}", jwt({"sub": "joe"})]
    ) == [None, None]


@pytest.mark.parametrize(
    ("token", "user"),
    [
        (jwt({"sub": "joe"}), "joe"),
        (jwt({"sub": "joé 🂡"}), "joé 🂡"),
        (jwt({"sub": ["ann", "joe"]}), "ann"),
        (jwt({"sub": 17}), "17"),
        (jwt({"sub": []}), None),
        (jwt({"sub": ""}), None),
        (jwt({"sub": None}), None),
        (jwt({"sub": True}), None),
        (jwt({"sub": {"a": "b"}}), None),
        (jwt({"other": "joe"}), None),
        (jwt(["sub"]), None),
        (jwt({"sub": "joe"}).rpartition(".")[0], "joe"),
        ("a.b.c", None),
        ("no token", None),
        ("", None),
        ("...", None),
        ("e30.é.x", None),
        (f"e30.{base64.urlsafe_b64encode(b'{not json').decode()}.x", None),
        (f"e30.{base64.urlsafe_b64encode(bytes(range(200, 256))).decode()}.x", None),
    ],
)
def test_claims(token: str, user: str | None) -> None:
    assert claim(claims_of(token), "sub") == user


def test_a_token_nested_deeply_is_no_token() -> None:
    claims = base64.urlsafe_b64encode(b'{"sub":' + b"[" * 200_000 + b"]" * 200_000 + b"}").decode()
    assert claims_of(f"e30.{claims}.x") == {}


def test_fault_11_identifiers_of_any_characters_and_lengths_stay_as_they_are() -> None:
    values = ["a/b/../c", "a\x00b", "\x01\x1b[31m", "x" * 100_000, "🂡é\u2028", "'; DROP TABLE facts; --", "{}$(x)`"]
    assert of_header("api_key", {"apikey_header": "X-Key"}, "X-Key", values) == values
