"""Findings POSTed to an address, in batches, in one of three forms.

A batch that a 2xx answers is delivered. 408, 429, 5xx and broken or slow connections are tried again; a redirect is not followed,
and like any other answer it is final for this run. What is not delivered is new in the next run again.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from abslake.detection.announce.attempts import Attempts
from abslake.detection.announce.channel import Delivery, batches
from abslake.detection.findings import Level
from abslake.export import finding_event, ocsf_finding, splunk
from abslake.export.disclosure import Disclosed
from abslake.https import Reply, Target, post

_EVENTS, _BYTES = 100, 500_000  # Splunk's collector takes 1 MB unless told otherwise
_SECONDS = 20.0
_AGAIN = frozenset({408, 429, *range(500, 600)})
_OF_THIS_BATCH = frozenset({400, 413, 422})
"""Answers that speak of what was sent, not of the receiver: the next batch may fare better."""

Compose = Callable[[Sequence[str]], str]

FORMATS: Mapping[str, tuple[Callable[[Disclosed], dict[str, Any]], Compose]] = {
    "abslake": (finding_event.detail, lambda events: f'{{"findings":[{",".join(events)}]}}'),
    "splunk": (splunk.collector_event, "\n".join),
    "ocsf": (ocsf_finding.record, lambda events: f"[{','.join(events)}]"),
}
"""Name -> what a finding becomes, and how several make a body."""


class Post(Protocol):
    """`abslake.https.post`."""

    def __call__(self, target: Target, body: bytes, seconds: float) -> Reply:
        """POST `body`."""


class Webhook:
    """The way to `target`; anomalies too if `anomalies`."""

    name = "webhook"

    def __init__(self, target: Target, form: str, *, anomalies: bool, send: Post = post) -> None:
        self._target, self._anomalies, self._send = target, anomalies, send
        self._event, self._compose = FORMATS[form]

    def takes(self, level: Level) -> bool:
        """Attacks; anomalies where asked for."""
        return self._anomalies or level is Level.ATTACK

    def send(self, told: Sequence[Disclosed], attempts: Attempts) -> Delivery:
        """POST them, batch by batch."""
        events = [json.dumps(self._event(each), separators=(",", ":")) for each in told]
        delivery = Delivery()
        for batch in batches([len(event) for event in events], _EVENTS, _BYTES):
            reply = self._try(self._compose([events[place] for place in batch]).encode(), attempts)
            if 200 <= reply.status < 300:
                delivery.delivered.update(batch)
                continue
            delivery.faults.append(reply.fault or f"HTTP {reply.status}")
            if reply.status not in _OF_THIS_BATCH:
                break
        return delivery

    def _try(self, body: bytes, attempts: Attempts) -> Reply:
        attempt = 0
        while True:
            attempt += 1
            seconds = min(_SECONDS, attempts.left())
            if seconds < 1:
                return Reply(fault="no time left")
            reply = self._send(self._target, body, seconds)
            passing = not reply.final and (bool(reply.fault) or reply.status in _AGAIN)
            if not passing or not attempts.again(attempt, reply.retry_after):
                return reply
