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

_LISTED = """
    WITH urls AS (SELECT protocol, url, sum(requests)::BIGINT AS total FROM found GROUP BY ALL)
    SELECT protocol, url, method, sum(requests)::BIGINT AS requests
    FROM found SEMI JOIN (FROM urls ORDER BY total DESC, protocol, url LIMIT $limit) AS listed USING (protocol, url)
    GROUP BY ALL
"""
_METHODS = "SELECT method, sum(requests)::BIGINT FROM found GROUP BY method"
_COUNTED = "SELECT count(*) FROM (SELECT DISTINCT protocol, url FROM found)"


def report(question: TrafficQuestion, api: Api, reader: Reader, mask: Mask | None) -> models.ValidUrlReport:
    """The list. Raises BadRequest (``RANGE_TOO_LARGE``), StorageError."""
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
    return models.ValidUrlReport(
        api_name=api.name,
        host_name=api.metadata.hostname,
        api_url=api.metadata.url,
        allowed_methods=[*api.metadata.api_pattern_enforcement.methods_allowed] or ranking.names(seen),
        url_list=_by_protocol(rows),
        notes=[
            newest.said(looked, question.zone),
            *([f"{limit} of {count} URLs are listed."] if count > limit else []),
        ],
    )


def _by_protocol(rows: Iterable[tuple[str, str, str, int]]) -> list[models.UrlsOfProtocol]:
    protocols: dict[str, dict[str, dict[str, int]]] = {}
    for protocol, url, method, requests in rows:
        protocols.setdefault(protocol, {}).setdefault(url, {})[method] = requests
    totals = {protocol: ranking.added(urls.values()) for protocol, urls in protocols.items()}
    order = ranking.names({protocol: sum(methods.values()) for protocol, methods in totals.items()})
    return [models.UrlsOfProtocol(protocol=protocol, urls=_urls(protocols[protocol])) for protocol in order]


def _urls(urls: dict[str, dict[str, int]]) -> list[models.ValidUrl]:
    return [
        models.ValidUrl(
            url=url,
            total_count=total,
            methods=[models.MethodCount(method=name, count=count) for name, count in ranking.ranked(urls[url])],
        )
        for url, total in ranking.ranked({url: sum(methods.values()) for url, methods in urls.items()})
    ]
