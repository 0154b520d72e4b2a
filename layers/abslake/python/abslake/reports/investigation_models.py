"""The answers of ``/v5/abs/timeline`` and ``/v5/abs/search``. Both are our own: the contract has no such reports.

See `abslake.reports.models` for what all answers share.
"""

from typing import Literal

from pydantic import Field

from abslake.detection.findings import IdentifierKind, Level
from abslake.reports.forensic_models import Summary
from abslake.reports.models import NextCursor, Notes, Part


class HourFinding(Part):
    """What detection found about the client in an hour, of one type at one API."""

    attack_id: int = Field(description="documented type id")
    name: str
    level: Level
    api: str = Field(description='"all" for types across APIs')
    windows: int = Field(description="of ten minutes, in which it was found")


class TimelineHour(Part):
    """An hour in which the client has requests or findings."""

    hour: str = Field(description="its begin; hours are those of UTC")
    requests: int
    client_errors: int = Field(description="answered 400 to 499")
    server_errors: int = Field(description="answered 500 to 599")
    unanswered: int = Field(description="without a status in the log: the client got no answer")
    apis: dict[str, int] = Field(description="requests by API, from the most to the least used")
    ip_count: int = Field(description="distinct addresses")
    ips: dict[str, int] = Field(description="requests by address, of the ten with most")
    findings: list[HourFinding] = Field(description="by attack id, level and API")


class TimelineReport(Part):
    """Answer of ``GET /v5/abs/timeline``: a page of hours, the summary whole."""

    name: Literal["api_timeline"] = "api_timeline"
    description: str = "This report contains what the specified client did, hour by hour, across all APIs"
    earlier_date: str
    later_date: str
    kind: IdentifierKind
    client: str
    summary: Summary = Field(description="the same as in the client's forensics report")
    hours: list[TimelineHour] = Field(
        description="in the order of time; hours without requests and findings are left out"
    )
    next_cursor: NextCursor = ""
    notes: Notes = Field(default=[])


class FoundIdentifier(Part):
    """An identifier, and when it was there."""

    kind: IdentifierKind
    identifier: str
    requests: int = Field(description="of the days that the range touches")
    first_seen: str = Field(description="yyyy-mm-dd; yyyy-mm where the index keeps sums of that month only")
    last_seen: str = Field(description="as first_seen")


class SearchReport(Part):
    """Answer of ``GET /v5/abs/search``: a page of identifiers."""

    name: Literal["api_search"] = "api_search"
    description: str = "This report contains the identifiers that begin as specified"
    earlier_date: str
    later_date: str
    prefix: str
    total: int = Field(description="identifiers on all pages")
    identifiers: list[FoundIdentifier] = Field(description="by kind, then identifier")
    next_cursor: NextCursor = ""
    notes: Notes = Field(default=[])
