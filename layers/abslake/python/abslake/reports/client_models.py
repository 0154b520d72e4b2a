"""The documented answers of ``GET /v4/abs/apikeys``, ``oauthtokens`` and ``username``: all clients of a kind.

Source: contract 1.2 to 1.4; see `abslake.reports.models` for what all answers share. `next_cursor` and `notes` are extensions.
"""

from typing import Annotated, Literal

from pydantic import Field

from abslake.reports.forensic_models import ApiKeyMetrics, TokenMetrics, UsernameMetrics
from abslake.reports.models import Notes, Part, cursor_field
from abslake.reports.paging import PLACE_PATTERN

_NextPlace = Annotated[str, cursor_field(PLACE_PATTERN)]


def _description(whom: str) -> str:
    return f"This report contains a summary and detailed information on the traffic of all {whom} across all APIs."


class ApiKeysSummary(Part):
    """All API keys of the range in figures."""

    api_keys: int = Field(description="distinct API keys")
    total_requests: int = Field(description="requests with an API key")


class ApiKeysReport(Part):
    """Answer of ``GET /v4/abs/apikeys``: a page of API keys, the summary of all."""

    company: Literal["ping identity"] = "ping identity"
    name: Literal["api_key_metrics"] = "api_key_metrics"
    description: str = _description("API keys")
    earlier_date: str
    later_date: str
    summary: ApiKeysSummary
    details: list[ApiKeyMetrics]
    next_cursor: _NextPlace = ""
    notes: Notes = Field(default=[])


class TokensSummary(Part):
    """All OAuth2 tokens of the range in figures."""

    tokens: int = Field(description="distinct tokens")
    total_requests: int = Field(description="requests with a token")


class TokensReport(Part):
    """Answer of ``GET /v4/abs/oauthtokens``: a page of tokens, the summary of all."""

    company: Literal["ping identity"] = "ping identity"
    name: Literal["oauth_token_metrics"] = "oauth_token_metrics"
    description: str = _description("OAuth2 tokens")
    earlier_date: str
    later_date: str
    summary: TokensSummary
    details: list[TokenMetrics]
    next_cursor: _NextPlace = ""
    notes: Notes = Field(default=[])


class UsernamesSummary(Part):
    """All user names of the range in figures."""

    usernames: int = Field(description="distinct user names")
    total_requests: int = Field(description="requests with a user name")


class UsernamesReport(Part):
    """Answer of ``GET /v4/abs/username``: a page of user names, the summary of all."""

    company: Literal["ping identity"] = "ping identity"
    name: Literal["username_metrics"] = "username_metrics"
    description: str = _description("user names")
    earlier_date: str
    later_date: str
    summary: UsernamesSummary
    details: list[UsernameMetrics]
    next_cursor: _NextPlace = ""
    notes: Notes = Field(default=[])


ClientsReport = ApiKeysReport | TokensReport | UsernamesReport
"""One of the three."""
