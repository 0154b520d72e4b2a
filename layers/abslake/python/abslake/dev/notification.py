"""S3 notifications as S3 writes them, from servers that write them otherwise or not at all.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
"""

import itertools
import json
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus, unquote_plus

_sequencers = itertools.count(time.time_ns())


def notification(bucket: str, key: str, size: int, etag: str, event: str = "ObjectCreated:Put") -> dict[str, Any]:
    """The notification of one object. S3 writes a blank of the key as ``+`` and leaves ``/`` alone."""
    return {
        "Records": [
            {
                "eventVersion": "2.1",
                "eventSource": "aws:s3",
                "awsRegion": "us-east-1",
                "eventTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
                "eventName": event,
                "userIdentity": {"principalId": "local"},
                "requestParameters": {"sourceIPAddress": "127.0.0.1"},
                "responseElements": {"x-amz-request-id": "local", "x-amz-id-2": "local"},
                "s3": {
                    "s3SchemaVersion": "1.0",
                    "configurationId": "local",
                    "bucket": {
                        "name": bucket,
                        "ownerIdentity": {"principalId": "local"},
                        "arn": f"arn:aws:s3:::{bucket}",
                    },
                    "object": {
                        "key": quote_plus(key, safe="/"),
                        "size": size,
                        "eTag": etag.strip('"'),
                        "sequencer": f"{next(_sequencers):016X}",
                    },
                },
            }
        ]
    }


def completed(body: str) -> str:
    """A message body of moto as S3 would write it: moto leaves out half of the fields and encodes ``/``."""
    event = json.loads(body)
    if not isinstance(event, dict) or not event.get("Records"):
        return body
    records = [record for given in event["Records"] for record in _completed(given)["Records"]]
    return json.dumps({"Records": records})


def _completed(record: dict[str, Any]) -> dict[str, Any]:
    entry = record["s3"]
    given = entry["object"]
    name = str(record["eventName"]).removeprefix("s3:")
    return notification(
        entry["bucket"]["name"], unquote_plus(given["key"]), given.get("size", 0), given.get("eTag", ""), name
    )
