"""Places: where in a request an identifier may stand.

ASE's own fields and the ``identities`` of an API definition come down to the same places, so that behind this module
there is one rule for each identifier. Source: docs/api-definitions.md ("Identities").
"""

import re
from dataclasses import dataclass
from typing import Literal, cast

Kind = Literal["bearer", "header", "query", "cookie", "claim"]

IDENTIFIERS = ("token", "api_key", "username", "session")
"""What is looked for in a request, besides its address."""

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""RFC 9110, section 5.1."""
_NAMED = ("header", "query", "cookie", "claim")


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """One place. Header names are in lower case, the other names as they are spelled; `bearer` has none."""

    kind: Kind
    name: str = ""


BEARER = Place("bearer")
"""The token of ``Authorization: Bearer``."""


def place_of(text: str) -> Place:
    """The place that a definition writes as `text`: ``bearer``, or kind and name, ``header:X-Key``.

    The name is all that follows the first colon. Raises ValueError with what is wrong, without the text.
    """
    kind, colon, rest = text.partition(":")
    kind, name = kind.strip().lower(), rest.strip()
    if kind == "bearer" and not colon:
        return BEARER
    if kind not in _NAMED or not name:
        raise ValueError("write bearer, header:<name>, query:<name>, cookie:<name> or claim:<name>")
    if kind == "header":
        if not _HEADER_NAME.fullmatch(name):
            raise ValueError("is no name of a header")
        name = name.lower()
    if kind == "cookie" and any(c in "=;" or c.isspace() for c in name):
        raise ValueError("is no name of a cookie")
    return Place(cast("Kind", kind), name)
