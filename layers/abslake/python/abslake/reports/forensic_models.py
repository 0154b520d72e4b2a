"""The documented answers of ``GET /v4/abs``: by token, address, session, API key and user name.

Source: contract 4; see `abslake.reports.models` for what all answers share.
"""

from typing import Literal

from pydantic import Field

from abslake.reports.models import (
    DeviceCount,
    IpCount,
    MetricsReport,
    Notes,
    Part,
    PathCount,
    ServerCount,
    UserAgentCount,
)

Counts = dict[str, int]
"""Requests by name, falling."""

Types = dict[str, list[str]]
"""Display name of an attack or anomaly type -> names of the APIs, or ``["all"]`` for a type across APIs."""


def _forensics(whom: str) -> str:
    return (
        "This report contains a summary and detailed information on metrics, attacks and anomalies for the specified "
        f"{whom} across all APIs."
    )


class Summary(Part):
    """Totals of a forensics report; attacks and anomalies are numbers of types."""

    total_requests: int
    total_attacks: int
    total_anomalies: int


class IpEntry(Part):
    """One address of an identifier; each map adds up to `total_requests`."""

    ip: str
    total_requests: int
    devices: Counts
    methods: Counts
    urls: Counts
    apis: Counts


class TokenMetrics(Part):
    """Traffic of a token."""

    token: str
    total_requests: int
    ip_list: list[IpEntry]


class ApiKeyMetrics(Part):
    """Traffic of an API key."""

    api_key: str
    total_requests: int
    ip_list: list[IpEntry]


class UsernameMetrics(Part):
    """Traffic of a user name; in forensics the keys of `devices` are user agents as sent."""

    username: str
    tokens: list[str]
    total_requests: int
    ip_list: list[IpEntry]


class SessionEntry(Part):
    """One session on one API, from its first to its last request in the range."""

    session_id: str
    start_time: str
    end_time: str
    total_requests: int
    source_ip: list[IpCount]
    user_agent: list[UserAgentCount]
    path_info: list[PathCount]
    device: list[DeviceCount]
    server: list[ServerCount]


class NoSessionEntry(Part):
    """The requests of an address without session to one path."""

    start_time: str
    end_time: str
    total_requests: int
    source_ip: str
    path: str
    methods: list[str]


class IpMetrics(Part):
    """Traffic of an address."""

    no_session: list[NoSessionEntry]
    session: list[SessionEntry]


class TokenDetails(Part):
    """Metrics, attacks and anomalies of a token."""

    metrics: TokenMetrics
    attack_types: Types
    anomaly_types: Types


class ApiKeyDetails(Part):
    """Metrics, attacks and anomalies of an API key."""

    metrics: ApiKeyMetrics
    attack_types: Types
    anomaly_types: Types


class UsernameDetails(Part):
    """Metrics, attacks and anomalies of a user name."""

    metrics: UsernameMetrics
    attack_types: Types
    anomaly_types: Types


class IpDetails(Part):
    """Metrics, attacks and anomalies of an address."""

    metrics: IpMetrics
    attack_types: Types
    anomaly_types: Types


class CookieDetails(Part):
    """Metrics, attacks and anomalies of a session across all APIs."""

    metrics: list[SessionEntry]
    attack_types: Types
    anomaly_types: Types


class CookieApiSummary(Part):
    """Totals of a session on one API."""

    total_anomalies: int
    total_requests: int
    total_ioc: int


class CookieApiDetails(Part):
    """Attacks (lower-case names), metrics and anomalies of a session on one API."""

    ioc_types: list[str]
    metrics: list[SessionEntry]
    anomalies: list[str]


class TokenReport(Part):
    """Answer of ``GET /v4/abs?token=``."""

    company: Literal["ping identity"] = "ping identity"
    name: Literal["api_abs_token"] = "api_abs_token"
    description: str = _forensics("token")
    earlier_date: str
    later_date: str
    summary: Summary
    details: TokenDetails
    notes: Notes = Field(default=[])


class ApiKeyReport(Part):
    """Answer of ``GET /v4/abs?api_key=``."""

    company: Literal["ping identity"] = "ping identity"
    name: Literal["api_abs_api_key"] = "api_abs_api_key"
    description: str = _forensics("api key")
    earlier_date: str
    later_date: str
    summary: Summary
    details: ApiKeyDetails
    notes: Notes = Field(default=[])


class UsernameReport(Part):
    """Answer of ``GET /v4/abs?username=``."""

    company: Literal["ping identity"] = "ping identity"
    name: Literal["api_abs_username"] = "api_abs_username"
    description: str = _forensics("user name")
    earlier_date: str
    later_date: str
    summary: Summary
    details: UsernameDetails
    notes: Notes = Field(default=[])


class IpReport(Part):
    """Answer of ``GET /v4/abs?IP=``."""

    company: Literal["ping identity"] = "ping identity"
    name: Literal["api_abs_ip"] = "api_abs_ip"
    description: str = _forensics("ip")
    earlier_date: str
    later_date: str
    summary: Summary
    details: IpDetails
    notes: Notes = Field(default=[])


class CookieReport(Part):
    """Answer of ``GET /v4/abs?cookie=`` without ``api``."""

    company: Literal["ping identity"] = "ping identity"
    name: Literal["api_abs_cookie"] = "api_abs_cookie"
    description: str = _forensics("cookie")
    earlier_date: str
    later_date: str
    summary: Summary
    details: CookieDetails
    notes: Notes = Field(default=[])


class CookieApiReport(Part):
    """Answer of ``GET /v4/abs?cookie=&api=``."""

    company: Literal["ping identity"] = "ping identity"
    name: Literal["api_abs_cookie"] = "api_abs_cookie"
    description: str = (
        "This report contains a summary and detailed information on all attacks, metrics, and anomalies for the "
        "specified cookie on the defined API."
    )
    earlier_date: str
    later_date: str
    api_name: str
    summary: CookieApiSummary
    details: CookieApiDetails
    notes: Notes = Field(default=[])


Report = MetricsReport | TokenReport | IpReport | CookieReport | CookieApiReport | ApiKeyReport | UsernameReport
"""Any of the six answers; the cookie report has two shapes."""
