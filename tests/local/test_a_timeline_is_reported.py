"""GET /v5/abs/timeline: what one client did, hour by hour."""

import json
from collections import Counter
from datetime import timedelta

import pytest

from abslake.detection.findings import IdentifierKind, Level
from abslake.errors import BadRequest
from abslake.reports import Account, Kind, client_hours, fetch, paging, timeline
from abslake.reports.facts_reading import Reader
from abslake.reports.investigation_models import TimelineReport
from abslake.settings import Settings
from tests.support import ase
from tests.support.calls import RESTRICTED, call, during
from tests.support.command import abslake
from tests.support.facts import at, fact, finding, write_facts, write_findings
from tests.support.indexed import add_facts, fold, small_limits, utc
from tests.support.ingesting import definitions_of, ingested
from tests.support.lakes import open_lake
from tests.support.paging import pages

PATH = "/v5/abs/timeline"
DAY = ("2026-03-02T00:00", "2026-03-03T00:00")
RANGE = during(*DAY)
IDENTIFIERS = {"ip": "192.0.2.1", "token": "t1", "cookie": "c1", "api_key": "k1", "username": "ann"}


@pytest.fixture
def lake(tmp_path, monkeypatch):
    return open_lake(tmp_path, monkeypatch)


def ask(query="token=t1", span=RANGE):
    answer = call(f"{query}&{span}", path=PATH)
    assert answer.status == 200, answer.body
    TimelineReport.model_validate(answer.json)
    return answer.json


def said(time, code, url="/shop/items", ip="192.0.2.1"):
    headers = ase.headers(("Host", "shop.example.com"), ("Authorization", "Bearer t1"))
    return ase.line(
        timestamp=f"2026-03-02T{time}.123Z",
        request=ase.request(source_ip=ip, url=url, headers=headers),
        response=ase.response(response_code=code),
    )


def test_a_log_and_its_findings_come_back_by_the_hour(lake):
    apis = {name: {"url": f"/{name}", "oauth2_access_token": True} for name in ("shop", "bank")}
    lines = [said("10:15:00", "200"), said("10:59:59", "404", "/bank/a", "192.0.2.2"), said("10:20:00", "200")]
    ingested(ase.log(*lines, said("13:00:00", "500")), lake=lake, apis=definitions_of(apis))
    told = ("Data Exfiltration Attack", IdentifierKind.TOKEN, "t1")
    write_findings(
        lake,
        [
            finding(*told, "shop", "2026-03-02T10:15:00"),
            finding(*told, "shop", "2026-03-02T10:25:00"),
            finding(*told, "all", "2026-03-02T11:30:00", Level.ANOMALY, attack_id=3),
            finding("Data Exfiltration Attack", IdentifierKind.TOKEN, "t2", "shop", "2026-03-02T13:00:00"),
        ],
    )

    document = ask()

    assert document.pop("description")
    assert document == {
        "name": "api_timeline",
        "earlier_date": "Mon Mar 02 00:00:00:000 2026",
        "later_date": "Tue Mar 03 00:00:00:000 2026",
        "kind": "token",
        "client": "t1",
        "summary": {"total_requests": 4, "total_attacks": 1, "total_anomalies": 1},
        "hours": [
            {
                "hour": "Mon Mar 02 10:00:00:000 2026",
                "requests": 3,
                "client_errors": 1,
                "server_errors": 0,
                "unanswered": 0,
                "apis": {"shop": 2, "bank": 1},
                "ip_count": 2,
                "ips": {"192.0.2.1": 2, "192.0.2.2": 1},
                "findings": [
                    {
                        "attack_id": 1,
                        "name": "Data Exfiltration Attack",
                        "level": "attack",
                        "api": "shop",
                        "windows": 2,
                    }
                ],
            },
            {
                "hour": "Mon Mar 02 11:00:00:000 2026",
                "requests": 0,
                "client_errors": 0,
                "server_errors": 0,
                "unanswered": 0,
                "apis": {},
                "ip_count": 0,
                "ips": {},
                "findings": [
                    {
                        "attack_id": 3,
                        "name": "Data Exfiltration Attack",
                        "level": "anomaly",
                        "api": "all",
                        "windows": 1,
                    }
                ],
            },
            {
                "hour": "Mon Mar 02 13:00:00:000 2026",
                "requests": 1,
                "client_errors": 0,
                "server_errors": 1,
                "unanswered": 0,
                "apis": {"shop": 1},
                "ip_count": 1,
                "ips": {"192.0.2.1": 1},
                "findings": [],
            },
        ],
    }


def test_whoever_was_never_there_has_no_hours(lake):
    document = ask("username=nobody")

    assert document["hours"] == []
    assert set(document["summary"].values()) == {0}


def test_an_hour_that_the_range_cuts_counts_the_minutes_in_it(lake):
    add_facts(lake, [fact(f"2026-03-02T{time}:00", token="t1") for time in ("10:29", "11:00", "12:10", "12:20")])
    fold(lake, utc(2026, 3, 20), ("token",))

    hours = ask("token=t1", during("2026-03-02T10:30", "2026-03-02T12:20"))["hours"]

    assert [(hour["hour"][11:19], hour["requests"]) for hour in hours] == [("11:00:00", 1), ("12:00:00", 1)]


def test_hours_of_an_index_that_has_moved_on_are_not_believed(lake, monkeypatch):
    add_facts(lake, [fact(f"2026-03-02T{hour}:00:00", token="t1") for hour in (10, 11)])
    fold(lake, utc(2026, 3, 20), ("token",))
    client = timeline.ask_of(Kind.TOKEN, "t1", {"earlier_date": DAY[0], "later_date": DAY[1]}, Settings()).client
    monkeypatch.setattr(client_hours.reading, "still", lambda *_: False)

    with pytest.raises(FileNotFoundError):
        next(client_hours.hours(Reader(lake, Settings(), Account()), client, client.earlier))


def many():
    """A client's day and a half among others', some hours without it."""
    for n in range(360):
        yield fact(
            at("2026-03-01T00:00:00") + timedelta(minutes=n * 6),
            api=("shop", "bank", None)[n % 7 % 3],
            status=(200, 404, 503, None)[n % 13 % 4],
            requests=n % 4 + 1,
            **dict(
                IDENTIFIERS if n // 40 % 3 else dict.fromkeys(IDENTIFIERS, "other"), ip=f"192.0.2.{1 + n % 40 // 13}"
            ),
        )


@pytest.mark.parametrize("kind", ["ip", "cookie"])
@pytest.mark.parametrize("light", [3, 1024])
def test_hours_in_pages_add_up_to_forensics_whatever_is_folded(lake, kind, light):
    rows = list(many())
    add_facts(lake, rows[:250])
    with small_limits(light=light):
        fold(lake, utc(2026, 3, 3), (kind,))
    add_facts(lake, rows[250:], source="later")
    span = during("2026-03-01T05:30", "2026-03-02T09:10")

    query = f"{kind}={IDENTIFIERS[kind]}&{span}&limit=7"
    hours = [hour for page in pages(PATH, query) for hour in page["hours"]]

    expected = Counter()
    for row in rows:
        if (
            row["api"]
            and row[kind] == IDENTIFIERS[kind]
            and at("2026-03-01T05:30") <= row["minute"] < at("2026-03-02T09:10")
        ):
            expected[f"{row['minute']:%d %H}"] += row["requests"]
    assert {hour["hour"][8:13]: hour["requests"] for hour in hours} == expected
    assert [hour["hour"][8:13] for hour in hours] == sorted(expected)
    forensics = call(f"{kind}={IDENTIFIERS[kind]}&{span}").json["summary"]
    assert ask(f"{kind}={IDENTIFIERS[kind]}", span)["summary"] == forensics
    assert forensics["total_requests"] == sum(hour["requests"] for hour in hours) > 100


def test_facts_are_read_of_the_hours_on_the_page_only(lake, monkeypatch):
    rows = [fact(f"2026-03-0{day}T{hour:02}:00:00", token="other") for day in range(1, 5) for hour in range(5)]
    mine = [fact(f"2026-03-0{day}T{day:02}:30:00", token="t1") for day in range(1, 5)]
    add_facts(lake, [*rows, *mine])
    fold(lake, utc(2026, 3, 20), ("token",))
    read = []
    take = fetch.Cache.files
    monkeypatch.setattr(fetch.Cache, "files", lambda self, keys, reads: read.extend(keys) or take(self, keys, reads))

    document = ask("token=t1&limit=3", during("2026-03-01T00:00", "2026-03-08T00:00"))

    assert [hour["hour"][8:13] for hour in document["hours"]] == ["01 01", "02 02", "03 03"]
    facts = [key[11:29] for key in read if key.startswith("facts/")]
    assert facts == ["2026-03-01/hour=01", "2026-03-02/hour=02", "2026-03-03/hour=03"]


def test_a_page_ends_where_its_facts_would_be_too_many(lake):
    keys = write_facts(lake, [fact(f"2026-03-02T{hour:02}:00:00", token="t1") for hour in range(6)])
    size = len(lake.get(keys[0]))
    given = {"earlier_date": DAY[0], "later_date": DAY[1]}

    settings = Settings(report_budget_bytes=size * 5 // 2)
    asked, found = timeline.ask_of(Kind.TOKEN, "t1", given, settings), []
    while True:
        page = timeline.report(asked, Reader(lake, settings, Account()))
        found.append(len(page.hours))
        if not page.next_cursor:
            break
        asked = timeline.ask_of(Kind.TOKEN, "t1", {**given, "cursor": page.next_cursor}, settings)
    assert found == [2, 2, 2]
    with pytest.raises(BadRequest, match="more than one report may read"):
        timeline.report(asked, Reader(lake, Settings(report_budget_bytes=1), Account()))


def test_a_finding_that_outlasts_the_range_stands_in_its_last_hour(lake):
    write_facts(lake, [fact("2026-03-02T10:00:00", token="t1")])
    write_findings(lake, [finding("Any", IdentifierKind.TOKEN, "t1", "shop", "2026-03-02T12:05:00")])

    (first, last) = ask("token=t1", during("2026-03-02T10:00", "2026-03-02T12:00"))["hours"]

    assert (first["findings"], last["hour"][11:13], len(last["findings"])) == ([], "11", 1)


@pytest.mark.parametrize("query", [f"{kind}={value}" for kind, value in IDENTIFIERS.items()])
def test_fault_22_the_restricted_user_is_refused(lake, query):
    answer = call(f"{query}&{RANGE}", RESTRICTED, path=PATH)

    assert (answer.status, answer.json["status_code"]) == (403, "FORBIDDEN")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "MISSING_PARAMETER"),
        ("token=t1&cookie=c1", "TOO_MANY_SELECTORS"),
        ("token=t1&api=shop", "UNKNOWN_PARAMETER"),
        ("ip=example", "INVALID_ADDRESS"),
        ("token=t1&limit=0", "INVALID_PARAMETER"),
        ("token=t1&cursor=AAAAAAAAAAAAAAAA", "INVALID_PARAMETER"),
    ],
)
def test_fault_20_a_question_that_cannot_be_is_refused(lake, query, code):
    answer = call(f"{query}&{RANGE}", path=PATH)

    assert (answer.status, answer.json["status_code"]) == (400, code)
    assert "t1" not in answer.body


def test_a_cursor_is_good_for_its_own_client_only(lake):
    write_facts(lake, [fact(f"2026-03-02T1{n}:00:00", token="t1") for n in range(3)])
    cursor = ask("token=t1&limit=1")["next_cursor"]

    assert call(f"token=t1&{RANGE}&cursor={cursor}", path=PATH).status == 200
    beyond = paging.write_cursor(2**32 - 1, "timeline token t1", at(DAY[0]), at(DAY[1]))
    assert ask(f"token=t1&cursor={beyond}")["hours"] == []
    assert call(f"token=t2&{RANGE}&cursor={cursor}", path=PATH).status == 400
    assert call(f"cookie=t1&{RANGE}&cursor={cursor}", path=PATH).status == 400


@pytest.mark.parametrize("path", [PATH, "/v5/abs/search", "/v5/abs/latency", "/v5/abs/top"])
@pytest.mark.parametrize("span", [("0001-01-01T00:00", "0001-01-03T00:00"), ("9999-12-30T00:00", "9999-12-31T23:59")])
def test_the_ends_of_the_calendar_are_ranges_like_any_other(lake, path, span):
    add_facts(lake, [fact("2026-03-02T10:00:00", token="t1")])
    query = {PATH: "token=t1", "/v5/abs/search": "prefix=t12", "/v5/abs/latency": "by=endpoint"}.get(path, "kind=token")

    for _ in range(2):
        assert call(f"{query}&{during(*span)}", path=path).status == 200
        fold(lake, utc(2026, 3, 20), ("token",))


def test_any_spelling_of_an_address_finds_it(lake):
    write_facts(lake, [fact("2026-03-02T10:00:00", ip="2001:db8::1")])

    assert len(ask("IP=2001:DB8:0::1")["hours"]) == 1


def test_the_command_line_answers_the_same(lake):
    write_facts(lake, [fact("2026-03-02T10:00:00", token="t1")])

    words = ["--kind", "token", "--earlier", DAY[0], "--later", DAY[1], "--lake", lake.folder]
    done = abslake("report", "timeline", "t1", *words)

    assert json.loads(done.stdout) == ask()
