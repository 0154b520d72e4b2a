"""The local stack: S3, event delivery and the report API on one port of the loopback, with the functions as they are.

Logs put into the landing bucket are ingested by events; clocks have them folded into the index and judged.

Keys are made afresh at each start; nothing outlives the stack. What AWS has and this has not: roles and policies,
throttling, access logs, alarms.
"""

import contextlib
import json
import secrets
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TextIO

import boto3
from botocore.client import Config

from abslake.dev.compaction import EVERY_SECONDS, Compaction
from abslake.dev.delivery import MAX_RECEIVES, Delivery, MemoryQueue, SqsQueue
from abslake.dev.detecting import EVERY_SECONDS as DETECT_EVERY_SECONDS
from abslake.dev.detecting import Detecting
from abslake.dev.functions import FunctionFailed
from abslake.dev.proxy import Proxy
from abslake.dev.routes import ROUTES
from abslake.dev.runtimes import Runtime, function, logging_to
from abslake.dev.seaweedfs import seaweedfs
from abslake.dev.serve import HOST, Front, OnePort, serving
from abslake.storage import Lake

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

LANDING, LAKE = "abslake-landing", "abslake-lake"
"""The two buckets."""

TIMEOUTS = {"compact": 40, "detect": 40}
"""Seconds where they are not the usual ones. Both end well before: then the stack ends soon when it is told to."""

_IN_TURN = ("ingest", "compact", "detect")
"""Functions that one thread of the stack calls, one call after the other."""

_SECRET = "abslake-users"  # noqa: S105 - the secret's name
_REGION = "us-east-1"

Storage = Literal["moto", "seaweedfs"]


@dataclass(frozen=True, slots=True)
class Keys:
    """One user's pair, and the ending of the headers that carry it (contract 8: ``-ru`` for the restricted user)."""

    ending: str = ""
    access: str = field(default_factory=lambda: secrets.token_urlsafe(15))
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(30), repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """The headers of a report request."""
        return {f"x-abs-ak{self.ending}": self.access, f"x-abs-sk{self.ending}": self.secret}


@dataclass(frozen=True, slots=True)
class Options:
    """How to run it. `port` 0 takes a free one; `environment` overrides what the functions are told.

    `environments`: how many of each report function may run at once under the emulator.
    """

    port: int = 0
    runtime: Runtime = "process"
    storage: Storage = "moto"
    environments: int = 1
    environment: Mapping[str, str] = field(default_factory=dict)
    log: TextIO | None = None
    project: Path | None = None
    compact_every_seconds: float = EVERY_SECONDS
    detect_every_seconds: float = DETECT_EVERY_SECONDS


@dataclass(frozen=True, slots=True)
class Stack:
    """A running stack."""

    port: int
    admin: Keys
    restricted: Keys
    s3_access_key: str
    s3_secret_key: str = field(repr=False)
    delivery: Delivery = field(repr=False)
    compaction: Compaction = field(repr=False)
    detection: Detecting = field(repr=False)

    @property
    def url(self) -> str:
        """The one address: reports and S3."""
        return f"http://{HOST}:{self.port}"

    def client(self, service: str = "s3") -> Any:
        """A boto3 client of this stack."""
        return client(service, self.url, self.s3_access_key, self.s3_secret_key)

    def lake(self) -> Lake:
        """The lake of this stack."""
        keys = {"access_key_id": self.s3_access_key, "secret_access_key": self.s3_secret_key, "region": _REGION}
        return Lake(f"s3://{LAKE}", endpoint=self.url, **keys)

    def wait_for(
        self, keys: Iterable[str], seconds: float, progress: Callable[[int], object] = lambda _: None
    ) -> set[str]:
        """Wait until the log objects `keys` are ingested; gives those that are not after `seconds`.

        Ends early when a message is dead and no other is pending. `progress` is told how many are done.
        """
        wanted, deadline = set(keys), time.monotonic() + seconds
        while (missing := wanted - self.delivery.finished) and time.monotonic() < deadline:
            progress(len(wanted) - len(missing))
            if self.delivery.queue.dead() and not self.delivery.queue.pending():
                break
            time.sleep(0.1)
        progress(len(wanted) - len(missing))
        return missing


def client(service: str, endpoint: str, access_key: str, secret_key: str) -> Any:
    """A boto3 client of a local server: path-style addresses, the same in every environment."""
    config = Config(s3={"addressing_style": "path"}, retries={"mode": "standard", "total_max_attempts": 3})
    session = boto3.Session(access_key, secret_key, region_name=_REGION)
    return session.client(service, endpoint_url=endpoint, config=config)


def project_folder(start: Path | None = None) -> Path:
    """The checkout: the nearest folder above the package (or `start`) that holds ``functions/``.

    Raises FileNotFoundError.
    """
    for folder in (start or Path(__file__)).resolve().parents:
        if (folder / "functions/metrics").is_dir():
            return folder
    raise FileNotFoundError("no functions/ folder: the local stack runs from a checkout, installed with pip install -e")


@contextlib.contextmanager
def local_stack(options: Options | None = None) -> Iterator[Stack]:
    """Start everything, give it, end everything. Raises OSError where the port is taken, SeaweedMissing, …"""
    options = options or Options()
    project = options.project or project_folder()
    with contextlib.ExitStack() as stack:
        stack.enter_context(logging_to(options.log))
        start = _start_moto if options.storage == "moto" else _start_seaweedfs
        running, front, users = start(stack, options)
        environment = function_environment(running, users) | dict(options.environment)
        functions = {
            name: stack.enter_context(
                function(
                    project / "functions" / name,
                    options.runtime,
                    environment | {"POWERTOOLS_SERVICE_NAME": name},
                    TIMEOUTS.get(name),
                    1 if name in _IN_TURN else options.environments,
                )
            )
            for name in (*_IN_TURN, *sorted(set(ROUTES.values())))
        }
        front.routes = {path: functions[name] for path, name in ROUTES.items()}
        running.delivery.invoke = functions["ingest"].invoke
        running.compaction.invoke = functions["compact"].invoke
        running.detection.invoke = functions["detect"].invoke
        stack.enter_context(running.delivery)
        stack.enter_context(running.compaction)
        stack.enter_context(running.detection)
        yield running


def function_environment(stack: Stack, users: str) -> dict[str, str]:
    """What the functions are told, as the template would: the lake, the users, and where AWS is."""
    return {
        "ABSLAKE_LAKE": f"s3://{LAKE}",
        "ABSLAKE_USERS": users,
        "AWS_ENDPOINT_URL": stack.url,
        "AWS_ACCESS_KEY_ID": stack.s3_access_key,
        "AWS_SECRET_ACCESS_KEY": stack.s3_secret_key,
        "AWS_REGION": _REGION,
        "AWS_DEFAULT_REGION": _REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "POWERTOOLS_METRICS_NAMESPACE": "abslake",
        "POWERTOOLS_TRACE_DISABLED": "true",
    }


def users_document(admin: Keys, restricted: Keys) -> str:
    """The users as the secret holds them."""
    pairs = [("admin", admin), ("restricted", restricted)]
    users = [{"name": role, "role": role, "access_key": k.access, "secret_key": k.secret} for role, k in pairs]
    return json.dumps({"users": users})


def _start_moto(stack: contextlib.ExitStack, options: Options) -> tuple[Stack, Front, str]:
    from abslake.dev.moto_server import moto_application

    front, port = _listen(stack, options, moto_application())
    keys = ("local", "local")  # moto checks no signatures
    sqs = client("sqs", f"http://{HOST}:{port}", *keys)
    stack.callback(sqs.close)
    url, dead = _queues(sqs)
    delivery = Delivery(SqsQueue(sqs, url, dead), _not_yet)
    running = Stack(port, Keys(), Keys("-ru"), *keys, delivery, _compaction(options), _detecting(options))
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    notify = {"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]}
    with _make_buckets(running) as s3:
        s3.put_bucket_notification_configuration(Bucket=LANDING, NotificationConfiguration=notify)
    document = users_document(running.admin, running.restricted)
    with contextlib.closing(running.client("secretsmanager")) as keeper:
        keeper.create_secret(Name=_SECRET, SecretString=document)
    return running, front, f"secretsmanager:{_SECRET}"


def _queues(sqs: Any) -> tuple[str, str]:
    """The queue of notifications and its dead-letter queue: their addresses."""
    dead: str = sqs.create_queue(QueueName="abslake-dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": MAX_RECEIVES})
    attributes = {"RedrivePolicy": redrive, "VisibilityTimeout": "900"}
    url: str = sqs.create_queue(QueueName="abslake-landing", Attributes=attributes)["QueueUrl"]
    return url, dead


def _start_seaweedfs(stack: contextlib.ExitStack, options: Options) -> tuple[Stack, Front, str]:
    queue = MemoryQueue()

    def created(event: Mapping[str, Any]) -> None:
        if event["Records"][0]["s3"]["bucket"]["name"] == LANDING:
            queue.send(json.dumps(event))

    server = stack.enter_context(seaweedfs(created))
    front, port = _listen(stack, options, Proxy(HOST, server.port))
    keys = (server.access_key, server.secret_key)
    clocks = (_compaction(options), _detecting(options))
    running = Stack(port, Keys(), Keys("-ru"), *keys, Delivery(queue, _not_yet), *clocks)
    with _make_buckets(running):
        pass
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="abslake-users-")))  # readable by its owner
    (folder / "users.json").write_text(users_document(running.admin, running.restricted))
    return running, front, f"file:{folder / 'users.json'}"


@contextlib.contextmanager
def _make_buckets(running: Stack) -> Iterator[Any]:
    """The two buckets; gives the client that made them."""
    with contextlib.closing(running.client()) as s3:
        for bucket in (LANDING, LAKE):
            s3.create_bucket(Bucket=bucket)
        yield s3


def _compaction(options: Options) -> Compaction:
    return Compaction(_not_yet, options.compact_every_seconds)


def _detecting(options: Options) -> Detecting:
    return Detecting(_not_yet, options.detect_every_seconds)


def _not_yet(_: Mapping[str, Any]) -> None:
    raise FunctionFailed("the function is not loaded yet")


def _listen(stack: contextlib.ExitStack, options: Options, s3: "WSGIApplication") -> tuple[Front, int]:
    port: list[int] = []
    front = Front({}, lambda: port[0])
    port.append(stack.enter_context(serving(OnePort(front, s3), options.port)))
    return front, port[0]
