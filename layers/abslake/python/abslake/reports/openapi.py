"""The OpenAPI document of the reports, made from the code: ``python -m abslake.reports.openapi > openapi.yaml``.

Answers come from the pydantic models; parameters and errors are stated here. A test keeps the file from drifting.
"""

import json
import sys
from collections.abc import Iterator
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from abslake import __version__
from abslake.reports import client_models, forensic_models, models, openapi_detection, paging
from abslake.reports.openapi_traffic import OPERATIONS
from abslake.reports.traffic_calls import API_IS_OPTIONAL, CALLS, path_of

_DATE = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$"
_FORENSICS = (
    forensic_models.TokenReport,
    forensic_models.IpReport,
    forensic_models.CookieApiReport,
    forensic_models.CookieReport,
    forensic_models.ApiKeyReport,
    forensic_models.UsernameReport,
)
_CLIENTS: dict[str, tuple[str, str, type[BaseModel]]] = {
    "apikeys": ("apiKeys", "API keys", client_models.ApiKeysReport),
    "oauthtokens": ("oauthTokens", "OAuth2 tokens", client_models.TokensReport),
    "username": ("usernames", "user names", client_models.UsernamesReport),
}
"""Last part of the path: id of the operation, of whom it tells, its answer."""

_SELECTORS = {
    "token": "OAuth2 bearer token",
    "IP": "client address, IPv4 or IPv6 in any spelling",
    "ip": "the same as IP",
    "cookie": "value of the session cookie",
    "api_key": "API key",
    "username": "user name",
}
_ERRORS = {
    "400": "A parameter is missing, empty, repeated, unknown, malformed or contradictory; the message names it.",
    "401": "The keys are missing or wrong.",
    "403": "The restricted user may not ask this.",
    "404": "There is no API of this name, or no such path.",
    "405": "The path takes other methods: Allow names them.",
    "409": "Not as things stand: detection is at work, or the client is entered already.",
    "413": "The body is larger than any that is needed.",
    "500": "The report failed; the request id leads to the reason in the log.",
    "503": "Athena, which large reports are asked in, is busy or needs too long: ask again, or for a shorter range.",
}
_PLAIN = ("null", "true", "false", "yes", "no", "on", "off", "~")


def document() -> dict[str, Any]:
    """The whole OpenAPI 3.1 document."""
    answers: tuple[type[BaseModel], ...] = (
        models.MetricsReport,
        *_FORENSICS,
        *(answer for *_, answer in _CLIENTS.values()),
        *(answer for operation in OPERATIONS.values() for answer in operation.answers),
        *openapi_detection.ANSWERS,
        models.ErrorBody,
    )
    modes: list[tuple[type[BaseModel], Literal["validation", "serialization"]]] = []
    modes += [(model, "serialization") for model in answers]
    modes += [(model, "validation") for model in openapi_detection.BODIES]
    _, schemas = models_json_schema(modes, ref_template="#/components/schemas/{model}")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "abslake reports",
            "version": __version__,
            "description": "API security reports from gateway logs. Dates are minutes, earlier <= t < later.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": {
            "/v4/abs/metrics": {"get": _metrics()},
            "/v4/abs": {"get": _forensics()},
            **{f"/v4/abs/{name}": {"get": _clients(name)} for name in _CLIENTS},
            **{path_of(name): {"get": _traffic(name)} for name in CALLS},
            **openapi_detection.paths(tuple(_ERRORS)),
        },
        "components": {
            "schemas": schemas["$defs"],
            "responses": {code: _error(code, text) for code, text in _ERRORS.items()},
            "securitySchemes": {
                name: {"type": "apiKey", "in": "header", "name": name}
                for name in ("x-abs-ak", "x-abs-sk", "x-abs-ak-ru", "x-abs-sk-ru")
            },
        },
    }


def _metrics() -> dict[str, Any]:
    api = _parameter("api", "name of the API definition", required=True)
    return {
        "operationId": "metrics",
        "summary": "Traffic of one API",
        "description": "The restricted user sees masks instead of session ids.",
        "security": [{"x-abs-ak": [], "x-abs-sk": []}, {"x-abs-ak-ru": [], "x-abs-sk-ru": []}],
        "parameters": [*_range(), api, *_page("sessions", "api and range", paging.CURSOR_PATTERN), _engine()],
        "responses": _paged(_responses(_reference(models.MetricsReport.__name__))),
    }


def _clients(name: str) -> dict[str, Any]:
    operation, whom, answer = _CLIENTS[name]
    return {
        "operationId": operation,
        "summary": f"Traffic of all {whom}, page by page",
        "description": "The restricted user sees masks instead of identifiers, and no URLs.",
        "security": [{"x-abs-ak": [], "x-abs-sk": []}, {"x-abs-ak-ru": [], "x-abs-sk-ru": []}],
        "parameters": [*_range(), *_page(whom, "report and range", paging.PLACE_PATTERN)],
        "responses": _paged(_responses(_reference(answer.__name__))),
    }


def _traffic(name: str) -> dict[str, Any]:
    operation, fields = OPERATIONS[name], CALLS[name].fields
    parameters = _range() if "earlier_date" in fields else []
    if "api" in fields:
        parameters.append(_parameter("api", "name of the API definition", required=name not in API_IS_OPTIONAL))
    if "details" in fields:
        details = _parameter("details", "what was counted, one by one")
        details["schema"] = {"type": "string", "enum": ["true", "false"], "default": "false"}
        parameters.append(details)
    paged = "limit" in fields
    page = _page("entries of details", "report, api and range", paging.CURSOR_PATTERN) if paged else []
    answers = [_reference(answer.__name__) for answer in operation.answers]
    responses = _responses(answers[0] if len(answers) == 1 else {"anyOf": answers})
    return {
        "operationId": operation.id,
        "summary": operation.summary,
        "description": operation.description,
        "security": [{"x-abs-ak": [], "x-abs-sk": []}, {"x-abs-ak-ru": [], "x-abs-sk-ru": []}],
        "parameters": [*parameters, *page],
        "responses": _paged(responses) if paged else responses,
    }


def _forensics() -> dict[str, Any]:
    selectors = [_parameter(name, f"{text}; give exactly one selector") for name, text in _SELECTORS.items()]
    api = _parameter("api", "name of the API definition; with cookie only")
    return {
        "operationId": "forensics",
        "summary": "All that one client did",
        "description": "By exactly one of token, IP, cookie, api_key and username. The cookie report has two shapes.",
        "security": [{"x-abs-ak": [], "x-abs-sk": []}],
        "parameters": [*_range(), *selectors, api, _engine()],
        "responses": _responses({"anyOf": [_reference(model.__name__) for model in _FORENSICS]}),
    }


def _range() -> list[dict[str, Any]]:
    return [
        _parameter("earlier_date", "first minute, in the time zone of the deployment", required=True, pattern=_DATE),
        _parameter("later_date", "the minute behind the last, after earlier_date", required=True, pattern=_DATE),
    ]


def _engine() -> dict[str, Any]:
    engine = _parameter("engine", "have the report made by Athena, where the deployment has set it up; else 400")
    engine["schema"] = {"type": "string", "enum": ["athena"]}
    return engine


def _page(listed: str, question: str, pattern: str) -> list[dict[str, Any]]:
    limit = _parameter("limit", f"{listed} a page")
    limit["schema"] = {"type": "integer", "minimum": 1, "maximum": paging.MAX_LIMIT, "default": paging.DEFAULT_LIMIT}
    cursor = _parameter("cursor", f"next_cursor of the page before, of the same {question}")
    cursor["schema"] = {"type": "string", "pattern": pattern}
    return [limit, cursor]


def _paged(responses: dict[str, Any]) -> dict[str, Any]:
    text = 'The next page, where there is one: <?…>; rel="next", relative to the address of this one.'
    for code in ("200", "303"):
        responses[code].setdefault("headers", {})["Link"] = {"description": text, "schema": {"type": "string"}}
    return responses


def _parameter(name: str, text: str, *, required: bool = False, pattern: str = "") -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string", "minLength": 1}
    if pattern:
        schema |= {"pattern": pattern, "examples": ["2019-12-31T18:00"]}
    return {"name": name, "in": "query", "required": required, "description": text, "schema": schema}


def _responses(schema: dict[str, Any]) -> dict[str, Any]:
    answered = {"description": "The report.", "content": {"application/json": {"schema": schema}}}
    large = {
        "description": "The report is large: Location is an address that is good for some minutes.",
        "headers": {"Location": {"schema": {"type": "string", "format": "uri"}}},
        "content": {"application/json": {"schema": _reference("ErrorBody")}},
    }
    refused = {code: {"$ref": f"#/components/responses/{code}"} for code in _ERRORS if code not in ("409", "413")}
    return {"200": answered, "303": large, **refused}


def _error(code: str, text: str) -> dict[str, Any]:
    error: dict[str, Any] = {
        "description": text,
        "content": {"application/json": {"schema": _reference("ErrorBody")}},
    }
    header = {"401": "WWW-Authenticate", "405": "Allow"}.get(code)
    return {"headers": {header: {"schema": {"type": "string"}}}, **error} if header else error


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def to_yaml(value: Any, indent: int = 0) -> Iterator[str]:
    """Lines of YAML for JSON-like data; texts stand as JSON texts, which YAML takes as they are."""
    pad = "  " * indent
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _member(f"{pad}{_key(key)}:", inner, indent)
    elif isinstance(value, list) and value:
        for inner in value:
            lines = list(to_yaml(inner, indent + 1))
            yield f"{pad}- {lines[0].lstrip()}"
            yield from lines[1:]
    else:
        yield pad + json.dumps(value, ensure_ascii=False)


def _member(head: str, inner: Any, indent: int) -> Iterator[str]:
    if isinstance(inner, (dict, list)) and inner:
        yield head
        yield from to_yaml(inner, indent + 1)
    else:
        yield f"{head} {json.dumps(inner, ensure_ascii=False)}"


def _key(key: str) -> str:
    plain = key.replace("-", "").replace("_", "").isalpha() and key.lower() not in _PLAIN
    return key if plain else json.dumps(key)


def main() -> None:
    """Print the document as YAML."""
    sys.stdout.write("# Made by: python -m abslake.reports.openapi > openapi.yaml\n")
    sys.stdout.writelines(line + "\n" for line in to_yaml(document()))


if __name__ == "__main__":
    main()
