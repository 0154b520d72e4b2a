"""A discovered API as an OpenAPI 3.1 document, for ``GET /v5/abs/discovery/openapi``.

Source: https://spec.openapis.org/oas/v3.1.0. It says what was seen and no more: no schema of a body, no query.
"""

import re
from typing import Any

from abslake.access.mask import Mask
from abslake.records.definitions import Definitions
from abslake.reports import discovery_models as models
from abslake.reports.discovery import ANY_HOST, Discovered, Discovery, of_discovered
from abslake.reports.discovery_report import Identifiers, Operation, first, identifiers, notes, operations, phrase
from abslake.reports.facts_reading import Reader
from abslake.reports.traffic_question import TrafficQuestion

METHODS = frozenset(("GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"))
"""Those that a path item can have."""

_PARAMETER = re.compile("[{]([^}]*)[}]")
_TYPES = "SELECT node, type FROM template_parameters WHERE host = $host AND starts_with(node || '/', rtrim($base, '/') || '/')"
_SCHEMAS: dict[str, dict[str, str]] = {
    "integer": {"type": "integer"},
    "uuid": {"type": "string", "format": "uuid"},
    "date": {"type": "string", "format": "date"},
    "date-time": {"type": "string", "format": "date-time"},
    "string": {"type": "string"},
}


def report(
    question: TrafficQuestion, definitions: Definitions, reader: Reader, _: Mask | None
) -> models.OpenApiDocument:
    """The document of the API that `question` names. Raises as `abslake.reports.discovery_report.report`."""
    name = question.discovered or ""
    return of_discovered(question, definitions, reader, lambda found: _document(found, found.named(name)))


def _document(found: Discovery, api: Discovered) -> models.OpenApiDocument:
    types, paths = dict(found.rows(api, _TYPES)), operations(found, api)
    schemes = _security_schemes(identifiers(found, api))
    other = sorted({method for methods in paths.values() for method in methods} - METHODS)
    told = [*notes(found, api, len(paths)), *([f"Other methods were seen: {', '.join(other)}."] if other else [])]
    return models.OpenApiDocument(
        info=models.OpenApiInfo(
            title=f"{api.host}{api.base}", version=f"{api.updated:%Y-%m-%d}", description=" ".join(told)
        ),
        servers=None if api.host == ANY_HOST else [models.OpenApiServer(url=f"{found.metadata.protocol}://{api.host}")],
        paths={path: _path_item(path, methods, types) for path, methods in paths.items()},
        components={"securitySchemes": schemes} if schemes else {},
        security=[{name: [] for name in schemes}] if schemes else [],
    )


def _path_item(path: str, methods: dict[str, Operation], types: dict[str, str]) -> dict[str, Any]:
    item: dict[str, Any] = {}
    if parameters := [
        {
            "name": match[1],
            "in": "path",
            "required": True,
            "schema": _SCHEMAS[types[path[: match.end()]]],
        }
        for match in _PARAMETER.finditer(path)
    ]:
        item["parameters"] = parameters
    return item | {method.lower(): _operation(one) for method, one in methods.items() if method in METHODS}


def _operation(one: Operation) -> dict[str, Any]:
    """Media types are known of successes only: what else is answered has none here."""
    content: dict[str, Any] = {"content": {media: {} for media in first(one.produced)}} if one.produced else {}
    responses = {
        str(status): {"description": phrase(status), **(content if 200 <= status <= 299 and status != 204 else {})}
        for status in sorted(one.statuses)
        if 100 <= status <= 599
    }
    body: dict[str, Any] = (
        {"requestBody": {"content": {media: {} for media in first(one.consumed)}}} if one.consumed else {}
    )
    return {**body, "responses": responses}


def _security_schemes(carried: Identifiers) -> dict[str, dict[str, str]]:
    places = {"cookie": carried.cookie, "query": carried.key_parameter, "header": carried.key_header}
    schemes = {f"{place}Key": {"type": "apiKey", "in": place, "name": name} for place, name in places.items() if name}
    return {**({"bearer": {"type": "http", "scheme": "bearer"}} if carried.token else {}), **schemes}
