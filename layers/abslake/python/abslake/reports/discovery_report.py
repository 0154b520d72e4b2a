"""Compose the answers of ``GET /v4/abs/discovery`` (contract 7.7): the list of discovered APIs, and one of them in detail."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeVar

from pydantic import BaseModel

from abslake.access.mask import Mask
from abslake.records.definitions import ApiMetadata, Definitions
from abslake.records.places import Kind
from abslake.reports import discovery_models as models
from abslake.reports.admin_models import JwtShown
from abslake.reports.discovery import MOST_LISTED, MOST_METHODS, Discovered, Discovery, of_discovered
from abslake.reports.facts_reading import Reader
from abslake.reports.ranking import ranked
from abslake.reports.traffic_question import TrafficQuestion, spelled

_NOT_KNOWN = (
    "server_ssl is false because facts do not tell it. They keep no query: its parameters are told for API keys only."
)
_SIDEBAND = "0.0.0.0"  # noqa: S104 - what stands for the back end in sideband mode
_NO_HOST = "not available: 0"

_Name = TypeVar("_Name", str, int)

_IDENTIFIERS = "SELECT sum(ok), sum(tokens), sum(cookies), sum(api_keys), sum(usernames) FROM one"
_PATHS = """
    SELECT template, method, status, consumed, produced, sum(requests)::BIGINT, sum(ok)::BIGINT FROM one
    JOIN (SELECT template, sum(ok) AS total FROM one GROUP BY ALL ORDER BY total DESC, template LIMIT $limit) USING (template)
    SEMI JOIN (
        SELECT template, method FROM one GROUP BY template, method
        QUALIFY row_number() OVER (PARTITION BY template ORDER BY sum(ok) DESC, method) <= $methods) USING (template, method)
    GROUP BY template, total, method, status, consumed, produced ORDER BY total DESC, template
"""


@dataclass(slots=True)
class Operation:
    """One method of one path: counts of requests by what they carried."""

    ok: int
    """Answered with success."""
    statuses: dict[int, int]
    consumed: dict[str, int]
    """Media types of requests, and of answers, where these were a success."""
    produced: dict[str, int]


@dataclass(frozen=True, slots=True)
class Identifiers:
    """What at least half of an API's requests carry, under the names that the root API's definition gives it."""

    cookie: str = ""
    token: bool = False
    key_parameter: str = ""
    key_header: str = ""
    user_header: str = ""
    jwt: bool = False


def report(question: TrafficQuestion, definitions: Definitions, reader: Reader, _: Mask | None) -> BaseModel:
    """The list, or the API that `question` names. Raises as `abslake.reports.discovery.of_discovered`, NotFound."""

    def compose(found: Discovery) -> BaseModel:
        if question.discovered is None:
            return _summary(question, found)
        return _details(found, found.named(question.discovered))

    return of_discovered(question, definitions, reader, compose)


def identifiers(found: Discovery, api: Discovered) -> Identifiers:
    """The identifiers of an API by majority of its requests that were answered with success (contract 7.7)."""
    [(total, tokens, cookies, keys, users)] = found.rows(api, _IDENTIFIERS)
    metadata = found.metadata

    def name(identifier: str, kind: Kind, carried: int) -> str:
        places = [place.name for place in metadata.places(identifier) if place.kind == kind]
        return places[0] if places and 2 * carried >= total else ""

    return Identifiers(
        cookie=name("session", "cookie", cookies),
        token=bool(metadata.places("token")) and 2 * tokens >= total,
        key_parameter=name("api_key", "query", keys),
        key_header=name("api_key", "header", keys),
        user_header=name("username", "header", users),
        jwt=bool(name("username", "claim", users)),
    )


def operations(found: Discovery, api: Discovered) -> dict[str, dict[str, Operation]]:
    """Path -> method -> operation: the ``url_limit`` paths with most requests, methods by falling requests too."""
    rows = found.rows(api, _PATHS, limit=found.settings.url_limit, methods=MOST_METHODS)
    paths: dict[str, dict[str, Operation]] = {}
    for template, method, status, consumed, produced, requests, ok in rows:
        one = paths.setdefault(template, {}).setdefault(method, Operation(0, {}, {}, {}))
        one.ok += ok
        if status is not None:
            _add(one.statuses, status, requests)
        for counts, media in ((one.consumed, consumed), (one.produced, produced)):
            if media and ok:
                _add(counts, media, ok)
    return {path: _by_requests(methods) for path, methods in paths.items()}


def first(counts: dict[str, int]) -> list[str]:
    """The most frequent names."""
    return [name for name, _ in ranked(counts)[:MOST_LISTED]]


def phrase(status: int) -> str:
    """The reason phrase of a status, or something like it."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"Status {status}"


def notes(found: Discovery, api: Discovered, listed: int) -> list[str]:
    """What the answer about one API says of itself."""
    [(count,)] = found.rows(api, "SELECT count(DISTINCT template) FROM one")
    return [*found.notes, _NOT_KNOWN, *([f"{listed} of {count} paths are told."] if count > listed else [])]


def _summary(question: TrafficQuestion, found: Discovery) -> models.DiscoverySummary:
    apis = found.page(question.offset, question.limit + 1)
    listed = apis[: question.limit]
    return models.DiscoverySummary(
        summary=[
            models.DiscoveredApi(
                api_name=api.name,
                host=api.host,
                basePath=api.base,
                created=spelled(api.created, question),
                updated=spelled(api.updated, question),
            )
            for api in listed
        ],
        next_cursor=question.next_cursor(len(listed), more=len(apis) > len(listed)),
        notes=found.notes,
    )


def _details(found: Discovery, api: Discovered) -> models.DiscoveryDetails:
    paths, carried = operations(found, api), identifiers(found, api)
    servers = _counted(found, api, "server")
    return models.DiscoveryDetails(
        info=models.Info(title=api.name),
        host=api.host,
        basePath=api.base,
        cookie=carried.cookie,
        oauth2_access_token=carried.token,
        apikey_qs=carried.key_parameter,
        apikey_header=carried.key_header,
        schemes=_counted(found, api, "protocol") or ["UNKNOWN"],
        consumes=_counted(found, api, "consumed"),
        produces=_counted(found, api, "produced"),
        backendHosts=[_NO_HOST if server == _SIDEBAND else server for server in servers],
        backendServers=servers,
        username_header=carried.user_header,
        jwt=_jwt(found.metadata, known=carried.jwt),
        paths={
            path: {
                method: models.DiscoveredOperation(
                    produces=first(one.produced),
                    responses={
                        str(status): models.Described(description=phrase(status))
                        for status in sorted(one.statuses)
                        if 200 <= status <= 299
                    },
                )
                for method, one in methods.items()
            }
            for path, methods in paths.items()
        },
        notes=notes(found, api, len(paths)),
    )


def _jwt(metadata: ApiMetadata, *, known: bool) -> JwtShown:
    jwt = metadata.jwt
    if not known:
        return JwtShown(username="", clientid="", location="")
    return JwtShown(username=jwt.username, clientid=jwt.clientid, location=jwt.location)


def _counted(found: Discovery, api: Discovered, column: str) -> list[str]:
    """The most frequent values of a column among requests that were answered with success."""
    order = f"ORDER BY sum(ok) DESC, {column} LIMIT {MOST_LISTED}"
    statement = f"SELECT {column} FROM one WHERE ok > 0 AND {column} IS NOT NULL GROUP BY ALL {order}"
    return [value for (value,) in found.rows(api, statement)]


def _by_requests(methods: dict[str, Operation]) -> dict[str, Operation]:
    return {method: methods[method] for method, _ in ranked({method: one.ok for method, one in methods.items()})}


def _add(counts: dict[_Name, int], name: _Name, count: int) -> None:
    counts[name] = counts.get(name, 0) + count
