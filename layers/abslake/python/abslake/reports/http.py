"""Reports over HTTP: routes, callers, errors and large answers of the report functions (API Gateway HTTP API, payload 2.0).

Of a request only its audit record is logged, which has no credential and no identifier: the query string holds the ones,
the headers the others. Every answer is ``no-store``, since a cache would hand one user's answer to another.
"""

import base64
import json
import os
import secrets
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel

from abslake import access
from abslake.access import limits
from abslake.detection.global_config import overlaid
from abslake.errors import (
    DETECTION_AT_WORK,
    AbslakeError,
    BadRequest,
    MethodNotAllowed,
    NotFound,
    RequestError,
    TooManyRequests,
    Unauthorized,
)
from abslake.reports import audit, cors, encoding
from abslake.reports.answer import Account
from abslake.reports.models import ErrorBody
from abslake.reports.question import PAGED_FIELDS, parameters
from abslake.settings import Settings
from abslake.settings import settings as current_settings
from abslake.storage import Lake

Handler = Callable[[dict[str, Any], LambdaContext], dict[str, Any]]

RESULTS = "results/"
_HEADERS = {
    "Cache-Control": "no-store",
    "Vary": "Accept-Encoding, Authorization, Origin, x-abs-ak, x-abs-ak-ru, x-abs-sk, x-abs-sk-ru",
    "X-Content-Type-Options": "nosniff",
}
_MEGABYTE = 1_000_000
_INTERNAL = "the report failed; the request id leads to the reason in the log"

logger = Logger()


class App(APIGatewayHttpResolver):
    """One function's resolver with metrics of its own: the local stack runs several functions in one process."""

    def __init__(self, paths: Mapping[str, Sequence[str]]) -> None:
        self.paths = paths
        super().__init__(debug=False)  # said outright: POWERTOOLS_DEBUG would otherwise print events
        self.metrics = EphemeralMetrics(namespace="abslake")
        self.caller: access.Caller | None = None
        """Whoever asks; None before he was told by his credentials (`caller`)."""

    def count(self, name: str, value: float = 1, unit: MetricUnit = MetricUnit.Count) -> None:
        """Add to a metric of this call."""
        self.metrics.add_metric(name, unit, value)


def resolver(paths: Mapping[str, Sequence[str]]) -> App:
    """A resolver whose errors are the documented bodies.

    Each of `paths` takes the methods named, any other of them is 405; any other path is 404.
    """
    app = App(paths)

    def failed(error: Exception) -> Response[str]:
        return _failure(app, error)

    def no_route(_: Exception) -> Response[str]:
        allowed = paths.get(app.current_event.path, ())
        asks = bool(allowed) and app.current_event.http_method == "OPTIONS"
        if asks and (permission := cors.preflight(headers(app), allowed, current_settings())):
            return Response(HTTPStatus.NO_CONTENT.value, headers={**_HEADERS, **permission}, body="")
        return failed(_stray(app))

    app.exception_handler(Exception)(failed)
    app.not_found(no_route)
    return app


def handler(app: App) -> Handler:
    """The function's handler: log context, metrics and, where a daemon takes them, traces around `app`."""

    @logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_HTTP, log_event=False)
    def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        begun, app.caller = time.monotonic(), None
        app.count("Requests")
        result = app.resolve(event, context)
        path = event["rawPath"]
        audit.write(event, result, app.caller, path if path in app.paths else None, time.monotonic() - begun)
        return result

    measured: Handler = app.metrics.log_metrics(handle, capture_cold_start_metric=True)
    return _traced(measured)


def caller(app: App) -> access.Caller:
    """Whoever asks, once he was told by his credentials and his request counted. Every route begins with this.

    Raises Unauthorized, Forbidden, TooManyRequests, Unavailable, SettingsError, StorageError; NotFound, MethodNotAllowed where
    the resolver was more liberal than we are: it takes methods in small letters, and paths with a newline behind them.
    """
    if app.current_event.http_method not in app.paths.get(app.current_event.path, ()):
        raise _stray(app)
    settings = current_settings()
    app.caller = access.authenticate(headers(app), settings)
    limits.check(app.caller, settings)
    return app.caller


def _stray(app: App) -> RequestError:
    """What is wrong with a request that no route takes."""
    allowed = app.paths.get(app.current_event.path)
    if not allowed:
        return NotFound("no such path")
    verb = "is" if len(allowed) == 1 else "are"
    return MethodNotAllowed(f"only {', '.join(allowed)} {verb} allowed here", allowed)


def mask(app: App) -> access.Mask | None:
    """The mask through which whoever asks sees a report that everybody may ask for; see `access.mask_for`.

    Raises what `caller` raises, and Forbidden where there is nothing to mask with.
    """
    known = caller(app)
    return access.mask_for(known.user, known.users)


def headers(app: App) -> Mapping[str, str]:
    """The request's headers, names in lower case, repeated ones joined by a comma (payload 2.0)."""
    joined: dict[str, str] = {}
    for name, value in (app.current_event.raw_event.get("headers") or {}).items():  # Powertools' lose a repeated name
        lower = name.lower()
        joined[lower] = f"{joined[lower]},{value}" if lower in joined else value
    return joined


def query(app: App) -> str:
    """The request's query string as sent."""
    return app.current_event.raw_query_string or ""


def body(app: App) -> bytes:
    """The request's body, empty where there is none. Lambda takes six million bytes at most."""
    sent = (app.current_event.body or "").encode("utf-8", "surrogatepass")
    return base64.b64decode(sent) if app.current_event.is_base64_encoded else sent


@lru_cache(maxsize=1)
def lake(url: str) -> Lake:
    """The function's lake, opened at the first call: a snapshot must not keep credentials or connections."""
    return Lake(url)


def answer(
    app: App,
    report: BaseModel,
    store: Lake,
    settings: Settings,
    account: Account | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response[str]:
    """`status` (200) with the answer, or 303 to a signed address where it is too large for Lambda to hand back.

    `account`, what the report cost, goes to the metrics. Raises BadRequest where it is larger than `response_size` allows.
    """
    if app.caller is None:
        raise RuntimeError("a route answers without having asked for its caller")
    if account:
        app.count("PlannedObjects", account.planned)
        app.count("ReadObjects", account.reads.objects)
        app.count("ReadBytes", account.reads.bytes, MetricUnit.Bytes)
    text = report.model_dump_json()
    body = text.encode()
    extra = _link_to_next(app, report)
    _check_size(len(body), store, settings)
    app.count("Reports")
    app.count("ReportBytes", len(body), MetricUnit.Bytes)
    if len(body) > encoding.WORTH_BYTES and encoding.takes_gzip(headers(app).get("accept-encoding", "")):
        packed = base64.b64encode(encoding.gzipped(body)).decode()
        marked = {**extra, "Content-Encoding": "gzip"}
        if lambda_bytes(packed, marked) <= settings.max_answer_bytes:
            answered = _json(app, status, packed, marked)
            answered.base64_encoded = True
            return answered
    elif lambda_bytes(text, extra) <= settings.max_answer_bytes:
        return _json(app, status, text, extra)
    return _elsewhere(app, body, extra, store, settings)


def _elsewhere(app: App, body: bytes, extra: Mapping[str, str], store: Lake, settings: Settings) -> Response[str]:
    """303: the answer lies in the lake for a while, under a name that nobody can guess."""
    key = f"{RESULTS}{secrets.token_urlsafe(32)}.json"
    store.put(key, body, "application/json", cache_control="no-store")
    app.count("LargeReports")
    pointer = ErrorBody(
        status_code="SEE_OTHER",
        message=f"the report is large: GET the address in Location within {settings.result_link_seconds} seconds",
        request_id=_request_id(app),
    )
    location = store.sign(key, settings.result_link_seconds)
    return _json(app, HTTPStatus.SEE_OTHER, pointer.model_dump_json(), {"Location": location, **extra})


def _check_size(size: int, store: Lake, settings: Settings) -> None:
    """Contract 7.9, `response_size`: it is looked at where the answer is larger than its least."""
    if size <= _MEGABYTE:
        return
    most = overlaid(store, settings).response_size
    if size > most * _MEGABYTE:
        raise BadRequest(f"the answer is larger than {most} MB (response_size): ask for less", "RESPONSE_TOO_LARGE")


def _link_to_next(app: App, report: BaseModel) -> dict[str, str]:
    """The header ``Link`` to the next page of a report that has one (RFC 8288), relative to the request's own address.

    Its parameters are spelled anew: what was sent could end the header's angle brackets.
    """
    cursor = getattr(report, "next_cursor", "")
    if not cursor:
        return {}
    following = {**parameters(query(app), PAGED_FIELDS), "cursor": cursor}
    return {"Link": f'<?{urlencode(following)}>; rel="next"'}


def lambda_bytes(body: str, extra: Mapping[str, str] | None = None) -> int:
    """The size that Lambda's limit of 6 MB is held against: the whole result as JSON, the body a JSON text inside it.

    `extra`: headers beside those of every answer; there is room for those that a page in a browser gets.
    Counted with every non-ASCII character escaped, the longest spelling that a runtime uses.
    """
    headers = {**_HEADERS, **(extra or {})}
    return len(json.dumps({"statusCode": 200, "headers": headers, "isBase64Encoded": False, "body": body})) + 1024


def _failure(app: App, error: Exception) -> Response[str]:
    status = HTTPStatus(error.http_status if isinstance(error, RequestError) else 500)
    code = error.status_code if isinstance(error, RequestError) else "INTERNAL_ERROR"
    text = str(error) if isinstance(error, RequestError) else _INTERNAL
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log(error)
        app.count("Failures")
    extra = {}
    if isinstance(error, MethodNotAllowed):
        extra["Allow"] = ", ".join(error.allowed)
    if isinstance(error, Unauthorized):
        tokens = ', Bearer realm="reports"' if current_settings().oauth_issuers else ""
        extra["WWW-Authenticate"] = f'ApiKey realm="reports"{tokens}'
    if isinstance(error, TooManyRequests):
        extra["Retry-After"] = str(error.retry_after)
    documented = text if code == DETECTION_AT_WORK else ""
    body = ErrorBody(status_code=code, message=text, request_id=_request_id(app), error=documented)
    return _json(app, status, body.model_dump_json(), extra)


def _log(error: Exception) -> None:
    """Where it failed and what kind of error it was; the text only of our own errors, which hold no identifier."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    logger.error(
        str(error) if isinstance(error, AbslakeError) else "unexpected error",
        error=type(error).__name__,
        where=[f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    )


def _json(app: App, status: HTTPStatus, body: str, extra: Mapping[str, str] | None = None) -> Response[str]:
    return Response(
        status_code=status.value,
        content_type="application/json",
        headers={**_HEADERS, **cors.allowed(headers(app), current_settings()), **(extra or {})},
        body=body,
    )


def _request_id(app: App) -> str:
    """The gateway's id of the request: it stands in its access log and, as correlation id, in ours."""
    return str(app.current_event.request_context.request_id)


def _traced(handle: Handler) -> Handler:
    """Traces where an X-Ray daemon listens. The SDK costs 0.4 s to import, so nobody else pays for it.

    Neither answers nor errors are captured: both can hold identifiers.
    """
    if "AWS_XRAY_DAEMON_ADDRESS" not in os.environ:
        return handle
    from aws_lambda_powertools import Tracer

    traced: Handler = Tracer(auto_patch=False).capture_lambda_handler(
        handle, capture_response=False, capture_error=False
    )
    return traced
