"""Compose the answer of ``GET /v4/abs/flowcontrol`` (contract 7.1), as far as access logs tell of flow control.

A client over its rate is answered 429 and reaches no back end: that is in the log. What a gateway queues, and the rates of
servers and bytes, are in none.
"""

from typing import Any

import duckdb

from abslake.access.mask import Mask
from abslake.records.definitions import Api
from abslake.reports import dates, facts_reading
from abslake.reports import traffic_models as models
from abslake.reports.facts_reading import Facts, Reader
from abslake.reports.traffic_question import TrafficQuestion, spelled

_NOTE = (
    "client_spike counts answers 429 for which the log names no back end. The other counters are 0 because logs do not tell "
    "them, and connection_id is empty because facts keep none."
)
_TOTAL = """
    SELECT coalesce(sum(requests) FILTER (NOT reached), 0)::BIGINT, coalesce(sum(requests) FILTER (reached), 0)::BIGINT FROM found
"""


def report(question: TrafficQuestion, api: Api, reader: Reader, mask: Mask | None) -> models.FlowControlReport:
    """The page that `question` asks for. Raises BadRequest (``RANGE_TOO_LARGE``), StorageError."""
    path = facts_reading.SHOWN if mask else "path"
    facts = Facts(
        question.earlier,
        question.later,
        f"server IS NOT NULL AS reached, minute, ip, {path} AS url, min(first_seen) AS first_seen, "
        "sum(requests)::BIGINT AS requests",
        "status = 429",
        [api.name],
    )
    with facts_reading.found(reader, facts) as connection:
        [(rejected, others)] = connection.execute(_TOTAL).fetchall()
        entries = _entries(connection, question)
    listed = entries[: question.limit]
    is_websocket = api.metadata.protocol.lower() in ("ws", "wss")
    counters: dict[str, Any] = {"bytes_in_spike": 0, "bytes_out_spike": 0} if is_websocket else {"server_spike": 0}
    lists: dict[str, Any] = {"bytes_in_spike": [], "bytes_out_spike": []} if is_websocket else {}
    return models.FlowControlReport(
        earlier_date=dates.spell(question.earlier, question.zone),
        later_date=dates.spell(question.later, question.zone),
        api_name=api.name,
        server_spike_ip_count=None if is_websocket else 0,
        summary=models.FlowControlSummary(
            client_spike=rejected, connection_queued=0, connection_quota_exceeded=0, **counters
        ),
        details=models.FlowControlDetails(
            client_spike=listed, server_spike=[], connections_queued=[], connections_rejected=[], **lists
        ),
        next_cursor=question.next_cursor(len(listed), more=len(entries) > len(listed)),
        notes=[_NOTE, *([f"{others} more answers 429 came from back ends."] if others else [])],
    )


def _entries(connection: duckdb.DuckDBPyConnection, question: TrafficQuestion) -> list[models.FlowControlEntry]:
    """One more than a page has, in the order of time."""
    rows = connection.execute(
        f"""
        SELECT min(first_seen) AS first, ip, url, sum(requests)::BIGINT FROM found WHERE NOT reached GROUP BY minute, ip, url
        ORDER BY first, ip, url LIMIT {question.limit + 1} OFFSET {question.offset}
        """
    ).fetchall()
    return [
        models.FlowControlEntry(
            request_time=spelled(first, question), connection_id="", source_ip=ip, destination_api=url, count=requests
        )
        for first, ip, url, requests in rows
    ]
