"""What each column of facts becomes in a record of HTTP Activity (docs/ocsf.md)."""

from pathlib import Path

import pytest

from abslake import __version__
from abslake.facts import schema
from abslake.storage import Lake
from tests.support.facts import fact, write_facts
from tests.support.ocsf import all_faults, columns_of, exported, faults, of_facts

PAGE = Path(__file__).parents[2] / "docs/ocsf.md"
WHOLE = fact(
    "2026-03-02T10:15:01.250",
    "2026-03-02T10:15:59.750",
    ip="2001:db8::1",
    username="joe",
    host="Shop.example.com:8443",
    method="POST",
    path="/shop/items",
    user_agent="curl/8",
    device="LINUX",
    browser="DOWNLOAD",
    status=404,
    request_content_type="application/json",
    response_content_type="text/html",
    protocol="HTTP/1.1",
    server="10.0.0.7:8080",
    requests=4,
    connections=2,
    request_bytes=100,
    response_bytes=2000,
    response_time_us=50_000,
)


def test_a_whole_row() -> None:
    (record,) = of_facts(WHOLE)
    begin = 1_772_446_501_250
    assert record.pop("metadata") == {
        "version": "1.3.0",
        "product": {"name": "abslake", "vendor_name": "abslake", "version": __version__},
        "profiles": ["host"],
    }
    assert record == {
        "time": begin,
        "start_time": begin,
        "end_time": begin + 58_500,
        "duration": 58_500,
        "count": 4,
        "category_uid": 4,
        "category_name": "Network Activity",
        "class_uid": 4002,
        "class_name": "HTTP Activity",
        "activity_id": 6,
        "activity_name": "Post",
        "type_uid": 400206,
        "type_name": "HTTP Activity: Post",
        "severity_id": 1,
        "severity": "Informational",
        "status_id": 2,
        "status": "Failure",
        "status_code": "404",
        "app_name": "shop",
        "http_request": {
            "http_method": "POST",
            "url": {"path": "/shop/items", "hostname": "shop.example.com", "port": 8443},
            "user_agent": "curl/8",
            "version": "HTTP/1.1",
            "http_headers": [
                {"name": "Host", "value": "Shop.example.com:8443"},
                {"name": "Content-Type", "value": "application/json"},
            ],
        },
        "http_response": {"code": 404, "content_type": "text/html", "latency": 13},
        "src_endpoint": {"ip": "2001:db8::1"},
        "dst_endpoint": {"ip": "10.0.0.7", "port": 8080, "hostname": "shop.example.com", "svc_name": "shop"},
        "actor": {"user": {"name": "joe"}},
        "traffic": {"bytes": 2100, "bytes_in": 2000, "bytes_out": 100},
        "unmapped": {"device": "LINUX", "browser": "DOWNLOAD", "connections": 2, "response_time_us": 50_000},
    }


def test_the_page_says_what_becomes_of_every_column() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    said = {name for row in rows for name in row.split("|")[1].replace("`", "").replace(" ", "").split(",")}
    assert {column.name for column in schema.COLUMNS} <= said


def test_a_row_of_which_hardly_anything_is_known() -> None:
    bare = dict.fromkeys(("api", "method", "path", "status", "server"))
    (record,) = of_facts(fact("2026-03-02T10:15", ip="unix:", **bare))
    assert not faults(record)
    assert "src_endpoint" not in record
    assert "url" not in record["http_request"]
    assert (record["activity_id"], record["activity_name"], record["type_uid"]) == (0, "Unknown", 400200)
    assert (record["status_id"], record["http_response"]) == (0, {"code": 0})
    assert record["dst_endpoint"] == {"name": "unknown"}
    assert record["unmapped"] == {"browser": "DOWNLOAD", "connections": 0}


@pytest.mark.parametrize(
    ("method", "activity", "name"),
    [
        ("CONNECT", 1, "Connect"),
        ("DELETE", 2, "Delete"),
        ("GET", 3, "Get"),
        ("HEAD", 4, "Head"),
        ("OPTIONS", 5, "Options"),
        ("POST", 6, "Post"),
        ("PUT", 7, "Put"),
        ("TRACE", 8, "Trace"),
        ("PATCH", 99, "PATCH"),  # has an id from OCSF 1.5 on
        ("get", 99, "get"),  # methods are told apart by case: RFC 9110, section 9.1
        ("", 0, "Unknown"),
    ],
)
def test_methods(method: str, activity: int, name: str) -> None:
    (record,) = of_facts(fact("2026-03-02T10:15", method=method))
    assert not faults(record)
    assert (record["activity_id"], record["activity_name"], record["type_uid"]) == (activity, name, 400200 + activity)
    assert record["http_request"].get("http_method") == (method if 0 < activity < 99 else None)


@pytest.mark.parametrize(
    ("status", "status_id", "name"),
    [
        (None, 0, "Unknown"),
        (101, 1, "Success"),
        (200, 1, "Success"),
        (399, 1, "Success"),
        (400, 2, "Failure"),
        (599, 2, "Failure"),
        (600, 99, "Other"),
        (0, 99, "Other"),
    ],
)
def test_statuses(status: int | None, status_id: int, name: str) -> None:
    (record,) = of_facts(fact("2026-03-02T10:15", status=status))
    assert not faults(record)
    assert (record["status_id"], record["status"]) == (status_id, name)
    assert record.get("status_code") == (None if status is None else str(status))
    assert record["http_response"]["code"] == (status or 0)


@pytest.mark.parametrize(
    ("server", "host", "expected"),
    [
        ("10.0.0.7:80", None, {"ip": "10.0.0.7", "port": 80}),
        ("[2001:DB8::7]:443", None, {"ip": "2001:db8::7", "port": 443}),
        ("2001:db8::7", None, {"ip": "2001:db8::7"}),
        ("web-1:8080", "shop.test", {"hostname": "web-1", "port": 8080}),
        ("unix:/run/shop.sock", "shop.test:81", {"hostname": "shop.test", "name": "unix:/run/shop.sock"}),
        ("0.0.0.0", "shop.test:81", {"hostname": "shop.test", "port": 81}),  # sideband mode
        (None, "shop.test", {"hostname": "shop.test"}),
        (None, "no host/", {}),
        ("web-1:99999", None, {"hostname": "web-1"}),
    ],
)
def test_servers(server: str | None, host: str | None, expected: dict[str, object]) -> None:
    (record,) = of_facts(fact("2026-03-02T10:15", server=server, host=host))
    assert not faults(record)
    assert record["dst_endpoint"] == {"svc_name": "shop", **expected}


def test_an_erased_address_is_no_address() -> None:
    (record,) = of_facts(fact("2026-03-02T10:15", ip="0.0.0.0"))
    assert "src_endpoint" not in record


def test_texts_longer_than_the_schema_has_them_are_cut() -> None:
    (record,) = of_facts(fact("2026-03-02T10:15", path="/" + "a" * 70_000, user_agent="b" * 70_000, host="c" * 70_000))
    assert not faults(record)
    assert len(record["http_request"]["url"]["path"]) == 65_535


def test_integers_have_the_size_that_the_schema_gives_them() -> None:
    lake = Lake("memory:")
    write_facts(lake, [WHOLE])
    columns = columns_of(exported(lake, "2026-03-02T00:00", "2026-03-03T00:00")[0])
    long = {name for name, kind in columns.items() if kind == "BIGINT"}
    assert long == {"time", "start_time", "end_time", "duration", "type_uid"}
    assert columns["count"] == columns["severity_id"] == "INTEGER"
    assert columns["traffic"] == "STRUCT(bytes BIGINT, bytes_in BIGINT, bytes_out BIGINT)"


def test_the_check_of_records_finds_what_is_wrong() -> None:
    # GIVEN a good record
    (good,) = of_facts(WHOLE)
    assert not faults(good)
    # WHEN something is wrong with it THEN that is said
    request = good["http_request"]
    wrong = [
        ({"time": None}, ".time: no long_t"),
        ({"time": 1.5}, ".time: no long_t"),
        ({"new": 1}, ".new: unknown"),
        ({"severity_id": 7}, ".severity_id: 7 is none of the ids"),
        ({"type_uid": 400203}, "type_uid is not class_uid * 100 + activity_id"),
        ({"src_endpoint": {"port": 1}}, ".src_endpoint: none of ip, uid"),
        ({"src_endpoint": {"ip": "unix:"}}, ".src_endpoint.ip: no ip_t"),
        ({"dst_endpoint": {"ip": "::1", "port": 65_536}}, ".dst_endpoint.port: out of range"),
        ({"http_request": {**request, "url": {"hostname": "a"}}}, ".http_request.url: none of url_string, path"),
        ({"http_request": {**request, "http_method": "PATCH"}}, ".http_request.http_method: 'PATCH' is none"),
        ({"http_request": {**request, "http_headers": [{"name": "Host"}]}}, ".http_headers.value: missing"),
        ({"http_response": {}}, ".http_response.code: missing"),
        ({"metadata": {**good["metadata"], "profiles": []}}, "profile host"),
        ({"app_name": "a" * 65_536}, ".app_name: too long"),
    ]
    for change, said in wrong:
        found = all_faults([{**good, **change}])
        assert any(said in fault for fault in found), (said, found)
    del good["http_request"]
    assert faults(good) == [".http_request: missing"]
