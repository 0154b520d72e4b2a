"""API Gateway's event of a request (HTTP API, payload 2.0), made from the sample in events/."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from tests.support.cloud import ACCESS_KEY, SECRET_KEY

SAMPLE = Path(__file__).parents[2] / "events/http-metrics.json"


def http_event(path: str, query: str, access_key: str = ACCESS_KEY, secret_key: str = SECRET_KEY) -> dict[str, Any]:
    """The event of ``GET path?query`` with this pair of keys."""
    event: dict[str, Any] = json.loads(SAMPLE.read_text())
    event["routeKey"] = event["requestContext"]["routeKey"] = f"ANY {path}"
    event["rawPath"] = event["requestContext"]["http"]["path"] = path
    event["rawQueryString"] = query
    event["queryStringParameters"] = dict(parse_qsl(query, keep_blank_values=True))
    event["headers"] |= {"x-abs-ak": access_key, "x-abs-sk": secret_key}
    return event
