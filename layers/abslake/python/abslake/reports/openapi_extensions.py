"""The part of the OpenAPI document about reports that the contract does not have; see `abslake.reports.openapi`."""

from typing import Any

from pydantic import BaseModel

from abslake.detection.findings import IdentifierKind
from abslake.reports import analytics_models, health, health_models, investigation_models
from abslake.reports.analytics_models import By, Sort
from abslake.reports.openapi_parts import (
    ADMIN,
    RESTRICTED,
    choice,
    minutes,
    page,
    parameter,
    reference,
    responses,
    selectors,
)
from abslake.reports.search import SHORTEST

ANSWERS: tuple[type[BaseModel], ...] = (
    analytics_models.LatencyReport,
    analytics_models.TopReport,
    investigation_models.TimelineReport,
    investigation_models.SearchReport,
    health_models.HealthReport,
)
"""The models of all answers."""

_API = "name of the API definition; without it, all"


def paths() -> dict[str, Any]:
    """The paths."""
    return {
        "/v5/abs/latency": {"get": _latency()},
        "/v5/abs/top": {"get": _top()},
        "/v5/abs/timeline": {"get": _timeline()},
        "/v5/abs/search": {"get": _search()},
        health.PATH: {"get": _health()},
    }


def _latency() -> dict[str, Any]:
    return {
        "operationId": "latency",
        "summary": "Response times and error rates by API, endpoint or client",
        "description": "The restricted user sees masks instead of identifiers, and paths without them.",
        "security": [ADMIN, RESTRICTED],
        "parameters": [
            *minutes(),
            parameter("api", _API),
            choice("by", "what an entry is about", *By, default=By.API),
            _kind("kind of client; with by=client, and only there"),
            parameter("method", "only requests of this method"),
            parameter("path", "only requests whose path begins so"),
            *page("entries", "parameters and range"),
        ],
        "responses": responses(analytics_models.LatencyReport, paged=True),
    }


def _top() -> dict[str, Any]:
    return {
        "operationId": "topClients",
        "summary": "Clients of a kind that did most of something",
        "description": "The restricted user sees masks instead of identifiers, but of addresses.",
        "security": [ADMIN, RESTRICTED],
        "parameters": [
            *minutes(),
            _kind("kind of client", required=True),
            parameter("api", _API),
            choice("sort", "what they are ranked by", *Sort, default=Sort.REQUESTS),
            *page("clients", "parameters and range"),
        ],
        "responses": responses(analytics_models.TopReport, paged=True),
    }


def _timeline() -> dict[str, Any]:
    return {
        "operationId": "timeline",
        "summary": "What one client did, hour by hour",
        "description": "By exactly one of token, IP, cookie, api_key and username. A page may have fewer hours than limit.",
        "security": [ADMIN],
        "parameters": [*minutes(), *selectors(), *page("hours", "identifier and range")],
        "responses": responses(investigation_models.TimelineReport, paged=True),
    }


def _search() -> dict[str, Any]:
    prefix = parameter(
        "prefix", "how they begin; of addresses also an IPv4 network, such as 203.0.113.0/24", required=True
    )
    prefix["schema"]["minLength"] = SHORTEST
    return {
        "operationId": "search",
        "summary": "Identifiers by their beginning",
        "description": "Days (UTC) that the range touches count whole.",
        "security": [ADMIN],
        "parameters": [
            *minutes(),
            prefix,
            _kind("kind of identifier; without it, all"),
            *page("identifiers", "parameters and range"),
        ],
        "responses": responses(investigation_models.SearchReport, paged=True),
    }


def _health() -> dict[str, Any]:
    minutes_of_age = parameter("max_age_minutes", "degraded where no facts have come for so long")
    minutes_of_age["schema"] = {"type": "integer", "minimum": 1, "maximum": health.MOST_MINUTES}
    answers = responses(health_models.HealthReport)
    behind = {"schema": reference(health_models.HealthReport.__name__)}
    answers["503"] = {
        "description": "Degraded or unavailable: reasons say why.",
        "content": {"application/json": behind},
    }
    return {
        "operationId": "health",
        "summary": "Whether the lake can be read, and whether ingest, index and detection keep up",
        "security": [ADMIN, RESTRICTED],
        "parameters": [minutes_of_age],
        "responses": answers,
    }


def _kind(text: str, *, required: bool = False) -> dict[str, Any]:
    return {**choice("kind", text, *IdentifierKind), "required": required}
