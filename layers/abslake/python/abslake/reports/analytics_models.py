"""The answers of ``/v5/abs/latency`` and ``/v5/abs/top``. Both are our own: the contract has no such reports.

See `abslake.reports.models` for what all answers share.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from abslake.detection.findings import IdentifierKind
from abslake.reports.models import NextCursor, Notes, Part


class By(StrEnum):
    """What an entry of the latency report is about."""

    API = "api"
    ENDPOINT = "endpoint"
    CLIENT = "client"


class Sort(StrEnum):
    """What the top clients are ranked by."""

    REQUESTS = "requests"
    ERRORS = "errors"
    BYTES = "bytes"
    APIS = "apis"


Rate = Annotated[float, Field(ge=0, le=1, description="share of the requests, six decimals; 0 where there are none")]
Milliseconds = Annotated[
    float | None,
    Field(
        description="that so many percent of the timed requests did not exceed, by nearest rank: milliseconds within 2 %; "
        "0.01 also stands for less; null: no response time is logged"
    ),
]


class Performance(Part):
    """Requests in figures: how many failed, and how long the answers took."""

    requests: int
    client_errors: int = Field(description="answered 400 to 499")
    server_errors: int = Field(description="answered 500 to 599")
    unanswered: int = Field(description="without a status in the log: the client got no answer")
    client_error_rate: Rate
    server_error_rate: Rate
    timed_requests: int = Field(description="whose response time is logged; the percentiles are of these")
    p50_ms: Milliseconds
    p95_ms: Milliseconds
    p99_ms: Milliseconds


class LatencyEntry(Performance):
    """Of an API, an endpoint (API, method and path) or a client; what it is not about is absent."""

    api: str = Field(default="", exclude_if=lambda text: not text)
    method: str = Field(default="", exclude_if=lambda text: not text)
    path: str = Field(default="", exclude_if=lambda text: not text)
    client: str = Field(
        default="",
        exclude_if=lambda text: not text,
        description="identifier; a stable mask of it for the restricted user, but of addresses",
    )


class LatencyReport(Part):
    """Answer of ``GET /v5/abs/latency``: a page of entries, the summary whole."""

    name: Literal["api_latency"] = "api_latency"
    description: str = "This report contains response times and error rates of requests to APIs"
    earlier_date: str
    later_date: str
    by: By
    kind: IdentifierKind | None = Field(default=None, exclude_if=lambda kind: kind is None)
    summary: Performance
    entries: list[LatencyEntry] = Field(description="by falling requests, then name")
    next_cursor: NextCursor = ""
    notes: Notes = Field(default=[])


class TopClient(Part):
    """A client, and what it did in the range."""

    client: str = Field(description="identifier; a stable mask of it for the restricted user, but of addresses")
    requests: int
    client_errors: int = Field(description="answered 400 to 499")
    server_errors: int = Field(description="answered 500 to 599")
    bytes: int = Field(description="bodies of requests and answers, as far as their sizes are logged")
    apis: int = Field(description="distinct APIs")
    first_seen: str
    last_seen: str


class TopSummary(Part):
    """All clients of the kind."""

    clients: int
    requests: int


class TopReport(Part):
    """Answer of ``GET /v5/abs/top``: a page of clients, the summary whole."""

    name: Literal["api_top_clients"] = "api_top_clients"
    description: str = "This report contains the clients that did most of something"
    earlier_date: str
    later_date: str
    kind: IdentifierKind
    sort: Sort
    summary: TopSummary
    clients: list[TopClient] = Field(description="falling by what they are sorted by, then by requests, then by name")
    next_cursor: NextCursor = ""
    notes: Notes = Field(default=[])
