"""The answers of ``GET /v4/abs/discovery`` and of its OpenAPI form.

Source: contract 7.7; see `abslake.reports.models` for what all answers share. `next_cursor`, `notes` and the OpenAPI form are
extensions.
"""

from typing import Any, Literal

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from abslake.reports.admin_models import JwtShown
from abslake.reports.models import NextCursor, Notes, Part


class DiscoveredApi(Part):
    """Where one discovered API is, and since when it is seen."""

    api_name: str = Field(description="made up: api_0 and so on, by first request; anew with each telling")
    host: str = Field(description="in lower case and without port; *: the logs name none")
    basePath: str  # noqa: N815 - a documented key, like all of these
    created: str = Field(description="first request that was answered with success, of those looked at")
    updated: str = Field(description="last one")


class DiscoverySummary(Part):
    """Answer of ``GET /v4/abs/discovery``: a page."""

    company: Literal["ping identity"] = "ping identity"
    name: Literal["api_discovery_summary"] = "api_discovery_summary"
    description: str = "This report lists the APIs that were found in the traffic of the root API"
    summary: list[DiscoveredApi]
    next_cursor: NextCursor = ""
    notes: Notes = Field(default=[], description="what was looked at")


class Info(Part):
    """The name of a discovered API."""

    title: str


class Described(Part):
    """One status of an operation."""

    description: str


class DiscoveredOperation(Part):
    """What one method of a path answers with."""

    produces: list[str] = Field(description="media types, most frequent first")
    responses: dict[str, Described] = Field(description="statuses from 200 to 299 that were seen")


class DiscoveryDetails(Part):
    """Answer of ``GET /v4/abs/discovery?api_name=…``."""

    company: Literal["ping identity"] = "ping identity"
    name: Literal["api_discovery_details"] = "api_discovery_details"
    description: str = "This report describes an API that was found in the traffic of the root API"
    info: Info
    host: str
    basePath: str  # noqa: N815 - a documented key, like all of these
    cookie: str = Field(
        description="name of the session cookie, where at least half of the requests carry it; else empty"
    )
    oauth2_access_token: bool = Field(description="whether at least half of the requests carry one")
    apikey_qs: str = Field(description="name of the query parameter, as cookie")
    apikey_header: str = Field(description="name of the header, as cookie")
    schemes: list[str] = Field(description="versions of HTTP, most frequent first")
    consumes: list[str] = Field(description="media types of requests")
    produces: list[str] = Field(description="media types of answers")
    server_ssl: bool = Field(default=False, description="facts do not tell it")
    backendHosts: list[str]  # noqa: N815
    backendServers: list[str]  # noqa: N815
    username_header: str = Field(description="name of the header, as cookie")
    jwt: JwtShown = Field(description="as cookie")
    paths: dict[str, dict[str, DiscoveredOperation]] = Field(
        description="whole paths, identifiers as {id}; method as sent -> operation; most requests first"
    )
    notes: Notes = Field(default=[], description="what was looked at, and what facts do not tell")


class OpenApiInfo(Part):
    """Title and origin of the document; its version is the day of the last request."""

    title: str
    version: str
    description: str


class OpenApiServer(Part):
    """Where the API is."""

    url: str


class OpenApiDocument(Part):
    """Answer of ``GET /v5/abs/discovery/openapi``: the discovered API as an OpenAPI document."""

    openapi: Literal["3.1.0"] = "3.1.0"
    info: OpenApiInfo
    servers: list[OpenApiServer] | SkipJsonSchema[None] = Field(
        default=None, exclude_if=lambda servers: servers is None, description="absent where the logs name no host"
    )
    paths: dict[str, dict[str, Any]] = Field(description="path items: parameters and operations")
    components: dict[str, Any]
    security: list[dict[str, list[str]]] = Field(description="the identifiers that at least half of the requests carry")
