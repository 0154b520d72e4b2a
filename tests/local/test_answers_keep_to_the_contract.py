"""Every endpoint's answer fits its JSON Schema, made from the contract, for empty, small and large data.

The schemas in ``tests/schemas`` were written from the contract's pages and samples, not from our models: documented fields are
required, ours are marked as extensions, anything else is refused. Data comes as logs through ingest.
"""

import json
from datetime import date
from functools import cache

import jsonschema
import pytest

from abslake.detection import findings
from abslake.detection.findings import IdentifierKind, Level
from abslake.dev.example_answers import DAY, apis
from abslake.records.definitions import PREFIX, parse_all
from abslake.reports.openapi import document
from abslake.reports.openapi_examples import FOLDER, OLDER
from tests.support.ase import headers, line, log, request, response
from tests.support.calls import RESTRICTED, ROOT, call, during, put
from tests.support.facts import finding, write_findings
from tests.support.ingesting import ingested
from tests.support.lakes import open_lake

RANGE = during(DAY["earlier_date"], DAY["later_date"])
SHOP = ROOT / "examples/shop"
LARGE = 2_000

READS = {
    "metrics": ("/v4/abs/metrics", f"api=shop&limit=20&{RANGE}"),
    "forensics-token": ("/v4/abs", f"token=token-of-bob&{RANGE}"),
    "forensics-api_key": ("/v4/abs", f"api_key=key-of-partner&{RANGE}"),
    "forensics-username": ("/v4/abs", f"username=bob&{RANGE}"),
    "forensics-ip": ("/v4/abs", f"IP=203.0.113.66&{RANGE}"),
    "forensics-cookie": ("/v4/abs", f"cookie=session-2&{RANGE}"),
    "forensics-cookie-of-api": ("/v4/abs", f"cookie=session-2&api=shop&{RANGE}"),
    "apikeys": ("/v4/abs/apikeys", f"limit=10&{RANGE}"),
    "oauthtokens": ("/v4/abs/oauthtokens", f"limit=10&{RANGE}"),
    "username": ("/v4/abs/username", f"limit=10&{RANGE}"),
    "attack-of-type": ("/v4/abs/attack", f"api=shop&type=8&{RANGE}"),
    "attack-details": ("/v4/abs/attack", f"api=shop&type=8&details=true&{RANGE}"),
    "attack": ("/v4/abs/attack", f"api=shop&type=0&details=true&{RANGE}"),
    "attack across APIs": ("/v4/abs/attack", f"type=0&{RANGE}"),
    "anomalies-of-api": ("/v4/abs/anomalies", f"api=shop&{RANGE}"),
    "anomalies": ("/v4/abs/anomalies", RANGE),
    "attacklist": ("/v4/abs/attacklist", RANGE),
    "attacklist active": ("/v4/abs/attacklist", f"status=active&limit=5&{RANGE}"),
    "threshold-of-api": ("/v4/abs/attack/threshold", "api=shop"),
    "threshold": ("/v4/abs/attack/threshold", "id=16"),
    "attackstatus": ("/v4/abs/attackstatus", ""),
    "benign": ("/v5/abs/benign", ""),
    "flowcontrol": ("/v4/abs/flowcontrol", f"api=shop&{RANGE}"),
    "bc": ("/v4/abs/bc", RANGE),
    "bc-details": ("/v4/abs/bc", f"details=true&{RANGE}"),
    "be": ("/v4/abs/be", f"api=shop&{RANGE}"),
    "decoy": ("/v4/abs/decoy", f"api=shop&{RANGE}"),
    "validurl": ("/v4/abs/validurl", "api=shop"),
    "hackersurl": ("/v4/abs/hackersurl", f"api=shop&{RANGE}"),
    "admin": ("/v5/abs/admin", ""),
    "globalconfig": ("/v5/abs/globalconfig", ""),
    "discovery": ("/v4/abs/discovery", ""),
    "discovery-details": ("/v4/abs/discovery", "api_name=api_0"),
    "discovery-openapi": ("/v5/abs/discovery/openapi", "api_name=api_0"),
    "latency": ("/v5/abs/latency", f"limit=20&{RANGE}"),
    "latency of endpoints": ("/v5/abs/latency", f"api=shop&by=endpoint&{RANGE}"),
    "latency of clients": ("/v5/abs/latency", f"by=client&kind=token&{RANGE}"),
    "top": ("/v5/abs/top", f"kind=ip&limit=20&{RANGE}"),
    "timeline": ("/v5/abs/timeline", f"token=token-of-bob&{RANGE}"),
    "search": ("/v5/abs/search", f"prefix=token&{RANGE}"),
    "search of addresses": ("/v5/abs/search", f"prefix=10.0&limit=20&{RANGE}"),
    "health": ("/v5/abs/health", ""),
}
"""Schema, and what tells two calls apart -> path, query."""

OF_SOME = {"discovery-details", "discovery-openapi"}
"""Schemas of what is there only where there is data."""

CHANGES = {
    "done": [
        ("PUT", "/v4/abs/attack/threshold", "setThresholds"),
        ("PUT", "/v4/abs/attackstatus", "switchTypes"),
        ("PUT", "/v5/abs/benign", "addBenign"),
        ("PUT", "/v5/abs/admin", "setTimes"),
        ("PUT", "/v5/abs/globalconfig", "setGlobalConfig"),
    ],
    "attacklist-removed": [
        ("PUT", "/v4/abs/attacklist", "removeAttackers"),
    ],
    "attacklist-cleared": [("DELETE", "/v4/abs/attacklist", "clearAttackers")],
    "reset": [("DELETE", "/v4/abs/reset", "resetTraining")],
}
"""Schema -> method, path, example whose body is sent."""


@cache
def validator(name):
    return jsonschema.Draft202012Validator(json.loads((ROOT / f"tests/schemas/{name}.json").read_text()))


def check(schema, answer):
    validator(schema.partition(" ")[0]).validate(answer)


def definition():
    return parse_all([(path.stem, path.read_bytes()) for path in apis()])


def fill_empty(lake):
    pass


def fill_small(lake):
    ingested((SHOP / "access.log").read_bytes(), lake=lake, apis=definition())
    lake.put(findings.key(date(2026, 3, 2), "shop"), (SHOP / "findings.ndjson").read_bytes())


def fill_large(lake):
    """Many of everything: sessions, tokens, keys, users, addresses, paths, answers, decoys, attacks in URLs, findings."""
    urls = [
        "/shop/items?id={}",
        "/shop/orders/{}",
        "/shop/backup/{}",
        "/shop/items?id={}'%20OR%20'1'='1",
        "/shop/../etc/{}",
    ]
    lines = []
    for n in range(LARGE):
        cookie = "session-2" if n % 3 == 0 else f"session {n % 700}"
        client = headers(
            ("User-Agent", ("curl/7.64", "Mozilla/5.0 (Windows NT 10.0) Firefox/120.0")[n % 2]),
            ("Cookie", f"JSESSIONID={cookie}"),
            ("Authorization", f"Bearer {'token-of-bob' if n % 4 == 0 else n % 300}"),
            ("X-API-Key", "key-of-partner" if n % 5 == 0 else f"key {n % 90}"),
        )
        asked = request(
            url=urls[n % 5].format(n % 97),
            method=("GET", "POST", "PUT", "DELETE")[n % 4],
            source_ip="203.0.113.66" if n % 6 == 0 else f"10.0.{n % 7}.{n % 251}",
            headers=client[: 1 + n % 4 if n % 2 else 4],
            user_info=[{"username": "bob" if n % 8 == 0 else f"user {n % 40}"}],
        )
        code = ("200", "500", "404", "429", "503", "403", "201")[n % 7]
        server = None if code in ("429", "503") else f"10.9.0.{n % 9}:80"
        moment = f"2026-03-02T{n % 24:02}:{n % 60:02}:00.123Z"
        lines.append(line(timestamp=moment, request=asked, response=response(response_code=code), server=server))
    for n in range(100):
        asked = request(url=f"/books/{n}", headers=headers(("Host", f"books-{n % 30}.example.com")))
        lines.append(line(timestamp="2026-03-02T11:00:00.123Z", request=asked, response=response(response_code="200")))
    ingested(log(*lines), lake=lake, apis=definition())
    kinds = list(IdentifierKind)
    write_findings(
        lake,
        [
            finding(
                name,
                kinds[n % 5],
                f"client {n}" if kinds[n % 5] != "ip" else f"10.1.{n // 250}.{n % 250}",
                api,
                f"2026-03-02T{n % 24:02}:19:59.935",
                (Level.ATTACK, Level.ANOMALY)[n // 5 % 2],
                number,
            )
            for n in range(600)
            for number, name, api in (
                (8, "API Probing Replay Attack", "shop"),
                (16, "Stolen Token Attack Type 2", "all"),
            )
        ],
    )


SIZES = {"empty": fill_empty, "small": fill_small, "large": fill_large}


@pytest.fixture(scope="module", params=SIZES)
def size(request, tmp_path_factory):
    with pytest.MonkeyPatch.context() as environment:
        lake = open_lake(tmp_path_factory.mktemp(request.param), environment)
        for path in apis():
            lake.put(f"{PREFIX}{path.name}", path.read_bytes())
        SIZES[request.param](lake)
        yield request.param


@pytest.mark.parametrize("schema", READS)
def test_an_answer_fits(size, schema):
    path, query = READS[schema]

    answer = call(query, path=path)

    there = size != "empty" or schema not in OF_SOME
    assert answer.status == (200 if there else 404), answer.body
    check(schema if there else "error", answer.json)


def test_what_a_restricted_user_gets_fits_too(size):
    for schema, (path, query) in READS.items() if size == "small" else ():
        answer = call(query, RESTRICTED, path=path)

        assert answer.status in (200, 403)
        check(schema if answer.status == 200 else "error", answer.json)


def test_data_of_each_size_is_in_the_answers(size):
    """Otherwise a schema of lists would say nothing."""
    least = {"empty": 0, "small": 1, "large": 20}[size]
    lists = [
        asked("metrics")["req_resp_details"]["session_details"],
        asked("forensics-token")["details"]["metrics"]["ip_list"],
        asked("username")["details"] * 2,
        asked("be")["backend_error_details"] * 20,
        asked("hackersurl")["invalid_urls"],
        asked("decoy")["details"] * 20,
        asked("attack-of-type").get("ips", ()),
        asked("anomalies") * 20,
        asked("validurl")["url_list"] * 20,
        asked("discovery")["summary"],
        asked("latency of endpoints")["entries"] * 5,
        asked("latency of clients")["entries"],
        asked("top")["clients"],
        asked("timeline")["hours"] * 5,
        asked("search")["identifiers"] * 20,
    ]
    assert asked("metrics")["req_resp_summary"]["total_requests"] == {"empty": 0, "small": 22, "large": LARGE}[size]
    assert [len(one) >= least and (size != "empty" or not one) for one in lists] == [True] * len(lists)


def asked(schema):
    path, query = READS[schema]
    return call(query, path=path).json


@pytest.mark.parametrize(
    ("schema", "method", "path", "example"), [(s, *one) for s, all_ in CHANGES.items() for one in all_]
)
def test_an_answer_to_a_change_fits(size, schema, method, path, example):
    body = json.loads((FOLDER / f"{example}.json").read_text())["request"]["body"]

    answer = put(path, body, method=method)

    assert answer.status == 200, answer.body
    check(schema, answer.json)


def test_an_entry_that_was_made_is_listed_and_ended(size):
    path, entry = "/v5/abs/benign", {"kind": "cookie", "value": f"session of {size}", "why": "ours"}
    for n in range({"empty": 0, "small": 1, "large": 50}[size]):
        made = put(path, {**entry, "value": f"{entry['value']} {n}"}).json
        check("done", made)
        if n == 0:
            check("done", put(path, {"id": made["id"], "why": "no more"}, method="DELETE").json)
    check("benign", call(path=path).json)


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("error.*.json")))
def test_an_error_fits(name):
    check("error", json.loads((FOLDER / f"{name}.json").read_text())["answer"])


def test_every_endpoint_has_a_schema():
    asked = {("GET", path) for path, _ in READS.values()}
    asked |= {(method, path) for several in CHANGES.values() for method, path, _ in several} | {
        ("DELETE", "/v5/abs/benign")
    }
    known = {
        (method.upper(), path)
        for path, methods in document()["paths"].items()
        for method, one in methods.items()
        if not one["operationId"].endswith(OLDER)
    }
    assert asked == known
    files = {path.stem for path in (ROOT / "tests/schemas").glob("*.json")}
    assert files == {name.partition(" ")[0] for name in READS} | {*CHANGES, "error"}


@pytest.mark.parametrize("file", sorted((ROOT / "tests/samples").glob("api_*.json")), ids=lambda path: path.stem)
def test_the_documented_samples_fit(file):
    schema = file.stem.replace("api_abs_", "forensics-").replace("api_metrics", "metrics")
    check("forensics-cookie-of-api" if schema == "forensics-cookie" else schema, json.loads(file.read_text()))
