"""Where identifiers and clients are found, read a second time: by the documents, with nothing of the code under test."""

import base64
import json
import re
from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import parse_qsl

Json = Any
IDENTIFIERS = ("token", "api_key", "username", "session")


def jwt(claims: object) -> str:
    """An unsigned token that says this."""
    return f"e30.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.c2ln"


def identifiers(request: dict[str, Json], metadata: dict[str, Json]) -> dict[str, str | None]:
    """What a definition's places hold in a body of /ase/request, by identifier; and the user that the gateway names."""
    places = {name: [*_of_ase(name, metadata), *metadata.get("identities", {}).get(name, [])] for name in IDENTIFIERS}
    found = {}
    for name, texts in places.items():
        order = sorted(texts, key=lambda text: text.startswith("claim:"))
        values = (_at(text, request, metadata) for text in order)
        found[name] = next((value for value in values if value), None)
    users = (entry.get("username") for entry in request.get("user_info", []))
    found["username"] = found["username"] or next(users, None)
    return found


def client(forwarded: Sequence[str], peer: str, trusted: Sequence[str]) -> str:
    """The client behind trusted proxies, by the values of all X-Forwarded-For headers and the peer's plain address."""
    networks = [ip_network(text) for text in trusted]
    chain = [entry.strip() for value in forwarded for entry in value.split(",") if entry.strip()] + [peer]
    found = peer
    while chain:
        try:
            address = ip_address(chain.pop())
        except ValueError:
            return found
        found = str(address)
        if not any(address in network for network in networks):
            return found
    return found


def _of_ase(name: str, metadata: dict[str, Json]) -> list[str]:
    token = metadata.get("jwt", {})
    claim = token.get("username") if token.get("location") else None
    fields = {
        "token": ["bearer" if metadata.get("oauth2_access_token") else ""],
        "api_key": [_kind("header", metadata.get("apikey_header")), _kind("query", metadata.get("apikey_qs"))],
        "username": [_kind("header", metadata.get("username_header")), _kind("claim", claim)],
        "session": [_kind("cookie", metadata.get("cookie"))],
    }
    return [text for text in fields[name] if text]


def _kind(kind: str, name: str | None) -> str:
    return f"{kind}:{name}" if name else ""


def _at(place: str, request: dict[str, Json], metadata: dict[str, Json]) -> str | None:
    kind, _, name = place.partition(":")
    if kind == "claim":
        return _claim(_jwt(request, metadata), name)
    if kind == "bearer":
        match = re.fullmatch(r"[ \t]*bearer[ \t]+(.*?)[ \t]*", _header(request, "authorization"), re.IGNORECASE)
        return match[1] if match else None
    if kind == "header":
        return _header(request, name).strip(" \t")
    if kind == "cookie":
        return _cookie(request, name)
    pairs = parse_qsl(request["url"].partition("#")[0].partition("?")[2], keep_blank_values=True)
    return next((value for key, value in pairs if key == name), None)


def _header(request: dict[str, Json], name: str) -> str:
    pairs = (pair for entry in request["headers"] for pair in entry.items())
    return next((value for key, value in pairs if key.lower() == name.lower()), "")


def _cookie(request: dict[str, Json], name: str) -> str | None:
    headers = [value for entry in request["headers"] for key, value in entry.items() if key.lower() == "cookie"]
    for pair in ";".join(headers).split(";"):
        key, equals, value = pair.lstrip().partition("=")
        if equals and key == name:
            return value.strip(" ")
    return None


def _jwt(request: dict[str, Json], metadata: dict[str, Json]) -> dict[str, Json]:
    location = metadata.get("jwt", {}).get("location") or "h:authorization:bearer"
    place = {"h:authorization:bearer": "bearer", "h:X-Jwt": "header:X-Jwt", "qs:jwt": "query:jwt"}[location]
    parts = (_at(place, request, metadata) or "").removeprefix("Bearer ").split(".")
    try:
        return dict(json.loads(base64.urlsafe_b64decode(parts[1] + "===")))
    except (IndexError, ValueError):
        return {}


def _claim(claims: Json, name: str) -> str | None:
    value = claims.get(name)
    if name not in claims and "." in name:
        outer, _, inner = name.partition(".")
        value = claims[outer].get(inner) if isinstance(claims.get(outer), dict) else None
    value = value[0] if isinstance(value, list) and value else value
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None
