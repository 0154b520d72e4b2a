"""GET /v4/abs/decoy: who asked for decoys, from a log to the answer."""

import json
from collections import Counter

import pytest

from abslake.facts.signals import Signal
from abslake.reports import decoys
from abslake.reports.traffic_models import DecoyReport
from tests.support.ase import headers, line, log, request
from tests.support.calls import ADMIN, RESTRICTED, call, during
from tests.support.command import abslake
from tests.support.facts import fact, write_facts
from tests.support.ingesting import definitions_of, ingested
from tests.support.lakes import open_lake
from tests.support.paging import pages

PATH = "/v4/abs/decoy"
DAY = ("2026-03-02T00:00", "2026-03-03T00:00")
RANGE = during(*DAY)
IN_CONTEXT = {"url": "/shop", "decoy_config": {"decoy_enabled": True, "decoy_subpaths": ["admin", "/shop/admin/keys/"]}}
OUT_OF_CONTEXT = {"url": "/trap", "decoy_config": {"decoy_enabled": True}}
HIT = int(Signal.DECOY)


@pytest.fixture
def lake(tmp_path, monkeypatch):
    lake = open_lake(tmp_path, monkeypatch)
    define(lake, shop=IN_CONTEXT)
    return lake


def define(lake, **apis):
    for name, metadata in apis.items():
        lake.put(f"config/apis/{name}.json", json.dumps({"api_metadata": metadata}).encode())


def ask(query="", user=ADMIN):
    answer = call(f"{RANGE}&{query}", user, path=PATH)
    assert answer.status == 200, answer.body
    DecoyReport.model_validate(answer.json)
    return answer.json


def hit(path="/shop/admin", when="2026-03-02T10:00:00", **columns):
    return fact(when, path=path, signals=HIT, **columns)


def said(ip, method, url, size=None):
    sent = (("Content-Type", "multipart/form-data; boundary=x"), ("Content-Length", str(size))) if size else ()
    return line(request=request(source_ip=ip, method=method, url=url, headers=headers(("Host", "a"), *sent)))


def test_a_log_comes_back_as_the_documented_answer(lake):
    lines = [
        said("192.0.2.1", "POST", "/shop/admin", 354),
        *[said("192.0.2.2", "ABDU", "/shop/admin/users?id=1")] * 2,
        said("192.0.2.2", "GET", "/shop/admin"),
        said("192.0.2.1", "GET", "/shop/administrator"),
        said("192.0.2.1", "GET", "/bank/admin"),
    ]
    ingested(log(*lines), lake=lake, apis=definitions_of({"shop": IN_CONTEXT, "bank": {"url": "/bank"}}))

    document = ask()

    assert document.pop("description")
    empty = {"unique_ip_count": 0, "total_requests": 0}
    maps = ("most_used_methods", "most_used_ips", "most_used_devices", "most_used_content_types")
    assert document == {
        "company": "ping identity",
        "name": "decoy_api_metrics",
        "earlier_date": "Mon Mar 02 00:00:00:000 2026",
        "later_date": "Tue Mar 03 00:00:00:000 2026",
        "api_name": "shop",
        "api_type": "decoy-incontext",
        "decoy_url": ["/shop/admin", "/shop/admin/keys"],
        "summary": [
            {
                "decoy_url": "/shop/admin",
                "unique_ip_count": 2,
                "total_requests": 4,
                "most_used_methods": {"ABDU": 2, "GET": 1, "POST": 1},
                "most_used_ips": {"192.0.2.2": 3, "192.0.2.1": 1},
                "most_used_devices": {"UNKNOWN": 4},
                "most_used_content_types": {"UNKNOWN": 3, "multipart/form-data": 1},
            },
            {"decoy_url": "/shop/admin/keys", **empty, **{key: {} for key in maps}},
        ],
        "details": [
            {
                "decoy_url": "/shop/admin",
                "source_ip": [
                    {
                        "ip": "192.0.2.2",
                        "total_requests": 3,
                        "method_count": {"ABDU": {"count": 2}, "GET": {"count": 1}},
                        "url_count": {"/shop/admin/users": 2, "/shop/admin": 1},
                    },
                    {
                        "ip": "192.0.2.1",
                        "total_requests": 1,
                        "method_count": {
                            "POST": {"count": 1, "payload_characteristics": {"multipart/form-data": ["354 bytes"]}}
                        },
                        "url_count": {"/shop/admin": 1},
                    },
                ],
            }
        ],
    }


def test_a_hit_belongs_to_the_longest_decoy(lake):
    write_facts(lake, [hit("/shop/admin/keys/1"), hit("/shop/admin/keys2"), hit("/shop/admin/keys", requests=3)])

    totals = {entry["decoy_url"]: entry["total_requests"] for entry in ask()["summary"]}

    assert totals == {"/shop/admin/keys": 4, "/shop/admin": 1}


def test_the_decoys_of_several_apis_are_one_answer(lake):
    define(lake, trap=OUT_OF_CONTEXT)
    write_facts(lake, [hit(), hit("/trap/x", api="trap"), hit("/trap/y", api="trap")])

    whole, one = ask(), ask("api=trap")

    assert (whole["api_name"], whole["api_type"]) == ("decoyall", "decoy")
    assert whole["decoy_url"] == ["/shop/admin", "/shop/admin/keys", "/trap"]
    assert [entry["decoy_url"] for entry in whole["summary"]] == ["/trap", "/shop/admin", "/shop/admin/keys"]
    assert (one["api_name"], one["api_type"], one["decoy_url"]) == ("trap", "decoy-outcontext", ["/trap"])
    assert one["summary"] == whole["summary"][:1]
    assert one["details"] == whole["details"][:1]


def test_without_decoys_the_answer_is_empty(lake):
    define(lake, shop={"url": "/shop"})

    document, one = ask(), ask("api=shop")

    assert (document["api_name"], document["api_type"]) == ("decoyall", "decoy")
    assert document["decoy_url"] == document["summary"] == document["details"] == []
    assert (one["api_name"], one["api_type"], one["summary"]) == ("shop", "regular", [])


def test_hits_of_decoys_that_are_no_more_stand_under_the_api(lake):
    define(lake, shop={"url": "/shop"})
    write_facts(lake, [hit("/shop/old")])

    document = ask()

    assert (document["api_name"], document["decoy_url"]) == ("shop", [])
    assert [(entry["decoy_url"], entry["total_requests"]) for entry in document["summary"]] == [("/shop", 1)]


def test_hits_of_decoys_that_became_others_stand_under_the_api(lake):
    write_facts(lake, [hit("/shop/old"), hit("/shop/old/2"), hit()])

    totals = {entry["decoy_url"]: entry["total_requests"] for entry in ask()["summary"]}

    assert totals == {"/shop": 2, "/shop/admin": 1, "/shop/admin/keys": 0}


def test_facts_of_before_signals_are_told_of(lake):
    write_facts(lake, [fact("2026-03-02T10:00:00", path="/shop/admin", requests=7, signals=None), hit()])

    document = ask()

    assert document["summary"][0]["total_requests"] == 1
    assert any(note.startswith("Of 7 requests") for note in document["notes"])


def test_payloads_are_told_as_far_as_facts_know_them(lake):
    form = {"method": "POST", "request_content_type": "Text/Plain; charset=utf-8"}
    write_facts(
        lake,
        [
            *[hit(f"/shop/admin/{n}", request_bytes=size, **form) for n, size in enumerate((20, 9, 20))],
            hit(request_bytes=300, requests=3, **form),
            hit(request_bytes=None, user_agent="b", **form),
            hit(request_bytes=5, method="PUT"),
        ],
    )

    document = ask()

    methods = document["details"][0]["source_ip"][0]["method_count"]
    assert methods["POST"]["payload_characteristics"] == {
        "text/plain": ["9 bytes", "20 bytes", "300 bytes in 3 requests"]
    }
    assert methods["PUT"]["payload_characteristics"] == {"UNKNOWN": ["5 bytes"]}
    assert any("together" in note for note in document["notes"])


def many():
    for n in range(700):
        signals = HIT if n % 3 else 0
        yield fact(
            f"2026-03-{1 + n % 3:02}T{n % 24:02}:00:00",
            path=f"/shop/admin/{n % 13}",
            ip=f"192.0.2.{n % 29}",
            method=("GET", "POST", "PUT", "DELETE", "ABDU", "HEAD", "X")[n % 7],
            device=("UBUNTU", "MAC_OS_X", "UNKNOWN")[n % 5 % 3],
            signals=signals,
            requests=n % 4 + 1,
        )


def test_counts_are_a_plain_count_of_the_facts(lake):
    rows = list(many())
    write_facts(lake, rows, units_an_hour=2)
    mine = [row for row in rows if row["signals"] and row["minute"].day == 2]
    plain = {name: Counter() for name in ("method", "ip", "device")}
    for row in mine:
        for name, counted in plain.items():
            counted[row[name]] += row["requests"]

    document = ask("limit=1000")

    summary = document["summary"][0]
    assert summary["total_requests"] == plain["ip"].total() > 100
    assert summary["unique_ip_count"] == len(plain["ip"])
    for name, counted in plain.items():
        first = sorted(counted.items(), key=lambda one: (-one[1], one[0]))[:5]
        assert list(summary[f"most_used_{name}s"].items()) == first
    addresses = document["details"][0]["source_ip"]
    assert {one["ip"]: one["total_requests"] for one in addresses} == plain["ip"]
    assert all(sum(m["count"] for m in one["method_count"].values()) == one["total_requests"] for one in addresses)
    assert all(sum(one["url_count"].values()) == one["total_requests"] for one in addresses)


def test_pages_together_are_the_whole(lake):
    write_facts(lake, list(many()))

    found = list(pages(PATH, f"{RANGE}&limit=6"))

    whole = ask("limit=1000")
    assert len(found) == 5
    assert [one for page in found for one in page["details"][0]["source_ip"]] == whole["details"][0]["source_ip"]
    assert all(page["summary"] == whole["summary"] for page in found)


def test_paths_of_an_address_are_bounded(lake, monkeypatch):
    monkeypatch.setattr(decoys, "MOST_NAMES", 2)
    write_facts(lake, [hit(f"/shop/admin/{n}", requests=n) for n in (1, 2, 3)])

    document = ask()

    address = document["details"][0]["source_ip"][0]
    assert address["url_count"] == {"/shop/admin/3": 3, "/shop/admin/2": 2}
    assert address["total_requests"] == 6
    assert any("url_count" in note for note in document["notes"])


def test_methods_and_content_types_of_an_address_are_bounded(lake, monkeypatch):
    monkeypatch.setattr(decoys, "MOST_NAMES", 2)
    rows = [hit(method=f"M{n}", requests=n, request_bytes=n, request_content_type="a/b") for n in (1, 2, 3)]
    rows += [hit(method="M3", request_content_type=f"x/{n}") for n in range(5)]
    write_facts(lake, rows)

    document = ask()

    address = document["details"][0]["source_ip"][0]
    assert {name: one["count"] for name, one in address["method_count"].items()} == {"M3": 8, "M2": 2}
    told = {name: one.get("payload_characteristics") for name, one in address["method_count"].items()}
    assert told == {"M3": {"a/b": ["3 bytes in 3 requests"]}, "M2": {"a/b": ["2 bytes in 2 requests"]}}
    assert address["total_requests"] == 11
    assert [note.split()[0] for note in document["notes"]] == ["payload_characteristics", '"n', "method_count"]


def test_nothing_is_said_to_be_cut_where_all_is_told(lake, monkeypatch):
    monkeypatch.setattr(decoys, "MOST_NAMES", 2)
    write_facts(lake, [hit(f"/shop/admin/{n}", method=f"M{n}", request_content_type=f"x/{n}") for n in (1, 2)])

    document = ask()

    assert "notes" not in document
    assert len(document["details"][0]["source_ip"][0]["method_count"]) == 2


def test_fault_22_the_restricted_user_sees_no_identifier_in_a_path(lake):
    write_facts(lake, [hit(f"/shop/admin/{secret}", token=secret) for secret in ("secret-1", "secret-2")])

    whole, seen = ask(), ask(user=RESTRICTED)

    assert "secret-1" in json.dumps(whole)
    assert "secret" not in json.dumps(seen)
    assert seen["details"][0]["source_ip"][0]["url_count"] == {"/shop/admin/***": 2}
    assert seen["summary"] == whole["summary"]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        (f"api=nowhere&{RANGE}", 404, "UNKNOWN_API"),
        ("", 400, "MISSING_PARAMETER"),
        (f"{RANGE}&type=1", 400, "UNKNOWN_PARAMETER"),
    ],
)
def test_fault_20_a_question_that_cannot_be_is_refused(lake, query, status, code):
    answer = call(query, path=PATH)

    assert (answer.status, answer.json["status_code"]) == (status, code)


def test_the_command_line_answers_the_same(lake):
    write_facts(lake, [hit()])
    span = ("--earlier", DAY[0], "--later", DAY[1], "--lake", lake.folder)

    assert json.loads(abslake("report", "decoy", *span).stdout) == ask()
    assert json.loads(abslake("report", "decoy", "shop", *span).stdout) == ask("api=shop")
