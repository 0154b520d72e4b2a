"""The AWS services that the functions call, on this machine: moto's server with buckets, users and a small log.

For the tiers whose functions run outside the test process. The log tells of one API, `shop`: two requests of one
token that succeed, one of another that is refused, and a line that is no JSON.
"""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote_plus, urlencode
from urllib.request import urlopen

import boto3
from moto.server import ThreadedMotoServer

LANDING, LAKE, USERS = "landing-bucket", "lake-bucket", "abslake-users"
REGION = "us-east-1"  # the emulator's
LOG_KEY = "ase/access log+1.jsonl"  # a blank and a plus: S3 encodes them in its events
ACCESS_KEY, SECRET_KEY = "local-access-key", "local-secret-key"

API = {
    "api_metadata": {
        "protocol": "http",
        "url": "/shop",
        "hostname": "*",
        "cookie": "SID",
        "oauth2_access_token": True,
        "apikey_qs": "",
        "apikey_header": "",
        "login_url": "",
    }
}


@dataclass(frozen=True)
class Cloud:
    """The address of the server, and clients of it for the test's own use."""

    url: str
    s3: Any
    secrets: Any
    day: datetime
    """When the requests in the log happened, to the minute, UTC."""

    @property
    def environment(self) -> dict[str, str]:
        """What a function's environment says to use it, as template.yaml would."""
        users = f"secretsmanager:{USERS}"
        return {"AWS_ENDPOINT_URL": self.url, "ABSLAKE_LAKE": f"s3://{LAKE}", "ABSLAKE_USERS": users}

    def keys(self, prefix: str) -> list[str]:
        """The keys in the lake below `prefix`, in order."""
        found = self.s3.list_objects_v2(Bucket=LAKE, Prefix=prefix)
        return [entry["Key"] for entry in found.get("Contents", [])]

    def put_log(self) -> dict[str, Any]:
        """Uploads the log; the notification that S3 would send."""
        stored = self.s3.put_object(Bucket=LANDING, Key=LOG_KEY, Body=self._log())
        record = {
            "eventVersion": "2.1",
            "eventSource": "aws:s3",
            "awsRegion": REGION,
            "eventTime": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.000Z}",
            "eventName": "ObjectCreated:Put",
            "userIdentity": {"principalId": "local"},
            "requestParameters": {"sourceIPAddress": "192.0.2.10"},
            "responseElements": {"x-amz-request-id": "local", "x-amz-id-2": "local"},
            "s3": {
                "s3SchemaVersion": "1.0",
                "configurationId": "logs",
                "bucket": {"name": LANDING, "ownerIdentity": {"principalId": "l"}, "arn": f"arn:aws:s3:::{LANDING}"},
                "object": {
                    "key": quote_plus(LOG_KEY, safe="/"),
                    "size": len(self._log()),
                    "eTag": stored["ETag"].strip('"'),
                    "sequencer": "0055AED6DCD90281E5",
                },
            },
        }
        return {"Records": [record]}

    def query(self, **parameters: str) -> str:
        """A query string that asks about the hour of the log."""
        hour = self.day.replace(minute=0)
        dates = {"earlier_date": f"{hour:%Y-%m-%dT%H:%M}", "later_date": f"{hour + timedelta(hours=1):%Y-%m-%dT%H:%M}"}
        return urlencode(dates | parameters)

    def _log(self) -> bytes:
        requests = [("GET", "token-one", "200"), ("GET", "token-one", "200"), ("POST", "token-two", "403")]
        lines = [json.dumps(self._transaction(*request)) for request in requests]
        return "\n".join([*lines, "no JSON", ""]).encode()

    def _transaction(self, method: str, token: str, code: str) -> dict[str, Any]:
        headers = [{"Host": "shop.example.com"}, {"Authorization": f"Bearer {token}"}, {"User-Agent": "curl/8.5.0"}]
        return {
            "timestamp": f"{self.day:%Y-%m-%dT%H:%M:%S}.250Z",
            "request": {"source_ip": "192.0.2.10", "method": method, "url": "/shop/cart?page=1", "headers": headers},
            "response": {"response_code": code, "headers": []},
            "server": "10.0.0.1:8080",
        }


def sqs_event(notification: dict[str, Any], message: str = "1") -> dict[str, Any]:
    """A batch of one message that holds the notification, as the queue hands it to Lambda."""
    record = {
        "messageId": message,
        "receiptHandle": "local",
        "body": json.dumps(notification),
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1772446560123",
            "SenderId": "local",
            "ApproximateFirstReceiveTimestamp": "1772446560128",
        },
        "messageAttributes": {},
        "md5OfBody": "0" * 32,
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{REGION}:123456789012:log-queue",
        "awsRegion": REGION,
    }
    return {"Records": [record]}


@contextmanager
def local_cloud(address: str = "127.0.0.1") -> Iterator[Cloud]:
    """A server on a free port of `address`, with both buckets, the definition of `shop` and one administrator."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # it logs each request
    server = ThreadedMotoServer(ip_address=address, port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        url = f"http://{host}:{port}"
        urlopen(f"{url}/moto-api/reset", data=b"").close()  # all servers of one process share their state
        keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
        s3 = boto3.client("s3", endpoint_url=url, region_name=REGION, **keys)
        secrets = boto3.client("secretsmanager", endpoint_url=url, region_name=REGION, **keys)
        for bucket in (LANDING, LAKE):
            s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=LAKE, Key="config/apis/shop.json", Body=json.dumps(API))
        user = {"name": "admin", "role": "admin", "access_key": ACCESS_KEY, "secret_key": SECRET_KEY}
        secrets.create_secret(Name=USERS, SecretString=json.dumps(user))
        moment = (datetime.now(UTC) - timedelta(hours=1)).replace(second=0, microsecond=0)
        yield Cloud(url, s3, secrets, moment)
    finally:
        server.stop()
