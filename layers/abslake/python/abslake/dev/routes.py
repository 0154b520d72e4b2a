"""Which function answers which path of the HTTP API, as template.yaml says it."""

from collections.abc import Collection, Mapping

DEFAULT_ROUTE = "$default"

ROUTES: Mapping[str, str] = {
    "/v4/abs": "forensics",
    "/v4/abs/metrics": "metrics",
    "/v4/abs/apikeys": "clients",
    "/v4/abs/oauthtokens": "clients",
    "/v4/abs/username": "clients",
    "/v4/abs/attack": "attacks",
    "/v4/abs/anomalies": "attacks",
    "/v4/abs/be": "traffic",
    "/v4/abs/hackersurl": "traffic",
    "/v4/abs/validurl": "traffic",
    "/v4/abs/decoy": "traffic",
    "/v4/abs/flowcontrol": "traffic",
    "/v4/abs/bc": "traffic",
    "/v4/abs/discovery": "traffic",
    "/v5/abs/discovery/openapi": "traffic",
    "/v4/abs/attack/threshold": "tuning",
    "/v4/abs/attackstatus": "tuning",
    "/v4/abs/reset": "tuning",
    "/v5/abs/benign": "tuning",
    "GET /v4/abs/attacklist": "attacks",
    "GET /v4/abs/attacklist/": "attacks",
    "/v4/abs/attacklist": "tuning",
    "/v4/abs/attacklist/": "tuning",
    "GET /v5/abs/admin": "admin",
    "GET /v4/abs/admin": "admin",
    "/v5/abs/admin": "tuning",
    "/v4/abs/admin": "tuning",
    "GET /v5/abs/globalconfig": "admin",
    "GET /v4/abs/globalconfig": "admin",
    "/v5/abs/globalconfig": "tuning",
    "/v4/abs/globalconfig": "tuning",
    "/v5/abs/latency": "analytics",
    "/v5/abs/top": "analytics",
    "/v5/abs/timeline": "investigation",
    "/v5/abs/search": "investigation",
    "/v5/abs/health": "admin",
    DEFAULT_ROUTE: "forensics",
}
"""Path of the HTTP API, or method and path -> function; a test keeps them together with template.yaml."""


def route_of(method: str, path: str, routes: Collection[str] = ROUTES) -> str:
    """The route that API Gateway takes: that of method and path before that of the path alone, else the default."""
    return next((route for route in (f"{method} {path}", path) if route in routes), DEFAULT_ROUTE)
