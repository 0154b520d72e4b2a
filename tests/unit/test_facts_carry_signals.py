"""From a log line to the column ``signals`` and to the flagged requests, whichever reading the line takes."""

import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from abslake.facts import flagged
from abslake.facts.rules import rules_of
from abslake.facts.signals import Signal
from abslake.storage import Lake
from tests.support import ase
from tests.support.ingesting import Ingested, definitions_of, ingested, line_parser_only

INJECTION = "/shop/items?id=1'+or+'1'='1"
APIS: dict[str, dict[str, Any]] = {"shop": {"url": "/shop", "apikey_qs": "key"}}


def line(url: str = "/shop/items?id=1", *headers: tuple[str, str], **changes: Any) -> bytes:
    shared = ase.headers(("Host", ase.HOST), ("User-Agent", "curl/7.64"), *headers)
    time = changes.pop("timestamp", ase.TIME)
    return ase.line(timestamp=time, request=ase.request(url=url, headers=shared, **changes))


def signals_of(*lines: bytes, **metadata: Any) -> list[Signal]:
    """The signals of each line, told apart by their paths, in the order of these."""
    found = ingested(ase.log(*lines), apis={"shop": {"url": "/shop", **metadata}}).rows
    return [Signal(row["signals"]) for row in sorted(found, key=lambda row: str(row["path"]))]


def flagged_of(result: Ingested) -> list[flagged.Flagged]:
    return [one for entry in result.lake.list(flagged.PREFIX) for one in flagged.parsed(result.lake.get(entry.key))]


def combined(request: str, agent: str = "curl/7.64") -> bytes:
    return f'192.0.2.1 - - [02/Mar/2026:10:15:00 +0000] "GET {request} HTTP/1.1" 200 21 "-" "{agent}"\n'.encode()


def test_both_readings_of_a_log_find_the_same() -> None:
    log = ase.log(
        line(INJECTION),
        line("/shop/a"),
        line("/shop/b", ("Cookie", "a=<script>alert(1)</script>")),
        line("/shop/c", ("X-Forwarded-For", "${jndi:ldap://x.example}")),
        line("/shop/d" + "x" * 300),
    )
    fast = ingested(log, apis=APIS)
    with line_parser_only("ase"):
        slow = ingested(log, apis=APIS)

    assert [row["signals"] for row in fast.rows] == [row["signals"] for row in slow.rows]
    assert sorted(row["signals"] for row in fast.rows) == [0, Signal.SQL, Signal.OVERFLOW, 64, Signal.HEADER_ODD | 64]
    assert flagged_of(fast) == flagged_of(slow)


def test_a_text_log_has_signals_of_url_and_user_agent() -> None:
    data = combined("/shop/a?x=..%2f..%2fetc%2fpasswd") + combined("/shop/b", "() { :;}; id") + combined("/shop/c")

    assert {row["path"]: Signal(row["signals"]) for row in ingested(data, format_name="combined").rows} == {
        "/shop/a": Signal.TRAVERSAL,
        "/shop/b": Signal.HEADER,
        "/shop/c": Signal(0),
    }


def test_what_an_api_names_as_a_header_is_looked_at() -> None:
    assert signals_of(line("/shop", ("X-Key", "' or '1'='1")), apikey_header="X-Key") == [Signal.HEADER]
    assert signals_of(line("/shop", ("X-Key", "' or '1'='1"))) == [Signal(0)]


def test_suspects_that_give_no_signal_stay_one_row() -> None:
    row = ingested(ase.log(line("/shop?name=O'Brien"), line("/shop?name=O'Hara"), line("/shop?a=b"))).row

    assert (row["requests"], row["signals"]) == (3, 0)


@pytest.mark.parametrize(
    ("login_url", "path", "is_one"),
    [
        ("/shop/login", "/shop/login?user=ann", True),
        ("/login", "/shop/login", True),
        ("login", "/shop/login/", True),
        ("/shop/login", "/shop/login/help", False),
        ("/shop/login", "/shop/logins", False),
        ("", "/shop", False),
    ],
)
def test_a_request_to_the_login_url(login_url: str, path: str, *, is_one: bool) -> None:
    assert signals_of(line(path), login_url=login_url) == [Signal.LOGIN if is_one else Signal(0)]


def test_methods_that_are_not_allowed() -> None:
    enforced = {"methods_allowed": ["GET", "post"]}
    lines = (line("/shop/a", method="DELETE"), line("/shop/b", method="get"), line("/shop/c", method="POST"))

    assert signals_of(*lines, api_pattern_enforcement=enforced) == [Signal.METHOD, 0, 0]
    assert signals_of(*lines, api_pattern_enforcement={"methods_allowed": []}) == [0, 0, 0]


def test_content_types_that_are_not_allowed() -> None:
    lines = (
        line("/shop/a", ("Content-Type", "text/xml")),
        line("/shop/b", ("Content-Type", "Application/JSON; charset=utf-8")),
        line("/shop/c"),
    )

    assert signals_of(*lines, api_pattern_enforcement={"content_type_allowed": "application/json"}) == [2048, 0, 0]


def test_a_scheme_that_is_not_allowed_is_known_of_absolute_urls() -> None:
    lines = (line("http://a.example/shop/a"), line("https://a.example/shop/b"), line("/shop/c"))

    assert signals_of(*lines, api_pattern_enforcement={"protocol_allowed": "https"}) == [Signal.PROTOCOL, 0, 0]


def test_decoys() -> None:
    lines = (line("/shop/admin/x"), line("/shop/administrator"), line("/shop/old"))
    decoys = {"decoy_enabled": True, "decoy_subpaths": ["admin", "/shop/old"]}

    assert signals_of(*lines, decoy_config=decoys) == [Signal.DECOY, 0, Signal.DECOY]
    assert signals_of(*lines, decoy_config={**decoys, "decoy_enabled": False}) == [0, 0, 0]
    assert signals_of(*lines, decoy_config={"decoy_enabled": True}) == [Signal.DECOY] * 3


def test_definitions_that_enforce_nothing_keep_their_version() -> None:
    plain = rules_of(definitions_of({"shop": {"url": "/shop"}})).version
    empty = {"api_pattern_enforcement": {"methods_allowed": [], "protocol_allowed": ""}, "decoy_config": {}}

    assert rules_of(definitions_of({"shop": {"url": "/shop", **empty}})).version == plain
    assert (
        rules_of(definitions_of({"shop": {"url": "/shop", "decoy_config": {"decoy_enabled": True}}})).version != plain
    )


def test_a_flagged_request_is_kept_with_its_query_and_without_the_api_key() -> None:
    lines = (
        line(f"{INJECTION}&key=secret&%6bey=other"),
        line(f"{INJECTION}&key=third&%6bey=x"),
        line("/shop/items?id=2"),
    )
    (one,) = flagged_of(ingested(ase.log(*lines), apis=APIS))

    assert one.url == f"{INJECTION}&key=***&%6bey=***"
    assert (one.requests, one.api, one.ip, one.method, one.status) == (2, "shop", "192.0.2.1", "GET", 200)
    assert one.signals == Signal.SQL | Signal.IRREGULAR_URL
    assert one.first == one.last == datetime.fromisoformat(ase.TIME)


def test_a_user_in_an_authority_is_masked() -> None:
    assert flagged.masked("https://ann:pw@a.example/x@y?z=1", ()) == "https://***@a.example/x@y?z=1"
    assert flagged.masked("/x?u=https://ann:pw@a.example/", ()) == "/x?u=https://ann:pw@a.example/"


def test_flagged_requests_are_read_by_hours() -> None:
    lake = Lake("memory:")
    times = ("2026-03-02T09:59:59Z", "2026-03-02T10:00:00Z", "2026-03-02T11:00:00Z")
    for number, time in enumerate(times):
        ingested(ase.log(line(f"/shop/{number}?q=<script>", timestamp=time)), lake=lake)
    first, end = datetime(2026, 3, 2, 10, tzinfo=UTC), datetime(2026, 3, 2, 11, tzinfo=UTC)

    assert [one.url for one in flagged.read(lake, first, end)] == ["/shop/1?q=<script>"]


def test_flagged_requests_are_bounded_and_every_kind_is_among_them() -> None:
    often = [line(f"/shop/{n}?q=<script>") for n in range(300) for _ in range(2)]
    rare = [line(f"/shop/rare?q=../../{n}") for n in range(30)]
    long = line("/shop?q=<script>" + "é" * 2000)
    found = flagged_of(ingested(ase.log(*often, *rare, long, long, long)))

    assert len(found) == flagged.MOST
    assert sum(1 for one in found if one.signals & Signal.TRAVERSAL) == flagged.MOST_OF_A_KIND
    assert max(len(one.url.encode()) for one in found) in (flagged.MOST_BYTES - 1, flagged.MOST_BYTES)


def test_the_same_log_gives_the_same_flagged_object(tmp_path: Path) -> None:
    log = ase.log(*(line(f"/shop/{n % 7}?q=../{n % 50}", source_ip=f"192.0.2.{n % 9}") for n in range(500)))
    objects = []
    for name in ("a", "b"):
        lake = Lake(str(tmp_path / name))
        ingested(log, lake=lake)
        objects.append({entry.key: lake.get(entry.key) for entry in lake.list(flagged.PREFIX)})

    assert objects[0] == objects[1] != {}


def test_the_real_logs_of_the_examples_hold_no_attack() -> None:
    attack = combined("/index.php?id=1+union+select+null,null--")
    for name in ("apache-combined", "alb-access"):
        data = Path(f"examples/logs/{name}.log.gz").read_bytes()
        assert flagged_of(ingested(data)) == []
    with_attack = gzip.decompress(Path("examples/logs/apache-combined.log.gz").read_bytes()) + attack
    assert [one.ip for one in flagged_of(ingested(with_attack))] == ["192.0.2.1"]
