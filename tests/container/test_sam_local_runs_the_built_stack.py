"""`sam build`, then an S3 event into ingest and requests to the API, in containers as SAM CLI makes them."""

import http.client
import json
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.container.conftest import Sam
from tests.support.cloud import ACCESS_KEY, SECRET_KEY, Cloud

KEYS = {"x-abs-ak": ACCESS_KEY, "x-abs-sk": SECRET_KEY}


@pytest.fixture(scope="module")
def ingested(sam: Sam, cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What ingest answers to the bare S3 event, as in ``sam local invoke IngestFunction -e events/s3-put.json``."""
    event = tmp_path_factory.mktemp("event") / "s3-put.json"
    event.write_text(json.dumps(cloud.put_log()))
    command = sam.command("invoke", "IngestFunction", "-e", str(event))
    result = subprocess.run(command, env=sam.environment, capture_output=True, text=True, timeout=300, check=False)
    assert result.returncode == 0, result.stderr[-3000:]
    answer = json.loads(result.stdout.strip().splitlines()[-1])
    assert "errorType" not in (answer or {}), result.stderr[-3000:]
    return answer


@pytest.fixture(scope="module")
def api(sam: Sam, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of ``sam local start-api``."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    log = tmp_path_factory.mktemp("api") / "log"
    with log.open("wb") as out:
        command = sam.command("start-api", "-p", str(port))
        process = subprocess.Popen(command, env=sam.environment, stdout=out, stderr=out)
    try:
        _wait_for(port, process, log)
        yield port
    finally:
        process.terminate()
        process.wait(60)


def _wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(300):
        assert process.poll() is None, log.read_text()[-3000:]
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"start-api does not listen: {log.read_text()[-3000:]}")


def get(port: int, target: str, headers: dict[str, str], method: str = "GET") -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, target, headers=headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def test_an_s3_event_becomes_facts_in_the_lake(ingested: Any, cloud: Cloud) -> None:
    assert len(cloud.keys("facts/")) == 1
    assert len(cloud.keys("quarantine/")) == 1


def test_the_metrics_report_is_served_at_its_documented_path(ingested: Any, api: int, cloud: Cloud) -> None:
    status, body = get(api, f"/v4/abs/metrics?{cloud.query(api='shop')}", KEYS)

    assert status == 200
    assert body["req_resp_summary"]["total_requests"] == 3


def test_a_forensic_report_is_served_at_its_documented_path(ingested: Any, api: int, cloud: Cloud) -> None:
    status, body = get(api, f"/v4/abs?{cloud.query(token='token-one')}", KEYS)

    assert status == 200
    assert body["summary"]["total_requests"] == 2


@pytest.mark.parametrize(
    ("method", "target", "headers", "expected"),
    [
        ("GET", "/v4/abs/metrics?api=shop", {}, 401),
        ("GET", "/v4/abs/metrics?api=shop", KEYS, 400),
        ("POST", "/v4/abs/metrics", KEYS, 405),
        ("GET", "/v4/nothing", KEYS, 404),
    ],
)
def test_errors_have_our_own_body(method: str, target: str, headers: dict[str, str], expected: int, api: int) -> None:
    status, body = get(api, target, headers, method)

    assert status == expected
    assert {"status_code", "message", "request_id"} <= body.keys()
