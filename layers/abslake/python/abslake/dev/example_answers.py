"""Real answers as examples of the OpenAPI document: ``python -m abslake.dev.example_answers``.

The log, definition and findings of ``examples/shop`` go through the local stack, each operation is asked over HTTP, and
what it answers is written to ``examples/answers``, one file an example. A test asks again and compares. What is never the
same twice (the time of the call, ids made by chance) is replaced by a constant; long lists are cut, and the file says so.
"""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from abslake.detection import findings
from abslake.detection.findings import Finding
from abslake.dev.demo import ANY_TIME
from abslake.dev.stack import LANDING, Options, Stack, local_stack, project_folder
from abslake.records.definitions import PREFIX
from abslake.reports.openapi import document

DAY = {"earlier_date": "2026-03-02T00:00", "later_date": "2026-03-03T00:00"}
_SHOP = {"api": "shop"}
_LOG = "shop/access.log"
_LONGEST = 3
_RECENT = timedelta(hours=2)
_THEN = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
_CONSTANT = {"request_id": "JKJaXmPLvHcESHA=", "index_bytes": 30_000, "age_seconds": 60}
"""Keys whose values are another ones each time."""
_TIMES = ("%a %b %d %H:%M:%S UTC %Y", "%a %b %d %H:%M:%S:%f %Y", "%Y-%m-%dT%H:%M:%SZ")
ENTRY = "benign-000000000000"
_BY_CHANCE = re.compile(r"benign-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Example:
    """A call of an operation: `title` where it has several examples, `status` what is answered."""

    operation: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    title: str = ""
    status: int = 200
    keys: str = "admin"

    @property
    def file(self) -> str:
        """The file that holds it. An error is not about the operation that gave it."""
        name = f"error.{self.status}" if self.status >= 400 else self.operation
        return f"{name}.{self.title}.json" if self.title else f"{name}.json"


def _benign(stack: Stack) -> str:
    """The id of the entry that was made a moment before."""
    with _open(stack, Example("benign")) as answer:
        return str(json.load(answer)["entries"][-1]["id"])


_GUEST = {"kind": "ip", "value": "192.0.2.10", "why": "our own monitoring"}
_HIGHER = {"type": "data_exfiltration_attack", "variable": "A", "tn": "18", "tx": "20"}

EXAMPLES = (
    Example("metrics", {**DAY, **_SHOP}),
    Example("forensics", {**DAY, "token": "token-of-bob"}, title="token"),
    Example("forensics", {**DAY, "IP": "203.0.113.66"}, title="IP"),
    Example("forensics", {**DAY, "cookie": "session-2"}, title="cookie"),
    Example("forensics", {**DAY, "cookie": "session-2", **_SHOP}, title="cookie-of-api"),
    Example("forensics", {**DAY, "api_key": "key-of-partner"}, title="api_key"),
    Example("forensics", {**DAY, "username": "bob"}, title="username"),
    Example("apiKeys", DAY),
    Example("oauthTokens", {**DAY, "limit": "1"}),
    Example("usernames", DAY),
    Example("backendErrors", {**DAY, **_SHOP}),
    Example("hostileUrls", {**DAY, **_SHOP}),
    Example("validUrls", _SHOP),
    Example("decoys", {**DAY, **_SHOP}),
    Example("flowControl", {**DAY, **_SHOP}),
    Example("blockedConnections", DAY, title="summary"),
    Example("blockedConnections", {**DAY, "details": "true"}, title="details"),
    Example("attack", {**DAY, **_SHOP, "type": "8"}, title="one-type"),
    Example("attack", {**DAY, **_SHOP, "type": "8", "details": "true"}, title="details"),
    Example("attack", {**DAY, "type": "0"}, title="across-apis"),
    Example("anomalies", {**DAY, **_SHOP}, title="of-api"),
    Example("anomalies", DAY, title="across-apis"),
    Example("discovery", title="summary"),
    Example("discovery", {"api_name": "api_0"}, title="details"),
    Example("discoveryOpenapi", {"api_name": "api_0"}),
    Example("latency", {**DAY, **_SHOP, "by": "endpoint"}),
    Example("topClients", {**DAY, "kind": "ip"}),
    Example("timeline", {**DAY, "token": "token-of-bob"}),
    Example("search", {**DAY, "prefix": "token-of"}),
    Example("health"),
    Example("attackList", DAY),
    Example("attackStatus"),
    Example("admin"),
    Example("globalConfig"),
    Example("setThresholds", body={"api_name": "shop", "mode": "user", "ioc_threshold": [_HIGHER]}),
    Example("thresholds", _SHOP, title="of-api"),
    Example("thresholds", {"id": "16"}, title="across-apis"),
    Example("switchTypes", body={"attack_status": {"enabled": [1], "disabled": [3]}}),
    Example("addBenign", body=_GUEST),
    Example("benign"),
    Example("addBenign", body=_GUEST, status=409),
    Example("endBenign", body={"id": ENTRY, "why": "it was moved"}),
    Example("removeAttackers", body={"oauth_tokens": ["token-of-bob"]}),
    Example("clearAttackers", body={"delete_all_ips": True}),
    Example("setTimes", body={"ttl": {"ips": 120}}),
    Example("setGlobalConfig", body={"url_limit": 120}),
    Example("resetTraining", body={"apis": ["shop"]}),
    Example("metrics", {"earlier_date": "2026-03-02", "later_date": "2026-03-03T00:00", **_SHOP}, status=400),
    Example("metrics", {**DAY, **_SHOP}, status=401, keys="none"),
    Example("forensics", {**DAY, "token": "token-of-bob"}, status=403, keys="restricted"),
    Example("metrics", {**DAY, "api": "bank"}, status=404),
    Example("setThresholds", body={"api_name": "x" * 300_000}, status=413),
)
"""In the order in which they are asked: what a call changes, a later one shows."""


def apis() -> tuple[Path, ...]:
    """The shop's definition, and the root API, in whose traffic APIs are discovered."""
    folder = project_folder() / "examples"
    return folder / "shop/apis/shop.json", folder / "apis/weblog.json"


@contextmanager
def shop(options: Options | None = None) -> Iterator[Stack]:
    """A local stack with the shop's data in it."""
    with local_stack(options or Options(environment=ANY_TIME, detect_every_seconds=3600)) as stack:
        for path in apis():
            stack.lake().put(f"{PREFIX}{path.name}", path.read_bytes())
        if load(stack) or stack.compaction.until_done(60):
            raise TimeoutError("the shop's log was not ingested and folded into the index within a minute")
        yield stack


def load(stack: Stack) -> set[str]:
    """Bring the shop's findings and log, and wait for the ingest; gives the log if it was not ingested in time.

    Its definition must be there: ingest keeps those that it knows for a minute. Raises StorageError.
    """
    folder = project_folder() / "examples/shop"
    found = (folder / "findings.ndjson").read_bytes()
    day = Finding.model_validate_json(found.partition(b"\n")[0]).last
    stack.lake().put(findings.key(day, "shop"), found)
    client = stack.client()
    client.put_object(Bucket=LANDING, Key=_LOG, Body=(folder / "access.log").read_bytes())
    client.close()
    return stack.wait_for([_LOG], 60)


def answers(stack: Stack) -> dict[str, Any]:
    """Ask every example; gives the files."""
    return {example.file: _asked(stack, example) for example in EXAMPLES}


def _asked(stack: Stack, example: Example) -> dict[str, Any]:
    method, path = place(example.operation)
    with _open(stack, example) as answer:
        if answer.status != example.status:
            raise ValueError(f"{example.file}: HTTP {answer.status}")
        whole = steady(json.load(answer))
    shown = _cut(whole)
    body = {} if example.body is None or example.status == 413 else {"body": example.body}
    request = {"method": method, "path": path, "query": dict(example.query), **body}
    return {"request": request, "status": example.status, "shortened": shown != whole, "answer": shown}


def _open(stack: Stack, example: Example) -> Any:
    method, path = place(example.operation)
    keys = {"admin": stack.admin.headers, "restricted": stack.restricted.headers, "none": {}}[example.keys]
    body = None
    if example.body is not None:
        body = json.dumps(example.body)
        body = body.replace(ENTRY, _benign(stack)) if ENTRY in body else body
    target = f"{stack.url}{path}?{urlencode(example.query)}" if example.query else stack.url + path
    request = urllib.request.Request(target, body.encode() if body else None, dict(keys), method=method)  # noqa: S310 - our own
    try:
        return urllib.request.urlopen(request, timeout=60)  # noqa: S310
    except urllib.error.HTTPError as error:
        return error


@cache
def _places() -> Mapping[str, tuple[str, str]]:
    paths = document()["paths"].items()
    return {one["operationId"]: (method.upper(), path) for path, of in paths for method, one in of.items()}


def place(operation: str) -> tuple[str, str]:
    """Method and path of an operation."""
    return _places()[operation]


def steady(value: Any, key: str = "") -> Any:
    """The value with constants where each call would give another one."""
    if isinstance(value, dict):
        return {name: steady(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [steady(inner) for inner in value]
    if key in _CONSTANT and value not in (None, ""):
        return _CONSTANT[key]
    return _steady_text(value) if isinstance(value, str) else value


def _steady_text(text: str) -> str:
    for spelling in _TIMES:
        try:
            moment = datetime.strptime(text, spelling).replace(tzinfo=UTC)
        except ValueError:
            continue
        return _THEN.strftime(spelling).replace("000000", "000") if abs(datetime.now(UTC) - moment) < _RECENT else text
    return _BY_CHANCE.sub(ENTRY, text)


def _cut(value: Any) -> Any:
    """The value with the first entries of each list."""
    if isinstance(value, dict):
        return {name: _cut(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_cut(inner) for inner in value[:_LONGEST]]
    return value


def spelled(file: Any) -> str:
    """An example file."""
    return json.dumps(file, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write ``examples/answers`` anew."""
    folder = project_folder() / "examples/answers"
    folder.mkdir(exist_ok=True)
    with shop() as stack:
        files = answers(stack)
    for path in set(folder.glob("*.json")) - {folder / name for name in files}:
        path.unlink()
    for name, file in files.items():
        (folder / name).write_text(spelled(file))


if __name__ == "__main__":
    main()
