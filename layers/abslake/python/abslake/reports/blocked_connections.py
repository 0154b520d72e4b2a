"""Compose the answer of ``GET /v4/abs/bc`` (contract 7.2), as far as access logs tell what the gateway did not pass on.

Looked at are answers without a back end. Their status tells some of the documented reasons; which list a client stood on, which
server was over its rate, and which gateway it was, no log tells.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import groupby
from typing import Any, NamedTuple

import duckdb

from abslake.access.mask import Mask
from abslake.facts.signals import Signal
from abslake.reports import dates, facts_reading
from abslake.reports import traffic_models as models
from abslake.reports.facts_reading import Facts, Reader
from abslake.reports.traffic_question import TrafficQuestion


class _Reason(NamedTuple):
    """A counter of the summary: category and type in the details, and which facts count, the first that fits."""

    counter: str
    category: str
    type: str
    condition: str


_BROKEN = int(Signal.PROTOCOL | Signal.METHOD | Signal.CONTENT_TYPE)
REASONS = (
    _Reason("client_spike", "flow_control", "client_spike", "status = 429"),
    _Reason("api_not_found", "api", "api_not_found", "status = 503 AND api IS NULL"),
    _Reason("backend_not_found", "api", "no_backend_available", "status = 503"),
    _Reason("ase_detected_attacks", "ase", "not_allowed", f"status BETWEEN 400 AND 499 AND signals & {_BROKEN} > 0"),
)
"""What logs tell (`no_backend_available` is documented, the other types are ours)."""

CATEGORIES = ("ioc", "api", "flow_control", "ase")
"""Listed for every day, in order; the first two are documented, the first is never filled."""

_UNTOLD = (
    "host_header_not_found",
    "server_spike",
    "bytes_in_threshold",
    "bytes_out_threshold",
    "quota_threshold",
    "customer_blacklist",
    "abs_detected_attacks",
    "decoy_detected_attacks",
)
_DENIED = "denied"
_MONTHS = (  # in English whatever the machine's language
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_NOTE = (
    "Counted are answers without a back end: 429 as client_spike, 503 as backend_not_found or, where the request fits no API, "
    "as api_not_found, and other 4xx to what the API's definition does not allow as ase_detected_attacks. The other counters "
    "are 0 because logs do not tell them."
)


def report(
    question: TrafficQuestion, reader: Reader, mask: Mask | None
) -> models.BlockedConnections | models.BlockedConnectionDetails:
    """The summary, or the page of details that `question` asks for. Raises BadRequest (``RANGE_TOO_LARGE``), StorageError."""
    span: dict[str, Any] = {
        "earlier_date": dates.spell(question.earlier, question.zone),
        "later_date": dates.spell(question.later, question.zone),
    }
    with facts_reading.found(reader, _facts(question, mask)) as connection:
        statement = "SELECT reason, sum(requests)::BIGINT FROM found GROUP BY reason"
        counts = dict(connection.execute(statement).fetchall())
        denied = counts.pop(_DENIED, 0)
        notes = [_NOTE, *([_said(denied)] if denied else [])]
        if not question.details:
            counters: dict[str, Any] = {reason.counter: counts.get(reason.counter, 0) for reason in REASONS}
            zeros: dict[str, Any] = dict.fromkeys(_UNTOLD, 0)
            total = sum(counters.values())
            return models.BlockedConnections(**span, total_blocked_connections=total, **counters, **zeros, notes=notes)
        rows = _entries(connection, question)
    listed = rows[: question.limit]
    return models.BlockedConnectionDetails(
        **span,
        api_blocked_connections=_by_day(listed),
        next_cursor=question.next_cursor(len(listed), more=len(rows) > len(listed)),
        notes=notes,
    )


def _said(denied: int) -> str:
    return (
        f"{denied} more answers 403 without a back end are in no counter: logs do not tell whether they are due to a list of "
        "the customer's, to ABS or to ASE."
    )


def _facts(question: TrafficQuestion, mask: Mask | None) -> Facts:
    # What identifies a client in a path is known of requests to an API only.
    path = f"CASE WHEN api IS NULL THEN '/***' ELSE {facts_reading.SHOWN} END" if mask else "path"
    reasons = " ".join(f"WHEN {reason.condition} THEN '{reason.counter}'" for reason in REASONS)
    details = f"minute, ip, {path} AS url, " if question.details else ""
    return Facts(
        question.earlier,
        question.later,
        f"CASE {reasons} ELSE '{_DENIED}' END AS reason, {details}sum(requests)::BIGINT AS requests",
        f"server IS NULL AND (status = 403 OR {' OR '.join(f'({reason.condition})' for reason in REASONS)})",
    )


def _entries(connection: duckdb.DuckDBPyConnection, question: TrafficQuestion) -> Sequence[tuple[Any, ...]]:
    """Rows of day, category, type, address, path and requests: one more than a page has."""
    days = list(_days(question))
    given = {
        "starts": [start for start, _ in days],
        "days": [day for _, day in days],
        "counters": [reason.counter for reason in REASONS],
        "ranks": [CATEGORIES.index(reason.category) for reason in REASONS],
        "types": [reason.type for reason in REASONS],
    }
    return connection.execute(
        f"""
        WITH days AS (SELECT unnest($starts)::TIMESTAMP AS start, unnest($days) AS day),
        reasons AS (SELECT unnest($counters) AS reason, unnest($ranks) AS rank, unnest($types) AS type)
        SELECT day, rank, type, ip, url, sum(requests)::BIGINT AS total
        FROM (SELECT * FROM found ASOF JOIN days ON found.minute >= days.start) JOIN reasons USING (reason)
        GROUP BY start, day, rank, type, ip, url
        ORDER BY start, rank, total DESC, ip, type, url LIMIT {question.limit + 1} OFFSET {question.offset}
        """,
        given,
    ).fetchall()


def _days(question: TrafficQuestion) -> Iterable[tuple[datetime, str]]:
    """The days of the range in the zone of the answer: first moment in it (UTC, without zone), and as they are spelled."""
    first, last = (moment.astimezone(question.zone).date() for moment in (question.earlier, question.later))
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        start = _midnight(day, question.zone) if number else question.earlier.replace(tzinfo=None)
        yield start, f"{day.day:02}{_MONTHS[day.month - 1]}{day.year:04}"


def _midnight(day: date, zone: tzinfo | None) -> datetime:
    # Without a zone it is the machine's.
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC).replace(tzinfo=None)


def _by_day(rows: Iterable[tuple[Any, ...]]) -> list[models.BlockedOfDay]:
    return [
        models.BlockedOfDay(
            date=day,
            blocked_connections=[models.BlockedOfNode(apiproxy_node="", blocked_connections=_by_category(group))],
        )
        for day, group in groupby(rows, key=lambda row: row[0])
    ]


def _by_category(rows: Iterable[tuple[Any, ...]]) -> list[models.BlockedOfCategory]:
    found: dict[str, list[models.BlockedConnection]] = {category: [] for category in CATEGORIES}
    for _, rank, kind, ip, url, total in rows:
        entry = models.BlockedConnection(source=ip, type=kind, destination_api=url, count=total)
        found[CATEGORIES[rank]].append(entry)
    return [models.BlockedOfCategory.model_validate({"category": name, "details": one}) for name, one in found.items()]
