"""Compose the answer of ``GET /v5/abs/latency``: response times and error rates by API, endpoint or client.

Facts keep response times as buckets of equal relative width (`abslake.facts.latency`), which can be added up: so percentiles
of any range and grouping are within the same bound.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import duckdb

from abslake.access.mask import Mask
from abslake.detection.findings import IdentifierKind
from abslake.facts import latency
from abslake.index import layout
from abslake.reports import analytics_models as models
from abslake.reports import dates, facts_reading, listing
from abslake.reports.analytics_models import By
from abslake.reports.analytics_question import AnalyticsQuestion
from abslake.reports.facts_reading import Facts, Reader
from abslake.traffic import coarsen

Histogram = Mapping[int, int]
"""Requests by bucket of response time."""

_COUNTS = ("requests", "client_errors", "server_errors", "unanswered")
_SUMS = ", ".join(f"coalesce(sum({count}), 0)::BIGINT AS {count}" for count in _COUNTS)
_MEASURES = """sum(requests)::BIGINT AS requests,
    coalesce(sum(requests) FILTER (status BETWEEN 400 AND 499), 0)::BIGINT AS client_errors,
    coalesce(sum(requests) FILTER (status BETWEEN 500 AND 599), 0)::BIGINT AS server_errors,
    coalesce(sum(requests) FILTER (status IS NULL), 0)::BIGINT AS unanswered"""

_ENTRIES = f"""
    CREATE TEMP TABLE entries AS SELECT value, method, path, {_SUMS}, NULL::VARCHAR AS part, 0::TINYINT AS level
    FROM found WHERE NOT stray AND value IS NOT NULL GROUP BY value, method, path
"""
_ENDPOINTS = f"SELECT value, method, path, {_SUMS} FROM traffic GROUP BY value, method, path"
_RENAMED = f"""
    CREATE OR REPLACE TEMP TABLE found AS
    SELECT value, method, coarser AS path, bucket, false AS stray, {_SUMS}
    FROM found JOIN names USING (value, path) WHERE NOT stray GROUP BY value, method, coarser, bucket
"""
_HISTOGRAMS = """
    SELECT place, bucket, sum(found.requests)::BIGINT FROM found JOIN page ON found.value = page.value
        AND found.method IS NOT DISTINCT FROM page.method AND found.path IS NOT DISTINCT FROM page.path
    WHERE NOT stray AND bucket IS NOT NULL GROUP BY place, bucket
"""


def report(question: AnalyticsQuestion, reader: Reader, mask: Mask | None) -> models.LatencyReport:
    """The page that `question` asks for. Raises BadRequest (``RANGE_TOO_LARGE``), StorageError."""
    with facts_reading.found(reader, _facts(question, mask)) as connection:
        summary, notes = _summary(connection, question)
        connection.execute(_ENTRIES)
        if question.by is By.ENDPOINT:
            level = coarsen.fit(connection, "entries", _ENDPOINTS, layout.LIMITS.entry)
            if level:
                coarsen.rename(connection, "found", "names")
                connection.execute(_RENAMED)
            notes += coarsen.notes(level)
        entries, more = _page(connection, question, mask)
    return models.LatencyReport(
        earlier_date=dates.spell(question.earlier, question.zone),
        later_date=dates.spell(question.later, question.zone),
        by=question.by,
        kind=question.kind,
        summary=summary,
        entries=entries,
        next_cursor=question.next_cursor(len(entries), more=more),
        notes=notes,
    )


def _facts(question: AnalyticsQuestion, mask: Mask | None) -> Facts:
    path = facts_reading.SHOWN if mask else "path"  # filtered as shown, too: whoever sees no identifier can test none
    keys = {
        By.API: "api AS value, NULL::VARCHAR AS method, NULL::VARCHAR AS path",
        By.ENDPOINT: f"api AS value, facts.method, {path} AS path",
        By.CLIENT: f"{question.kind} AS value, NULL::VARCHAR AS method, NULL::VARCHAR AS path",
    }[question.by]
    filters = {"method": "facts.method = $method", "path": f"starts_with({path}, $path)"}
    given = {name: value for name in filters if (value := getattr(question, name)) is not None}
    return Facts(
        question.earlier,
        question.later,
        f"{keys}, latency_bucket AS bucket, api IS NULL AS stray, {_MEASURES}",
        " AND ".join(filters[name] for name in given) or "true",
        None if question.api is None else [question.api],
        given,
    )


def _summary(
    connection: duckdb.DuckDBPyConnection, question: AnalyticsQuestion
) -> tuple[models.Performance, list[str]]:
    """All requests to APIs that were asked for, and what has to be said of others."""
    [counts] = connection.execute(f"SELECT {_SUMS} FROM found WHERE NOT stray").fetchall()
    times = "SELECT bucket, sum(requests)::BIGINT FROM found WHERE NOT stray AND bucket IS NOT NULL GROUP BY bucket"
    summary = models.Performance(
        **_figures(dict(zip(_COUNTS, counts, strict=True)), dict(connection.execute(times).fetchall()))
    )
    [(stray, nameless)] = connection.execute(
        "SELECT coalesce(sum(requests) FILTER (stray), 0)::BIGINT, "
        "coalesce(sum(requests) FILTER (NOT stray AND value IS NULL), 0)::BIGINT FROM found"
    ).fetchall()
    notes = []
    if untimed := summary.requests - summary.timed_requests:
        notes.append(f"Of {untimed} requests no response time is logged: they count in no percentile.")
    if nameless:
        notes.append(f"{nameless} requests name no {question.kind}: they count in the summary only.")
    if stray:
        notes.append(f"{stray} more requests fit no API and are not counted.")
    return summary, notes


def _page(
    connection: duckdb.DuckDBPyConnection, question: AnalyticsQuestion, mask: Mask | None
) -> tuple[list[models.LatencyEntry], bool]:
    """The entries of the page, and whether there are more."""
    shown, given = shown_client(question.kind, mask)
    connection.execute(
        f"CREATE TEMP TABLE page AS SELECT row_number() OVER (ORDER BY {_ORDER}) AS place, * "
        f"FROM (SELECT *, {shown} AS shown FROM entries) ORDER BY {_ORDER} LIMIT {question.limit + 1} OFFSET {question.offset}",
        given,
    )
    histograms: dict[int, dict[int, int]] = defaultdict(dict)
    for place, bucket, requests in connection.execute(_HISTOGRAMS).fetchall():
        histograms[place][bucket] = requests
    columns = ", ".join(("place", "shown", "method", "path", *_COUNTS))
    rows = connection.execute(f"SELECT {columns} FROM page ORDER BY place").fetchall()
    entries = [_entry(question.by, row, histograms[row[0]]) for row in rows[: question.limit]]
    return entries, len(rows) > len(entries)


_ORDER = "requests DESC, shown, path NULLS FIRST, method NULLS FIRST"


def _entry(by: By, row: tuple[Any, ...], histogram: Histogram) -> models.LatencyEntry:
    _, value, method, path, *counts = row
    named = {"client": value} if by is By.CLIENT else {"api": value, "method": method or "", "path": path or ""}
    return models.LatencyEntry(**named, **_figures(dict(zip(_COUNTS, counts, strict=True)), histogram))


def shown_client(kind: IdentifierKind | None, mask: Mask | None) -> tuple[str, dict[str, bytes]]:
    """The column ``value`` as the caller may see it, as SQL with its parameters. Ordered by it: the hidden value would tell."""
    if mask is None or kind in (None, IdentifierKind.IP):
        return "value", {}
    return listing.masked("value"), dict(zip(("inner", "outer"), mask.blocks(kind), strict=True))


def _figures(counts: Mapping[str, int], histogram: Histogram) -> dict[str, Any]:
    requests = counts["requests"]
    return {
        **counts,
        "client_error_rate": _rate(counts["client_errors"], requests),
        "server_error_rate": _rate(counts["server_errors"], requests),
        "timed_requests": sum(histogram.values()),
        **{f"p{percent}_ms": _rounded(latency.percentile_ms(histogram, percent)) for percent in (50, 95, 99)},
    }


def _rate(part: int, whole: int) -> float:
    return round(part / whole, 6) if whole else 0.0


def _rounded(ms: float | None) -> float | None:
    """To six significant digits, far below the width of a bucket."""
    return None if ms is None else float(f"{ms:.6g}")
