"""Logs of known APIs, and what `abslake.dev.suggest` makes of them."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from abslake.dev.suggest import Proposal, Suggestion, suggest
from abslake.settings import Settings
from tests.support import ase

Headers = list[tuple[str, str]]


def requests(
    count: int, url: str | Callable[[int], str], *, host: str | None = ase.HOST, status: int = 200, headers: Any = None
) -> list[bytes]:
    """So many lines; `url` and `headers` may be functions of the number of the request."""
    lines = []
    for number in range(count):
        more: Headers = headers(number) if callable(headers) else headers or []
        given = ase.headers(*([("Host", host)] if host else []), *more)
        request = ase.request(url=url(number) if callable(url) else url, headers=given)
        lines.append(ase.line(request=request, response=ase.response(response_code=str(status))))
    return lines


def suggested(folder: Path, lines: Iterable[bytes], min_share: float = 0.005) -> Suggestion:
    """What a log of these lines suggests."""
    file = folder / "access.log"
    file.write_bytes(ase.log(*lines))
    return suggest([file], Settings(), min_share)


def places(found: Suggestion) -> list[tuple[str, str]]:
    """Host and url of each proposal, sorted."""
    return sorted((proposal.host, proposal.url) for proposal in found.proposals)


def urls(found: Suggestion) -> list[str]:
    """The url of each proposal, sorted."""
    return sorted(proposal.url for proposal in found.proposals)


def only(found: Suggestion) -> Proposal:
    """The one proposal."""
    (proposal,) = found.proposals
    return proposal
