"""Compose the answer of ``GET /v5/abs/top``: which clients of a kind sent, failed, moved or tried most. Exact."""

from abslake.access.mask import Mask
from abslake.detection.findings import IdentifierKind
from abslake.reports import analytics_models as models
from abslake.reports import dates, facts_reading
from abslake.reports.analytics_models import Sort
from abslake.reports.analytics_question import AnalyticsQuestion
from abslake.reports.facts_reading import Facts, Reader
from abslake.reports.latency import shown_client
from abslake.reports.traffic_question import spelled

_COLUMNS = """api, sum(requests)::BIGINT AS requests,
    coalesce(sum(requests) FILTER (status BETWEEN 400 AND 499), 0)::BIGINT AS client_errors,
    coalesce(sum(requests) FILTER (status BETWEEN 500 AND 599), 0)::BIGINT AS server_errors,
    sum(coalesce(request_bytes, 0) + coalesce(response_bytes, 0))::BIGINT AS bytes,
    min(first_seen) AS first_seen, max(last_seen) AS last_seen"""
_ORDER = {
    Sort.REQUESTS: "requests",
    Sort.ERRORS: "client_errors + server_errors",
    Sort.BYTES: "bytes",
    Sort.APIS: "apis",
}


def report(question: AnalyticsQuestion, reader: Reader, mask: Mask | None) -> models.TopReport:
    """The page that `question` asks for. Raises BadRequest (``RANGE_TOO_LARGE``), StorageError."""
    kind = question.kind or IdentifierKind.IP
    facts = Facts(
        question.earlier,
        question.later,
        f"{kind} AS value, {_COLUMNS}",
        f"{kind} IS NOT NULL AND api IS NOT NULL",
        None if question.api is None else [question.api],
    )
    shown, given = shown_client(kind, mask)
    with facts_reading.found(reader, facts) as connection:
        connection.execute(
            """
            CREATE TEMP TABLE clients AS SELECT value, sum(requests)::BIGINT AS requests,
                sum(client_errors)::BIGINT AS client_errors, sum(server_errors)::BIGINT AS server_errors,
                sum(bytes)::BIGINT AS bytes, count(DISTINCT api) AS apis,
                min(first_seen) AS first_seen, max(last_seen) AS last_seen
            FROM found GROUP BY value
            """
        )
        [(clients, requests)] = connection.execute(
            "SELECT count(*), coalesce(sum(requests), 0) FROM clients"
        ).fetchall()
        rows = connection.execute(
            f"""
            SELECT {shown} AS shown, requests, client_errors, server_errors, bytes, apis, first_seen, last_seen FROM clients
            ORDER BY {_ORDER[question.sort]} DESC, requests DESC, shown LIMIT {question.limit + 1} OFFSET {question.offset}
            """,
            given,
        ).fetchall()
    listed = rows[: question.limit]
    names = ("client", "requests", "client_errors", "server_errors", "bytes", "apis")
    return models.TopReport(
        earlier_date=dates.spell(question.earlier, question.zone),
        later_date=dates.spell(question.later, question.zone),
        kind=kind,
        sort=question.sort,
        summary=models.TopSummary(clients=clients, requests=int(requests)),
        clients=[
            models.TopClient(
                **dict(zip(names, row[:6], strict=True)),
                first_seen=spelled(row[6], question),
                last_seen=spelled(row[7], question),
            )
            for row in listed
        ],
        next_cursor=question.next_cursor(len(listed), more=len(rows) > len(listed)),
    )
