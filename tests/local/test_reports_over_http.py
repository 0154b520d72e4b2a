"""A query over HTTP gives the documented JSON, whatever the order and spelling of its parameters."""

import pytest

from tests.support.calls import call, during, metrics
from tests.support.facts import fact, write_facts
from tests.support.lakes import open_lake

RANGE = during("2018-02-13T18:00", "2018-02-18T18:00")


@pytest.fixture(autouse=True)
def _lake(tmp_path, monkeypatch):
    lake = open_lake(tmp_path, monkeypatch)
    write_facts(
        lake,
        [
            fact("2018-02-14T10:00:01", cookie="c 1", token="t+1", username="Zoë", api_key="k%1", requests=3),
            fact("2018-02-14T10:00:02", ip="2001:db8::1", requests=2),
        ],
    )


@pytest.mark.parametrize(
    ("query", "total"),
    [
        ("token=t%2B1", 3),
        ("cookie=c+1", 3),
        ("cookie=c%201&api=shop", 3),
        ("username=Zo%C3%AB", 3),
        ("username=Zoë", 3),
        ("api_key=k%251", 3),
        ("IP=192.0.2.1", 3),
        ("ip=2001:DB8:0::1", 2),
        ("token=absent", 0),
        ("IP=203.0.113.1", 0),
    ],
)
def test_each_selector_finds_its_requests(query, total):
    answer = call(f"{query}&{RANGE}")

    assert answer.status == 200
    assert answer.json["summary"]["total_requests"] == total
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "query",
    [
        "api=shop&earlier_date=2018-02-13T18:00&later_date=2018-02-18T18:00",
        "later_date=2018-02-18T18%3A00&earlier_date=2018-02-13T18%3a00&api=shop",
        "earlier_date==2018-02-13T18:00&later_date==2018-02-18T18:00&api==shop",
        "&api=shop&&earlier_date=2018-02-13T18:00&later_date=2018-02-18T18:00&",
    ],
)
def test_metrics_take_parameters_in_any_order_and_a_doubled_equals_sign(query):
    answer = metrics(query)

    assert answer.status == 200
    assert answer.json["req_resp_summary"]["total_requests"] == 5
    assert answer.json["earlier_date"] == "Tue Feb 13 18:00:00:000 2018"


def test_an_api_without_traffic_is_zeros_in_the_documented_shape():
    answer = metrics(f"api=bank&{RANGE}")

    assert answer.status == 200
    assert answer.json["req_resp_summary"] == {
        "api_url": "/bank",
        "total_requests": 0,
        "success": 0,
        "sessions": 0,
        "no_sessions": 0,
        "most_popular_method": "",
        "most_popular_device": "",
        "most_popular_ips": [],
        "servers": [],
    }
    assert answer.json["req_resp_details"]["session_details"] == []
    assert answer.json["req_resp_details"]["no_session"] == {"request_details": []}
