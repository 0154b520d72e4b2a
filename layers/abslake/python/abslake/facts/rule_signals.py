"""Signals that follow from an API's definition, in SQL: log in, what the definition does not allow, decoys.

Source: contract section 11 (``login_url``, ``api_pattern_enforcement``, ``decoy_config``); docs/api-definitions.md says what is
read into them. A definition that sets none of them costs nothing.
"""

from abslake.facts.signals import Signal
from abslake.records.definitions import ApiMetadata

COLUMNS = {
    "login_paths": "VARCHAR[]",
    "protocols_allowed": "VARCHAR[]",
    "methods_allowed": "VARCHAR[]",
    "content_types_allowed": "VARCHAR[]",
    "decoy_paths": "VARCHAR[]",
}
"""Columns of the table ``apis`` (see `abslake.facts.rules`); NULL: the definition says nothing of it."""

_PATH = "CASE WHEN length(path) > 1 THEN rtrim(path, '/') ELSE path END"
_MEDIA_TYPE = "lower(trim(split_part(request_content_type, ';', 1)))"
_SCHEME = "lower(split_part(sent, '://', 1))"

_CONDITIONS = {
    "login_paths": (Signal.LOGIN, f"list_contains(login_paths, {_PATH})"),
    "protocols_allowed": (
        Signal.PROTOCOL,
        f"absolute AND protocols_allowed IS NOT NULL AND NOT list_contains(protocols_allowed, {_SCHEME})",
    ),
    "methods_allowed": (
        Signal.METHOD,
        "method IS NOT NULL AND methods_allowed IS NOT NULL AND NOT list_contains(methods_allowed, upper(method))",
    ),
    "content_types_allowed": (
        Signal.CONTENT_TYPE,
        "request_content_type <> '' AND content_types_allowed IS NOT NULL "
        f"AND NOT list_contains(content_types_allowed, {_MEDIA_TYPE})",
    ),
    "decoy_paths": (
        Signal.DECOY,
        "decoy_paths IS NOT NULL AND len(list_filter(decoy_paths, lambda decoy: starts_with(path || '/', decoy || '/'))) > 0",
    ),
}


def values(m: ApiMetadata) -> dict[str, list[str] | None]:
    """What a definition puts in `COLUMNS`."""
    enforced = m.api_pattern_enforcement
    return {
        "login_paths": _paths(m, [m.login_url]) if m.login_url.strip() else None,
        "protocols_allowed": list(enforced.protocol_allowed) or None,
        "methods_allowed": list(enforced.methods_allowed) or None,
        "content_types_allowed": list(enforced.content_type_allowed) or None,
        "decoy_paths": _decoys(m),
    }


def sql(used: frozenset[str]) -> str:
    """An expression for the bits of a request, over what `abslake.facts.rows` knows of it. `used`: columns that an API has."""
    terms = [
        f"CASE WHEN {condition} THEN {int(signal)} ELSE 0 END"
        for column, (signal, condition) in _CONDITIONS.items()
        if column in used
    ]
    return f"({' + '.join(terms)})::INTEGER" if terms else "0::INTEGER"


def _decoys(m: ApiMetadata) -> list[str] | None:
    if not m.decoy_config.decoy_enabled:
        return None
    return _paths(m, m.decoy_config.decoy_subpaths) if m.decoy_config.decoy_subpaths else [""]


def _paths(m: ApiMetadata, given: "list[str] | tuple[str, ...]") -> list[str]:
    """Each as a full path and as one below the API's ``url``."""
    root = m.url.rstrip("/")
    bare = [path.strip().strip("/") for path in given]
    return sorted({path for one in bare for path in (f"/{one}", f"{root}/{one}")})
