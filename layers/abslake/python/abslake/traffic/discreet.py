"""What of a path may be seen by callers who may see no identifier: the path without the request's own identifiers.

An identifier of fewer than six characters is a word like any other: it goes where it is a whole segment. Path parameters
(``;jsessionid=…``) lose their values.
"""

from collections.abc import Sequence

_CUT = r"regexp_replace(path, ';([^=/;]*)=[^/;]*', ';\1=***', 'g')"
_READABLE = "coalesce(TRY(url_decode(shown)), shown)"
_SEGMENTS = (
    f"array_to_string(list_transform(string_split({_READABLE}, '/'), "
    "lambda part: CASE WHEN part = id THEN '***' ELSE part END), '/')"
)


def without(identifiers: Sequence[str]) -> str:
    """A DuckDB expression over the columns of facts: what is shown instead of the path; NULL where that is the path itself.

    `identifiers`: the columns whose values are hidden.
    """
    shown = (
        f"list_reduce([{', '.join((_CUT, *identifiers))}], lambda shown, id: "
        "CASE WHEN id IS NULL THEN shown WHEN TRY(url_decode(shown)) IS NULL THEN '/***' "  # nobody can tell what it holds
        f"WHEN NOT contains({_READABLE}, id) THEN shown "
        f"WHEN length(id) >= 6 THEN replace({_READABLE}, id, '***') ELSE {_SEGMENTS} END)"
    )
    # Almost every path is harmless at first sight: no parameter, nothing encoded, none of the identifiers inside.
    suspect = " OR ".join(f"contains(path, {part})" for part in ("';'", "'%'", *identifiers))
    return f"CASE WHEN {suspect} THEN nullif({shown}, path) END"


SHOWN_PATH = without(("token", "cookie", "api_key", "username"))
"""What the restricted user is shown instead of a path."""
