"""What of a path may be seen by callers who may see no identifier: the path without the request's own identifiers.

An identifier of fewer than six characters is a word like any other: it goes where it is a whole segment. Path parameters
(``;jsessionid=…``) lose their values.
"""

_CUT = r"regexp_replace(path, ';([^=/;]*)=[^/;]*', ';\1=***', 'g')"
_READABLE = "coalesce(TRY(url_decode(shown)), shown)"
_SEGMENTS = (
    f"array_to_string(list_transform(string_split({_READABLE}, '/'), "
    "lambda part: CASE WHEN part = id THEN '***' ELSE part END), '/')"
)
_SHOWN = (
    f"list_reduce([{_CUT}, token, cookie, api_key], lambda shown, id: "
    "CASE WHEN id IS NULL THEN shown WHEN TRY(url_decode(shown)) IS NULL THEN '/***' "  # nobody can tell what it holds
    f"WHEN NOT contains({_READABLE}, id) THEN shown "
    f"WHEN length(id) >= 6 THEN replace({_READABLE}, id, '***') ELSE {_SEGMENTS} END)"
)
# Almost every path is harmless at first sight: no parameter, nothing encoded, none of the three inside.
_SUSPECT = " OR ".join(
    ("contains(path, ';')", "contains(path, '%')", *(f"contains(path, {c})" for c in ("token", "cookie", "api_key")))
)

SHOWN_PATH = f"CASE WHEN {_SUSPECT} THEN nullif({_SHOWN}, path) END"
"""A DuckDB expression over the columns of facts: what is shown instead of the path; NULL where that is the path itself."""
