"""GET /v4/abs/anomalies: of one API and across APIs, from findings in the lake."""

import pytest

from abslake.detection.findings import Finding, IdentifierKind, Level, Sample
from tests.support import attack_types
from tests.support.calls import ADMIN, RESTRICTED, call
from tests.support.facts import at, finding, write_findings
from tests.support.lakes import open_lake

RANGE = "earlier_date=2020-01-12T18:00&later_date=2020-01-14T18:00"
SPAN = {"earlier_date": "Sun Jan 12 18:00:00:000 2020", "later_date": "Tue Jan 14 18:00:00:000 2020"}
IP, COOKIE, API_KEY = IdentifierKind.IP, IdentifierKind.COOKIE, IdentifierKind.API_KEY
TIME = "Mon Jan 13 01:01:33:589 2020"


@pytest.fixture
def lake(tmp_path, monkeypatch):
    attack_types.use(monkeypatch)
    return open_lake(tmp_path, monkeypatch)


def anomaly(identifier, kind=COOKIE, attack_id=1, api="shop", name="Data Exfiltration Attack", **more) -> Finding:
    level = more.pop("level", Level.ANOMALY)
    one = finding(name, kind, identifier, api, "2020-01-13T01:01:33.589", level, attack_id)
    return one.model_copy(update=more)


def ask(query="", headers=ADMIN):
    answer = call(f"{RANGE}&{query}", headers, path="/v4/abs/anomalies")
    assert answer.status == 200, answer.body
    return answer.json


def test_of_one_api_requests_and_other_types_stand_apart(lake):
    samples = (Sample(path="/shop/items?id=1'--", status=200, count=3), Sample(path="/shop/cart", count=1))
    more = {"attack_id": 37, "name": "Header Manipulation Attack", "samples": samples}
    write_findings(
        lake,
        [
            anomaly("session-1"),
            anomaly("192.0.2.1", IP),
            anomaly("session-2", attack_id=7, name="Cookie DoS Attack"),
            anomaly("session-3", **more),
            anomaly("192.0.2.2", IP, **more),
            anomaly("192.0.2.2", IP, **more | {"last": at("2020-01-13T09:00:00")}),
            anomaly("session-4", level=Level.ATTACK),
            anomaly("session-5", api="bank"),
            anomaly("session-6", api="all"),
        ],
    )

    document = ask("api=shop")

    assert document.pop("description")
    urls = [{"path": sample.path, "status": sample.status, "count": sample.count} for sample in samples]
    assert document == {
        "company": "ping identity",
        "name": "api_anomalies",
        **SPAN,
        "api_name": "shop",
        "anomalies_summary": {
            "api_url": "/shop",
            "total_anomalies": 6,
            "most_suspicious_ips": ["192.0.2.2", "192.0.2.1"],
            "most_suspicious_anomalies_urls": ["/shop/items", "/shop/cart"],
        },
        "anomalies_details": {
            "url_anomalies": {
                "suspicious_sessions": [
                    {
                        "cookie": "session-3",
                        "anomaly_type": "Header Manipulation Attack",
                        "access_time": [TIME],
                        "urls": urls,
                    }
                ],
                "suspicious_requests": [
                    {
                        "ip": "192.0.2.2",
                        "anomaly_type": "Header Manipulation Attack",
                        "access_time": [TIME, "Mon Jan 13 09:00:00:000 2020"],
                        "urls": urls + urls,
                    }
                ],
            },
            "ioc_anomalies": [
                {
                    "anomaly_type": "Data Exfiltration Attack",
                    "ips": [{"ip": "192.0.2.1", "access_time": [TIME]}],
                    "cookies": [{"cookie": "session-1", "access_time": [TIME]}],
                },
                {"anomaly_type": "Cookie DoS Attack", "cookies": [{"cookie": "session-2", "access_time": [TIME]}]},
            ],
        },
    }


def test_across_apis_it_is_a_list_of_types(lake):
    name = "Stolen API Key Attack - Per API Key"
    write_findings(lake, [anomaly("key-1", API_KEY, 31, "all", name), anomaly("session-1")])

    (document,) = ask()

    assert document.pop("description")
    assert document == {
        "company": "ping identity",
        "anomaly_type": name,
        "type": 31,
        "name": "api_anomaly_type",
        **SPAN,
        "api_name": "all",
        "api_keys": [{"api_key": "key-1", "access_time": ["Mon Jan 13 01:10:00:000 2020"]}],
    }


def test_without_anomalies_the_documented_shape_is_empty(lake):
    document = ask("api=shop")

    assert document["anomalies_summary"]["total_anomalies"] == 0
    assert document["anomalies_summary"]["most_suspicious_ips"] == []
    assert document["anomalies_details"] == {
        "url_anomalies": {"suspicious_sessions": [], "suspicious_requests": []},
        "ioc_anomalies": [],
    }
    assert ask() == []


def test_the_lists_of_the_most_suspicious_hold_ten(lake):
    paths = tuple(Sample(path=f"/shop/{number:02}", count=20 - number) for number in range(12))
    write_findings(lake, [anomaly(f"192.0.2.{number}", IP, samples=paths) for number in range(10, 22)])

    summary = ask("api=shop")["anomalies_summary"]

    assert summary["most_suspicious_ips"] == [f"192.0.2.{number}" for number in range(10, 20)]
    assert summary["most_suspicious_anomalies_urls"] == [f"/shop/{number:02}" for number in range(10)]


@pytest.mark.parametrize("query", ["api=shop", ""])
def test_fault_22_the_restricted_user_sees_masks_and_no_urls(lake, query):
    kinds = (COOKIE, API_KEY, IdentifierKind.TOKEN, IdentifierKind.USERNAME)
    secrets = {kind: f"secret-{kind}" for kind in kinds}
    found = [
        anomaly(value, kind, attack_id, api, samples=(Sample(path=f"/shop/{value}?t={value}", count=1),))
        for kind, value in [*secrets.items(), (IP, "192.0.2.77")]
        for api in ("shop", "all")
        for attack_id in (1, 41)
    ]
    write_findings(lake, found)

    whole, seen = (call(f"{RANGE}&{query}", headers, path="/v4/abs/anomalies") for headers in (ADMIN, RESTRICTED))

    assert all(value in whole.body for value in secrets.values())
    assert [value for value in secrets.values() if value in seen.body] == []
    assert "192.0.2.77" in seen.body
    if query:
        assert seen.json["notes"]
        assert "notes" not in whole.json


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("api=nowhere", 404, "UNKNOWN_API"),
        ("type=1", 400, "UNKNOWN_PARAMETER"),
        ("api=", 400, "EMPTY_PARAMETER"),
        ("earlier_date=2020-01-12", 400, "REPEATED_PARAMETER"),
    ],
)
def test_fault_20_a_question_that_cannot_be_is_refused(lake, query, status, code):
    answer = call(f"{RANGE}&{query}", path="/v4/abs/anomalies")

    assert (answer.status, answer.json["status_code"]) == (status, code)
