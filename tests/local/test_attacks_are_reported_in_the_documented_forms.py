"""GET /v4/abs/attack: each question gets the form that is documented for it, from findings in the lake."""

import pytest

from abslake.detection.findings import Finding, IdentifierKind, Level, Sample, Thresholds, finding_id
from tests.support import attack_types
from tests.support.calls import RESTRICTED, call
from tests.support.facts import at, finding, write_findings
from tests.support.lakes import open_lake

RANGE = "earlier_date=2019-06-01T08:20&later_date=2019-06-05T13:20"
SPAN = {"earlier_date": "Sat Jun 01 08:20:00:000 2019", "later_date": "Wed Jun 05 13:20:00:000 2019"}
IP, COOKIE, TOKEN = IdentifierKind.IP, IdentifierKind.COOKIE, IdentifierKind.TOKEN


@pytest.fixture
def lake(tmp_path, monkeypatch):
    attack_types.use(monkeypatch)
    return open_lake(tmp_path, monkeypatch)


def attack(query, headers=None):
    answer = call(f"{RANGE}&{query}", **({"headers": headers} if headers else {}), path="/v4/abs/attack")
    assert answer.status == 200, answer.body
    return answer.json


def without_description(document):
    assert document.pop("description")
    return document


def exfiltration(identifier, last, kind=IP, api="shop", **more) -> Finding:
    one = finding("Data Exfiltration Attack", kind, identifier, api, last)
    return one.model_copy(update=more)


def test_one_type_of_one_api_is_the_simple_form(lake):
    write_findings(
        lake,
        [
            exfiltration("100.64.6.51", "2019-06-04T16:39:59.996"),
            exfiltration("100.64.6.51", "2019-06-04T16:09:59.935"),
            exfiltration("100.64.6.50", "2019-06-04T16:09:59.935"),
            exfiltration("100.64.6.52", "2019-06-04T16:09:59.935", level=Level.ANOMALY),
            exfiltration("100.64.6.53", "2019-06-04T16:09:59.935", api="bank"),
            exfiltration("100.64.6.54", "2019-06-04T16:09:59.935", attack_id=7, name="Cookie DoS Attack"),
            exfiltration("100.64.6.55", "2019-06-01T08:19:59.999"),
            exfiltration("100.64.6.56", "2019-06-05T13:30:00"),
        ],
    )

    assert without_description(attack("api=shop&type=1")) == {
        "company": "ping identity",
        **SPAN,
        "api_name": "shop",
        "ioc_type": "Data Exfiltration",
        "ips": [
            {"ip": "100.64.6.51", "access_time": ["Tue Jun 04 16:09:59:935 2019", "Tue Jun 04 16:39:59:996 2019"]},
            {"ip": "100.64.6.50", "access_time": ["Tue Jun 04 16:09:59:935 2019"]},
        ],
    }


def test_all_types_of_one_api_are_a_list_of_the_detailed_form(lake):
    times = ("2019-06-04T08:44:39.086", "2019-06-04T09:18:34.087")
    write_findings(
        lake,
        [
            exfiltration("session-1", times[0], COOKIE),
            exfiltration("session-1", times[1], COOKIE, attack_code="varA(Tx, 25)"),
            exfiltration("session-2", times[0], COOKIE, attack_id=7, name="Cookie DoS Attack"),
            exfiltration("token-1", times[0], TOKEN, attack_id=16, name="Stolen Token Attack Type 2", api="all"),
        ],
    )

    first, second = (without_description(entry) for entry in attack("api=shop&type=0"))

    assert first == {
        "company": "ping identity",
        "attack_type": "Data Exfiltration Attack",
        "cookie": "JSESSIONID",
        **SPAN,
        "api_name": "shop",
        "cookies": [
            {
                "cookie": "session-1",
                "details": [
                    {
                        "access_time": "Tue Jun 04 08:44:39:086 2019",
                        "attack_code": "varA(Tx, 26)",
                        "attack_deviation": "varA(700%)",
                    },
                    {
                        "access_time": "Tue Jun 04 09:18:34:087 2019",
                        "attack_code": "varA(Tx, 25)",
                        "attack_deviation": "varA(700%)",
                    },
                ],
            }
        ],
    }
    assert (second["attack_type"], second["cookies"][0]["cookie"]) == ("Cookie DoS Attack", "session-2")


def across(identifier="SYU4R2ZZN1IDYI0L", kind=TOKEN, attack_id=16, name="Stolen Token Attack Type 2") -> Finding:
    return exfiltration(
        identifier,
        "2019-06-04T11:09:12.345",
        kind,
        "all",
        attack_id=attack_id,
        name=name,
        attack_code="varA(Tn, 3), varA(Tn, 3)",
    )


def test_across_apis_it_is_a_list_and_times_are_those_of_the_batch(lake):
    write_findings(lake, [across(), across("session-1", COOKIE, 18, "API Probing Replay Attack Type 2")])

    (one,) = attack("type=16")
    assert without_description(one) == {
        "company": "ping identity",
        "attack_type": "Stolen Token Attack Type 2",
        "name": "api_attack_type",
        **SPAN,
        "api_name": "all",
        "access_tokens": [
            {
                "access_token": "SYU4R2ZZN1IDYI0L",
                "details": [
                    {
                        "access_time": "Tue Jun 04 11:10:00:000 2019",
                        "attack_code": "varA(Tn, 3), varA(Tn, 3)",
                        "attack_deviation": "varA(700%)",
                    }
                ],
            }
        ],
    }
    assert [entry["attack_type"] for entry in attack("type=0")] == [
        "Stolen Token Attack Type 2",
        "API Probing Replay Attack Type 2",
    ]


def test_type_101_names_the_broken_rules_and_has_all_its_lists(lake):
    invalid = {"attack_id": 101, "name": "Invalid API Activity"}
    write_findings(
        lake,
        [
            exfiltration("token_protocol", "2018-07-16T00:00:00", TOKEN, values={"A": 0.0, "B": 3.0}, **invalid),
            exfiltration("token_method", "2018-07-16T23:59:59.999", TOKEN, values={"A": 2.0}, **invalid),
            exfiltration("token_both", "2018-07-16T12:00:00", TOKEN, values={"A": 2.0, "C": 1.0}, **invalid),
            exfiltration("too_late", "2018-07-17T00:10:00", TOKEN, values={"A": 2.0}, **invalid),
        ],
    )

    answer = call("later_date=2018-07-16&earlier_date=2018-07-16&api=shop&type=101", path="/v4/abs/attack")

    assert without_description(answer.json) == {
        "company": "ping identity",
        "attack_type": "Invalid API Activity",
        "name": "api_attack_type",
        "earlier_date": "Mon Jul 16 00:00:00:000 2018",
        "later_date": "Tue Jul 17 00:00:00:000 2018",
        "api_name": "shop",
        "ips": [],
        "cookies": [],
        "access_tokens": [
            {
                "access_token": f"token_{rule}",
                "details": [{"access_time": f"Mon Jul 16 {time} 2018", "attack_code": code}],
            }
            for rule, time, code in (
                ("both", "12:00:00:000", "method, content_type"),
                ("method", "23:59:59:999", "method"),
                ("protocol", "00:00:00:000", "protocol"),
            )
        ],
    }


def test_of_nothing_the_lists_that_the_type_can_have_are_empty(lake):
    assert attack("api=shop&type=3")["ips"] == []
    assert attack("api=shop&type=1").keys() >= {"ips", "cookies", "access_tokens", "api_keys"}
    (one,) = attack("type=16")
    assert one["access_tokens"] == []
    assert attack("type=0") == attack("api=shop&type=0") == []


def test_details_tell_what_a_finding_rests_on(lake):
    one = exfiltration(
        "session-1",
        "2019-06-04T11:09:12.345",
        COOKIE,
        id="0f",
        window=at("2019-06-04T11:00:00"),
        values={"A": 812.5},
        thresholds={"A": Thresholds(tn=12, tx=15), "B": Thresholds(tn=3)},
        samples=(Sample(path="/shop/items", status=200, count=7),),
        note="many at once",
    )
    write_findings(lake, [one])

    (client,) = attack("api=shop&type=1&details=true")["cookies"]

    assert client["details"][0]["evidence"] == {
        "id": "0f",
        "first": "Tue Jun 04 10:59:12:345 2019",
        "last": "Tue Jun 04 11:09:12:345 2019",
        "window": "Tue Jun 04 11:00:00:000 2019",
        "values": {"A": 812.5},
        "thresholds": {"A": {"tn": "12", "tx": "15"}, "B": {"tn": "3", "tx": "na"}},
        "samples": [{"path": "/shop/items", "status": 200, "count": 7}],
        "note": "many at once",
    }
    assert "evidence" not in attack("api=shop&type=0")[0]["cookies"][0]["details"][0]


@pytest.mark.parametrize("query", ["api=shop&type=0", "api=shop&type=1", "api=shop&type=1&details=true", "type=0"])
def test_fault_22_the_restricted_user_sees_masks_and_addresses(lake, query):
    secrets = {TOKEN: "secret-token", COOKIE: "secret-session", IdentifierKind.API_KEY: "secret-key"}
    secrets[IdentifierKind.USERNAME] = "secret-user"
    found = [
        exfiltration(value, "2019-06-04T11:09:12", kind, api, samples=(Sample(path=f"/shop/{value}", count=1),))
        for kind, value in [*secrets.items(), (IP, "100.64.6.50")]
        for api in ("shop", "all")
    ]
    write_findings(lake, found)

    whole = call(f"{RANGE}&{query}", path="/v4/abs/attack").body
    seen = call(f"{RANGE}&{query}", RESTRICTED, path="/v4/abs/attack").body

    assert all(value in whole for value in secrets.values())
    assert [value for value in secrets.values() if value in seen] == []
    assert "100.64.6.50" in seen


def test_fault_22_the_restricted_user_cannot_try_clients_with_ids(lake):
    # GIVEN a finding whose id is a hash of its client and of what everybody may know
    one = exfiltration("alice", "2019-06-04T11:09:12", IdentifierKind.USERNAME)
    id_ = finding_id(one.first, one.attack_id, one.api, one.identifier_kind, one.identifier)
    write_findings(lake, [one.model_copy(update={"id": id_})])

    whole, seen = (
        call(f"{RANGE}&api=shop&type=1&details=true", *who, path="/v4/abs/attack") for who in ([], [RESTRICTED])
    )

    assert id_ in whole.body
    assert id_ not in seen.body
    assert seen.json["usernames"][0]["details"][0]["evidence"]["id"]


@pytest.mark.parametrize(
    ("query", "status", "code", "words"),
    [
        ("api=shop", 400, "MISSING_PARAMETER", "type is missing"),
        ("api=shop&type=one", 400, "UNKNOWN_TYPE", "type: write"),
        ("api=shop&type=99", 400, "UNKNOWN_TYPE", "type: there is no attack type"),
        ("api=shop&type=13", 400, "TYPE_NOT_COVERED", "type: type 13 is not covered: "),
        ("type=51", 400, "TYPE_NOT_COVERED", "WebSocket"),
        ("type=1", 400, "MISSING_PARAMETER", "api is missing: type 1 is judged for each API"),
        ("api=shop&type=16", 400, "INVALID_PARAMETER", "leave api out"),
        ("api=shop&type=1&type=1", 400, "REPEATED_PARAMETER", "type is given more than once"),
        ("api=shop&type=1&ioc=1", 400, "UNKNOWN_PARAMETER", "ioc: not known here"),
        ("api=shop&type=1&details=yes", 400, "INVALID_PARAMETER", "details: "),
        ("api=nowhere&type=1", 404, "UNKNOWN_API", "api: "),
    ],
)
def test_fault_20_a_question_that_cannot_be_is_refused_by_its_field(lake, query, status, code, words):
    answer = call(f"{RANGE}&{query}", path="/v4/abs/attack")

    assert (answer.status, answer.json["status_code"]) == (status, code)
    assert words in answer.json["message"]


@pytest.mark.parametrize(
    "dates",
    [
        "earlier_date=2018-07-16",
        "earlier_date=2018-07-17&later_date=2018-07-16",
        "earlier_date=2018-02-30&later_date=2018-07-16",
        "earlier_date=2018-07-16T10:00&later_date=2018-07-16T10:00",
        "earlier_date=2018-07-16&later_date=9999-12-31",
        "earlier_date=2018-7-16&later_date=2018-07-16",
    ],
)
def test_fault_20_bad_dates_are_refused(lake, dates):
    answer = call(f"{dates}&api=shop&type=1", path="/v4/abs/attack")

    assert answer.status == 400
    assert "_date" in answer.json["message"]


def test_a_finding_of_a_benign_client_is_not_told(lake):
    write_findings(lake, [exfiltration("100.64.6.50", "2019-06-04T16:09:59")])
    assert attack("api=shop&type=1")["ips"]
    body = '{"kind": "ip", "value": "100.64.6.0/24", "why": "ours", "since": "2019-06-01T00:00"}'

    assert call(path="/v5/abs/benign", method="PUT", body=body).status == 200

    assert attack("api=shop&type=1")["ips"] == []
