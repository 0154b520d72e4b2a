"""One event a finding on the bus, in tens, with what failed tried again; a rule picks attacks."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws

from abslake.detection.announce import announce, channels
from abslake.detection.announce.attempts import MOST
from abslake.detection.announce.eventbridge import EventBridge
from abslake.detection.findings import Level, Sample
from abslake.settings import Settings
from abslake.storage import Lake
from tests.support.announcing import NOON, TOKEN, disclosed, found, hasty, judged
from tests.support.stack import resources


class Bus:
    """Answers as the API does: an error code for each entry that `fails`."""

    def __init__(self, fails=lambda *_: None):
        self.calls, self._fails = [], fails

    def put_events(self, Entries):  # noqa: N803 - boto3's own
        self.calls.append(Entries)
        codes = [self._fails(len(self.calls), entry) for entry in Entries]
        return {"Entries": [{"ErrorCode": code} if code else {"EventId": "1"} for code in codes]}


def told(count, **more):
    return [disclosed(found(0, identifier=f"client-{n}"), **more) for n in range(count)]


@pytest.fixture
def queue(monkeypatch):
    """A queue behind the template's own rule for attacks, on moto."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        events, sqs = boto3.client("events"), boto3.client("sqs")
        url = sqs.create_queue(QueueName="attacks")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        pattern = resources("AWS::Events::Rule")["AttackRule"]["EventPattern"]
        events.put_rule(Name="attacks", EventPattern=json.dumps(pattern))
        events.put_targets(Rule="attacks", Targets=[{"Id": "1", "Arn": arn}])

        def received():
            messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
            return [json.loads(message["Body"]) for message in messages]

        yield received
        events.close()
        sqs.close()


def test_an_attack_passes_the_rule_and_an_anomaly_does_not(queue):
    lake = Lake("memory:")
    judged(lake, found(0), found(0, api="bank", level=Level.ANOMALY))
    settings = Settings(event_bus="default")

    assert announce(lake, settings, NOON, hasty()).delivered == 2

    (event,) = queue()
    assert (event["source"], event["detail-type"], event["time"]) == ("abslake", "Attack", "2026-03-02T12:09:00Z")
    assert event["detail"]["api"] == "shop"
    assert event["detail"]["attack_code"] == "varA(Tx, 26)"
    assert TOKEN not in json.dumps(event)
    assert announce(lake, settings, NOON, hasty()).delivered == 0
    assert queue() == []


def test_a_bus_that_is_not_there_is_a_fault_that_names_no_bus(monkeypatch):
    def refuses(call, entry):
        raise ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": "secret-bus"}}, "PutEvents")

    sent = EventBridge("secret-bus", Bus(refuses)).send(told(20), hasty())
    assert (sent.delivered, sent.faults) == (set(), ["ResourceNotFoundException"])


def test_a_bus_that_cannot_be_reached_is_tried_in_the_next_run():
    def unreachable(call, entry):
        raise EndpointConnectionError(endpoint_url="https://events")

    bus = Bus(unreachable)
    assert EventBridge("b", bus).send(told(20), hasty()).faults == ["EndpointConnectionError"]
    assert len(bus.calls) == 1


def test_ten_at_a_time():
    bus = Bus()
    assert EventBridge("b", bus).send(told(23), hasty()).delivered == set(range(23))
    assert [len(call) for call in bus.calls] == [10, 10, 3]
    assert {entry["EventBusName"] for call in bus.calls for entry in call} == {"b"}


def test_a_call_holds_less_than_the_quota_of_bytes():
    bus = Bus()
    paths = tuple(Sample(path="\x01" * 100_000, count=n) for n in range(5))
    big = [
        disclosed(found(0, identifier="\x01" * 100_000 + str(n), samples=paths), identifiers="clear") for n in range(30)
    ]
    assert EventBridge("b", bus).send(big, hasty()).delivered == set(range(30))
    assert max(sum(len(entry["Detail"].encode()) for entry in call) for call in bus.calls) < 256 * 1024


def test_entries_that_fail_are_put_again_alone():
    events = told(3)
    marked = events[1].reference
    bus = Bus(lambda call, entry: "ThrottlingException" if call <= 2 and marked in entry["Detail"] else None)
    sent = EventBridge("b", bus).send(events, hasty())
    assert (sent.delivered, sent.faults) == ({0, 1, 2}, [])
    assert [len(call) for call in bus.calls] == [3, 1, 1]
    assert marked in bus.calls[2][0]["Detail"]


def test_an_entry_that_fails_for_good_is_left_and_the_others_are_delivered():
    events = told(12)
    marked = events[4].reference
    bus = Bus(lambda _, entry: "InternalFailure" if marked in entry["Detail"] else None)
    sent = EventBridge("b", bus).send(events, hasty())
    assert sent.delivered == set(range(12)) - {4}
    assert sent.faults == ["InternalFailure"]
    assert len(bus.calls) == MOST + 1


def test_the_settings_say_which_ways_out_there_are(tmp_path):
    assert channels(Settings()) == []
    both = channels(Settings(event_bus="default", webhook_url="https://example.com/"))
    assert [channel.name for channel in both] == ["eventbridge", "webhook"]
