"""All pages of a report, each asked for as the one before says in its header."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.support.calls import ADMIN, Answer, call


def pages(path: str, query: str, user: Mapping[str, str] = ADMIN) -> Iterator[Any]:
    """The documents, page by page."""
    return (answer.json for answer in answers(path, query, user))


def answers(path: str, query: str, user: Mapping[str, str] = ADMIN) -> Iterator[Answer]:
    """The answers, page by page."""
    while True:
        answer = call(query, user, path=path)
        assert answer.status == 200, answer.body
        yield answer
        link = answer.headers.get("Link")
        assert (link is None) == ("next_cursor" not in answer.json)
        if link is None:
            return
        match = re.fullmatch(r'<\?([^<>"]+)>; rel="next"', link)
        assert match
        query = match[1]
