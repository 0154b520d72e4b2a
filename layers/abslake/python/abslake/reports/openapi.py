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
from abslake.reports import (
    client_models,
    forensic_models,
    models,
    openapi_detection,
    openapi_extensions,
    openapi_traffic,
    paging,
)
from abslake.reports.openapi_examples import with_examples
from abslake.reports.openapi_parts import (
    ADMIN,
    ERRORS,
    RESTRICTED,
    TOKEN,
    choice,
    minutes,
    page,
    parameter,
    reference,
    responses,
    selectors,
)

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

_PLAIN = ("null", "true", "false", "yes", "no", "on", "off", "~")


def answers() -> tuple[type[BaseModel], ...]:
    """The models of all answers."""
    return (
        models.MetricsReport,
        *_FORENSICS,
        *(answer for *_, answer in _CLIENTS.values()),
        *openapi_traffic.ANSWERS,
        *openapi_detection.ANSWERS,
        *openapi_extensions.ANSWERS,
        models.ErrorBody,
    )


def document() -> dict[str, Any]:
    """The whole OpenAPI 3.1 document, but for the examples."""
    modes: list[tuple[type[BaseModel], Literal["validation", "serialization"]]] = []
    modes += [(model, "serialization") for model in answers()]
    modes += [(model, "validation") for model in openapi_detection.BODIES]
    paths: dict[str, Any] = {
        "/v4/abs/metrics": {"get": _metrics()},
        "/v4/abs": {"get": _forensics()},
        **{f"/v4/abs/{name}": {"get": _clients(name)} for name in _CLIENTS},
        **openapi_traffic.paths(),
        **openapi_detection.paths(),
        **openapi_extensions.paths(),
    }
    _, schemas = models_json_schema(modes, ref_template="#/components/schemas/{model}")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "abslake reports",
            "version": __version__,
            "description": "API security reports from gateway logs. Dates are minutes, earlier <= t < later.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": {path: {method: _or_token(call) for method, call in calls.items()} for path, calls in paths.items()},
        "components": {
            "schemas": schemas["$defs"],
            "responses": {code: _error(code, text) for code, text in ERRORS.items()},
            "securitySchemes": {
                name: {"type": "apiKey", "in": "header", "name": name}
                for name in ("x-abs-ak", "x-abs-sk", "x-abs-ak-ru", "x-abs-sk-ru")
            }
            | {"accessToken": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _or_token(call: dict[str, Any]) -> dict[str, Any]:
    """The same call with an access token in the place of keys."""
    return {**call, "security": [*call["security"], TOKEN]}


def _metrics() -> dict[str, Any]:
    api = parameter("api", "name of the API definition", required=True)
    return {
        "operationId": "metrics",
        "summary": "Traffic of one API",
        "description": "The restricted user sees masks instead of session ids.",
        "security": [ADMIN, RESTRICTED],
        "parameters": [*minutes(), api, *page("sessions", "api and range"), _engine()],
        "responses": responses(models.MetricsReport, paged=True),
    }


def _clients(name: str) -> dict[str, Any]:
    operation, whom, answer = _CLIENTS[name]
    return {
        "operationId": operation,
        "summary": f"Traffic of all {whom}, page by page",
        "description": "The restricted user sees masks instead of identifiers, and no URLs.",
        "security": [ADMIN, RESTRICTED],
        "parameters": [*minutes(), *page(whom, "report and range", paging.PLACE_PATTERN)],
        "responses": responses(answer, paged=True),
    }


def _forensics() -> dict[str, Any]:
    api = parameter("api", "name of the API definition; with cookie only")
    return {
        "operationId": "forensics",
        "summary": "All that one client did",
        "description": "By exactly one of token, IP, cookie, api_key and username. The cookie report has two shapes.",
        "security": [ADMIN],
        "parameters": [*minutes(), *selectors(), api, _engine()],
        "responses": responses(*_FORENSICS),
    }


def _engine() -> dict[str, Any]:
    return choice("engine", "have the report made by Athena, where the deployment has set it up; else 400", "athena")


def _error(code: str, text: str) -> dict[str, Any]:
    error: dict[str, Any] = {
        "description": text,
        "content": {"application/json": {"schema": reference("ErrorBody")}},
    }
    header = {"401": "WWW-Authenticate", "405": "Allow", "429": "Retry-After"}.get(code)
    return {"headers": {header: {"schema": {"type": "string"}}}, **error} if header else error


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
    """Print the document with its examples as YAML."""
    sys.stdout.write("# Made by: python -m abslake.reports.openapi > openapi.yaml\n")
    sys.stdout.writelines(line + "\n" for line in to_yaml(with_examples(document())))


if __name__ == "__main__":
    main()
