"""Which log objects an event speaks of: S3 notifications, bare or inside an SQS message, and EventBridge events.

Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html (keys are URL-encoded, a
blank as ``+``) and https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html (keys are not).
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

from aws_lambda_powertools.utilities.parser import ValidationError, parse
from pydantic import BaseModel, Field

from abslake.errors import UnreadableLog

Event = Mapping[str, Any]


class Upload(NamedTuple):
    """One object that was created: bucket, key as it is (decoded), version if the bucket keeps versions."""

    bucket: str
    key: str
    version: str | None = None


class _Bucket(BaseModel):
    name: str = Field(min_length=1)


class _Object(BaseModel):
    key: str = Field(min_length=1)
    size: int | None = None
    version: str | None = Field(None, alias="versionId")


class _S3(BaseModel):
    bucket: _Bucket
    object: _Object


class _Record(BaseModel):
    """What is needed of an S3 event record; S3-compatible stores leave out much of the rest."""

    name: str = Field(alias="eventName")
    s3: _S3


class _Notification(BaseModel):
    records: list[_Record] = Field(alias="Records")


class _EventBridgeObject(BaseModel):
    key: str = Field(min_length=1)
    size: int | None = None
    version: str | None = Field(None, alias="version-id")


class _Detail(BaseModel):
    bucket: _Bucket
    object: _EventBridgeObject


class _EventBridgeEvent(BaseModel):
    type: str = Field(alias="detail-type")
    detail: _Detail


def uploads_in_message(body: str) -> list[Upload]:
    """The uploads that an SQS message body tells. Raises UnreadableLog where it is no event at all."""
    try:
        event = json.loads(body)
    except ValueError:
        event = None
    if not isinstance(event, dict):
        raise UnreadableLog("the message is not a JSON object")
    return uploads_in(event)


def uploads_in(event: Event) -> list[Upload]:
    """The uploads of an S3 or EventBridge event, all of them.

    None for S3's own test event, for deletions, for folder markers and for empty objects: there is nothing to read.
    Raises UnreadableLog for anything else that is no such event.
    """
    if event.get("Event") == "s3:TestEvent":
        return []
    try:
        if "detail-type" in event:
            bridged = parse(dict(event), _EventBridgeEvent)
            entry, bucket = bridged.detail.object, bridged.detail.bucket.name
            found = [(bridged.type == "Object Created", Upload(bucket, entry.key, entry.version), entry.size)]
        else:
            found = [_in_record(record) for record in parse(dict(event), _Notification).records]
    except ValidationError as error:
        fields = ", ".join(".".join(map(str, fault["loc"])) for fault in error.errors())
        raise UnreadableLog(f"not an S3 notification: {fields}") from None
    return [upload for created, upload, size in found if created and size != 0 and not upload.key.endswith("/")]


def is_queue_event(event: Event) -> bool:
    """Whether Lambda was called by SQS."""
    records = event.get("Records")
    return isinstance(records, list) and bool(records) and records[0].get("eventSource") == "aws:sqs"


def _in_record(record: _Record) -> tuple[bool, Upload, int | None]:
    created = record.name.removeprefix("s3:").startswith("ObjectCreated:")
    entry = record.s3.object
    return created, Upload(record.s3.bucket.name, unquote_plus(entry.key), entry.version), entry.size
