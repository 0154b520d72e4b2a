"""The compact function in this process, with a lake and a queue of tasks on moto, as the template sets them up."""

import contextlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from abslake.dev.delivery import Delivery, Message, SqsQueue, sqs_event
from abslake.dev.functions import FUNCTION_LOG, ProcessFunction
from abslake.dev.runtimes import function
from abslake.dev.stack import client
from abslake.index.queue import decode
from abslake.index.tasks import Task
from abslake.storage import Lake
from tests.support.calls import ROOT
from tests.support.counted_s3 import Requests
from tests.support.s3 import moto_server
from tests.support.stack import QUEUE, resources

LAKE = "lake-bucket"


@dataclass
class Compacting:
    """The function and what it works on."""

    function: ProcessFunction
    lake: Lake
    queue: SqsQueue
    requests: Requests
    log: io.StringIO
    _sqs: Any = field(repr=False)
    _url: str = ""

    def scheduled(self) -> dict[str, Any]:
        """Call it as the schedule does."""
        answer: dict[str, Any] = self.function.invoke(json.loads((ROOT / "events/schedule-compact.json").read_text()))
        return answer

    def received(self) -> list[Message]:
        """All messages that wait in the queue; they are hidden then."""
        found: list[Message] = []
        while messages := self.queue.receive():
            found += messages
        return found

    def deliver(self, *messages: Message) -> object:
        """Call it with a batch."""
        return self.function.invoke(sqs_event(messages))

    def work_off(self) -> list[Task]:
        """Hand it all waiting tasks one by one, as Lambda does: what fails comes again, then goes to the dead letters."""
        delivery = Delivery(self.queue, self.function.invoke, retry_seconds=0)
        tasks = []
        while self.queue.pending():
            messages = self.queue.receive()
            tasks += [decode(message.body) for message in messages]
            delivery.deliver(messages)
        return tasks


def metrics(printed: str, name: str) -> list[float]:
    """All values of a metric in what the function has printed."""
    lines = [json.loads(line) for line in printed.splitlines() if line.startswith('{"_aws"')]
    return [value for line in lines for value in line.get(name, [])]


@contextlib.contextmanager
def compacting(*, with_queue: bool = True) -> Iterator[Compacting]:
    """An empty lake, the queue and its dead-letter queue."""
    requests = Requests()
    log = io.StringIO()
    with moto_server(requests) as server, contextlib.ExitStack() as stack:  # type: ignore[arg-type]
        server.make_bucket(LAKE)
        sqs = client("sqs", server.endpoint, server.access_key, server.secret_key)
        stack.callback(sqs.close)
        url, dead = _queues(sqs)
        environment = {
            "ABSLAKE_LAKE": f"s3://{LAKE}",
            "ABSLAKE_COMPACTION_QUEUE": url if with_queue else "",
            "AWS_ENDPOINT_URL": server.endpoint,
            "AWS_ACCESS_KEY_ID": server.access_key,
            "AWS_SECRET_ACCESS_KEY": server.secret_key,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_REGION": "us-east-1",
            "POWERTOOLS_SERVICE_NAME": "compact",
            "POWERTOOLS_TRACE_DISABLED": "true",
        }
        loaded = stack.enter_context(function(ROOT / "functions/compact", "process", environment))
        assert isinstance(loaded, ProcessFunction)
        before, FUNCTION_LOG.target = FUNCTION_LOG.target, log
        try:
            lake = server.lake(f"s3://{LAKE}")
            yield Compacting(loaded, lake, SqsQueue(sqs, url, dead), requests, log, sqs, url)
        finally:
            FUNCTION_LOG.target = before


def _queues(sqs: Any) -> tuple[str, str]:
    tries = resources(QUEUE)["CompactionQueue"]["RedrivePolicy"]["maxReceiveCount"]
    dead: str = sqs.create_queue(QueueName="dead-tasks")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": tries})
    url: str = sqs.create_queue(QueueName="tasks", Attributes={"RedrivePolicy": redrive})["QueueUrl"]
    return url, dead
