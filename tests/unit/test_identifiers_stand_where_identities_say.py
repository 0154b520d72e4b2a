"""Each identifier is taken from the first place of its list that has a value, then from a claim, then as the gateway names it."""

from typing import Any

import pytest

from abslake.facts.resolve import claim, claims_of
from tests.support import ase
from tests.support.ingesting import ingested
from tests.support.places import jwt
from tests.support.records import record, rows_from

COLUMN = {"token": "token", "api_key": "api_key", "username": "username", "session": "cookie"}


def identified(identifier: str, places: list[str], *cases: dict[str, Any], **fields: Any) -> list[Any]:
    """The identifier of each request; a case changes the request."""
    lines = [ase.line(request=ase.request(**{"method": f"M{n}", **case})) for n, case in enumerate(cases)]
    apis = {"shop": {"url": "/", "identities": {identifier: places}, **fields}}
    rows = ingested(ase.log(*lines), apis=apis).rows
    return [row[COLUMN[identifier]] for row in sorted(rows, key=lambda row: int(row["method"][1:]))]


@pytest.mark.parametrize("identifier", COLUMN)
def test_every_identifier_may_stand_anywhere(identifier: str) -> None:
    places = ["header:x-a", "query:a", "cookie:a", "bearer", "claim:sub"]
    held: list[dict[str, Any]] = [
        {"headers": ase.headers(("X-A", "h"))},
        {"url": "/?a=q"},
        {"headers": ase.headers(("Cookie", "a=c"))},
        {"headers": ase.headers(("Authorization", "Bearer b"))},
        {"headers": ase.headers(("X-Jwt", jwt({"sub": "j"})))},
        {},
    ]
    values = ["h", "q", "c", "b", "j", None]

    assert identified(identifier, places, *held, jwt={"location": "h:X-Jwt"}) == values
    for place, value in zip(places, values, strict=False):
        alone = identified(identifier, [place], *held, jwt={"location": "h:X-Jwt"})
        assert alone == [value if value == other else None for other in values]


@pytest.mark.parametrize("identifier", COLUMN)
def test_the_first_place_with_a_value_counts(identifier: str) -> None:
    request = {"url": "/?a=q&e=", "headers": ase.headers(("X-A", "h"), ("Cookie", "a=c"), ("X-Empty", " "))}

    for places, value in [
        (["header:x-a", "query:a", "cookie:a"], "h"),
        (["cookie:a", "header:x-a", "query:a"], "c"),
        (["query:a", "header:x-a"], "q"),
        (["query:none", "header:x-empty", "query:e", "cookie:a"], "c"),
    ]:
        assert identified(identifier, places, request) == [value]


def test_the_fields_of_ase_count_before_identities_and_their_claim_after() -> None:
    token = jwt({"sub": "claimed", "email": "mailed"})
    fields = {"username_header": "X-User", "jwt": {"location": "h:authorization:bearer", "username": "sub"}}
    asked = [
        ase.headers(("X-User", "said"), ("X-Other", "other"), ("Authorization", f"Bearer {token}")),
        ase.headers(("X-Other", "other"), ("Authorization", f"Bearer {token}")),
        ase.headers(("Authorization", f"Bearer {token}")),
        ase.headers(("Authorization", f"Bearer {jwt({'email': 'mailed'})}")),
        ase.headers(("Host", "h")),
    ]
    info = [{"username": "informed"}]
    cases = [{"headers": headers, "user_info": info} for headers in asked]

    found = identified("username", ["header:x-other", "claim:email"], *cases, **fields)

    assert found == ["said", "other", "claimed", "mailed", "informed"]


def test_a_claim_is_asked_only_of_what_no_other_place_names() -> None:
    identities = {name: ["header:x-" + name.replace("_", "-"), f"claim:{name}"] for name in COLUMN}
    token = jwt({name: f"claimed {name}" for name in COLUMN})
    lines = [
        ase.line(
            request=ase.request(
                method=f"M{n}",
                headers=[
                    {"Authorization": f"Bearer {token}"},
                    *({"x-" + name.replace("_", "-"): f"sent {name}"} for i, name in enumerate(COLUMN) if n >> i & 1),
                ],
            )
        )
        for n in range(16)
    ]
    rows = ingested(ase.log(*lines), apis={"shop": {"url": "/", "identities": identities}}).rows

    assert {row["method"]: [row[column] for column in COLUMN.values()] for row in rows} == {
        f"M{n}": [f"{'sent' if n >> i & 1 else 'claimed'} {name}" for i, name in enumerate(COLUMN)] for n in range(16)
    }


def test_requests_that_become_equal_by_a_claim_are_one_row() -> None:
    asked = [ase.headers(("Authorization", f"Bearer {jwt({'sid': 's', 'jti': n})}")) for n in range(3)]
    lines = [ase.line(request=ase.request(headers=headers)) for headers in asked]

    row = ingested(ase.log(*lines), apis={"shop": {"url": "/", "identities": {"session": ["claim:sid"]}}}).row

    assert (row["cookie"], row["requests"]) == ("s", 3)


def test_each_api_has_its_own_places() -> None:
    apis = {
        "a": {"url": "/a", "identities": {"token": ["header:x-t"], "session": ["claim:sid"]}},
        "b": {"url": "/b", "identities": {"token": ["claim:jti"], "session": ["header:x-t"]}},
        "c": {"url": "/c", "oauth2_access_token": True},
    }
    headers = ase.headers(("X-T", "t"), ("Authorization", f"Bearer {jwt({'sid': 's', 'jti': 'j'})}"))
    lines = [ase.line(request=ase.request(url=url, headers=headers)) for url in ("/a", "/b", "/c", "/d")]
    rows = {row["path"]: (row["token"], row["cookie"]) for row in ingested(ase.log(*lines), apis=apis).rows}

    token = headers[1]["Authorization"].removeprefix("Bearer ")
    assert rows == {"/a": ("t", "s"), "/b": ("j", "t"), "/c": (token, None), "/d": (None, None)}


NAMES = ["it's", "')--", '"', "\\", "{}", "$1", "a.b", "é", "a'||'b", "%s", "\x01", "a\x00b"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_neither_sql_nor_a_pattern(name: str) -> None:
    cookie = {"headers": ase.headers(("Cookie", f"axb=0; {name}=1"))}
    query = {"url": "/?" + "".join(f"%{byte:02x}" for byte in name.encode()) + "=2"}

    assert identified("token", [f"cookie:{name}", f"query:{name}"], cookie, query) == ["1", "2"]


@pytest.mark.parametrize("name", ["x'--", "x!#$%&'*+-.^_`|~"])
def test_a_header_with_any_name_that_a_header_may_have(name: str) -> None:
    assert identified("token", [f"header:{name}"], {"headers": [{name.upper(): "1"}]}) == ["1"]


@pytest.mark.parametrize(
    ("claims", "name", "value"),
    [
        ({"https://example.com/tenant": "t"}, "https://example.com/tenant", "t"),
        ({"realm": {"user": "u"}}, "realm.user", "u"),
        ({"realm.user": "exact", "realm": {"user": "u"}}, "realm.user", "exact"),
        ({"realm.user": None, "realm": {"user": "u"}}, "realm.user", None),
        ({"a": {"b": {"c": 1}}}, "a.b.c", "1"),
        ({"a.b": {"c": "x"}, "a": {"b": {"c": "y"}}}, "a.b.c", "x"),
        ({"https://example.com/app": {"tenant": ["t", "u"]}}, "https://example.com/app.tenant", "t"),
        ({"a": "text"}, "a.b", None),
        ({"a": {"b": {}}}, "a.b", None),
        ({"a": {}}, "a.b", None),
        ({}, "a.b", None),
        ({"": {"": "x"}}, ".", "x"),
    ],
)
def test_claims_inside_claims(claims: object, name: str, value: str | None) -> None:
    assert claim(claims_of(jwt(claims)), name) == value


def test_the_first_claim_with_a_value_counts() -> None:
    tokens = [{"a": "1", "b": "2"}, {"a": "", "b": "2"}, {"a": {}, "b": ["2"]}, {"c": "3"}]
    cases = [{"headers": ase.headers(("Authorization", f"Bearer {jwt(claims)}"))} for claims in tokens]

    assert identified("api_key", ["claim:a", "claim:b"], *cases) == ["1", "2", "2", None]


GATEWAY = {"token": "t", "api_key": "k", "username": "u", "session": "s"}


def test_what_the_gateway_names_counts_on_every_request() -> None:
    (row,) = rows_from(record(**GATEWAY))

    assert (row["api"], *(row[COLUMN[name]] for name in GATEWAY)) == (None, *GATEWAY.values())


def test_an_empty_name_of_the_gateway_is_none() -> None:
    (row,) = rows_from(record(**dict.fromkeys(GATEWAY, "")))

    assert [row[COLUMN[name]] for name in GATEWAY] == [None] * 4


def test_what_the_gateway_names_comes_last() -> None:
    apis: dict[str, dict[str, object]] = {
        "shop": {"url": "/", "identities": {name: ["header:x-all", f"claim:{name}"] for name in GATEWAY}}
    }
    token = "Bearer " + jwt({name: f"claimed {value}" for name, value in GATEWAY.items()})
    rows = rows_from(
        record(method="M0", wanted=["sent"], auth_header=token, **GATEWAY),
        record(method="M1", wanted=[None], auth_header=token, **GATEWAY),
        record(method="M2", wanted=[None], auth_header=None, **GATEWAY),
        apis=apis,
    )
    found = {row["method"]: [row[COLUMN[name]] for name in GATEWAY] for row in rows}

    assert found == {"M0": ["sent"] * 4, "M1": [f"claimed {v}" for v in GATEWAY.values()], "M2": [*GATEWAY.values()]}
