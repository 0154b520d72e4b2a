"""API Gateway's access log format: the template with ``$context`` variables that a stage has, as a reader of its lines.

The template is JSON, CSV, mark-up or text such as CLF. A variable must stand alone: in its JSON value, between its separators,
in its quotes; only method, path and protocol may stand together. Variables that tell nothing of a record are passed over.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from abslake.formats.readers.base import Names, Reader
from abslake.formats.readers.delimited import Delimited
from abslake.formats.readers.fields import Field, clf_time, count, duration, protocol, status, text, time
from abslake.formats.readers.json_keys import UniqueKeys
from abslake.formats.readers.layout import Layout
from abslake.formats.readers.pattern import Pattern
from abslake.formats.readers.quoted import request_line

_USERNAMES = (
    "authorizer.principalId", "authorizer.claims.sub", "authorizer.claims.username", "authorizer.claims.cognito:username",
    "authorizer.claims.email", "authorizer.sub", "authorizer.username", "authorizer.userId", "authorizer.user",
    "authorizer.email", "identity.user", "identity.userArn", "identity.caller", "identity.cognitoIdentityId",
)  # fmt: skip
"""Variables that name the user, the first that has a value counts."""

_VARIABLE = re.compile(r"\$context\.([A-Za-z0-9_]+(?:[.:-][A-Za-z0-9_]+)*)")
_REQUEST = re.compile(r"\$context\.httpMethod \$context\.(?:path|resourcePath|routeKey) \$context\.protocol")
_CSV = re.compile(r"\$context\.[\w.:-]+(,\$context\.[\w.:-]+)+", re.ASCII)


def _time(source: Names) -> Field:
    clf, other = clf_time(source), time(source)

    def moment(value: str | None) -> tuple[Any, ...]:
        return clf.read(value) if value and "/" in value else other.read(value)

    def either(one: str, another: str) -> str:
        return f"CASE WHEN contains($0, '/') THEN {one} ELSE {another} END"

    says = "day/month/year:hour:minute:second zone, or time since 1970"
    return Field(
        ("time",), (source,), moment, (either(clf.sql[0], other.sql[0]),), either(clf.exact, other.exact), says=says
    )


def _method_and_path(method: Names, path: Names, route: Names) -> Field:
    """The route of an HTTP API (``GET /pets/{id}``) stands in for what the template leaves out; ``$default`` tells nothing."""

    def read(verb: str | None, url: str | None, key: str | None) -> tuple[str | None, str | None]:
        routed, _, template = (key or "").partition(" ")
        return verb or (routed if template and routed != "ANY" else None), url or template or None

    template = "nullif(substring($2, strpos($2, ' ') + 1), '')"
    told = f"contains($2, ' ') AND NOT starts_with($2, 'ANY ') AND {template} IS NOT NULL"
    routed = f"CASE WHEN {told} THEN split_part($2, ' ', 1) END"
    url = f"coalesce($1, CASE WHEN contains($2, ' ') THEN {template} END)"
    return Field(("method", "url"), (method, path, route), read, (f"coalesce($0, {routed})", url))


def _request(source: Names) -> Field:
    """METHOD PATH PROTOCOL; where the path is the route of an HTTP API, the method stands twice."""

    def read(value: str | None) -> tuple[Any, ...]:
        method, url, version = request_line(value or "")
        verb, _, template = url.partition(" ")
        return method, template if verb.isalpha() and template.startswith("/") else url, version

    return Field(
        ("method", "url", "protocol"), (source,), read, ("$p[1]", "$p[-2]", "$p[-1]"),
        "len($p) IN (3, 4) AND starts_with($p[-1], 'HTTP/') AND starts_with($p[-2], '/') "
        "AND regexp_full_match($p[1], '[A-Za-z]+') AND (len($p) = 3 OR regexp_full_match($p[2], '[A-Za-z]+'))",
        parts="string_split($0, ' ')", says="METHOD PATH PROTOCOL",
    )  # fmt: skip


def fields(at: Mapping[str, Names]) -> tuple[Field, ...]:
    """The fields for variables that stand at these sources. Raises ValueError where the template leaves out what is needed."""

    def of(*variables: str) -> Names:
        return tuple(source for variable in variables for source in at.get(variable, ()))

    request, method, path, route = of("request"), of("httpMethod"), of("path", "resourcePath"), of("routeKey")
    needed = {
        "identity.sourceIp": of("identity.sourceIp"), "requestTimeEpoch or requestTime": of("requestTimeEpoch", "requestTime"),
        "httpMethod": request or method or route, "path, resourcePath or routeKey": request or path or route,
    }  # fmt: skip
    if missing := [name for name, sources in needed.items() if not sources]:
        raise ValueError(f"the template does not log $context.{' nor $context.'.join(missing)}")
    return tuple(
        field
        for sources, field in (
            (True, _time(of("requestTimeEpoch", "requestTime"))),
            (True, text("peer", of("identity.sourceIp"))),
            (request, _request(request)),
            (method or path or route, _method_and_path(method, path, route)),
            (of("protocol"), protocol(of("protocol"))),
            (of("domainName"), text("host", of("domainName"))),
            (of("identity.userAgent"), text("user_agent", of("identity.userAgent"))),
            (of(*_USERNAMES), text("username", of(*_USERNAMES))),
            (of("identity.apiKeyId", "identity.apiKey"), text("api_key", of("identity.apiKeyId", "identity.apiKey"))),
            (of("status"), status(of("status"))),
            (of("responseLength"), count("response_bytes", of("responseLength"))),
            (of("responseLatency"), duration(of("responseLatency"), "ms")),
        )
        if sources
    )


def reader(template: str, checks: Sequence[Field] = ()) -> Reader:
    """A reader for lines of a stage's access log format, as the user wrote it there. Raises ValueError in plain words.

    `checks`: fields that give nothing, but refuse lines of text that are not of this log.
    """
    template = _REQUEST.sub("$context.request", template.strip())
    if template.startswith("{"):
        return _json(template)
    variables = list(dict.fromkeys(_VARIABLE.findall(template)))
    if template.startswith("<"):
        groups = {name: re.sub(r"\W", "_", name) for name in variables}
        return Pattern(_expression(template, groups), fields({name: (group,) for name, group in groups.items()}))
    told = (*checks, *fields({name: (name,) for name in variables}))
    if _CSV.fullmatch(template):
        return Delimited(_VARIABLE.findall(template), told, separator=",")
    return Layout(_VARIABLE.sub(r"${\1}", template), told, wide=("requestTime",))


def _json(template: str) -> Reader:
    # Outside strings a variable stands where a number is to be: for the time of reading it is a string, too.
    parts = re.split(r'("(?:[^"\\]|\\.)*")', template)
    quoted = "".join(part if n % 2 else _VARIABLE.sub(r'"\g<0>"', part) for n, part in enumerate(parts))
    try:
        document = json.loads(quoted)
    except ValueError as error:
        raise ValueError(f"the template looks like JSON but is none: {error}") from None
    at: dict[str, list[str]] = {}
    _note(document, "", at)
    return UniqueKeys(fields({name: tuple(pointers) for name, pointers in at.items()}))


def _note(value: Any, pointer: str, at: dict[str, list[str]]) -> None:
    """Note the JSON pointers at which variables stand alone."""
    if isinstance(value, dict):
        for key, below in value.items():
            _note(below, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}", at)
    elif isinstance(value, str) and (match := _VARIABLE.fullmatch(value.strip())):
        at.setdefault(match[1], []).append(pointer)


def _expression(template: str, groups: Mapping[str, str]) -> str:
    """A regular expression in which a variable ends where its mark-up does."""
    out, at = "", 0
    for match in _VARIABLE.finditer(template):
        end = template[match.end() : match.end() + 1] or "<"
        out += _literal(template[at : match.start()]) + f"(?P<{groups[match[1]]}>[^{_literal(end)}]*)"
        at = match.end()
    return out + _literal(template[at:]) + r"\s*"


def _literal(words: str) -> str:
    return re.sub(r"[^\w\s]", r"\\\g<0>", words, flags=re.ASCII)
