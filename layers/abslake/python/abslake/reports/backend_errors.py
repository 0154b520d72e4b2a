"""Compose the answer of ``GET /v4/abs/be`` (contract 7.3): answers with one of five error codes, and to whom.

Every answer with such a code counts, also where the log names no back end: whether the gateway itself gave it cannot always be
told, and notes say how many these are.
"""

from itertools import groupby
from typing import Any

from abslake.access.mask import Mask
from abslake.records.definitions import Api
from abslake.reports import dates, facts_reading, listing
from abslake.reports import traffic_models as models
from abslake.reports.facts_reading import Facts, Reader
from abslake.reports.traffic_question import TrafficQuestion

REASONS = {
    403: "Forbidden",
    404: "Not Found",
    500: "Internal Server Error",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}
"""The five codes that are always listed, in order."""

_NO_PORT = (
    "request_ip has no port: facts keep the client's address only. Entries stand for count requests that are alike."
)

_TOTAL = "SELECT status, sum(requests), coalesce(sum(requests) FILTER (server IS NULL), 0) FROM found GROUP BY status"


def report(question: TrafficQuestion, api: Api, reader: Reader, mask: Mask | None) -> models.BackendErrorReport:
    """The page that `question` asks for. Raises BadRequest (``RANGE_TOO_LARGE``), StorageError."""
    path = facts_reading.SHOWN if mask else "path"
    facts = Facts(
        question.earlier,
        question.later,
        f"status, server, {path} AS url, ip, cookie, sum(requests)::BIGINT AS requests",
        f"status IN ({', '.join(map(str, REASONS))})",
        [api.name],
    )
    with facts_reading.found(reader, facts) as connection:
        totals = {status: (int(count), int(bare)) for status, count, bare in connection.execute(_TOTAL).fetchall()}
        statement, given = _details(question, mask)
        rows = connection.execute(statement, given).fetchall()
    listed = rows[: question.limit]
    bare = sum(without for _, without in totals.values())
    return models.BackendErrorReport(
        earlier_date=dates.spell(question.earlier, question.zone),
        later_date=dates.spell(question.later, question.zone),
        api_name=api.name,
        backend_error_summary=[
            models.ErrorCount.model_validate(
                {"error_code": str(code), "error": reason, "count": totals.get(code, (0, 0))[0]}
            )
            for code, reason in REASONS.items()
        ],
        backend_error_details=[
            models.BackendErrors(error_code=str(code), details=[_entry(row, _cookie_name(api)) for row in group])
            for code, group in groupby(listed, key=lambda row: row[0])
        ],
        next_cursor=question.next_cursor(len(listed), more=len(rows) > len(listed)),
        notes=_notes(bare, listed=bool(listed)),
    )


def _details(question: TrafficQuestion, mask: Mask | None) -> tuple[str, dict[str, Any]]:
    cookie, given = "cookie", {}
    if mask:  # made by the engine, since the order of equals by the hidden value would tell of it
        given = dict(zip(("inner", "outer"), mask.blocks(), strict=True))
        cookie = listing.masked("cookie")
    order = "status, requests DESC, server NULLS FIRST, url, ip, session NULLS FIRST"
    return (
        f"SELECT status, server, url, ip, {cookie} AS session, sum(requests)::BIGINT AS requests FROM found "
        f"GROUP BY ALL ORDER BY {order} LIMIT {question.limit + 1} OFFSET {question.offset}"
    ), given


def _entry(row: tuple[Any, ...], cookie_name: str) -> models.BackendError:
    _, server, url, ip, session, requests = row
    cookie = "" if session is None else f"{cookie_name}={session}" if cookie_name else session
    return models.BackendError(
        server=server or "", request_url=url, request_ip=ip, request_cookie=cookie, count=requests
    )


def _cookie_name(api: Api) -> str:
    """The name of the API's session cookie; ``""`` where the session stands in no cookie."""
    names = (place.name for place in api.metadata.places("session") if place.kind == "cookie")
    return next(names, "")


def _notes(bare: int, *, listed: bool) -> list[str]:
    notes = [_NO_PORT] if listed else []
    if bare:
        notes.append(f"{bare} of these answers name no back end in the log: the gateway itself may have given them.")
    return notes
