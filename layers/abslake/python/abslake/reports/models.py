"""The documented answers as pydantic models: keys in the documented order, literals as documented.

Here: what all answers share, and the metrics report. Source: contract 1.1; the literal `description` of each report is
part of the documented answer. Counts are numbers of requests, dates are spelled as in contract 0.2.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from abslake.reports.paging import CURSOR_PATTERN


class Part(BaseModel):
    """What all parts of an answer share: built once, at first use, and never changed."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class IpCount(Part):
    """Requests of one client address, and its methods from the most to the least used."""

    ip: str
    count: int
    method: list[str]


class UserAgentCount(Part):
    """Requests by user agent group."""

    user_agent: str
    count: int


class PathCount(Part):
    """Requests by path."""

    path: str
    count: int


class DeviceCount(Part):
    """Requests by device (operating system)."""

    device: str
    count: int


class ServerCount(Part):
    """Requests by back end; 0.0.0.0 in sideband mode."""

    server: str
    count: int


class MetricsSession(Part):
    """One session of an API."""

    session_id: str = Field(description="value of the session cookie; a stable mask of it for the restricted user")
    total_requests: int
    source_ip: list[IpCount]
    user_agent: list[UserAgentCount]
    path_info: list[PathCount]
    device: list[DeviceCount]
    server: list[ServerCount]


class MetricsRequests(Part):
    """The requests without session to one path of an API."""

    total_requests: int
    source_ip: list[IpCount]
    user_agent: list[UserAgentCount]
    path: str
    device: list[DeviceCount]
    server: list[ServerCount]


class MetricsNoSession(Part):
    """The requests without session."""

    request_details: list[MetricsRequests]


class MetricsSummary(Part):
    """The API in figures."""

    api_url: str
    total_requests: int
    success: int = Field(description="requests answered 200 to 299")
    sessions: int = Field(description="distinct sessions")
    no_sessions: int = Field(description="requests without session")
    most_popular_method: str
    most_popular_device: str
    most_popular_ips: list[str] = Field(max_length=10)
    servers: list[ServerCount]


class MetricsDetails(Part):
    """The API session by session, and path by path where there is no session."""

    api_url: str
    session_details: list[MetricsSession]
    no_session: MetricsNoSession


Notes = Annotated[
    list[str],
    Field(
        description="what the reader of this answer has to know, such as that paths are folded; absent where nothing is",
        exclude_if=lambda notes: not notes,
    ),
]
"""Sentences about the answer itself. A list without any is left out of the answer."""


def cursor_field(pattern: str) -> Any:
    """What a key is that holds the cursor of the next page; the key is absent where there is none."""

    def describe(schema: dict[str, Any]) -> None:
        schema["pattern"] = pattern
        schema.pop("default", None)  # what is absent has none, and an empty one would break the pattern

    return Field(
        json_schema_extra=describe,
        description="cursor of the next page; absent on the last",
        exclude_if=lambda cursor: not cursor,
    )


NextCursor = Annotated[str, cursor_field(CURSOR_PATTERN)]
"""Where the next page of a list begins; ``""``: there is none."""


class MetricsReport(Part):
    """Answer of ``GET /v4/abs/metrics``: a page of sessions, everything else whole."""

    company: Literal["ping identity"] = "ping identity"
    name: Literal["api_metrics"] = "api_metrics"
    description: str = "This report contains metrics for request/response traffic for the specified API"
    earlier_date: str
    later_date: str
    api_name: str
    req_resp_summary: MetricsSummary
    req_resp_details: MetricsDetails
    next_cursor: NextCursor = ""
    notes: Notes = Field(default=[])


class ErrorBody(Part):
    """Answer to a request that cannot be answered."""

    status_code: str
    message: str
    request_id: str
    error: str = Field(
        default="",
        exclude_if=lambda text: not text,
        description="the message once more, where a reset has to wait: the documented key of that answer",
    )
