"""events/ holds one event per trigger; each is one that AWS could have sent, by Powertools' models of its events."""

import json
from typing import Any
from urllib.parse import unquote_plus

import pytest
from aws_lambda_powertools.utilities.parser.models import (
    APIGatewayProxyEventV2Model,
    EventBridgeModel,
    S3EventNotificationEventBridgeModel,
    S3Model,
    SqsModel,
)
from pydantic import BaseModel

from abslake.index import queue
from tests.support.stack import FUNCTION, TOP, resources

EVENTS = TOP / "events"
MODELS: dict[str, type[BaseModel]] = {
    "s3-put.json": S3Model,
    "sqs-s3.json": SqsModel,
    "eventbridge-object-created.json": S3EventNotificationEventBridgeModel,
    "schedule-compact.json": EventBridgeModel,
    "schedule-detect.json": EventBridgeModel,
    "sqs-compact-task.json": SqsModel,
    "http-metrics.json": APIGatewayProxyEventV2Model,
    "http-forensics-token.json": APIGatewayProxyEventV2Model,
    "http-attack.json": APIGatewayProxyEventV2Model,
    "http-set-threshold.json": APIGatewayProxyEventV2Model,
}
S3_TEST = "s3-test-event.json"  # no model: S3 sends it once, when a notification is set
SWEEP = "schedule-sweep.json"  # no model: the template says what the hourly schedule sends


def event(name: str) -> Any:
    return json.loads((EVENTS / name).read_text())


@pytest.mark.parametrize("name", MODELS)
def test_an_event_fits_the_model_of_its_trigger(name: str) -> None:
    MODELS[name].model_validate(event(name))


def test_each_file_is_the_event_of_a_known_trigger() -> None:
    assert {path.name for path in EVENTS.glob("*.json")} == {*MODELS, S3_TEST, SWEEP}
    assert event(S3_TEST)["Event"] == "s3:TestEvent"


def test_the_hourly_event_is_what_the_template_says() -> None:
    sent = resources(FUNCTION)["CompactFunction"]["Events"]["Sweep"]["Properties"]["Input"]

    assert json.loads(sent) == event(SWEEP)


def test_the_task_in_the_queue_is_one_that_compaction_knows() -> None:
    (record,) = event("sqs-compact-task.json")["Records"]

    assert queue.encode(queue.decode(record["body"])) == record["body"]


def test_the_queue_s_messages_hold_a_notification_of_two_logs_and_the_test_event() -> None:
    bodies = [json.loads(record["body"]) for record in event("sqs-s3.json")["Records"]]

    assert [record["s3"]["object"]["key"] for record in S3Model.model_validate(bodies[0]).model_dump()["Records"]]
    assert len(bodies[0]["Records"]) == 2
    assert bodies[1] == event(S3_TEST)


def test_fault_1_the_sample_key_holds_a_blank_and_a_plus() -> None:
    key = event("s3-put.json")["Records"][0]["s3"]["object"]["key"]

    assert unquote_plus(key) == event("eventbridge-object-created.json")["detail"]["object"]["key"]
    assert " " in unquote_plus(key)
    assert "+" in unquote_plus(key)


def test_the_http_events_call_paths_that_the_template_routes() -> None:
    routes = {e["Properties"].get("Path") for f in resources(FUNCTION).values() for e in f["Events"].values()}

    called = {event(name)["rawPath"] for name, model in MODELS.items() if model is APIGatewayProxyEventV2Model}
    assert len(called) == 4
    assert called <= routes
