"""Transactions logged in two lines: a request line and, later in the same object, the response line with its id.

Source: docs/formats/ase.md ("Two lines"): ids are compared as text; an id may be used again after its answer; a second
answer, or an answer before its request, is no transaction; a request without answer stays one without answer.
"""

from collections.abc import Iterator

from abslake.records.record import BadLine, Record


class Pairing:
    """Holds requests that wait for their response, at most `most` of them, in the order of their lines."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._waiting: dict[str, Record] = {}

    def add(self, half: Record) -> Iterator[Record]:
        """Take one half; give the transactions that are settled by it. Raises BadLine for an answer to nothing."""
        name = half.correlation or ""
        if half.kind == "response":
            request = self._waiting.pop(name, None)
            if request is None:
                raise BadLine("response without request: no request waits for this correlation_id")
            yield _joined(request, half)
            return
        if (earlier := self._waiting.pop(name, None)) is not None:
            yield earlier
        elif len(self._waiting) >= self._most:
            yield self._waiting.pop(next(iter(self._waiting)))
        self._waiting[name] = half

    def end(self) -> Iterator[Record]:
        """The requests that were never answered."""
        yield from self._waiting.values()
        self._waiting = {}


def _joined(request: Record, response: Record) -> Record:
    """One transaction, timed by the request; what may stand on either line is the response line's."""
    request.status = response.status
    request.response_content_type = response.response_content_type
    request.response_bytes = response.response_bytes
    for name in ("server", "sideband", "connection", "time_ms"):
        if (value := getattr(response, name)) is not None:
            setattr(request, name, value)
    request.kind = "whole"
    return request
