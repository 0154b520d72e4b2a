"""Bodies and answers of ``/v4/abs/attacklist``.

Source: contract 5: the five keys, the bodies of PUT and DELETE, both variants of the answer to a removal (here their fields
together). The answer of GET is documented nowhere: it groups clients as the removal does.
"""

from typing import Annotated, Literal

from pydantic import Field

from abslake.reports.models import NextCursor, Notes, Part
from abslake.reports.tuning_models import Body

MAX_NAMED = 1_000
"""Clients of one request: each is looked for in the index of each day."""

Values = list[Annotated[str, Field(min_length=1)]]


class ClientRemoval(Body):
    """Body of ``PUT /v4/abs/attacklist``: clients to be taken off the list. Sections may be left out."""

    ips: Values = Field(default=[])
    cookies: dict[str, Values] = Field(default={}, description="name of the cookie -> values")
    oauth_tokens: Values = Field(default=[])
    api_keys: Values = Field(default=[])
    usernames: Values = Field(default=[])


class BulkRemoval(Body):
    """Body of ``DELETE /v4/abs/attacklist``: kinds of clients that are all taken off. `delete_all` means every kind."""

    delete_all: bool = False
    delete_all_ips: bool = False
    delete_all_cookies: bool = False
    delete_all_oauth_tokens: bool = False
    delete_all_api_keys: bool = False
    delete_all_usernames: bool = False


class Clients(Part):
    """Clients by kind. `cookies`: name of the cookie -> values."""

    ips: list[str]
    cookies: dict[str, list[str]]
    oauth_tokens: list[str]
    api_keys: list[str]
    usernames: list[str]


class Lists(Part):
    """The two parts of the list; the one that was not asked for is absent."""

    active: Clients | None = Field(default=None, exclude_if=lambda value: value is None)
    expired: Clients | None = Field(default=None, exclude_if=lambda value: value is None)


class AttackListReport(Part):
    """Answer of ``GET /v4/abs/attacklist``."""

    company: Literal["ping identity"] = "ping identity"
    name: Literal["api_attacklist"] = "api_attacklist"
    description: str = (
        "This report lists the clients that were found attacking in the range, by whether they are still held."
    )
    earlier_date: str
    later_date: str
    attacklist: Lists
    next_cursor: NextCursor = ""
    notes: Notes = Field(default=[])


class Removed(Part):
    """Answer of ``PUT /v4/abs/attacklist``: those that were on the list and are no more."""

    status_code: Literal["SUCCESS"] = "SUCCESS"
    message: Literal["Success: The following attacks have been removed:"] = (
        "Success: The following attacks have been removed:"
    )
    date: str
    attacklist: Clients


class Cleared(Part):
    """Answer of ``DELETE /v4/abs/attacklist``: the kinds of which all were taken off."""

    status_code: Literal["SUCCESS"] = "SUCCESS"
    message: Literal["Success: The following attacks have been removed:"] = (
        "Success: The following attacks have been removed:"
    )
    date: str
    attacklist: dict[str, Literal["all"]]
