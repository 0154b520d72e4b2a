"""Facts hold the identifiers that an independent reading of the definitions finds in the same requests."""

from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.support import ase, places
from tests.support.ingesting import Row, ingested, line_parser_only
from tests.support.thoroughness import examples

NAMES = ["a", "B", "x-a.b", "it's"]
DIRECT = st.sampled_from(["bearer", *(f"{kind}:{name}" for kind in ("header", "query", "cookie") for name in NAMES)])
CLAIM_NAMES = ["sub", "https://example.com/tenant", "realm.user", "a.b"]
CLAIMS = st.sampled_from([f"claim:{name}" for name in CLAIM_NAMES])
NAME = st.sampled_from(["", "", *NAMES])
VALUES = st.sampled_from(["", " ", "v", " v w ", "v=w", "é", "'"])
LISTS = st.builds(lambda first, last: [*first, *last], st.lists(DIRECT, max_size=3), st.lists(CLAIMS, max_size=2))
DEFINITIONS = st.fixed_dictionaries(
    {
        "cookie": NAME,
        "oauth2_access_token": st.booleans(),
        "apikey_header": NAME,
        "apikey_qs": NAME,
        "username_header": NAME,
        "jwt": st.fixed_dictionaries(
            {
                "location": st.sampled_from(["", "h:authorization:bearer", "h:X-Jwt", "qs:jwt"]),
                "username": st.sampled_from(["", *CLAIM_NAMES]),
            }
        ),
        "identities": st.fixed_dictionaries({}, optional=dict.fromkeys(places.IDENTIFIERS, LISTS)),
    }
)
JWTS = st.dictionaries(
    st.sampled_from(["sub", "https://example.com/tenant", "realm", "realm.user", "a.b", "a"]),
    st.one_of(VALUES, st.integers(0, 9), st.none(), st.lists(VALUES, max_size=2), st.just({"user": "u", "b": "n"})),
).map(places.jwt)
HEADERS = st.one_of(
    st.tuples(st.sampled_from([*NAMES, *map(str.upper, NAMES)]), VALUES),
    st.tuples(st.just("Cookie"), st.lists(st.tuples(st.sampled_from(NAMES), VALUES).map("=".join)).map("; ".join)),
    st.tuples(st.just("Authorization"), st.one_of(JWTS, st.just("t")).map("Bearer {}".format)),
    st.tuples(st.just("X-Jwt"), JWTS),
).map(lambda pair: {pair[0]: pair[1]})
QUERY = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(["a", "B", "%61", "x-a.b", "it's"]), st.sampled_from(["", "q", "q+r", "%20", "=", "%C3%A9"])
        ),
        st.tuples(st.just("jwt"), JWTS),
    ).map("=".join),
    max_size=3,
).map("&".join)
REQUESTS = st.fixed_dictionaries(
    {
        "url": st.builds("/{}?{}".format, st.sampled_from(["one", "two", "none"]), QUERY),
        "headers": st.lists(HEADERS, max_size=5),
        "user_info": st.sampled_from([[], [{"username": "informed"}]]),
    }
)


def found(rows: list[Row]) -> dict[str, list[Any]]:
    return {row["method"]: [row[name] for name in ("token", "api_key", "username", "cookie")] for row in rows}


def expected(request: dict[str, Any], apis: Mapping[str, dict[str, Any]]) -> list[Any]:
    metadata = apis.get(request["url"].partition("?")[0].strip("/"), {})
    values = places.identifiers(request, metadata)
    return [values[name] or None for name in ("token", "api_key", "username", "session")]


@given(one=DEFINITIONS, two=DEFINITIONS, asked=st.lists(REQUESTS, min_size=1, max_size=12))
@examples(20)
def test_any_definition(one: dict[str, Any], two: dict[str, Any], asked: list[dict[str, Any]]) -> None:
    # GIVEN two APIs with any places, and requests to them and past them
    apis = {"one": {"url": "/one", **one}, "two": {"url": "/two", **two}}
    requests = [ase.request(method=f"M{n}", **request) for n, request in enumerate(asked)]
    log = ase.log(*(ase.line(request=request) for request in requests))

    # WHEN they are ingested with the fast reading and without
    fast = ingested(log, apis=apis).rows
    with line_parser_only("ase"):
        slow = ingested(log, apis=apis, format_name="ase").rows

    # THEN each has the identifiers that a second reading finds
    assert found(fast) == found(slow) == {request["method"]: expected(request, apis) for request in requests}
