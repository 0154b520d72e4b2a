"""An answer over the limit is written to the lake, and the caller is sent to a signed address of it."""

import json
from urllib.request import urlopen

import pytest

from abslake.reports import http
from tests.support.calls import USERS, during, metrics
from tests.support.counted_s3 import bucket, counted_s3
from tests.support.facts import definition, fact, write_facts
from tests.support.lakes import open_lake

QUERY = f"api=shop&{during('2018-02-13T00:00', '2018-02-14T00:00')}"


def some_paths(count):
    return [fact("2018-02-13T10:00:01", path=f'/shop/"{number}"') for number in range(count)]


def test_fault_23_the_signed_address_gives_the_whole_answer(monkeypatch, tmp_path):
    users = tmp_path / "users.json"
    users.write_text(json.dumps(USERS))
    monkeypatch.setenv("ABSLAKE_USERS", f"file:{users}")
    monkeypatch.setenv("ABSLAKE_LAKE", "s3://large")
    with counted_s3(monkeypatch) as (server, _):
        lake = bucket(server, "large")
        lake.put("config/apis/shop.json", definition("/shop"))
        write_facts(lake, some_paths(50))
        whole = metrics(QUERY)
        monkeypatch.setenv("ABSLAKE_MAX_ANSWER_BYTES", "10000")

        first, second = metrics(QUERY), metrics(QUERY)

        assert whole.status == 200
        assert first.status == 303
        assert first.headers["Cache-Control"] == "no-store"
        assert first.json["status_code"] == "SEE_OTHER"
        location = first.headers["Location"]
        assert location.startswith(f"{server.endpoint}/large/results/")
        assert "X-Amz-Signature=" in location
        assert "X-Amz-Expires=300" in location
        with urlopen(location) as answer:
            assert json.load(answer) == whole.json
        names = {entry.key for entry in lake.list("results/")}
        assert len(names) == 2  # another name each time
        assert all(len(name) >= len("results/.json") + 43 for name in names)  # 256 bits
        assert second.headers["Location"] != location


def test_fault_23_the_limit_counts_the_escaped_text(monkeypatch, tmp_path):
    lake = open_lake(tmp_path, monkeypatch)
    write_facts(lake, some_paths(50))
    body = metrics(QUERY).body
    escaped = len(json.dumps(body))
    assert escaped > len(body) * 1.1

    monkeypatch.setenv("ABSLAKE_MAX_ANSWER_BYTES", str((len(body) + escaped) // 2))

    assert metrics(QUERY).status == 303


@pytest.mark.parametrize("text", ["plain", '"quotes"\\', "é𝕏\x00\n"])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_fault_23_what_is_counted_is_at_least_what_the_runtime_sends(text, ascii_only):
    body = text * 100
    sent = {
        "statusCode": 200,
        "body": body,
        "isBase64Encoded": False,
        "headers": {
            "Content-Type": "application/json",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
        "cookies": [],
    }

    assert http.lambda_bytes(body) >= len(json.dumps(sent, ensure_ascii=ascii_only).encode())
