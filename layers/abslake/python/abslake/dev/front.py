"""The front: an HTTP request becomes an API Gateway HTTP API event (payload 2.0), a function's result an answer.

Pure translation, no sockets: `serve` brings the requests, a test compares the events with those of SAM's own front.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

ACCOUNT = "123456789012"
API_ID = "local"
_TEXT = ("text/", "application/json", "application/javascript", "application/xml")


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request as it came in: `target` is the second word of the request line, `headers` keep order and repeats."""

    method: str
    target: str
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""
    source_ip: str = "127.0.0.1"
    protocol: str = "HTTP/1.1"


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What goes back to the client; the length is the server's business."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""


def split_target(target: str) -> tuple[str, str]:
    """Path and query string of a request target, both as sent; an absolute-form target loses its authority."""
    if not target.startswith("/") and "://" in target:
        target = "/" + target.partition("://")[2].partition("/")[2]
    path, _, query = target.partition("?")
    return path, query.partition("#")[0]


def to_event(
    request: HttpRequest,
    route_key: str,
    *,
    request_id: str,
    port: int = 80,
    now: datetime | None = None,
) -> dict[str, Any]:
    """The payload 2.0 event of `request` on the route `route_key` (``GET /v4/abs``). Fields without a value are absent.

    HTTP APIs give the path percent-decoded (`rawPath` all the same) and the query string as sent.
    """
    raw_path, query = split_target(request.target)
    path, now = unquote(raw_path, errors="replace"), now or datetime.now(UTC)
    headers, cookies = _headers(request, port)
    host = headers.get("host", "localhost")
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": API_ID,
            "domainName": host.partition(":")[0],
            "domainPrefix": host.partition(":")[0].partition(".")[0],
            "http": {
                "method": request.method,
                "path": path,
                "protocol": request.protocol,
                "sourceIp": request.source_ip,
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": request_id,
            "routeKey": route_key,
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(now.timestamp() * 1000),
        },
        "isBase64Encoded": False,
    }
    if cookies:
        event["cookies"] = cookies
    if query:
        event["queryStringParameters"] = query_parameters(query)
    if request.body:
        event["body"], event["isBase64Encoded"] = _body(request.body, headers.get("content-type", ""))
    return event


def query_parameters(query: str) -> dict[str, str]:
    """Decoded names and values; the values of a repeated name are joined with commas, as HTTP APIs do."""
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True, errors="replace"):
        values.setdefault(name, []).append(value)
    return {name: ",".join(several) for name, several in values.items()}


def _headers(request: HttpRequest, port: int) -> tuple[dict[str, str], list[str]]:
    """Headers with lower-case names and repeats joined by commas, cookies apart, and what the gateway adds."""
    several: dict[str, list[str]] = {}
    for name, value in request.headers:
        several.setdefault(name.lower(), []).append(value.strip(" \t"))  # RFC 9110, section 5.5
    cookies = [c.strip() for line in several.pop("cookie", []) for c in line.split(";") if c.strip()]
    forwarded = [*several.get("x-forwarded-for", []), request.source_ip]
    gateway = {
        "x-forwarded-for": [", ".join(forwarded)],
        "x-forwarded-port": [str(port)],
        "x-forwarded-proto": ["http"],
    }
    return {name: ",".join(values) for name, values in (several | gateway).items()}, cookies


def _body(body: bytes, content_type: str) -> tuple[str, bool]:
    """The body as text where its type is text, else base64; and whether it is base64."""
    kind = content_type.partition(";")[0].strip().lower()
    if not kind or kind.startswith(_TEXT) or kind.endswith(("+json", "+xml")):
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(body).decode(), True


def from_result(result: object) -> HttpAnswer:
    """The answer that the gateway makes of a function's result.

    Without `statusCode` the result itself is the body of a 200; a result that makes no answer is a 500.
    """
    if not isinstance(result, Mapping) or "statusCode" not in result:
        return HttpAnswer(200, [("content-type", "application/json")], json.dumps(result).encode())
    try:
        body = _answer_body(result)
        status = int(result["statusCode"])
    except (TypeError, ValueError, binascii.Error):
        return gateway_error(500)
    if not 100 <= status <= 599:
        return gateway_error(500)
    headers = [(str(name), _text(value)) for name, value in (result.get("headers") or {}).items()]
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("content-type", "text/plain; charset=utf-8"))
    headers += [("set-cookie", str(cookie)) for cookie in result.get("cookies") or []]
    return HttpAnswer(status, headers, body)


def _answer_body(result: Mapping[str, Any]) -> bytes:
    body = result.get("body")
    if body is None:
        return b""
    if result.get("isBase64Encoded"):
        return base64.b64decode(body, validate=True)
    return _text(body).encode()


def _text(value: object) -> str:
    """A header value or body as the gateway writes it: strings as they are, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value)


def gateway_error(status: int) -> HttpAnswer:
    """What the gateway says by itself: 404 no route, 500 the function failed, 503 it ran out of time."""
    message = {404: "Not Found", 503: "Service Unavailable"}.get(status, "Internal Server Error")
    return HttpAnswer(status, [("content-type", "application/json")], json.dumps({"message": message}).encode())
