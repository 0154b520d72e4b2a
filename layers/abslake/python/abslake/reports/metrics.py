"""The API metrics report (contract 1.1) from a connection whose ``traffic`` holds the API's rows in the range.

The rows are joint rows (`part` NULL), sums that the index keeps, or both: each figure is a SELECT that adds up either
(`abslake.traffic`). The summary covers the whole range on every page. Sessions come in pages, requests without session
on the first; an entry with more rows than an answer may have is coarsened (`abslake.traffic.coarsen`).
"""

import duckdb

from abslake.records.definitions import Api
from abslake.reports import dates, metrics_entries, models, paging, popular, sessions
from abslake.reports.listing import Mask
from abslake.reports.metrics_entries import Elsewhere, agree
from abslake.reports.question import Question
from abslake.reports.ranking import first, ranked
from abslake.traffic import body, coarsen

_MOST_POPULAR = 10  # reading 13


def compose(
    question: Question,
    connection: duckdb.DuckDBPyConnection,
    api: Api,
    mask: Mask | None = None,
    elsewhere: Elsewhere | None = None,
    *,
    exact: bool = True,
    apart: str = "",
) -> models.MetricsReport:
    """The page that `question` asks for.

    ``traffic`` has the columns of traffic/sql/views/api.sql and `level`. `mask` replaces session ids. `exact`: ``traffic`` has
    the sums of all sessions (part 'session'), or the table `apart` has; else there are sketches, and `sessions` is an
    estimate.
    Raises StorageError where sums contradict each other.
    """
    summary = _Summary(connection)
    found = sessions.all_of(connection, apart) if exact else sessions.known_of(connection)
    agree(not exact or found.requests == summary.total - summary.bare)
    listed = found.page(question.offset, question.limit, mask)
    discreet = mask is not None
    details, level = metrics_entries.of_sessions(connection, listed, elsewhere, exact=exact, discreet=discreet)
    bare: list[models.MetricsRequests] = []
    if not question.offset:
        bare, bare_level = metrics_entries.of_paths(connection, summary.bare, discreet=discreet)
        level = max(level, bare_level)
    behind = question.offset + len(listed)
    more = listed and behind < found.count
    return models.MetricsReport(
        earlier_date=dates.spell(question.earlier, question.zone),
        later_date=dates.spell(question.later, question.zone),
        api_name=api.name,
        req_resp_summary=models.MetricsSummary(
            api_url=api.metadata.url,
            total_requests=summary.total,
            success=summary.success,
            sessions=found.count if exact else sessions.estimate(connection),
            no_sessions=summary.bare,
            most_popular_method=first(summary.methods),
            most_popular_device=first(summary.devices),
            most_popular_ips=_most_popular_ips(connection, elsewhere, summary.total),
            servers=[models.ServerCount(server=name, count=count) for name, count in ranked(summary.servers)],
        ),
        req_resp_details=models.MetricsDetails(
            api_url=api.metadata.url,
            session_details=details,
            no_session=models.MetricsNoSession(request_details=bare),
        ),
        next_cursor=paging.write_cursor(behind, question.api or "", question.earlier, question.later) if more else "",
        notes=[*coarsen.notes(level), *([] if exact else [sessions.ESTIMATE_NOTE])],
    )


class _Summary:
    """The figures that are sums: requests by method, device and server, of success, without session, and all."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.total = self.success = self.bare = 0
        self.methods: dict[str, int] = {}
        self.devices: dict[str, int] = {}
        self.servers: dict[str, int] = {}
        rows = connection.execute(
            f"SELECT method, device, server, ok, bare, requests FROM ({body('api/total')}) AS total"
        ).fetchall()
        for method, device, server, ok, bare, requests in rows:
            self.total += requests
            self.success += requests * ok
            self.bare += requests * bare
            for counts, name in ((self.methods, method), (self.devices, device), (self.servers, server)):
                if name is not None:
                    counts[name] = counts.get(name, 0) + requests


def _most_popular_ips(connection: duckdb.DuckDBPyConnection, elsewhere: Elsewhere | None, total: int) -> list[str]:
    certain = popular.from_lists(connection, _MOST_POPULAR)
    if certain is not None:
        return certain
    if elsewhere:
        elsewhere.add_addresses()
    names, requests = popular.from_all(connection, _MOST_POPULAR)
    agree(requests == total)
    return names
