"""The detect function in this process, on moto: a lake, a bus with the template's rule for attacks, and a queue behind it."""

import contextlib
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from abslake.dev.functions import FUNCTION_LOG, ProcessFunction
from abslake.dev.runtimes import function
from abslake.dev.stack import client
from abslake.storage import Lake
from tests.support.calls import ROOT
from tests.support.s3 import moto_server
from tests.support.stack import resources

LAKE = "lake-bucket"


@dataclass
class Detects:
    """The function and what it works on."""

    function: ProcessFunction
    lake: Lake
    log: io.StringIO
    _sqs: Any = field(repr=False)
    _url: str = ""

    def scheduled(self) -> dict[str, int]:
        """Call it as the schedule does."""
        answer: dict[str, int] = self.function.invoke(json.loads((ROOT / "events/schedule-detect.json").read_text()))
        return answer

    def events(self) -> list[dict[str, Any]]:
        """The events that the rule let through since the last look."""
        found: list[dict[str, Any]] = []
        while messages := self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get("Messages", []):
            found += [json.loads(message["Body"]) for message in messages]
        return found


@contextlib.contextmanager
def detecting(environment: Mapping[str, str] | None = None) -> Iterator[Detects]:
    """An empty lake and an empty queue; `environment` overrides what the function is told."""
    log = io.StringIO()
    with moto_server() as server, contextlib.ExitStack() as stack:
        server.make_bucket(LAKE)
        sqs, events = (client(name, server.endpoint, "test", "test") for name in ("sqs", "events"))
        stack.callback(sqs.close)
        stack.callback(events.close)
        url: str = sqs.create_queue(QueueName="attacks")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        pattern = resources("AWS::Events::Rule")["AttackRule"]["EventPattern"]
        events.put_rule(Name="attacks", EventPattern=json.dumps(pattern))
        events.put_targets(Rule="attacks", Targets=[{"Id": "1", "Arn": arn}])
        told = {
            "ABSLAKE_LAKE": f"s3://{LAKE}",
            "ABSLAKE_EVENT_BUS": "default",
            "AWS_ENDPOINT_URL": server.endpoint,
            "AWS_ACCESS_KEY_ID": server.access_key,
            "AWS_SECRET_ACCESS_KEY": server.secret_key,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_REGION": "us-east-1",
            "POWERTOOLS_SERVICE_NAME": "detect",
            "POWERTOOLS_TRACE_DISABLED": "true",
            **(environment or {}),
        }
        loaded = stack.enter_context(function(ROOT / "functions/detect", "process", told))
        assert isinstance(loaded, ProcessFunction)
        before, FUNCTION_LOG.target = FUNCTION_LOG.target, log
        try:
            yield Detects(loaded, server.lake(f"s3://{LAKE}"), log, sqs, url)
        finally:
            FUNCTION_LOG.target = before
