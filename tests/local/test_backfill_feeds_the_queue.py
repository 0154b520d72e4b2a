"""abslake backfill through the queue: the messages of S3, never more of them in flight than the cap, each until it is taken."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from abslake.dev.backfill.outcomes import Failed, Outcome, Sent, Stop
from abslake.dev.backfill.places import BucketPlace, Listed
from abslake.dev.backfill.queue import QueueFeeder
from abslake.dev.backfill.run import Plan, run
from abslake.dev.backfill.show import Shown
from abslake.dev.backfill.state import State
from abslake.dev.stack import client
from abslake.errors import StorageError
from abslake.facts.notifications import Upload, uploads_in_message
from tests.support import ase
from tests.support.backfilling import LOGS, ODD_KEYS, Bucket, log
from tests.support.cloud import sqs_event
from tests.support.ingest_function import LANDING, Place, place
from tests.support.s3 import moto_server

PLACE = BucketPlace(LOGS, "")


def listed(key: str) -> Listed:
    return Listed(key, "e" * 32, 10, datetime.fromisoformat(ase.TIME))


@dataclass
class Sqs:
    """SQS as far as it is needed: calls fail by `script`, and a consumer takes two messages at each look at the queue."""

    script: list[Any] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    most: int = 0
    slept: list[float] = field(default_factory=list)

    def get_queue_attributes(self, **_: object) -> dict[str, Any]:
        self.taken += self.waiting[:2]
        del self.waiting[:2]
        hidden = min(1, len(self.waiting))
        counts = (len(self.waiting) - hidden, hidden, 0)
        names = (
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesDelayed",
        )
        return {"Attributes": {name: str(count) for name, count in zip(names, counts, strict=True)}}

    def send_message_batch(self, QueueUrl: str, Entries: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803
        assert (QueueUrl, 1 <= len(Entries) <= 10) == ("http://queue", True)
        failing = self.script.pop(0) if self.script else {}
        if isinstance(failing, Exception):
            raise failing
        failed = [{"Id": one["Id"], **failing[one["Id"]]} for one in Entries if one["Id"] in failing]
        self.waiting += [one["MessageBody"] for one in Entries if one["Id"] not in failing]
        self.most = max(self.most, len(self.waiting))
        return {"Failed": failed} if failed else {}

    def fed(self, keys: list[str], cap: int) -> list[tuple[str, Outcome]]:
        feeder = QueueFeeder(self, "http://queue", PLACE, cap, Stop(), self.slept.append)
        return [(step[0].key, step[1]) for step in feeder.feed(iter(map(listed, keys))) if step]


def throttled(code: str = "RequestThrottled", status: int = 400) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        "SendMessageBatch",
    )


def keys_of(bodies: list[str]) -> list[str]:
    return [upload.key for body in bodies for upload in uploads_in_message(body)]


@pytest.mark.parametrize("cap", [1, 7, 10, 25])
def test_no_more_messages_are_in_flight_than_the_cap(cap: int) -> None:
    sqs, keys = Sqs(), [f"{number}.log" for number in range(60)]
    assert sqs.fed(keys, cap) == [(key, Sent()) for key in keys]
    assert sqs.most == cap
    assert keys_of(sqs.taken + sqs.waiting) == keys


def test_what_the_queue_does_not_take_it_is_sent_again() -> None:
    # GIVEN a queue that takes some messages, is throttled, takes the rest but one that it will never take
    busy, never = (
        {"Code": "InternalError", "SenderFault": False},
        {"Code": "InvalidMessageContents", "SenderFault": True},
    )
    sqs = Sqs([{"0": busy, "3": busy, "4": never}, throttled(), {"3": busy}])
    keys = [f"{number}.log" for number in range(5)]
    # WHEN five objects are handed over
    outcomes = dict(sqs.fed(keys, 100))
    # THEN all others arrive, once, after longer and longer pauses
    assert sorted(keys_of(sqs.waiting)) == ["0.log", "1.log", "2.log", "3.log"]
    assert outcomes.pop("4.log") == Failed("the queue refuses the message (InvalidMessageContents)")
    assert set(outcomes.values()) == {Sent()}
    assert sqs.slept == sorted(sqs.slept)


def test_a_queue_that_goes_on_refusing_fails_the_objects() -> None:
    sqs = Sqs([throttled()] * 50)
    assert dict(sqs.fed(["a.log"], 10)) == {"a.log": Failed("the queue does not take the message (RequestThrottled)")}


def test_a_missing_permission_ends_it() -> None:
    with pytest.raises(StorageError, match=r"may not send to the queue \(AccessDenied\)"):
        Sqs([throttled("AccessDenied", 403)]).fed(["a.log"], 10)


def test_failures_one_after_the_other_stop_it(tmp_path: Path) -> None:
    # GIVEN a queue that takes nothing any more
    sqs, stop, state = Sqs([throttled()] * 500), Stop(), State(tmp_path / "state")
    objects = [listed(f"{number}.log") for number in range(100)]
    feeder = QueueFeeder(sqs, "http://queue", PLACE, 100, stop, sqs.slept.append)
    # WHEN many objects are to be handed over
    summary = run(Plan(objects), feeder, state, stop, Shown())
    # THEN it stops soon, and nothing is noted as done
    assert (len(summary.failed), summary.left, summary.sent) == (10, 90, 0)
    assert summary.stopped == "10 objects failed one after the other"
    assert not state.done


def test_the_command_hands_over_what_ingest_understands_and_goes_on_where_it_was(tmp_path: Path) -> None:
    # GIVEN a bucket of odd keys and a queue
    with moto_server() as server, contextlib.closing(server.client()) as s3:
        server.make_bucket(LOGS)
        bucket = Bucket(server, s3, tmp_path / "state")
        bucket.put({key: log("x") for key in ODD_KEYS})
        with contextlib.closing(client("sqs", server.endpoint, server.access_key, server.secret_key)) as sqs:
            url = sqs.create_queue(QueueName="q")["QueueUrl"]
            # WHEN they are handed to it, and once more with a new one
            done = bucket.backfill("--queue", url)
            bucket.put({"new.log": log("new")})
            again = bucket.backfill("--queue", url, "--concurrency", "1000")
            bodies = [
                message["Body"]
                for _ in range(4)
                for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
            ]
    # THEN each object stands in one message, which ingest understands
    assert (done.returncode, again.returncode) == (0, 0), done.stderr
    assert "about 5 messages are in flight" in done.stderr
    assert "EventTimePastDays" in done.stderr
    assert "done before: 5" in again.stderr
    uploads = [upload for body in bodies for upload in uploads_in_message(body)]
    assert sorted(uploads) == sorted(Upload(LOGS, key) for key in [*ODD_KEYS, "new.log"])
    assert {json.loads(body)["Records"][0]["eventName"] for body in bodies} == {"ObjectCreated:Put"}


@pytest.fixture
def here() -> Iterator[Place]:
    with place(shop={"url": "/shop"}) as made:
        yield made


def test_the_ingest_function_reads_what_was_handed_over(here: Place) -> None:
    # GIVEN a landing bucket whose logs were uploaded before the stack was there
    for number, key in enumerate(ODD_KEYS):
        here.s3.put_object(Bucket=LANDING, Key=key, Body=log(str(number)))
    there = here.s3.list_objects_v2(Bucket=LANDING)["Contents"]
    objects = [Listed(one["Key"], one["ETag"].strip('"'), one["Size"], one["LastModified"]) for one in there]
    sqs = Sqs()
    feeder = QueueFeeder(sqs, "http://queue", BucketPlace(LANDING, ""), 100, Stop())
    # WHEN they are handed over, and the function is called with the messages
    assert [step for step in feeder.feed(iter(objects)) if step]
    events = [sqs_event(json.loads(body), str(number)) for number, body in enumerate(sqs.waiting)]
    run_of_it = here.ingest(*events)
    # THEN each is ingested
    assert run_of_it.answers == [{"batchItemFailures": []}] * len(ODD_KEYS), run_of_it.log
    assert {row["path"]: row["requests"] for row in here.rows} == {f"/shop/{n}": 3 for n in range(len(ODD_KEYS))}
