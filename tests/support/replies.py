"""Requests over a real socket."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Reply:
    """Status, headers (names in lower case) and body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


def get(url: str, headers: Mapping[str, str] | None = None, method: str = "GET", body: bytes | None = None) -> Reply:
    """One request; an error status is a reply like any other."""
    request = urllib.request.Request(url, data=body, headers=dict(headers or {}), method=method)
    try:
        answer = urllib.request.urlopen(request, timeout=60)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        return Reply(answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read())
