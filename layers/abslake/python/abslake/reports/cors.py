"""Which pages may ask from a browser (CORS): those of the origins that are set, none unless some are.

The functions answer for themselves, not the gateway, so that the local stack does the same. Credentials of the browser's own
(cookies) play no part: keys and tokens stand in headers.
"""

from collections.abc import Mapping, Sequence

from abslake.settings import Settings

_REQUEST_HEADERS = "authorization, content-type, x-abs-ak, x-abs-ak-ru, x-abs-sk, x-abs-sk-ru"
_ANSWER_HEADERS = "Allow, Link, Location, Retry-After, WWW-Authenticate"
_KEPT_SECONDS = "600"


def allowed(headers: Mapping[str, str], settings: Settings) -> dict[str, str]:
    """The headers that let the page read an answer, none where it may not."""
    origin = headers.get("origin", "")
    origins = {part.strip() for part in settings.allowed_origins.split(",") if part.strip()}
    if not origin or not origins & {origin, "*"}:
        return {}
    shown = "*" if "*" in origins else origin
    return {"Access-Control-Allow-Origin": shown, "Access-Control-Expose-Headers": _ANSWER_HEADERS}


def preflight(headers: Mapping[str, str], methods: Sequence[str], settings: Settings) -> dict[str, str]:
    """The headers of the answer to a browser that asks whether it may ask; none where it may not, or is none."""
    if "access-control-request-method" not in headers or not (shown := allowed(headers, settings)):
        return {}
    return {
        "Access-Control-Allow-Origin": shown["Access-Control-Allow-Origin"],
        "Access-Control-Allow-Methods": ", ".join(methods),
        "Access-Control-Allow-Headers": _REQUEST_HEADERS,
        "Access-Control-Max-Age": _KEPT_SECONDS,
    }
