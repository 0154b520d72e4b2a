"""Tasks as messages of an SQS queue, so that many functions share them."""

from collections.abc import Sequence
from typing import Any

import msgspec

from abslake.errors import StorageError
from abslake.index import names
from abslake.index.tasks import Task

_BATCH = 10
"""Most messages of one call. Source: SQS, SendMessageBatch."""


def encode(task: Task) -> str:
    """A task as a message."""
    return msgspec.json.encode(task).decode()


def decode(body: str) -> Task:
    """The task of a message. Raises StorageError."""
    try:
        task = msgspec.json.decode(body, type=Task)
        names.first_moment(task.period)
    except ValueError:  # its text may quote the message
        raise StorageError("the message holds no task") from None
    if task.kind not in names.KINDS:
        raise StorageError("the message names no kind of index")
    return task


def offer(sqs: Any, url: str, due: Sequence[Task]) -> int:
    """Send the tasks, unless earlier ones still wait: those are due still, and among these. How many were sent.

    `sqs` is boto3's client. Raises StorageError where the queue did not take one; the next run sends it again.
    """
    if not due:
        return 0
    asked = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    if int(asked["Attributes"]["ApproximateNumberOfMessages"]):
        return 0
    for start in range(0, len(due), _BATCH):
        entries = [{"Id": str(n), "MessageBody": encode(task)} for n, task in enumerate(due[start : start + _BATCH])]
        answer = sqs.send_message_batch(QueueUrl=url, Entries=entries)
        if answer.get("Failed"):
            raise StorageError(f"the queue refused {len(answer['Failed'])} of {len(entries)} tasks")
    return len(due)
