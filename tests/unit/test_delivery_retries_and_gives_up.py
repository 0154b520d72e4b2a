"""Messages reach the function as SQS events; what fails comes again, three times in all, then it is dead."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from abslake.dev.delivery import MAX_RECEIVES, Delivery, MemoryQueue, failed_ids, sqs_event
from abslake.dev.functions import FunctionFailed
from abslake.dev.notification import completed, notification

Handler = Callable[[Any], Any]


class Function:
    """Remembers what it was called with; `results` are its results in turn, the last for ever; None is a success."""

    def __init__(self, *results: Any) -> None:
        self.results, self.events = list(results), list[Any]()

    def __call__(self, event: Any) -> Any:
        self.events.append(event)
        result = self.results.pop(0) if len(self.results) > 1 else self.results[0]
        if isinstance(result, Exception):
            raise result
        return result(event) if callable(result) else result


def fail_all(event: Any) -> Any:
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in event["Records"]]}


def deliver(function: Function, *keys: str) -> tuple[MemoryQueue, Delivery]:
    """Until nothing is pending."""
    queue = MemoryQueue()
    delivery = Delivery(queue, function, retry_seconds=0)
    for key in keys:
        queue.send(json.dumps(notification("landing", key, 1, "etag")))
    for _ in range(20):
        if not queue.pending():
            break
        if messages := queue.receive():
            delivery.deliver(messages)
    return queue, delivery


def test_a_message_is_an_sqs_event_with_the_notification_as_body() -> None:
    function = Function({"batchItemFailures": []})
    deliver(function, "a b/é+.gz")
    (record,) = function.events[0]["Records"]
    assert record["eventSource"] == "aws:sqs"
    assert json.loads(record["body"])["Records"][0]["s3"]["object"]["key"] == "a+b/%C3%A9%2B.gz"
    assert record["attributes"]["ApproximateReceiveCount"] == "1"


def test_what_succeeds_is_finished_and_gone() -> None:
    queue, delivery = deliver(Function(None), "a b", "c")
    assert delivery.finished == {"a b", "c"}
    assert (queue.pending(), queue.dead()) == (0, 0)


def test_what_fails_once_comes_again() -> None:
    function = Function(fail_all, None)
    queue, delivery = deliver(function, "a")
    assert delivery.finished == {"a"}
    assert [event["Records"][0]["attributes"]["ApproximateReceiveCount"] for event in function.events] == ["1", "2"]
    assert queue.dead() == 0


@pytest.mark.parametrize("result", [fail_all, FunctionFailed("out of memory")])
def test_what_fails_for_ever_is_dead_after_three_tries(result: Any) -> None:
    function = Function(result)
    queue, delivery = deliver(function, "a")
    assert len(function.events) == MAX_RECEIVES == 3
    assert (queue.pending(), queue.dead(), delivery.finished) == (0, 1, set())


def test_only_the_named_messages_of_a_batch_come_again() -> None:
    queue = MemoryQueue()
    for body in ('{"Records": []}', '{"Records": []}'):
        queue.send(body)
    messages = [*queue.receive(), *queue.receive()]
    delivery = Delivery(queue, Function({"batchItemFailures": [{"itemIdentifier": messages[1].id}]}), retry_seconds=0)
    delivery.deliver(messages)
    assert [message.id for message in queue.receive()] == [messages[1].id]


@pytest.mark.parametrize("result", [{"batchItemFailures": [{}]}, {"batchItemFailures": [{"itemIdentifier": "other"}]}])
def test_a_malformed_partial_response_fails_the_whole_batch(result: Any) -> None:
    queue = MemoryQueue()
    queue.send("{}")
    messages = queue.receive()
    assert failed_ids(result, messages) == {messages[0].id}


def test_the_md5_of_the_body_is_right() -> None:
    queue = MemoryQueue()
    queue.send("hello")
    assert sqs_event(queue.receive())["Records"][0]["md5OfBody"] == "5d41402abc4b2a76b9719d911017c592"


def test_a_notification_of_moto_is_completed_to_what_s3_writes() -> None:
    moto = {
        "Records": [
            {
                "eventName": "ObjectCreated:Put",
                "s3": {"bucket": {"name": "landing"}, "object": {"key": "a+b%2Fc%2B", "size": 3, "eTag": "e"}},
            }
        ]
    }
    (record,) = json.loads(completed(json.dumps(moto)))["Records"]
    assert record["s3"]["object"]["key"] == "a+b/c%2B"
    assert (record["s3"]["object"]["size"], record["s3"]["object"]["eTag"]) == (3, "e")
    assert record["s3"]["object"]["sequencer"]
    assert record["userIdentity"]


def test_the_test_event_of_s3_stays_as_it_is() -> None:
    body = json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "landing"})
    assert completed(body) == body
