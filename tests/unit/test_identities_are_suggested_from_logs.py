"""Where identities stand, told from a log's first lines: names of fields, never a value."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tests.support import ase
from tests.support.ingesting import ingested
from tests.support.suggesting import only, requests, suggested


def jwt(claims: object) -> str:
    return f"e30.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.c2ln"


def orders(headers: Any = None, url: Any = lambda n: f"/orders/{n}") -> list[bytes]:
    return requests(60, url, headers=headers)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (None, {}),
        (lambda n: [("Authorization", f"Bearer token-{n % 5}")], {"oauth2_access_token": True}),
        ([("Authorization", "Basic am9lOmpvZQ==")], {}),
        ([("Authorization", "Bearer ")], {}),
        (
            lambda n: [("Authorization", f"Bearer {jwt({'sub': f'u{n}', 'email': 'a@b', 'exp': 1})}")],
            {
                "oauth2_access_token": True,
                "jwt": {"location": "h:authorization:bearer", "username": "email", "clientid": ""},
            },
        ),
        (lambda n: [("X-API-Key", f"key-{n % 3}")], {"apikey_header": "x-api-key"}),
        ([("Ocp-Apim-Subscription-Key", "key-1")], {"apikey_header": "ocp-apim-subscription-key"}),
        (lambda n: [("X-Forwarded-User", f"joe-{n}")], {"username_header": "x-forwarded-user"}),
        (lambda n: [("Cookie", f"_ga=GA1.2.{n}; JSESSIONID={n % 9:032}; theme=dark")], {"cookie": "JSESSIONID"}),
        ([("Cookie", "JSESSIONID=always-the-same")], {}),  # tells no client from another
        (lambda n: [("Cookie", f"shop={n % 20:032}; lang=en-{n:08}")], {"cookie": "shop"}),
        (lambda n: [("Cookie", f"_ga=GA1.2.{n:020}; csrf_token={n:032}")], {}),  # of visits and forms
        (lambda n: [("Cookie", f"shop={n % 4:032}")], {}),  # too few values for one that is not named like a session
        (lambda n: [("Cookie", f"session={n % 9}")], {}),  # too short for a session's
        (lambda n: [("Cookie", f"shop={n:032}")] if n == 7 else [], {}),
    ],
)
def test_headers(headers: Any, expected: dict[str, Any], tmp_path: Path) -> None:
    fields = only(suggested(tmp_path, orders(headers))).identities.fields()
    nothing = {"cookie": "", "oauth2_access_token": False, "apikey_header": "", "apikey_qs": "", "username_header": ""}
    assert fields == nothing | expected


def test_a_key_in_the_query(tmp_path: Path) -> None:
    found = only(suggested(tmp_path, orders(url=lambda n: f"/orders/{n}?page=2&api_key=secret-{n}&access=1")))
    assert found.identities.fields()["apikey_qs"] == "api_key"
    assert "secret" not in found.json + str(found.identities)


def test_identities_that_the_gateway_logs_need_no_definition(tmp_path: Path) -> None:
    lines = [ase.line(request=ase.request(user_info=[{"username": "joe"}])) for _ in range(60)]
    found = only(suggested(tmp_path, lines))
    assert found.identities.logged == ("user",)
    assert str(found.identities) == "user (logged)"


def test_each_api_has_its_own(tmp_path: Path) -> None:
    lines = [
        *orders([("X-API-Key", "k")]),
        *orders(lambda n: [("Cookie", f"SID={n % 9:032}")], url=lambda n: f"/cart/{n}"),
        *orders(lambda n: [("Authorization", f"Bearer t{n}")], url=lambda n: f"/v1/users/{n}"),
    ]
    said = {p.url: str(p.identities) for p in suggested(tmp_path, lines).proposals}
    assert said == {"/orders": "key header x-api-key", "/cart": "cookie SID", "/v1/users": "bearer token"}


def test_ingest_finds_what_was_proposed(tmp_path: Path) -> None:
    # GIVEN a log of which every identity differs, and the definition proposed from it
    headers = lambda n: [  # noqa: E731 - a function of the request's number
        ("Authorization", f"Bearer {jwt({'sub': f'user-{n}'})}"),
        ("Cookie", f"SID=session-{n % 10:08}"),
        ("apikey", f"key-{n}"),
    ]
    lines = orders(headers)
    proposal = only(suggested(tmp_path, lines))
    # WHEN the log is ingested with it THEN each request has all four
    rows = ingested(ase.log(*lines), apis={proposal.name: json.loads(proposal.json)["api_metadata"]}).rows
    for column, distinct in (("token", 60), ("cookie", 10), ("api_key", 60), ("username", 60)):
        assert len({row[column] for row in rows if row[column]}) == distinct, column


def test_no_value_is_said(tmp_path: Path) -> None:
    headers = lambda n: [  # noqa: E731
        ("Cookie", f"SID=hidden-{n % 20:020}; hidden{n}=1"),
        ("X-API-Key", "hidden"),
        ("Authorization", f"Bearer {jwt({'hidden': 'x', 'sub': 'hidden'})}"),
    ]
    found = suggested(tmp_path, orders(headers))
    assert "hidden" not in repr(found)


def test_odd_headers_harm_nothing(tmp_path: Path) -> None:
    odd = [
        "",
        ";",
        "=",
        "a",
        "=b",
        "a=",
        "a b=c",
        "\x1b[31m=1234567890",
        "x" * 5000,
        "Bearer e30.!!!.x",
        "Bearer ..",
        "Bearer e30.W10.x",
    ]
    lines = [line for text in odd for line in orders([("Cookie", text), ("Authorization", text)])]
    identities = only(suggested(tmp_path, lines)).identities
    assert (identities.cookie, identities.user_claim) == ("", "")
