"""The API metrics report (contract 1.1) from its rows."""

from collections.abc import Callable, Sequence
from typing import Any

from abslake.records.definitions import Api
from abslake.reports import dates, models
from abslake.reports.entries import Entry, gather
from abslake.reports.question import Question
from abslake.reports.ranking import added, first, names, ranked

_MOST_POPULAR = 10  # reading 13

Mask = Callable[[str], str]
"""What the restricted user sees instead of a session id."""


def compose(question: Question, rows: Sequence[tuple[Any, ...]], api: Api, mask: Mask | None) -> models.MetricsReport:
    """The answer; `mask` replaces session ids."""
    url = api.metadata.url
    entries = gather(row for row in rows if row[0] != "success")
    sessions = [_session(entry, mask) for entry in entries if entry.session is not None]
    if mask:  # the order of equal counts must not tell the order of the hidden names
        sessions.sort(key=lambda session: (-session.total_requests, session.session_id))
    bare = [entry for entry in entries if entry.session is None]
    ips = added(entry.ips for entry in entries)
    return models.MetricsReport(
        earlier_date=dates.spell(question.earlier, question.zone),
        later_date=dates.spell(question.later, question.zone),
        api_name=api.name,
        req_resp_summary=models.MetricsSummary(
            api_url=url,
            total_requests=sum(entry.total for entry in entries),
            success=sum(row[5] for row in rows if row[0] == "success"),
            sessions=len(sessions),
            no_sessions=sum(entry.total for entry in bare),
            most_popular_method=first(added(entry.methods for entry in entries)),
            most_popular_device=first(added(entry.devices for entry in entries)),
            most_popular_ips=names(ips)[:_MOST_POPULAR],
            servers=[
                models.ServerCount(server=name, count=count)
                for name, count in ranked(added(entry.servers for entry in entries))
            ],
        ),
        req_resp_details=models.MetricsDetails(
            api_url=url,
            session_details=sessions,
            no_session=models.MetricsNoSession(
                request_details=[
                    models.MetricsRequests(total_requests=entry.total, path=entry.name, **entry.lists())
                    for entry in bare
                ]
            ),
        ),
    )


def _session(entry: Entry, mask: Mask | None) -> models.MetricsSession:
    session = entry.session or ""
    return models.MetricsSession(
        session_id=mask(session) if mask else session,
        total_requests=entry.total,
        path_info=entry.path_info(),
        **entry.lists(),
    )
