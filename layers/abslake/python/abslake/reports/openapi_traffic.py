"""The part of the OpenAPI document about reports that are summed from facts; see `abslake.reports.openapi`."""

from typing import Any, NamedTuple

from pydantic import BaseModel

from abslake.reports import discovery_models, paging, traffic_models
from abslake.reports.openapi_parts import ADMIN, RESTRICTED, choice, minutes, page, parameter, responses
from abslake.reports.traffic_calls import API_IS_OPTIONAL, CALLS, path_of


class Operation(NamedTuple):
    """One report: how it is called in the document, what it says, and its answer; another where details are asked for."""

    id: str
    summary: str
    description: str
    answer: type[BaseModel]
    detailed: type[BaseModel] | None = None

    @property
    def answers(self) -> list[type[BaseModel]]:
        """The models of all its answers."""
        return [self.answer, *([self.detailed] if self.detailed else [])]


OPERATIONS = {
    "be": Operation(
        "backendErrors",
        "Error answers of one API",
        "The restricted user sees masks instead of session ids.",
        traffic_models.BackendErrorReport,
    ),
    "hackersurl": Operation(
        "hostileUrls",
        "URLs of one API that look like attacks",
        "The restricted user sees masks instead of URLs.",
        traffic_models.HostileUrlReport,
    ),
    "validurl": Operation(
        "validUrls",
        "URLs of one API that were answered with success",
        "Of the newest days of the lake; notes say which.",
        traffic_models.ValidUrlReport,
    ),
    "decoy": Operation(
        "decoys",
        "Who asked for decoys",
        "Of all APIs with decoys, or of one. The restricted user sees paths without identifiers.",
        traffic_models.DecoyReport,
    ),
    "flowcontrol": Operation(
        "flowControl",
        "Requests to one API that flow control turned away",
        "As far as logs tell: answers 429 without a back end. The restricted user sees paths without identifiers.",
        traffic_models.FlowControlReport,
    ),
    "bc": Operation(
        "blockedConnections",
        "Requests that the gateway did not pass on",
        "As far as logs tell. The restricted user sees paths without identifiers.",
        traffic_models.BlockedConnections,
        traffic_models.BlockedConnectionDetails,
    ),
    "discovery": Operation(
        "discovery",
        "APIs found in the traffic of the root API",
        "All of them, or one in detail. No path holds an identifier of its request, for whoever asks.",
        discovery_models.DiscoverySummary,
        discovery_models.DiscoveryDetails,
    ),
    "discovery-openapi": Operation(
        "discoveryOpenapi",
        "A discovered API as an OpenAPI document",
        "What was seen: paths with types of their parameters, methods, statuses, media types, identifiers.",
        discovery_models.OpenApiDocument,
    ),
}
"""Report (`abslake.reports.traffic_calls.CALLS`) -> its operation."""

ANSWERS: tuple[type[BaseModel], ...] = tuple(answer for one in OPERATIONS.values() for answer in one.answers)
"""The models of all answers."""


def paths() -> dict[str, Any]:
    """The paths."""
    return {path_of(name): {"get": _operation(name)} for name in CALLS}


def _operation(name: str) -> dict[str, Any]:
    operation, fields = OPERATIONS[name], CALLS[name].fields
    parameters = minutes() if "earlier_date" in fields else []
    if "api" in fields:
        parameters.append(parameter("api", "name of the API definition", required=name not in API_IS_OPTIONAL))
    if "details" in fields:
        parameters.append(choice("details", "what was counted, one by one", "true", "false", default="false"))
    if "api_name" in fields:
        parameters.append(parameter("api_name", "name of a discovered API", required=name not in API_IS_OPTIONAL))
        parameters += page("APIs", "report", default=paging.MAX_LIMIT) if "limit" in fields else []
    elif "limit" in fields:
        parameters += page("entries of details", "report, api and range")
    return {
        "operationId": operation.id,
        "summary": operation.summary,
        "description": operation.description,
        "security": [ADMIN, RESTRICTED],
        "parameters": parameters,
        "responses": responses(*operation.answers, paged="limit" in fields),
    }
