"""From "an object was created" to the ingest function: queue, retries, dead letters, as the deployed stack has them.

A message that fails comes again; after `MAX_RECEIVES` it goes to the dead-letter queue. The function may fail single
messages of a batch (partial batch response) or all of them (it raises).
Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

import hashlib
import json
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import unquote_plus

from abslake.dev.functions import FunctionFailed
from abslake.dev.notification import completed

MAX_RECEIVES = 3
"""How often a message is tried before it is dead."""

QUEUE_ARN = "arn:aws:sqs:us-east-1:123456789012:abslake-landing"
_BATCH = 1  # as in the template: one object may need all of the time-out
_WAIT_SECONDS = 1


@dataclass(frozen=True, slots=True)
class Message:
    """One message as received: `handle` names this receipt of it, `receives` counts them."""

    id: str
    handle: str
    body: str
    receives: int = 1


class Queue(Protocol):
    """What delivery needs of a queue with a dead-letter queue behind it."""

    def receive(self) -> Sequence[Message]:
        """Messages to handle now; waits up to a second for the first. Moves dead ones aside."""

    def delete(self, message: Message) -> None:
        """It is done."""

    def retry(self, message: Message, seconds: int) -> None:
        """It failed: show it again after `seconds`."""

    def pending(self) -> int:
        """Messages not done yet, in flight or waiting."""

    def dead(self) -> int:
        """Messages in the dead-letter queue."""


class SqsQueue:
    """A real SQS interface (moto)."""

    def __init__(self, client: Any, url: str, dead_url: str) -> None:
        """`client` is boto3's; the redrive policy stands on the queue itself."""
        self._client, self._url, self._dead_url = client, url, dead_url

    def receive(self) -> list[Message]:
        """See Queue."""
        answer = self._client.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=_BATCH,
            WaitTimeSeconds=_WAIT_SECONDS,
            MessageSystemAttributeNames=["ApproximateReceiveCount"],
        )
        return [
            Message(
                m["MessageId"],
                m["ReceiptHandle"],
                completed(m["Body"]),
                int(m["Attributes"]["ApproximateReceiveCount"]),
            )
            for m in answer.get("Messages", [])
        ]

    def delete(self, message: Message) -> None:
        """See Queue."""
        self._client.delete_message(QueueUrl=self._url, ReceiptHandle=message.handle)

    def retry(self, message: Message, seconds: int) -> None:
        """See Queue."""
        self._client.change_message_visibility(
            QueueUrl=self._url, ReceiptHandle=message.handle, VisibilityTimeout=seconds
        )

    def pending(self) -> int:
        """See Queue."""
        return self._count(self._url)

    def dead(self) -> int:
        """See Queue."""
        return self._count(self._dead_url)

    def _count(self, url: str) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        attributes = self._client.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(int(attributes[name]) for name in names)


@dataclass
class MemoryQueue:
    """The same in memory, for an S3 server without a queue beside it."""

    _waiting: deque[tuple[float, Message]] = field(default_factory=deque)
    _dead: list[Message] = field(default_factory=list)
    _in_flight: int = 0
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def send(self, body: str) -> None:
        """A new message."""
        message = Message(str(uuid.uuid4()), str(uuid.uuid4()), body, 0)
        with self._changed:
            self._waiting.append((0.0, message))
            self._changed.notify()

    def receive(self) -> list[Message]:
        """See Queue."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._waiting), _WAIT_SECONDS)
            now, taken, later = time.monotonic(), list[Message](), deque[tuple[float, Message]]()
            for due, message in self._waiting:
                if due > now or len(taken) == _BATCH:
                    later.append((due, message))
                elif message.receives >= MAX_RECEIVES:
                    self._dead.append(message)
                else:
                    taken.append(Message(message.id, str(uuid.uuid4()), message.body, message.receives + 1))
            self._waiting = later
            self._in_flight += len(taken)
        if not taken and later:
            time.sleep(0.05)  # all are waiting for their time
        return taken

    def delete(self, message: Message) -> None:  # noqa: ARG002 - the queue's interface
        """See Queue."""
        with self._changed:
            self._in_flight -= 1

    def retry(self, message: Message, seconds: int) -> None:
        """See Queue."""
        with self._changed:
            self._in_flight -= 1
            self._waiting.append((time.monotonic() + seconds, message))

    def pending(self) -> int:
        """See Queue."""
        with self._changed:
            return len(self._waiting) + self._in_flight

    def dead(self) -> int:
        """See Queue."""
        with self._changed:
            return len(self._dead)


def sqs_event(messages: Sequence[Message]) -> dict[str, Any]:
    """The event that Lambda makes of a batch."""
    now = str(int(time.time() * 1000))
    return {
        "Records": [
            {
                "messageId": m.id,
                "receiptHandle": m.handle,
                "body": m.body,
                "attributes": {
                    "ApproximateReceiveCount": str(m.receives),
                    "SentTimestamp": now,
                    "SenderId": "local",
                    "ApproximateFirstReceiveTimestamp": now,
                },
                "messageAttributes": {},
                "md5OfBody": hashlib.md5(m.body.encode(), usedforsecurity=False).hexdigest(),
                "eventSource": "aws:sqs",
                "eventSourceARN": QUEUE_ARN,
                "awsRegion": "us-east-1",
            }
            for m in messages
        ]
    }


def failed_ids(result: object, messages: Sequence[Message]) -> set[str]:
    """The messages that a partial batch response fails; all of them where it is malformed, as on Lambda."""
    everything = {message.id for message in messages}
    if not result:
        return set()
    failures = result.get("batchItemFailures") if isinstance(result, Mapping) else None
    if failures is None:
        return set()
    try:
        named = {str(failure["itemIdentifier"]) for failure in failures}
    except (TypeError, KeyError):
        return everything
    unknown = named - everything
    return everything if unknown else named


def object_keys(body: str) -> list[str]:
    """The keys that a message is about, as they are in the bucket; none for S3's test event."""
    records = json.loads(body).get("Records") or []
    return [unquote_plus(record["s3"]["object"]["key"]) for record in records]


class Delivery:
    """A thread that hands messages of `queue` to the function until it is stopped; a context manager.

    `finished` holds the keys of the objects whose message is done.
    """

    def __init__(self, queue: Queue, invoke: Callable[[Mapping[str, Any]], Any], retry_seconds: int = 1) -> None:
        self.queue, self.invoke, self._retry_seconds = queue, invoke, retry_seconds
        self.finished: set[str] = set()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="delivery", daemon=True)

    def __enter__(self) -> "Delivery":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            if messages := self.queue.receive():
                self.deliver(messages)

    def deliver(self, messages: Sequence[Message]) -> None:
        """One batch: what succeeds is deleted, what fails comes again."""
        try:
            failed = failed_ids(self.invoke(sqs_event(messages)), messages)
        except FunctionFailed:
            failed = {message.id for message in messages}
        for message in messages:
            if message.id in failed:
                self.queue.retry(message, self._retry_seconds)
            else:
                self.queue.delete(message)
                self.finished.update(object_keys(message.body))
