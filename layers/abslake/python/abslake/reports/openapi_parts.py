"""What the parts of the OpenAPI document are made of: parameters, answers, references; see `abslake.reports.openapi`."""

from typing import Any

from pydantic import BaseModel

from abslake.reports import paging

ADMIN: dict[str, list[str]] = {"x-abs-ak": [], "x-abs-sk": []}
RESTRICTED: dict[str, list[str]] = {"x-abs-ak-ru": [], "x-abs-sk-ru": []}

TOKEN: dict[str, list[str]] = {"accessToken": []}
"""Beside either, where the deployment takes access tokens."""

ERRORS = {
    "400": "A parameter is missing, empty, repeated, unknown, malformed or contradictory; the message names it.",
    "401": "The keys, or the access token, are missing or wrong.",
    "403": "The restricted user may not ask this.",
    "404": "There is no API of this name, or no such path.",
    "405": "The path takes other methods: Allow names them.",
    "409": "Not as things stand: detection is at work, or the client is entered already.",
    "413": "The body is larger than any that is needed.",
    "429": "The user has asked as often this minute as he may: Retry-After says in how many seconds he may again.",
    "500": "The report failed; the request id leads to the reason in the log.",
    "503": "Athena, which large reports are asked in, is busy or needs too long: ask again, or for a shorter range. Or the \
keys of the access token's issuer cannot be fetched.",
}
"""Code of an answer that is an error -> what it means."""

_SELECTORS = {
    "token": "OAuth2 bearer token",
    "IP": "client address, IPv4 or IPv6 in any spelling",
    "ip": "the same as IP",
    "cookie": "value of the session cookie",
    "api_key": "API key",
    "username": "user name",
}

_OF_BODIES = ("409", "413")
_MINUTE = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$"


def parameter(name: str, text: str, *, required: bool = False, pattern: str = "", example: str = "") -> dict[str, Any]:
    """A parameter that is a text."""
    schema: dict[str, Any] = {"type": "string", "minLength": 1}
    if pattern:
        schema |= {"pattern": pattern, "examples": [example]}
    return {"name": name, "in": "query", "required": required, "description": text, "schema": schema}


def choice(name: str, text: str, *choices: str, default: str = "") -> dict[str, Any]:
    """A parameter that is one of a few words."""
    schema: dict[str, Any] = {"type": "string", "enum": [*choices]}
    if default:
        schema["default"] = default
    return {**parameter(name, text), "schema": schema}


def selectors() -> list[dict[str, Any]]:
    """Whom a report on one client is about."""
    return [parameter(name, f"{text}; give exactly one selector") for name, text in _SELECTORS.items()]


def minutes() -> list[dict[str, Any]]:
    """The range of most reports."""
    first, last = "first minute, in the time zone of the deployment", "the minute behind the last, after earlier_date"
    return [
        parameter("earlier_date", first, required=True, pattern=_MINUTE, example="2019-12-31T18:00"),
        parameter("later_date", last, required=True, pattern=_MINUTE, example="2020-01-01T00:00"),
    ]


def page(
    listed: str, question: str, pattern: str = paging.CURSOR_PATTERN, default: int | None = paging.DEFAULT_LIMIT
) -> list[dict[str, Any]]:
    """The parameters of a report that comes in pages. `default` None: without `limit` it comes whole."""
    size: dict[str, Any] = {"type": "integer", "minimum": 1, "maximum": paging.MAX_LIMIT}
    if default is not None:
        size["default"] = default
    text = f"{listed} a page" if default is not None else f"{listed} a page; without it all of them"
    cursor = parameter("cursor", f"next_cursor of the page before, of the same {question}")
    return [
        {**parameter("limit", text), "schema": size},
        {**cursor, "schema": {"type": "string", "pattern": pattern}},
    ]


def responses(*answers: type[BaseModel], of_bodies: bool = False, paged: bool = False) -> dict[str, Any]:
    """All that a call may be answered with. `of_bodies`: it has a body; `paged`: it comes in pages."""
    one = [reference(answer.__name__) for answer in answers]
    schema = one[0] if len(one) == 1 else {"anyOf": one}
    answered = {"description": "The answer.", "content": {"application/json": {"schema": schema}}}
    large: dict[str, Any] = {
        "description": "The answer is large: Location is an address that is good for some minutes.",
        "headers": {"Location": {"schema": {"type": "string", "format": "uri"}}},
        "content": {"application/json": {"schema": reference("ErrorBody")}},
    }
    if paged:
        text = 'The next page, where there is one: <?…>; rel="next", relative to the address of this one.'
        link = {"Link": {"description": text, "schema": {"type": "string"}}}
        answered, large["headers"] = {**answered, "headers": link}, {**large["headers"], **link}
    codes = [code for code in ERRORS if of_bodies or code not in _OF_BODIES]
    refused = {code: {"$ref": f"#/components/responses/{code}"} for code in codes}
    return {"200": answered, "303": large, **refused}


def reference(name: str) -> dict[str, str]:
    """Where the schema of a model stands."""
    return {"$ref": f"#/components/schemas/{name}"}
