"""The main job in the deployed form: queue event to ingest, then reports, each function with its layers alone."""

import json
from pathlib import Path
from typing import Any

import pytest

from abslake.dev.emulator import HandlerRaised
from tests.support.artefacts import FUNCTIONS
from tests.support.cloud import Cloud, sqs_event
from tests.support.http_events import http_event
from tests.support.rie import emulated


@pytest.fixture
def lake(cloud: Cloud, layers: list[Path]) -> Cloud:
    with emulated(FUNCTIONS / "ingest", layers, cloud.environment) as ingest:
        answer = ingest.invoke(sqs_event(cloud.put_log()))
    assert answer == {"batchItemFailures": []}
    return cloud


def ask(function: str, path: str, query: str, lake: Cloud, layers: list[Path], **keys: str) -> tuple[int, Any]:
    with emulated(FUNCTIONS / function, layers, lake.environment) as report:
        answer = report.invoke(http_event(path, query, **keys))
    return answer["statusCode"], json.loads(answer["body"])


def test_ingest_writes_one_unit_and_quarantines_the_bad_line(lake: Cloud) -> None:
    units = lake.keys("facts/")

    assert len(units) == 1
    assert units[0].startswith(f"facts/date={lake.day:%Y-%m-%d}/hour={lake.day:%H}/")
    assert len(lake.keys("quarantine/")) == 1


def test_the_same_event_again_changes_nothing(lake: Cloud, layers: list[Path]) -> None:
    before = lake.keys("")

    with emulated(FUNCTIONS / "ingest", layers, lake.environment) as ingest:
        assert ingest.invoke(sqs_event(lake.put_log())) == {"batchItemFailures": []}

    assert lake.keys("") == before


def test_fault_3_a_log_that_cannot_be_read_fails_its_message(cloud: Cloud, layers: list[Path]) -> None:
    notification = cloud.put_log()
    notification["Records"][0]["s3"]["object"]["key"] = "nothing/here.jsonl"

    # The only message of its batch: ingest fails as a whole, which Lambda counts as an error and tries again.
    ingest = emulated(FUNCTIONS / "ingest", layers, cloud.environment)
    with ingest, pytest.raises(HandlerRaised, match="BatchProcessingError"):
        ingest.invoke(sqs_event(notification))

    assert cloud.keys("facts/") == []


def test_the_metrics_report_counts_the_requests_of_the_log(lake: Cloud, layers: list[Path]) -> None:
    status, body = ask("metrics", "/v4/abs/metrics", lake.query(api="shop"), lake, layers)

    assert status == 200
    assert (body["name"], body["api_name"]) == ("api_metrics", "shop")
    summary = body["req_resp_summary"]
    assert (summary["total_requests"], summary["success"]) == (3, 2)


def test_the_token_report_counts_the_requests_of_the_token(lake: Cloud, layers: list[Path]) -> None:
    status, body = ask("forensics", "/v4/abs", lake.query(token="token-one"), lake, layers)

    assert status == 200
    assert body["summary"]["total_requests"] == 2


def test_a_wrong_secret_gets_401_and_the_log_of_the_function_holds_no_key(lake: Cloud, layers: list[Path]) -> None:
    event = http_event("/v4/abs", lake.query(token="token-one"), secret_key="wrong-secret-key")
    with emulated(FUNCTIONS / "forensics", layers, lake.environment) as report:
        answer = report.invoke(event)
        log = report.log.read_text()

    assert answer["statusCode"] == 401
    assert not [secret for secret in ("wrong-secret-key", "local-access-key", "token-one") if secret in log]
