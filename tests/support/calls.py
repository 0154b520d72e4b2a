"""The report functions called in this process, with the events that API Gateway would send."""

import base64
import gzip
import importlib.util
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import quote

from abslake.dev.routes import ROUTES, route_of
from abslake.settings import settings

ROOT = Path(__file__).parents[2]
ADMIN = {"x-abs-ak": "admin-key", "x-abs-sk": "admin-secret-of-tests"}
RESTRICTED = {"x-abs-ak-ru": "reader-key", "x-abs-sk-ru": "reader-secret-of-tests"}
USERS = {
    "users": [
        {"name": "admin", "role": "admin", "access_key": "admin-key", "secret_key": "admin-secret-of-tests"},
        {"name": "reader", "role": "restricted", "access_key": "reader-key", "secret_key": "reader-secret-of-tests"},
    ]
}
REQUEST_ID = "JKJaXmPLvHcESHA="


@dataclass(frozen=True)
class Context:
    """What Powertools reads of Lambda's context."""

    function_name: str = "reports"
    memory_limit_in_mb: int = 1024
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:123456789012:function:reports"
    aws_request_id: str = "52fdfc07-2182-154f-163f-5f0f9a621d72"


@dataclass(frozen=True)
class Answer:
    """A function's result, taken through JSON as Lambda does."""

    status: int
    headers: dict[str, str]
    sent: bytes
    """The body as it goes over the wire."""

    @property
    def body(self) -> str:
        """The body, unpacked."""
        packed = self.headers.get("Content-Encoding") == "gzip"
        return (gzip.decompress(self.sent) if packed else self.sent).decode()

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)


def event(method: str, path: str, query: str, headers: Mapping[str, str], body: str | None = None) -> dict[str, Any]:
    """The payload 2.0 event; header names arrive in lower case."""
    sent = {} if body is None else {"body": body}
    return {
        **sent,
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {name.lower(): value for name, value in headers.items()},
        "requestContext": {
            "stage": "$default",
            "requestId": REQUEST_ID,
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.9", "userAgent": ""},
        },
        "isBase64Encoded": False,
    }


@cache
def function(name: str) -> ModuleType:
    """The module ``functions/<name>/app.py``."""
    spec = importlib.util.spec_from_file_location(f"function_{name}", ROOT / "functions" / name / "app.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def call(
    query: str = "",
    headers: Mapping[str, str] = ADMIN,
    *,
    path: str = "/v4/abs",
    method: str = "GET",
    function_name: str | None = None,
    body: str | None = None,
) -> Answer:
    """Call the function that serves `path`, with the environment as it is now."""
    name = function_name or ROUTES[route_of(method, path)]
    return handle(event(method, path, query, headers, body), name)


def handle(sent: Mapping[str, Any], function_name: str) -> Answer:
    """What a function answers to an event, with the environment as it is now."""
    settings.cache_clear()
    result = json.loads(json.dumps(function(function_name).handler(sent, Context())))
    body = result["body"]
    return Answer(
        result["statusCode"],
        result["headers"],
        base64.b64decode(body, validate=True) if result["isBase64Encoded"] else body.encode(),
    )


def metrics(query: str, headers: Mapping[str, str] = ADMIN) -> Answer:
    """``GET /v4/abs/metrics``."""
    return call(query, headers, path="/v4/abs/metrics")


def put(path: str, document: Any, headers: Mapping[str, str] = ADMIN, *, method: str = "PUT") -> Answer:
    """A call with a JSON body."""
    return call("", headers, path=path, method=method, body=json.dumps(document))


def during(earlier: str, later: str) -> str:
    """The two dates as query parameters."""
    return f"earlier_date={quote(earlier)}&later_date={quote(later)}"
