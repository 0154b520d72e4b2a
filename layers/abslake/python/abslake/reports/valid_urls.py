"""Compose the answer of ``GET /v4/abs/validurl`` (contract 7.5): paths that were answered with success, most requests first.

The question has no dates. Our reading: the newest `DAYS` days of the lake, or as many of their hours as one report may read; the
answer says which. ``url_limit`` caps the list.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from abslake.access.mask import Mask
from abslake.detection.global_config import overlaid
from abslake.errors import BadRequest
from abslake.facts import schema
from abslake.index import names, pending, root
from abslake.records.definitions import Api
from abslake.reports import dates, facts_reading, planner, ranking
from abslake.reports import traffic_models as models
from abslake.reports.answer import pool
from abslake.reports.facts_reading import Facts, Reader
from abslake.reports.traffic_question import TrafficQuestion
from abslake.storage import Entry, Lake

DAYS = 7
"""Days that are looked at, the newest of the lake among them."""
MOST_METHODS = 100
"""Methods that are told of a URL, and of the API: whoever asks chooses them."""

_HOUR = timedelta(hours=1)

_LISTED = f"""
    WITH urls AS (SELECT protocol, url, sum(requests)::BIGINT AS total FROM found GROUP BY ALL),
    methods AS (SELECT protocol, url, method, sum(requests)::BIGINT AS requests FROM found GROUP BY ALL)
    SELECT protocol, url, total, method, requests
    FROM (FROM urls ORDER BY total DESC, protocol, url LIMIT $limit) JOIN methods USING (protocol, url)
    QUALIFY row_number() OVER (PARTITION BY protocol, url ORDER BY requests DESC, method) <= {MOST_METHODS}
"""
_METHODS = f"""
    SELECT method, sum(requests)::BIGINT AS total FROM found GROUP BY method ORDER BY total DESC, method LIMIT {MOST_METHODS}
"""
_COUNTED = "SELECT count(*) FROM (SELECT DISTINCT protocol, url FROM found)"

_METHODS_NOTE = f"methods has {MOST_METHODS} methods of a URL at most, those with most requests."


class _Looked(NamedTuple):
    """What is looked at, UTC."""

    earlier: datetime
    later: datetime
    units: Sequence[Entry]


def report(question: TrafficQuestion, api: Api, reader: Reader, mask: Mask | None) -> models.ValidUrlReport:
    """The list. Raises BadRequest (``RANGE_TOO_LARGE``), StorageError."""
    looked: list[_Looked] = []

    def newest() -> Sequence[Entry]:
        looked[:] = [_range(reader, question.later)]
        return looked[0].units

    path = facts_reading.SHOWN if mask else "path"
    facts = Facts(
        question.earlier,
        question.later,
        f"coalesce(protocol, 'UNKNOWN') AS protocol, {path} AS url, coalesce(method, 'UNKNOWN') AS method, "
        "sum(requests)::BIGINT AS requests",
        "status BETWEEN 200 AND 299",
        [api.name],
    )
    limit = overlaid(reader.lake, reader.settings).url_limit
    with facts_reading.found(reader, facts, newest) as connection:
        rows = connection.execute(_LISTED, {"limit": limit}).fetchall()
        seen = dict(connection.execute(_METHODS).fetchall())
        [(count,)] = connection.execute(_COUNTED).fetchall()
    url_list = _by_protocol(rows)
    return models.ValidUrlReport(
        api_name=api.name,
        host_name=api.metadata.hostname,
        api_url=api.metadata.url,
        allowed_methods=[*api.metadata.api_pattern_enforcement.methods_allowed] or ranking.names(seen),
        url_list=url_list,
        notes=[
            _said(looked[0], question),
            *([f"{limit} of {count} URLs are listed."] if count > limit else []),
            *([_METHODS_NOTE] if any(_is_cut(one) for group in url_list for one in group.urls) else []),
        ],
    )


def _said(looked: _Looked, question: TrafficQuestion) -> str:
    if looked.earlier == looked.later:
        return "There are no facts to look at."
    first, last = (dates.spell(at, question.zone) for at in (looked.earlier, looked.later))
    return f"Counts are those from {first} to {last}, the end not included."


def _by_protocol(rows: Iterable[tuple[str, str, int, str, int]]) -> list[models.UrlsOfProtocol]:
    totals: dict[str, dict[str, int]] = {}
    methods: dict[tuple[str, str], dict[str, int]] = {}
    for protocol, url, total, method, requests in rows:
        totals.setdefault(protocol, {})[url] = total
        methods.setdefault((protocol, url), {})[method] = requests
    order = ranking.names({protocol: sum(urls.values()) for protocol, urls in totals.items()})
    return [
        models.UrlsOfProtocol(
            protocol=protocol,
            urls=[_url(url, total, methods[protocol, url]) for url, total in ranking.ranked(totals[protocol])],
        )
        for protocol in order
    ]


def _url(url: str, total: int, methods: dict[str, int]) -> models.ValidUrl:
    told = [models.MethodCount(method=name, count=count) for name, count in ranking.ranked(methods)]
    return models.ValidUrl(url=url, total_count=total, methods=told)


def _is_cut(one: models.ValidUrl) -> bool:
    return sum(method.count for method in one.methods) < one.total_count


def _range(reader: Reader, end: datetime) -> _Looked:
    """The newest days before `end`, or as many of their newest hours as a report may read. Raises as `planner.fact_units`."""
    newest = _newest_day(reader.lake, f"{end:%Y-%m-%d}")
    if newest is None:
        return _Looked(end, end, ())
    later = names.end_moment(newest)
    earlier = later - timedelta(days=DAYS)
    units = planner.fact_units(reader.lake, earlier, later, pool())
    hours = [(hour, list(group)) for hour, group in groupby(units, key=lambda unit: unit.key.rpartition("/")[0])]
    left, taken = reader.settings.report_budget_bytes, []
    for hour, group in reversed(hours):
        left -= sum(unit.size for unit in group)
        if left < 0:
            break
        taken += group
        earlier = _moment(hour)
    else:
        earlier = later - timedelta(days=DAYS)
    if units and not taken:
        raise BadRequest("api: the newest hour alone is more than one report may read", "RANGE_TOO_LARGE")
    return _Looked(earlier, later, taken)


def _moment(folder: str) -> datetime:
    """The hour whose folder it is."""
    day, _, hour = folder.removeprefix(f"{schema.PREFIX}date=").partition("/hour=")
    return names.first_moment(day) + int(hour) * _HOUR


def _newest_day(lake: Lake, end: str) -> str | None:
    """The newest day before `end` that has facts, by the index and what it does not cover yet; without index by the facts."""
    snapshot = root.load(lake)
    if snapshot.etag is None:
        days = {names.day_of(entry.key) for entry in lake.list(schema.PREFIX) if entry.key.endswith(".parquet")}
    else:
        indexed = (day for index in snapshot.root.kinds.values() for day in index.days)
        days = {day for day in (*indexed, *pending.by_day(lake)) if snapshot.root.counts(day)}
    return max((day for day in days if day < end), default=None)
