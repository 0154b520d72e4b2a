"""Repeated, missing, empty, unknown, swapped and malformed parameters: 400 with the field named, never a value."""

import pytest

from tests.support.calls import REQUEST_ID, call, during, metrics
from tests.support.lakes import open_lake

GOOD = during("2018-02-13T18:00", "2018-02-18T18:00")
SECRET = "s3cr3t-identifier"


@pytest.fixture(autouse=True)
def _lake(tmp_path, monkeypatch):
    open_lake(tmp_path, monkeypatch, max_range_days=400)


FORENSICS = [
    ("", "MISSING_PARAMETER", "token"),
    (f"token={SECRET}", "MISSING_PARAMETER", "earlier_date"),
    (f"token={SECRET}&earlier_date=2018-02-13T18:00", "MISSING_PARAMETER", "later_date"),
    (GOOD, "MISSING_PARAMETER", "username"),
    (f"token={SECRET}&token=b&{GOOD}", "REPEATED_PARAMETER", "token"),
    (f"token={SECRET}&{GOOD}&later_date=2018-02-18T18:00", "REPEATED_PARAMETER", "later_date"),
    (f"token=&{GOOD}", "EMPTY_PARAMETER", "token"),
    (f"token&{GOOD}", "EMPTY_PARAMETER", "token"),
    (f"token={SECRET}&earlier_date=&later_date=2018-02-18T18:00", "EMPTY_PARAMETER", "earlier_date"),
    (f"token={SECRET}&IP=192.0.2.1&{GOOD}", "TOO_MANY_SELECTORS", "IP"),
    (f"ip=192.0.2.1&IP=192.0.2.1&{GOOD}", "TOO_MANY_SELECTORS", "ip"),
    (f"tokn={SECRET}&{GOOD}", "UNKNOWN_PARAMETER", "tokn"),
    (f"{SECRET}&{GOOD}", "UNKNOWN_PARAMETER", "parameter 1"),
    (f"{GOOD}&{SECRET}=", "UNKNOWN_PARAMETER", "parameter 3"),
    (f"token={SECRET}&api=shop&{GOOD}", "UNKNOWN_PARAMETER", "api"),
    (f"IP={SECRET}&{GOOD}", "INVALID_ADDRESS", "IP"),
    (f"IP=1.2.3.256&{GOOD}", "INVALID_ADDRESS", "IP"),
    (f"token={SECRET}%FF&{GOOD}", "INVALID_PARAMETER", "token"),
    (f"token={SECRET}%ED%A0%80&{GOOD}", "INVALID_PARAMETER", "token"),
    (f"token={SECRET}%2&{GOOD}", "INVALID_PARAMETER", "token"),
    (f"token={SECRET}\ud800&{GOOD}", "INVALID_PARAMETER", "token"),
    (f"token={SECRET}&{during('2018-02-18T18:00', '2018-02-13T18:00')}", "INVALID_DATE", "earlier_date"),
    (f"token={SECRET}&{during('2018-02-18T18:00', '2018-02-18T18:00')}", "INVALID_DATE", "earlier_date"),
    (f"token={SECRET}&{during('2018-02-13T18:00', '2019-03-21T18:00')}", "RANGE_TOO_LONG", "later_date"),
]


@pytest.mark.parametrize(("query", "code", "field"), FORENSICS)
def test_fault_20_forensics_name_the_field(query, code, field):
    answer = call(query)

    assert answer.status == 400
    assert answer.json["status_code"] == code
    assert field in answer.json["message"]
    assert SECRET not in answer.body
    assert answer.json["request_id"] == REQUEST_ID


@pytest.mark.parametrize(
    "text",
    [
        "2018-02-13",  # date only, as one page prints it for another report
        "2018-02-13 18:00",
        "2018-02-13T18:00:00",
        "2018-02-13T18:00Z",
        "18-02-13T18:00",
        "2018-02-30T18:00",
        "2018-02-13T24:00",
        "0000-01-01T00:00",
        "٢٠١٨-02-13T18:00",
        " 2018-02-13T18:00",
        "<2018-02-13>T18:00",
        "x" * 5000,
    ],
)
@pytest.mark.parametrize("field", ["earlier_date", "later_date"])
def test_fault_20_a_malformed_date_is_named(text, field):
    dates = {"earlier_date": "2018-02-13T18:00", "later_date": "2018-02-18T18:00", field: text}

    answer = call("token=t&" + during(*dates.values()))

    assert answer.status == 400
    assert answer.json["status_code"] == "INVALID_DATE"
    assert answer.json["message"].startswith(f"{field}: ")


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        (GOOD, "MISSING_PARAMETER", "api"),
        (f"api=&{GOOD}", "EMPTY_PARAMETER", "api"),
        (f"api=shop&token={SECRET}&{GOOD}", "UNKNOWN_PARAMETER", "token"),
        (f"api=shop&api=bank&{GOOD}", "REPEATED_PARAMETER", "api"),
        (f"api_name=shop&{GOOD}", "UNKNOWN_PARAMETER", "api_name"),
    ],
)
def test_fault_20_metrics_name_the_field(query, code, field):
    answer = metrics(query)

    assert answer.status == 400
    assert answer.json["status_code"] == code
    assert field in answer.json["message"]
    assert SECRET not in answer.body


@pytest.mark.parametrize("ask", [metrics, lambda query: call(f"cookie={SECRET}&{query}")])
@pytest.mark.parametrize("name", ["nosuch", "../shop", "SHOP", "shop "])
def test_fault_20_an_unknown_api_is_404_and_no_empty_report(ask, name):
    answer = ask(f"api={name}&{GOOD}")

    assert answer.status == 404
    assert answer.json["status_code"] == "UNKNOWN_API"
    assert answer.json["message"].startswith("api: ")


@pytest.mark.parametrize("dates", [("0001-01-01T00:00", "0001-12-01T00:00"), ("9999-01-01T00:00", "9999-12-31T23:59")])
def test_fault_20_the_ends_of_the_calendar_are_no_500(dates):
    assert call(f"token=t&{during(*dates)}").status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "BREW"])
@pytest.mark.parametrize("path", ["/v4/abs", "/v4/abs/metrics"])
def test_fault_20_other_methods_are_405_with_allow(method, path):
    answer = call(GOOD, path=path, method=method)

    assert answer.status == 405
    assert answer.headers["Allow"] == "GET"
    assert answer.json["status_code"] == "METHOD_NOT_ALLOWED"


@pytest.mark.parametrize("path", ["/v4/abs/nosuch", "/", "/v4/abs/", "/v4/abs/metrics/x"])
def test_fault_20_other_paths_are_404(path):
    answer = call(GOOD, path=path, function_name="forensics")

    assert answer.status == 404
    assert answer.json["status_code"] == "NOT_FOUND"
