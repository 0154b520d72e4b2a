"""Compose the answer of ``GET /v4/abs/validurl`` (contract 7.5): paths that were answered with success, most requests first.

The question has no dates. Our reading: the newest days of the lake, or as many of their hours as one report may read; the
answer says which. ``url_limit`` caps the list.
"""

from collections.abc import Iterable

from abslake.access.mask import Mask
from abslake.detection.global_config import overlaid
from abslake.records.definitions import Api
from abslake.reports import facts_reading, newest, ranking
from abslake.reports import traffic_models as models
from abslake.reports.facts_reading import Facts, Reader
from abslake.reports.traffic_question import TrafficQuestion

MOST_METHODS = 100
"""Methods that are told of a URL, and of the API: whoever asks chooses them."""


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


def report(question: TrafficQuestion, api: Api, reader: Reader, mask: Mask | None) -> models.ValidUrlReport:
    """The list. Raises BadRequest (``RANGE_TOO_LARGE``), StorageError."""
    return facts_reading.begun_again(lambda: _report(question, api, reader, mask))


def _report(question: TrafficQuestion, api: Api, reader: Reader, mask: Mask | None) -> models.ValidUrlReport:
    looked = newest.looked(reader, question.later)
    path = facts_reading.SHOWN if mask else "path"
    facts = Facts(
        looked.earlier,
        looked.later,
        f"coalesce(protocol, 'UNKNOWN') AS protocol, {path} AS url, coalesce(method, 'UNKNOWN') AS method, "
        "sum(requests)::BIGINT AS requests",
        "status BETWEEN 200 AND 299",
        [api.name],
    )
    limit = overlaid(reader.lake, reader.settings).url_limit
    with facts_reading.found(reader, facts, looked.units) as connection:
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
            newest.said(looked, question.zone),
            *([f"{limit} of {count} URLs are listed."] if count > limit else []),
            *([_METHODS_NOTE] if any(_is_cut(one) for group in url_list for one in group.urls) else []),
        ],
    )


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
