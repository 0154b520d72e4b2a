"""The documented answers of the reports that are read from facts.

Source: contract 7.1 to 7.6; see `abslake.reports.models` for what all answers share. `next_cursor`, `notes` and every `count` in
an entry of details are extensions: an entry stands for all requests that agree in what it says.
"""

from typing import Literal

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from abslake.reports.models import NextCursor, Notes, Part


class ErrorCount(Part):
    """Answers with one of the five codes; listed also where there are none."""

    error_code: Literal["403", "404", "500", "503", "504"]
    error: str = Field(description="reason phrase of the code")
    count: int


class BackendError(Part):
    """Requests with the same answer, server, path, address and session."""

    server: str = Field(description="back end; empty where the log names none")
    request_url: str = Field(description="path")
    request_ip: str = Field(description="client address; facts keep no port")
    request_cookie: str = Field(description="name=value, empty without session; a mask for the restricted user")
    count: int


class BackendErrors(Part):
    """The requests of one code."""

    error_code: str
    details: list[BackendError]


class BackendErrorReport(Part):
    """Answer of ``GET /v4/abs/be``: a page of details, the summary whole."""

    company: Literal["ping identity"] = "ping identity"
    name: Literal["api_backend_errors"] = "api_backend_errors"
    description: str = "This report contains the error responses to requests of the specified API"
    earlier_date: str
    later_date: str
    api_name: str
    backend_error_summary: list[ErrorCount]
    backend_error_details: list[BackendErrors]
    next_cursor: NextCursor = ""
    notes: Notes = Field(default=[])


class HostileUrl(Part):
    """A URL that gave itself away, and who asked for it."""

    url: str = Field(
        description="query decoded; a mask of the URL for the restricted user, since it can hold identifiers"
    )
    ips: list[str]


class HostileUrlReport(Part):
    """Answer of ``GET /v4/abs/hackersurl``: a page of the lists, which are read one after the other.

    The last two lists are an extension.
    """

    company: Literal["ping identity"] = "ping identity"
    description: str = "This report contains the URLs of the specified API that look like attacks"
    name: Literal["api_hackers_url"] = "api_hackers_url"
    api_name: str
    invalid_urls: list[HostileUrl] = Field(description="SQL injection")
    irregular_urls: list[HostileUrl] = Field(description="spelled as no client spells a URL")
    system_commands: list[HostileUrl] = Field(description="commands of a shell, expressions that are carried out")
    buffer_overflows: list[HostileUrl] = Field(description="out of all proportion")
    path_traversals: list[HostileUrl] = Field(description="climbing out of a folder, names of system files")
    cross_site_scripts: list[HostileUrl] = Field(description="script, or markup that runs it")
    next_cursor: NextCursor = ""
    notes: Notes = Field(default=[])


class MethodCount(Part):
    """Requests by method."""

    method: str
    count: int


class ValidUrl(Part):
    """A path and how often it was asked for with success."""

    url: str
    total_count: int
    methods: list[MethodCount]


class UrlsOfProtocol(Part):
    """The paths of one protocol version."""

    protocol: str = Field(description="HTTP/1.1, HTTP/2, …; UNKNOWN where none is logged")
    urls: list[ValidUrl]


class ValidUrlReport(Part):
    """Answer of ``GET /v4/abs/validurl``."""

    company: Literal["ping identity"] = "ping identity"
    name: Literal["api_url_list"] = "api_url_list"
    description: str = "This report contains the URLs of the specified API that were answered with success"
    api_name: str
    host_name: str
    api_url: str
    allowed_methods: list[str] = Field(description="those of the definition; where it names none, those seen")
    url_list: list[UrlsOfProtocol]
    notes: Notes = Field(default=[], description="which range was looked at, and whether the list is all")


class DecoySummary(Part):
    """What hit a decoy. The four maps have the first five by falling count."""

    decoy_url: str
    unique_ip_count: int
    total_requests: int
    most_used_methods: dict[str, int]
    most_used_ips: dict[str, int]
    most_used_devices: dict[str, int]
    most_used_content_types: dict[str, int] = Field(description="of requests; UNKNOWN: without")


class DecoyMethod(Part):
    """Requests of one method."""

    count: int
    payload_characteristics: dict[str, list[str]] = Field(
        default={},
        exclude_if=lambda found: not found,
        description="content type -> sizes of payloads as far as facts know them; absent where no request had any",
    )


class DecoyIp(Part):
    """What one address did at a decoy."""

    ip: str
    total_requests: int
    method_count: dict[str, DecoyMethod]
    url_count: dict[str, int]


class DecoyDetails(Part):
    """The addresses that hit one decoy."""

    decoy_url: str
    source_ip: list[DecoyIp]


class DecoyReport(Part):
    """Answer of ``GET /v4/abs/decoy``: a page of addresses, the summary whole."""

    company: Literal["ping identity"] = "ping identity"
    name: Literal["decoy_api_metrics"] = "decoy_api_metrics"
    description: str = "This report contains the traffic that decoys attracted"
    earlier_date: str
    later_date: str
    api_name: str = Field(description="decoyall where it is about several APIs, or there is none")
    api_type: Literal["decoy-incontext", "decoy-outcontext", "decoy", "regular"] = Field(
        description="decoy: of both kinds, or none"
    )
    decoy_url: list[str]
    summary: list[DecoySummary]
    details: list[DecoyDetails]
    next_cursor: NextCursor = ""
    notes: Notes = Field(default=[])


def _not_said(value: object) -> bool:
    return value is None


class FlowControlEntry(Part):
    """Requests of one minute, address and path that were turned away."""

    request_time: str = Field(description="of the first")
    connection_id: str = Field(description="empty: facts keep none")
    source_ip: str
    destination_api: str = Field(description="path")
    count: int


class FlowControlSummary(Part):
    """Counters; what logs cannot tell is 0, and notes say which."""

    client_spike: int
    server_spike: int | SkipJsonSchema[None] = Field(
        default=None, exclude_if=_not_said, description="not of WebSocket APIs"
    )
    connection_queued: int
    connection_quota_exceeded: int
    bytes_in_spike: int | SkipJsonSchema[None] = Field(
        default=None, exclude_if=_not_said, description="of WebSocket APIs"
    )
    bytes_out_spike: int | SkipJsonSchema[None] = Field(
        default=None, exclude_if=_not_said, description="of WebSocket APIs"
    )


class FlowControlDetails(Part):
    """What was turned away; only the first list is ever filled."""

    client_spike: list[FlowControlEntry]
    server_spike: list[FlowControlEntry]
    connections_queued: list[FlowControlEntry]
    connections_rejected: list[FlowControlEntry]
    bytes_in_spike: list[FlowControlEntry] | SkipJsonSchema[None] = Field(default=None, exclude_if=_not_said)
    bytes_out_spike: list[FlowControlEntry] | SkipJsonSchema[None] = Field(default=None, exclude_if=_not_said)


class FlowControlReport(Part):
    """Answer of ``GET /v4/abs/flowcontrol``: a page of details, the summary whole."""

    company: Literal["ping identity"] = "ping identity"
    name: Literal["api_flowcontrol"] = "api_flowcontrol"
    description: str = "This report contains the requests to the specified API that flow control turned away"
    earlier_date: str
    later_date: str
    api_name: str
    server_spike_ip_count: int | SkipJsonSchema[None] = Field(
        default=None, exclude_if=_not_said, description="not of WebSocket APIs"
    )
    summary: FlowControlSummary
    details: FlowControlDetails
    next_cursor: NextCursor = ""
    notes: Notes = Field(default=[], description="what logs cannot tell")


class BlockedConnections(Part):
    """Answer of ``GET /v4/abs/bc``: twelve counters that add up to the total; what logs cannot tell is 0, and notes say which."""

    company: Literal["ping identity"] = "ping identity"
    name: Literal["api_blockedconnections"] = "api_blockedconnections"
    description: str = "This report contains the requests that the gateway did not pass on"
    earlier_date: str
    later_date: str
    api_name: Literal["global"] = "global"
    total_blocked_connections: int
    api_not_found: int
    host_header_not_found: int
    backend_not_found: int
    client_spike: int
    server_spike: int
    bytes_in_threshold: int
    bytes_out_threshold: int
    quota_threshold: int
    customer_blacklist: int
    abs_detected_attacks: int
    ase_detected_attacks: int
    decoy_detected_attacks: int
    notes: Notes = Field(default=[], description="what logs cannot tell")


class BlockedConnection(Part):
    """Requests of one day, address, reason and path."""

    source: str = Field(description="client address")
    type: str
    destination_api: str = Field(description="path")
    count: int


class BlockedOfCategory(Part):
    """What was blocked for one sort of reasons."""

    category: Literal["ioc", "api", "flow_control", "ase"]
    details: list[BlockedConnection]


class BlockedOfNode(Part):
    """What one gateway blocked; which one it was is not logged."""

    apiproxy_node: str
    blocked_connections: list[BlockedOfCategory]


class BlockedOfDay(Part):
    """What was blocked on one day."""

    date: str = Field(description="such as 05September2016")
    blocked_connections: list[BlockedOfNode]


class BlockedConnectionDetails(Part):
    """Answer of ``GET /v4/abs/bc?details=true``: a page."""

    company: Literal["ping identity"] = "ping identity"
    name: Literal["api_blockedconnections"] = "api_blockedconnections"
    description: str = "This report contains the requests that the gateway did not pass on"
    earlier_date: str
    later_date: str
    api_blocked_connections: list[BlockedOfDay]
    next_cursor: NextCursor = ""
    notes: Notes = Field(default=[], description="what logs cannot tell")
