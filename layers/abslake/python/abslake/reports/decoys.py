"""Compose the answer of ``GET /v4/abs/decoy`` (contract 7.4): who asked for paths that nobody has a reason to ask for.

Facts say which requests hit a decoy (the signal DECOY, given at ingest); definitions say which decoys there are. The documented
answer is about one API and its question names none: our reading is one answer about all, under ``decoyall``, a name
that no API can have, unless it is about a single API.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import duckdb

from abslake.access.mask import Mask
from abslake.facts.signals import Signal
from abslake.records.definitions import Api, ApiType, Definitions
from abslake.reports import dates, facts_reading
from abslake.reports import traffic_models as models
from abslake.reports.facts_reading import Facts, Reader
from abslake.reports.ranking import ranked
from abslake.reports.traffic_question import TrafficQuestion

ALL = "decoyall"
TOP = 5
"""Names in each map of the summary (contract 7.4)."""
MOST_NAMES = 100
"""Paths, methods, and content types of methods that are told of an address: whoever asks chooses them all."""
MOST_SIZES = 10
"""Sizes of payloads that are told of an address, method and content type."""

_MAPS = {"methods": "method", "ips": "ip", "devices": "device", "content_types": "content_type"}
_CONTENT_TYPE = "coalesce(nullif(lower(trim(split_part(request_content_type, ';', 1))), ''), 'UNKNOWN')"
_HITS = """
    CREATE TEMP TABLE hits AS
    WITH decoys AS (
        SELECT api, url, rtrim(url, '/') || '/' AS prefix, home
        FROM (SELECT unnest($apis) AS api, unnest($urls) AS url, unnest($homes) AS home)
    ),
    placed AS (
        SELECT api, path,
            coalesce(arg_max(url, length(url)) FILTER (starts_with(path || '/', prefix)), any_value(home)) AS decoy_url
        FROM (SELECT DISTINCT api, path FROM found WHERE NOT unseen) JOIN decoys USING (api)
        GROUP BY api, path
    )
    SELECT * EXCLUDE (path) FROM found JOIN placed USING (api, path)
"""


def report(
    question: TrafficQuestion, definitions: Definitions, reader: Reader, mask: Mask | None
) -> models.DecoyReport:
    """The page that `question` asks for. Raises BadRequest (``RANGE_TOO_LARGE``), StorageError."""
    apis = [definitions.apis[question.api]] if question.api else list(definitions.apis.values())
    with facts_reading.found(reader, _facts(question, apis, mask)) as connection:
        rows = [(api.name, url, api.metadata.url) for api in apis for url in _urls(api) or [api.metadata.url]]
        given = dict(zip(("apis", "urls", "homes"), map(list, zip(*rows, strict=True)), strict=True)) if rows else {}
        connection.execute(_HITS, given or {"apis": [], "urls": [], "homes": []})
        return _composed(question, apis, connection)


def _facts(question: TrafficQuestion, apis: Iterable[Api], mask: Mask | None) -> Facts:
    columns = {
        "path": "path",
        "url": facts_reading.SHOWN if mask else "path",
        "ip": "ip",
        "method": "coalesce(method, 'UNKNOWN')",
        "device": "device",
        "content_type": _CONTENT_TYPE,
        "together": "requests",
        "bytes": "request_bytes",
    }
    told = ", ".join(f"CASE WHEN signals IS NOT NULL THEN {sql} END AS {name}" for name, sql in columns.items())
    return Facts(
        question.earlier,
        question.later,
        f"api, signals IS NULL AS unseen, {told}, sum(requests)::BIGINT AS requests",
        f"signals IS NULL OR signals & {int(Signal.DECOY)} > 0",
        [api.name for api in apis],
    )


def _composed(
    question: TrafficQuestion, apis: Iterable[Api], connection: duckdb.DuckDBPyConnection
) -> models.DecoyReport:
    hit = {name for (name,) in connection.execute("SELECT DISTINCT api FROM hits").fetchall()}
    about = [api for api in apis if question.api or _urls(api) or api.name in hit]
    summary = _summary(connection, [url for api in about for url in _urls(api)])
    details = _Details(connection, question)
    return models.DecoyReport(
        earlier_date=dates.spell(question.earlier, question.zone),
        later_date=dates.spell(question.later, question.zone),
        api_name=about[0].name if len(about) == 1 else ALL,
        api_type=_api_type(about),
        decoy_url=sorted({url for api in about for url in _urls(api)}),
        summary=summary,
        details=details.composed(),
        next_cursor=question.next_cursor(len(details.listed), more=details.more),
        notes=[*_unseen(connection, about), *details.notes],
    )


def _urls(api: Api) -> list[str]:
    """The full paths of an API's decoys; none: it has none."""
    config, root = api.metadata.decoy_config, api.metadata.url.rstrip("/")
    if not config.decoy_enabled:
        return []
    bare = [f"/{path.strip().strip('/')}" for path in config.decoy_subpaths]
    full = {path if f"{path}/".startswith(f"{root}/") else root + path for path in bare}
    return sorted(full) or [api.metadata.url]


def _api_type(apis: list[Api]) -> ApiType | Literal["decoy"]:
    types = {api.metadata.api_type for api in apis}
    return types.pop() if len(types) == 1 else "decoy"


def _summary(connection: duckdb.DuckDBPyConnection, urls: Iterable[str]) -> list[models.DecoySummary]:
    """One entry a decoy, those that nobody asked for too."""
    statement = "SELECT decoy_url, count(DISTINCT ip), sum(requests)::BIGINT FROM hits GROUP BY decoy_url"
    counts = {url: (ips, requests) for url, ips, requests in connection.execute(statement).fetchall()}
    maps = {name: _top(connection, column) for name, column in _MAPS.items()}
    totals = {url: counts.get(url, (0, 0))[1] for url in {*urls, *counts}}
    return [
        models.DecoySummary(
            decoy_url=url,
            unique_ip_count=counts.get(url, (0, 0))[0],
            total_requests=total,
            most_used_methods=maps["methods"].get(url, {}),
            most_used_ips=maps["ips"].get(url, {}),
            most_used_devices=maps["devices"].get(url, {}),
            most_used_content_types=maps["content_types"].get(url, {}),
        )
        for url, total in ranked(totals)
    ]


def _top(connection: duckdb.DuckDBPyConnection, column: str) -> Mapping[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    statement = f"""
        FROM (SELECT decoy_url, {column} AS name, sum(requests)::BIGINT AS total FROM hits GROUP BY ALL)
        QUALIFY row_number() OVER (PARTITION BY decoy_url ORDER BY total DESC, name) <= {TOP}
        ORDER BY total DESC, name
    """
    for url, name, requests in connection.execute(statement).fetchall():
        found.setdefault(url, {})[name] = requests
    return found


def _unseen(connection: duckdb.DuckDBPyConnection, apis: Iterable[Api]) -> list[str]:
    """What of APIs with decoys was ingested before decoys were looked for."""
    [(requests,)] = connection.execute(
        "SELECT coalesce(sum(requests), 0) FROM found WHERE unseen AND api IN (SELECT unnest($apis))",
        {"apis": [api.name for api in apis if _urls(api)]},
    ).fetchall()
    if not requests:
        return []
    return [f"Of {requests} requests to these APIs facts do not say whether they hit a decoy: a rebuild looks."]


class _Details:
    """A page of addresses: decoys by falling total, in each the addresses by falling total."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, question: TrafficQuestion) -> None:
        self.notes: list[str] = []
        self._connection = connection
        rows = connection.execute(
            f"""
            SELECT decoy_url, ip, own, sum(own) OVER (PARTITION BY decoy_url) AS total
            FROM (SELECT decoy_url, ip, sum(requests)::BIGINT AS own FROM hits GROUP BY ALL)
            ORDER BY total DESC, decoy_url, own DESC, ip
            LIMIT {question.limit + 1} OFFSET {question.offset}
            """
        ).fetchall()
        self.listed = [(url, ip, requests) for url, ip, requests, _ in rows[: question.limit]]
        self.more = len(rows) > len(self.listed)
        connection.execute(
            "CREATE TEMP TABLE page AS SELECT unnest($urls) AS decoy_url, unnest($ips) AS ip",
            {"urls": [url for url, _, _ in self.listed], "ips": [ip for _, ip, _ in self.listed]},
        )

    def composed(self) -> list[models.DecoyDetails]:
        """The entries of the page."""
        methods, urls = self._methods(), self._urls()
        found: dict[str, list[models.DecoyIp]] = {}
        for url, ip, requests in self.listed:
            one = models.DecoyIp(
                ip=ip,
                total_requests=requests,
                method_count={name: models.DecoyMethod(**method) for name, method in methods[url, ip].items()},
                url_count=urls[url, ip],
            )
            found.setdefault(url, []).append(one)
        if any(sum(urls[url, ip].values()) < requests for url, ip, requests in self.listed):
            self.notes.append(f"url_count has {MOST_NAMES} paths of an address at most, those with most requests.")
        if any(sum(one["count"] for one in methods[url, ip].values()) < requests for url, ip, requests in self.listed):
            self.notes.append(f"method_count has {MOST_NAMES} methods of an address at most, those with most requests.")
        return [models.DecoyDetails(decoy_url=url, source_ip=addresses) for url, addresses in found.items()]

    def _urls(self) -> dict[tuple[str, str], dict[str, int]]:
        found: dict[tuple[str, str], dict[str, int]] = {}
        for decoy, ip, url, requests in self._most("url"):
            found.setdefault((decoy, ip), {})[url] = requests
        return found

    def _most(self, column: str) -> list[tuple[str, str, str, int]]:
        """Decoy, address, name and requests: of each address the names with most requests, these first."""
        return self._connection.execute(
            f"""
            FROM (
                SELECT decoy_url, ip, {column} AS name, sum(requests)::BIGINT AS total
                FROM hits SEMI JOIN page USING (decoy_url, ip) GROUP BY ALL
            )
            QUALIFY row_number() OVER (PARTITION BY decoy_url, ip ORDER BY total DESC, name) <= {MOST_NAMES}
            ORDER BY total DESC, name
            """
        ).fetchall()

    def _methods(self) -> dict[tuple[str, str], dict[str, dict[str, Any]]]:
        found: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
        for url, ip, method, requests in self._most("method"):
            found.setdefault((url, ip), {})[method] = {"count": requests, "payload_characteristics": {}}
        cut = summed = False
        for url, ip, method, content_type, sizes, place in self._payloads():
            if place > MOST_NAMES:
                cut = True
            elif method in found[url, ip]:
                found[url, ip][method]["payload_characteristics"][content_type] = [
                    f"{size} bytes" if together == 1 else f"{size} bytes in {together} requests"
                    for size, together in sizes or ()
                ]
                summed = summed or any(together > 1 for _, together in sizes or ())
        if cut:
            self.notes.append(
                f"payload_characteristics have {MOST_NAMES} content types of an address at most, those with most requests."
            )
        if summed:
            self.notes.append(
                '"n bytes in m requests" is what m requests have together: facts keep sums of requests that agree.'
            )
        return found

    def _payloads(self) -> list[tuple[str, str, str, str, list[tuple[int, int]] | None, int]]:
        """Decoy, address, method, content type, sizes with how many requests each is of, and place by falling requests.

        One more of an address than is told.
        """
        return self._connection.execute(
            f"""
            SELECT decoy_url, ip, method, content_type, sizes,
                row_number() OVER (PARTITION BY decoy_url, ip ORDER BY total DESC, method, content_type) AS place
            FROM (
                SELECT decoy_url, ip, method, content_type, sum(requests) AS total,
                    (list_sort(list(DISTINCT [bytes, together]) FILTER (bytes > 0)))[:{MOST_SIZES}] AS sizes
                FROM hits SEMI JOIN page USING (decoy_url, ip)
                WHERE bytes > 0 OR content_type <> 'UNKNOWN'
                GROUP BY ALL
            )
            QUALIFY place <= {MOST_NAMES + 1} ORDER BY ALL
            """
        ).fetchall()
