"""A backfill by the deployed ingest function: messages as S3 would send them, never more in flight than a cap.

The cap keeps the logs of today from waiting behind those of last year, as they share the queue. SQS counts its messages
approximately, so the cap holds approximately, too.
Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html (a call may fail in part)
"""

import itertools
import json
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from abslake.dev.backfill.outcomes import Failed, Outcome, Sent, Stop
from abslake.dev.backfill.places import BucketPlace, Listed, kind
from abslake.dev.notification import notification
from abslake.errors import StorageError

_BATCH = 10
"""Messages a call, SQS's limit."""

_ATTEMPTS = 6
_COUNTS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


class QueueFeeder:
    """Sends messages to the queue at `url`, at most `cap` in flight; see `Feeder`."""

    def __init__(
        self, sqs: Any, url: str, place: BucketPlace, cap: int, stop: Stop, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """`sqs` is a boto3 client."""
        self._sqs, self._url, self._place, self._cap, self._stop, self._sleep = sqs, url, place, cap, stop, sleep
        self._bytes = self._flying = 0

    def bytes_read(self) -> int:
        """See `Feeder`."""
        return self._bytes

    def waits_for(self) -> str:
        """See `Feeder`."""
        return f"about {self._flying:,} messages in flight" if self._flying >= self._cap else ""

    def feed(self, objects: Iterator[Listed]) -> Iterator[tuple[Listed, Outcome] | None]:
        """See `Feeder`. Raises StorageError where the queue cannot be asked how full it is."""
        room = self._room()
        while not self._stop:
            while room <= 0 and not self._stop:
                yield None
                self._sleep(1.0)
                room = self._room()
            batch = [] if self._stop else list(itertools.islice(objects, min(room, _BATCH)))
            if not batch:
                return
            yield from self._send(batch)
            room -= len(batch)
            yield None

    def in_flight(self) -> int:
        """Messages that wait in the queue or are being worked on, all senders together. Raises StorageError."""
        try:
            given = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=list(_COUNTS))["Attributes"]
        except (ClientError, BotoCoreError) as error:
            raise StorageError(f"cannot ask the queue how full it is ({kind(error)})") from None
        return sum(int(given.get(name, 0)) for name in _COUNTS)

    def _room(self) -> int:
        self._flying = self.in_flight()
        return self._cap - self._flying

    def _send(self, batch: Sequence[Listed]) -> Iterator[tuple[Listed, Outcome]]:
        """All of a batch; what SQS does not take it is asked to take again, after a while."""
        waiting, reason = dict(enumerate(batch)), ""
        for attempt in range(_ATTEMPTS):
            if attempt:
                self._sleep(min(20.0, 0.5 * 2**attempt))
            refused, reason = self._try(waiting)
            for number in list(waiting):
                if number not in refused:
                    self._bytes += waiting[number].size
                    yield waiting.pop(number), Sent()
                elif refused[number]:
                    yield waiting.pop(number), Failed(f"the queue refuses the message ({reason})")
            if not waiting:
                return
        for listed in waiting.values():
            yield listed, Failed(f"the queue does not take the message ({reason})")

    def _try(self, waiting: dict[int, Listed]) -> tuple[dict[int, bool], str]:
        """One call; gives what was not taken (and whether it never will be), and the last reason why."""
        entries = [{"Id": str(number), "MessageBody": self._message(listed)} for number, listed in waiting.items()]
        try:
            failed = self._sqs.send_message_batch(QueueUrl=self._url, Entries=entries).get("Failed", [])
        except ClientError as error:
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500) == 403:
                raise StorageError(f"may not send to the queue ({kind(error)})") from None
            return dict.fromkeys(waiting, False), kind(error)
        except BotoCoreError as error:
            return dict.fromkeys(waiting, False), kind(error)
        reasons = [str(one.get("Code", "")) for one in failed]
        return {int(one["Id"]): bool(one.get("SenderFault")) for one in failed}, reasons[-1] if reasons else ""

    def _message(self, listed: Listed) -> str:
        return json.dumps(notification(self._place.bucket, listed.key, listed.size, listed.etag))


def sqs_client(url: str) -> Any:
    """A client for the queue at `url`; the region stands in the address of AWS's queues."""
    import boto3

    host = url.partition("://")[2].partition("/")[0].split(".")
    region = {"region_name": host[1]} if len(host) > 3 and host[0] == "sqs" else {}
    return boto3.client("sqs", config=Config(retries={"mode": "standard", "total_max_attempts": 5}), **region)
