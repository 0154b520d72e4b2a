"""Cookies, tokens, API keys and user names planted in a log, and every call of the OpenAPI document as the restricted user.

With right and wrong parameters, right and wrong methods: none of them is in a status, header, body, error, log line or stored
answer, nor anything that leads back to one without the key. The walk goes by the document, so a new call is walked, too.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import pytest

from abslake import access
from abslake.detection.findings import IdentifierKind, Level, Sample
from abslake.index import names
from abslake.reports.openapi import document
from tests.support.ase import headers, line, log, request, response
from tests.support.calls import ADMIN, RESTRICTED, USERS, Answer, call
from tests.support.facts import finding, write_findings
from tests.support.function_log import function_log
from tests.support.indexed import fold, segments
from tests.support.ingesting import definitions_of, ingested
from tests.support.lakes import open_lake

PLANTED = {
    "cookie": "c00kie-Planted~7f3QxZ",
    "token": "t0ken.Planted+9kWv/2",
    "api_key": "k3y-Planted_aB4d8mNp",
    "username": "Usér.Planted@example",
}
"""Kind -> canary, with characters that URLs, JSON and base64 spell in several ways."""

IDENTITIES = {
    "hostname": "*",
    "cookie": "JSESSIONID",
    "oauth2_access_token": True,
    "apikey_header": "X-Key",
    "username_header": "X-User",
}
APIS = {
    "shop": {**IDENTITIES, "url": "/shop", "decoy_config": {"decoy_enabled": True, "decoy_subpaths": ["admin"]}},
    "everything": {**IDENTITIES, "url": "/"},  # what fits no other: from it APIs are discovered
}
EARLIER, LATER = "2026-03-02T00:00", "2026-03-03T00:00"
GIVEN = {
    "api": "shop",
    "api_name": "api_0",
    "earlier_date": EARLIER,
    "later_date": LATER,
    "type": "0",
    "IP": "192.0.2.1",
    "ip": "192.0.2.1",
    "details": "true",
    "limit": "1",
    "prefix": "c00",
    "max_age_minutes": "525600",
} | PLANTED
"""Parameter -> a value that gets an answer. Of others, what the document gives as an example or a choice."""

METHODS = ("GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE")
DOCUMENT = document()
CALLS = [(path, method) for path in DOCUMENT["paths"] for method in METHODS]
MASK = re.compile(r"\b[0-9a-f]{32}\b")


STATUSES: dict[str, dict[str, None]] = {"200": {}, "404": {}, "429": {"server": None}, "500": {}, "503": {}}
"""Status -> what else of the transaction goes with it."""


def planted_log() -> bytes:
    """Each kind alone and all together, with statuses and URLs that every report has something of."""
    kinds = {
        "cookie": lambda v: ("Cookie", f"a=b; JSESSIONID={v}"),
        "token": lambda v: ("Authorization", f"Bearer {v}"),
        "api_key": lambda v: ("X-Key", v),
        "username": lambda v: ("X-User", v),
    }
    lines = []
    for kind in (*kinds, None):
        sent = [make(PLANTED[name]) for name, make in kinds.items() if kind in (name, None)]
        own = PLANTED[kind or "token"]
        urls = [
            f"/shop/items/{quote(own, safe='')}/x?session={quote(own)}",
            f"/shop/cart;jsessionid={quote(PLANTED['cookie'])};v=2/pay",
            f"/shop/find?id={quote('1) UNION ALL SELECT NULL#')}&t={quote(own)}",
            f"/shop/run?x=;cat /etc/passwd&t={quote(own)}",
            f"/shop/%2e%2e/%2e%2e/etc/passwd?{quote(own)}",
            f"/shop/a?x={'A' * 300}{quote(own)}",
            f"/shop/admin/{quote(own)}",
            f"/orders/{quote(own)}/items/7",
        ]
        for url in urls:
            agent = ("User-Agent", f"agent/{own}")
            said = request(url=url, headers=headers(("Host", "shop.example"), agent, *sent))
            lines += [
                line(request=said, response=response(response_code=status), **turned_away)
                for status, turned_away in STATUSES.items()
            ]
    return log(*lines)


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Walk"]:
    with pytest.MonkeyPatch.context() as environment:
        folder = tmp_path_factory.mktemp("walk")
        lake = open_lake(folder, environment, report_budget_bytes=10**9)
        for name, metadata in APIS.items():
            lake.put(f"config/apis/{name}.json", json.dumps({"api_metadata": metadata}).encode())
        ingested(planted_log(), lake=lake, apis=definitions_of(APIS))
        write_findings(lake, planted_findings())
        yield Walk(folder, lake, environment)


def planted_findings():
    """An attack and an anomaly by each, on the API and across APIs, with samples that hold them."""
    for kind in (IdentifierKind.COOKIE, IdentifierKind.TOKEN, IdentifierKind.API_KEY, IdentifierKind.USERNAME):
        for level, attack_id, api in ((Level.ATTACK, 1, "shop"), (Level.ANOMALY, 37, "shop"), (Level.ATTACK, 16, "*")):
            value = PLANTED[kind]
            one = finding("Planted", kind, value, api, "2026-03-02T10:20:00", level, attack_id)
            yield one.model_copy(update={"samples": (Sample(path=f"/shop/{quote(value)}/x", status=200, count=3),)})


class Walk:
    """Calls as a user, and all that came back or was logged, one text a call."""

    def __init__(self, folder, lake, environment):
        self.folder, self.lake, self.environment = folder, lake, environment

    def ask(self, path: str, method: str, query: str, user, body: Any = None) -> Answer:
        sent = json.dumps(body) if body is not None else None
        return call(query, user, path=path, method=method, body=sent)

    def everything(self, user, calls) -> str:
        """What the calls gave: statuses, headers, bodies, the answers that were stored, and the log."""
        stream = function_log(self.environment)
        seen = []
        for path, method, query, body in calls:
            for answer in self.pages(path, method, query, user, body):
                seen.append(f"{answer.status} {json.dumps(answer.headers)}\n{answer.body}")
                if location := answer.headers.get("Location"):
                    seen.append(Path(urlsplit(location).path).read_text())
        return "\n".join([*seen, stream.getvalue()])

    def pages(self, path, method, query, user, body) -> Iterator[Answer]:
        for _ in range(20):
            answer = self.ask(path, method, query, user, body)
            yield answer
            following = re.search(r'"next_cursor":"([^"]+)"', answer.body)
            if not following:
                return
            query = f"{re.sub(r'&?cursor=[^&]*', '', query)}&cursor={following[1]}"


def parameters_of(path: str, method: str) -> dict[str, str]:
    """A right value for each parameter of a call."""
    listed = DOCUMENT["paths"][path].get(method.lower(), {}).get("parameters", [])
    return {one["name"]: GIVEN.get(one["name"]) or chosen(one["schema"]) for one in listed}


def chosen(schema: dict[str, Any]) -> str:
    return str([*schema.get("enum", []), *schema.get("examples", []), schema.get("default", 1)][0])


def query_of(given: dict[str, str]) -> str:
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in given.items())


def right(path: str, method: str) -> Iterator[str]:
    """Queries with the required parameters, and with each of the others beside them."""
    listed = DOCUMENT["paths"][path].get(method.lower(), {}).get("parameters", [])
    required = {one["name"] for one in listed if one["required"]}
    given = {name: value for name, value in parameters_of(path, method).items() if name not in ("cursor", "engine")}
    always = {name: value for name, value in given.items() if name in required}
    yield query_of(always)
    for name in given.keys() - required:
        yield query_of({**always, name: given[name]})


def wrong(path: str, method: str, canary: str) -> Iterator[str]:
    """Queries with a canary in each place where it does not belong."""
    given = parameters_of(path, method)
    for name in given:
        yield query_of({**given, name: canary})
    yield query_of({canary: "1", **given})
    yield query_of({**given, canary: canary})
    yield quote(canary)
    yield f"api={quote(canary)}&api={quote(canary)}"
    yield f"token=%zz{quote(canary)}"


def right_calls() -> Iterator[tuple[str, str, str, Any]]:
    for path, methods in DOCUMENT["paths"].items():
        for method in methods:
            for query in right(path, method.upper()):
                yield path, method.upper(), query, None


def wrong_calls() -> Iterator[tuple[str, str, str, Any]]:
    for number, (path, method) in enumerate(CALLS):
        canary = [*PLANTED.values()][number % len(PLANTED)]
        body = {"api": canary, "ips": [canary], canary: canary}
        if method.lower() not in DOCUMENT["paths"][path]:
            yield path, method, query_of(parameters_of(path, "GET")) + f"&x={quote(canary)}", body
            continue
        for query in wrong(path, method, canary):
            yield path, method, query, body if method != "GET" else None


def leads(canary: str) -> set[str]:
    """All that leads back to a canary without a key: its spellings, and digests that anybody can make."""
    found = set()
    for text in {canary, canary.lower(), canary.upper(), canary[::-1]}:
        data = text.encode()
        found |= {text, quote(text), quote(text, safe=""), json.dumps(text)[1:-1], data.hex(), data.hex().upper()}
        for shift in range(3):  # wherever it begins in a longer text
            coded = base64.b64encode(b"\0" * shift + data).decode()[4 if shift else 0 :].rstrip("=")[:-2]
            found |= {coded, coded.replace("+", "-").replace("/", "_")}
        for name in ("md5", "sha1", "sha256", "sha512", "blake2b", "sha3_256", "sha224", "blake2s"):
            digest = hashlib.new(name, data, usedforsecurity=False).digest()
            found |= {digest.hex()[:16], digest.hex()[:16].upper(), base64.b64encode(digest).decode()[:12]}
            found |= {base64.urlsafe_b64encode(digest).decode()[:12], str(int.from_bytes(digest[:8]))}
    return found


def spellings(text: str) -> str:
    """The text as it is, percent-decoded, and without JSON's escapes."""
    return "\n".join([text, unquote(text), text.replace("\\/", "/"), text.encode().decode("unicode_escape", "replace")])


def shown_in(text: str) -> list[str]:
    seen = spellings(text)
    return [f"{kind}: {lead}" for kind, canary in PLANTED.items() for lead in leads(canary) if lead in seen]


def mask(users: dict[str, Any] = USERS) -> access.Mask:
    key = access.parse(json.dumps(users)).masking_key
    assert key
    return access.Mask(key)


@pytest.fixture(scope="module")
def seen(walk: Walk) -> str:
    return walk.everything(RESTRICTED, right_calls())


def test_the_admin_sees_each_so_that_the_next_tests_can_fail(walk: Walk) -> None:
    text = walk.everything(ADMIN, (one for one in right_calls() if one[1] == "GET"))

    assert [kind for kind, canary in PLANTED.items() if canary not in spellings(text)] == []


def test_right_calls_show_none(seen: str) -> None:
    assert shown_in(seen) == []


def test_every_report_that_may_be_asked_was_answered(walk: Walk) -> None:
    silent = {
        path
        for path, methods in DOCUMENT["paths"].items()
        if "get" in methods and {"x-abs-ak-ru": [], "x-abs-sk-ru": []} in methods["get"]["security"]
        if not any(walk.ask(path, "GET", query, RESTRICTED).status == 200 for query in right(path, "GET"))
    }

    assert silent == set()


def test_each_has_one_mask_in_all_reports(seen: str) -> None:
    masks = {mask()(canary, kind) for kind, canary in PLANTED.items()}

    assert masks <= set(MASK.findall(seen))


def test_wrong_calls_show_none(walk: Walk) -> None:
    assert shown_in(walk.everything(RESTRICTED, wrong_calls())) == []


@pytest.mark.parametrize("canary", PLANTED.values())
def test_paths_that_hold_one_do_not_give_it_back(walk: Walk, canary: str) -> None:
    stream = function_log(walk.environment)
    answers = [
        call("", RESTRICTED, path=path, function_name="forensics")
        for path in (f"/v4/abs/{canary}", f"/{canary}", f"/v4/abs/metrics/{quote(canary)}", f"/v4/abs;{canary}")
    ]

    assert {answer.status for answer in answers} == {404}
    assert shown_in("\n".join([*(f"{a.headers}{a.body}" for a in answers), stream.getvalue()])) == []


def test_credentials_that_hold_one_do_not_give_it_back(walk: Walk) -> None:
    canary = PLANTED["token"]
    wrong_headers = [
        {"x-abs-ak-ru": canary, "x-abs-sk-ru": canary},
        {"authorization": f"Bearer {canary}"},
        {**RESTRICTED, "x-abs-ak": canary},
        {**RESTRICTED, "cookie": canary, "user-agent": canary, "origin": canary, "x-forwarded-for": canary},
    ]
    text = "".join(walk.everything(sent, [("/v4/abs/attackstatus", "GET", "", None)]) for sent in wrong_headers)

    assert shown_in(text) == []


def test_stored_and_compressed_answers_show_none(walk: Walk) -> None:
    walk.environment.setenv("ABSLAKE_MAX_ANSWER_BYTES", "1500")
    try:
        stored = walk.everything(RESTRICTED, (one for one in right_calls() if one[1] == "GET"))
    finally:
        walk.environment.delenv("ABSLAKE_MAX_ANSWER_BYTES")
    packed = walk.everything(
        {**RESTRICTED, "Accept-Encoding": "gzip"}, [("/v4/abs/be", "GET", query_of({**GIVEN}), None)]
    )

    assert "303 " in stored
    assert shown_in(stored + packed) == []


def test_cursors_hold_none_inside(seen: str) -> None:
    words = set(re.findall(r"[A-Za-z0-9_-]{16,}", seen))
    inside = [base64.urlsafe_b64decode(word[: len(word) // 4 * 4]) for word in words]

    assert words
    assert [data for data in inside for canary in PLANTED.values() if canary.encode() in data] == []


def test_another_masking_key_gives_other_masks_and_no_key_none(walk: Walk, seen: str) -> None:
    file = walk.folder / "users.json"
    calls = [one for one in right_calls() if one[1] == "GET"]
    other = {**USERS, "masking_key": "another key of a deployment"}
    before = file.read_text()
    try:
        file.write_text(json.dumps(other))
        text = walk.everything(RESTRICTED, calls)
    finally:
        file.write_text(before)

    assert shown_in(text) == []
    assert {mask(other)(canary, kind) for kind, canary in PLANTED.items()} <= set(MASK.findall(text))
    assert not {mask()(canary, kind) for kind, canary in PLANTED.items()} & set(MASK.findall(text))
    assert not set(MASK.findall(text)) & set(MASK.findall(seen))


def test_reports_out_of_the_index_show_none(walk: Walk, seen: str) -> None:
    fold(walk.lake, datetime(2026, 3, 4, tzinfo=UTC))
    assert all(segments(walk.lake, kind) for kind in names.KINDS)

    text = walk.everything(RESTRICTED, right_calls())

    assert shown_in(text) == []
    assert set(MASK.findall(text)) == set(MASK.findall(seen))
