"""The audit record: one line of log for each request of a report, answered or refused. Fields: docs/operations.md, Audit.

No credential is in it, and of clients in the traffic only masks: those that the restricted user sees. What was sent with a
request that is not known is not repeated: its path, its parameters' names and values could be anybody's token.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from aws_lambda_powertools import Logger

from abslake.access import Caller, Mask
from abslake.records.addresses import canonical
from abslake.reports.question import PAGED_FIELDS, SELECTORS

log = Logger(service="audit", level="INFO")
"""Its own, so that no level of the functions' log leaves records out."""

_METHODS = frozenset({"GET", "PUT", "POST", "DELETE", "PATCH", "HEAD", "OPTIONS"})
_FAMILIAR = PAGED_FIELDS | SELECTORS.keys() | {"type", "id"}
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2})?"
_PLAIN = {
    "earlier_date": _DATE,
    "later_date": _DATE,
    "limit": r"[0-9]{1,4}",
    "type": r"[0-9]{1,3}",
    "id": r"[0-9]{1,3}",
    "details": r"true|false",
    "status": r"active|expired",
    "engine": r"athena",
}
"""Parameter -> what of it can be nobody's identifier."""

_MOST_PARAMETERS = 20
_HIDDEN = "***"


def write(
    event: Mapping[str, Any], result: Mapping[str, Any], caller: Caller | None, route: str | None, seconds: float
) -> None:
    """Write the record of an answered or refused request; fields about nobody are left out.

    `event`: payload 2.0; `result`: what the gateway is handed; `caller`: None where nobody was told by his credentials;
    `route`: the path where it is one of ours.
    """
    context = event["requestContext"]
    method = str(context["http"]["method"])
    status = int(result["statusCode"])
    log.info(
        "request",
        request_id=context.get("requestId", ""),
        user=caller.user.name if caller else None,
        role=caller.user.role.value if caller else None,
        credentials=caller.credentials.value if caller else None,
        address=context["http"].get("sourceIp", ""),
        method=method if method in _METHODS else _HIDDEN,
        route=route or _HIDDEN,
        parameters=parameters(event.get("rawQueryString") or "", caller, answered=status < 400) if caller else {},
        status=status,
        bytes=_bytes(result),
        milliseconds=round(seconds * 1000, 1),
    )


def parameters(query: str, caller: Caller, *, answered: bool) -> dict[str, str]:
    """The parameters of a query string: ranges and choices as sent, anything else masked.

    `answered`: the request was in order, so that its names are parameters, and `api` is the name of an API.
    """
    try:
        sent = parse_qsl(query, keep_blank_values=True, errors="replace", max_num_fields=_MOST_PARAMETERS)
    except ValueError:
        return {_HIDDEN: _HIDDEN}
    mask = Mask(caller.users.masking_key) if caller.users.masking_key else None
    return dict(_shown(name, value, mask, answered=answered) for name, value in sent)


def _shown(name: str, value: str, mask: Mask | None, *, answered: bool) -> tuple[str, str]:
    if not answered and name not in _FAMILIAR:
        return _HIDDEN, _HIDDEN
    if re.fullmatch(_PLAIN.get(name, r"(?!)"), value) or (name == "api" and answered):
        return name, value
    if mask is None:
        return name, _HIDDEN
    kind = SELECTORS.get(name)
    return name, mask(canonical(value) or value, kind.value) if kind else mask(value, "parameter")


def _bytes(result: Mapping[str, Any]) -> int:
    """The length of the body as it is sent."""
    body = str(result.get("body") or "")
    return len(body) * 3 // 4 - body[-2:].count("=") if result.get("isBase64Encoded") else len(body.encode())
