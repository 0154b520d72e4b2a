"""All API keys, OAuth2 tokens and user names over HTTP (contract 1.2 to 1.4): from a log to the documented shape, in pages."""

import re
from collections import Counter
from hashlib import md5
from math import sqrt

import pytest

from abslake.reports import Kind, clients, paging, slices
from abslake.reports.client_models import ApiKeysReport, TokensReport, UsernamesReport
from abslake.reports.fetch import Cache
from tests.support import ase
from tests.support.calls import ADMIN, RESTRICTED, call, during
from tests.support.facts import fact, write_facts
from tests.support.indexed import add_facts, fold, small_limits, utc
from tests.support.ingesting import ingested
from tests.support.lakes import open_lake
from tests.support.paging import answers

RANGE = during("2026-03-02T00:00", "2026-03-03T00:00")
REPORTS = {
    "apikeys": ("api_key", "api_keys", "api_key_metrics", ApiKeysReport),
    "oauthtokens": ("token", "tokens", "oauth_token_metrics", TokensReport),
    "username": ("username", "usernames", "username_metrics", UsernamesReport),
}
API = {"url": "/shop", "hostname": "*", "apikey_header": "X-API-KEY", "oauth2_access_token": True}
BANK = {**API, "url": "/bank"}
LINUX = "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0"


@pytest.fixture
def lake(tmp_path, monkeypatch):
    return open_lake(tmp_path, monkeypatch)


@pytest.fixture(params=REPORTS)
def name(request):
    return request.param


def get(name, query="", headers=ADMIN):
    return call(f"{RANGE}{query and '&'}{query}", headers, path=f"/v4/abs/{name}")


def line(who, *, ip="192.0.2.1", method="GET", url="/shop/items?id=1", agent=LINUX, token="", time=ase.TIME):
    """A request of the API key, token and user name of somebody."""
    sent = (("Host", "shop.example.com"), ("User-Agent", agent), ("X-API-KEY", f"key-{who}"))
    headers = ase.headers(*sent, ("Authorization", f"Bearer {token or f'token-{who}'}"))
    request = ase.request(
        source_ip=ip, method=method, url=url, headers=headers, user_info=[{"username": f"user-{who}"}]
    )
    return ase.line(timestamp=time, request=request)


def test_from_a_log_to_the_answer(lake, name):
    log = [
        line("ann"),
        line("ann", method="POST", url="/bank/pay"),
        line("ann", ip="192.0.2.2", agent="curl/8", token="other"),
        line("bob"),
        line("bob", time="2026-03-02T11:15:00.000Z"),
        line("late", time="2026-03-03T00:00:00.000Z"),
        line("nobody", url="/of/no/api"),
    ]
    ingested(b"\n".join(log), apis={"shop": API, "bank": BANK}, lake=lake)
    kind, counted, title, model = REPORTS[name]
    prefix = {"api_key": "key", "token": "token", "username": "user"}[kind]

    answer = get(name)

    assert answer.status == 200
    told = answer.json
    assert list(told) == ["company", "name", "description", "earlier_date", "later_date", "summary", "details"]
    assert (told["company"], told["name"]) == ("ping identity", title)
    assert (told["earlier_date"], told["later_date"]) == (
        "Mon Mar 02 00:00:00:000 2026",
        "Tue Mar 03 00:00:00:000 2026",
    )
    entries = {entry[kind]: entry for entry in told["details"]}
    others = {"other": 1} if kind == "token" else {}
    anns = 2 if kind == "token" else 3
    assert {n: entry["total_requests"] for n, entry in entries.items()} == {
        f"{prefix}-ann": anns,
        f"{prefix}-bob": 2,
        **others,
    }
    assert told["summary"] == {counted: 2 + len(others), "total_requests": 5}
    ann = entries[f"{prefix}-ann"]
    assert list(ann) == [kind, *(["tokens"] if kind == "username" else []), "total_requests", "ip_list"]
    assert ann["ip_list"][0] == {
        "ip": "192.0.2.1",
        "total_requests": 2,
        "devices": {"LINUX": 2},
        "methods": {"GET": 1, "POST": 1},
        "urls": {"/bank/pay": 1, "/shop/items": 1},
        "apis": {"bank": 1, "shop": 1},
    }
    assert ann.get("tokens", ["token-ann", "other"]) == ["token-ann", "other"]
    model.model_validate_json(answer.body)


def test_without_traffic_there_is_the_documented_shape(lake, name):
    _, counted, *_ = REPORTS[name]

    for headers in (ADMIN, RESTRICTED):
        answer = get(name, headers=headers)

        assert answer.status == 200
        assert answer.json["summary"] == {counted: 0, "total_requests": 0}
        assert answer.json["details"] == []
        assert not {"next_cursor", "notes"} & set(answer.json)


def many(kind, count):
    """Clients of a day: of some the same number of requests, of each another name."""
    return [
        fact(f"2026-03-02T{number % 24:02d}:10:01", ip=f"192.0.2.{number % 7}", requests=number % 5 + 1)
        | {kind: f"{kind}-{number:05d}"}
        for number in range(count)
    ]


@pytest.mark.parametrize("headers", [ADMIN, RESTRICTED])
def test_many_clients_come_in_pages_by_falling_requests(lake, name, headers):
    kind, counted, *_ = REPORTS[name]
    rows = many(kind, 205)
    write_facts(lake, rows)

    found = list(answers(f"/v4/abs/{name}", f"{RANGE}&limit=100", headers))

    details = [entry for page in found for entry in page.json["details"]]
    assert [len(page.json["details"]) for page in found] == [100, 100, 5]
    assert details == get(name, "limit=1000", headers).json["details"]
    order = [(-entry["total_requests"], entry[kind]) for entry in details]
    assert order == sorted(order)
    assert Counter(entry["total_requests"] for entry in details) == Counter(row["requests"] for row in rows)
    total = sum(row["requests"] for row in rows)
    assert all(page.json["summary"] == {counted: 205, "total_requests": total} for page in found)


def test_fifty_are_on_a_page_unless_said_otherwise(lake, name):
    write_facts(lake, many(REPORTS[name][0], 51))

    assert len(get(name).json["details"]) == 50


def test_a_heavy_client_counts_by_sums_of_whole_days_and_by_the_minute_of_a_day_that_is_cut(lake, name):
    kind, counted, *_ = REPORTS[name]
    rows = [
        fact(f"2026-03-0{day}T{hour:02d}:10:01", path=f"/shop/{hour}", **{kind: who})
        for day in (2, 3)
        for who, hours in (("heavy", 24), ("light", 2))
        for hour in range(hours)
    ]
    add_facts(lake, rows)
    with small_limits(entry=4096, answer=4096):
        fold(lake, utc(2026, 3, 5), [kind])

        answer = call(during("2026-03-02T00:00", "2026-03-03T12:00"), path=f"/v4/abs/{name}").json

    found = {entry[kind]: entry["ip_list"][0]["urls"] for entry in answer["details"]}
    assert found["heavy"] == {f"/shop/{hour}": 1 + (hour < 12) for hour in range(24)}
    assert found["light"] == {"/shop/0": 2, "/shop/1": 2}
    assert answer["summary"] == {counted: 2, "total_requests": 40}


@pytest.mark.parametrize("headers", [ADMIN, RESTRICTED])
def test_more_than_a_page_can_add_up_is_listed_in_parts_and_counted_by_estimate(lake, name, headers, monkeypatch):
    kind, counted, *_ = REPORTS[name]
    rows = many(kind, 400)
    add_facts(lake, rows)
    fold(lake, utc(2026, 5, 1), [kind])
    exact = get(name, "limit=1000", headers).json
    for setting, value in (("WHOLE_ROWS", 0), ("SLICE_ROWS", 30)):
        monkeypatch.setattr(slices, setting, value)

    found = list(answers(f"/v4/abs/{name}", f"{RANGE}&limit=30", headers))

    details = [entry for page in found for entry in page.json["details"]]
    assert sorted(details, key=lambda entry: entry[kind]) == sorted(exact["details"], key=lambda entry: entry[kind])
    assert details != exact["details"]
    notes = [page.json["notes"] for page in found]
    assert all(counted in note[0] and "16 parts" in note[0] for note in notes)
    error = float(re.search(r"([\d.]+)%", notes[0][0])[1]) / 100
    summaries = [page.json["summary"] for page in found]
    assert all(summary == summaries[0] for summary in summaries)
    first = [row[kind] for row in rows if md5(row[kind].encode(), usedforsecurity=False).hexdigest().startswith("0")]
    assert summaries[0][counted] == 16 * len(first)
    assert error == pytest.approx(sqrt((15 / 16) / len(first)), abs=0.001)
    assert summaries[0]["total_requests"] == sum(row["requests"] for row in rows)


def test_a_page_of_a_large_index_reads_its_own_part(lake, monkeypatch):
    add_facts(lake, many("token", 800))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("abslake.index.layout.ROWS_AN_OBJECT", 40)
        fold(lake, utc(2026, 5, 1), ["token"])
    monkeypatch.setattr(slices, "WHOLE_ROWS", 0)
    monkeypatch.setattr(slices, "SLICE_ROWS", 60)
    read = []
    monkeypatch.setattr(Cache, "_in_place", counting(read))

    get("oauthtokens", "limit=10")

    assert {re.search(r"b=(\w)\w\.parquet", key)[1] for key in read} == {"0"}


def counting(read):
    in_place = Cache._in_place

    def counted(cache, key, reads):
        read.append(key)
        return in_place(cache, key, reads)

    return counted


def test_the_restricted_user_sees_masks_and_no_url(lake, name):
    kind, *_ = REPORTS[name]
    hidden = {"token": "the-token", "api_key": "the-key", "username": "the-user", "cookie": "the-cookie"}
    path = "/shop/the-token/the-key/the-user/the-cookie"
    write_facts(lake, [fact("2026-03-02T10:00:01", path=path, user_agent="the-user the-token", **hidden)])

    whole, seen = get(name), get(name, headers=RESTRICTED)

    assert path in whole.body
    assert seen.status == 200
    assert [value for value in hidden.values() if value in seen.body] == []
    (entry,) = seen.json["details"]
    assert re.fullmatch("[0-9a-f]{32}", entry[kind])
    assert entry["ip_list"][0]["urls"] == {"/***": 1}
    assert seen.json["notes"] == [clients.URLS_NOTE]
    assert seen.json["summary"] == whole.json["summary"]
    if kind == "username":
        of_tokens = get("oauthtokens", headers=RESTRICTED).json["details"]
        assert entry["tokens"] == [one["token"] for one in of_tokens]


def test_a_client_with_more_names_than_an_entry_lists_is_coarsened_and_says_so(lake, name):
    kind, *_ = REPORTS[name]
    write_facts(lake, [fact("2026-03-02T10:00:01", path=f"/shop/{n}", **{kind: "crawler"}) for n in range(1100)])

    answer = get(name).json

    assert answer["details"][0]["ip_list"][0]["urls"] == {"/shop/{id}": 1100}
    assert "{id}" in answer["notes"][0]


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ("limit=0", "INVALID_PARAMETER", "limit"),
        ("limit=1001", "INVALID_PARAMETER", "limit"),
        ("cursor=client-001", "INVALID_PARAMETER", "cursor"),
        ("cursor=AAAAAAAAAAAAAAAAAAAA", "INVALID_PARAMETER", "cursor"),
        ("api=shop", "UNKNOWN_PARAMETER", "api"),
        ("engine=athena", "UNKNOWN_PARAMETER", "engine"),
        ("limit=1&limit=1", "REPEATED_PARAMETER", "limit"),
    ],
)
def test_misuse_is_a_400_that_names_the_field(lake, name, query, code, field):
    answer = get(name, query)

    assert (answer.status, answer.json["status_code"]) == (400, code)
    assert answer.json["message"].startswith(field)
    assert "client-001" not in answer.body


def test_a_cursor_of_another_report_or_range_is_a_400(lake):
    write_facts(lake, [*many("token", 3), *many("api_key", 3)])
    cursor = get("oauthtokens", "limit=1").json["next_cursor"]

    other = call(f"{during('2026-03-02T00:00', '2026-03-02T12:00')}&cursor={cursor}", path="/v4/abs/oauthtokens")
    for answer in (get("apikeys", f"cursor={cursor}"), other):
        assert answer.status == 400
        assert "another report or range" in answer.json["message"]
    assert get("oauthtokens", f"limit=1&cursor={cursor}").status == 200


@pytest.mark.parametrize(("digits", "number"), [(5, 0), (1, 16), (4, 7)])
def test_a_cursor_that_no_page_gave_is_a_400(lake, digits, number):
    write_facts(lake, many("token", 3))
    place = paging.Place(digits, number)
    cursor = paging.write_place(place, Kind.TOKEN.value, utc(2026, 3, 2), utc(2026, 3, 3))

    answer = get("oauthtokens", f"cursor={cursor}")

    assert (answer.status, answer.json["status_code"]) == (400, "INVALID_PARAMETER")


def test_other_methods_and_missing_keys_are_refused(lake, name):
    assert call(RANGE, path=f"/v4/abs/{name}", method="POST").status == 405
    assert get(name, headers={}).status == 401


def test_a_large_answer_is_a_303_and_leads_on(lake, name, monkeypatch):
    write_facts(lake, many(REPORTS[name][0], 3))
    monkeypatch.setenv("ABSLAKE_MAX_ANSWER_BYTES", "100")
    monkeypatch.setattr(type(lake), "sign", lambda *_: "https://signed.example/")

    answer = get(name, "limit=2")

    assert answer.status == 303
    assert "cursor=" in answer.headers["Link"]
