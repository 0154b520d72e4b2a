"""Findings as events of an EventBridge bus: source ``abslake``, detail-type ``Attack`` or ``Anomaly``.

Source: Amazon EventBridge API reference, PutEvents: ten entries a call, 256 KB in all, and each entry fails by itself.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from abslake.detection.announce.attempts import Attempts
from abslake.detection.announce.channel import Delivery, batches
from abslake.detection.findings import Level
from abslake.export.disclosure import Disclosed
from abslake.export.finding_event import detail

SOURCE = "abslake"
DETAIL_TYPES: Mapping[Level, str] = {Level.ATTACK: "Attack", Level.ANOMALY: "Anomaly"}

_ENTRIES, _BYTES = 10, 240_000
_OVERHEAD = 100  # of an entry beside its detail


class EventBridge:
    """A bus, by name or ARN. `client`: boto3's of EventBridge; made when it is first needed."""

    name = "eventbridge"

    def __init__(self, bus: str, client: Any = None) -> None:
        self._bus, self._client = bus, client

    def takes(self, level: Level) -> bool:
        """All: rules choose by detail-type."""
        return level in DETAIL_TYPES

    def send(self, told: Sequence[Disclosed], attempts: Attempts) -> Delivery:
        """One event each."""
        entries = [self._entry(each) for each in told]
        delivery = Delivery()
        for batch in batches([len(entry["Detail"].encode()) + _OVERHEAD for entry in entries], _ENTRIES, _BYTES):
            if not self._put(entries, batch, delivery, attempts):
                break
        return delivery

    def _put(self, entries: list[dict[str, Any]], batch: list[int], delivery: Delivery, attempts: Attempts) -> bool:
        """Put a batch, and again what failed of it. False: the bus cannot be reached, so the others need not be tried."""
        from botocore.exceptions import BotoCoreError, ClientError

        attempt, waiting = 0, batch
        while True:
            attempt += 1
            try:
                results = self._events().put_events(Entries=[entries[place] for place in waiting])["Entries"]
            except (BotoCoreError, ClientError) as error:  # after botocore's own retries
                delivery.faults.append(_reason(error))
                return False
            failed = {
                place: result["ErrorCode"]
                for place, result in zip(waiting, results, strict=True)
                if "ErrorCode" in result
            }
            delivery.delivered |= set(waiting) - failed.keys()
            if not failed:
                return True
            waiting = list(failed)
            if not attempts.again(attempt):
                delivery.faults += sorted(set(failed.values()))
                return True

    def _entry(self, told: Disclosed) -> dict[str, Any]:
        document = json.dumps(detail(told), separators=(",", ":"), ensure_ascii=False)
        return {
            "EventBusName": self._bus,
            "Source": SOURCE,
            "DetailType": DETAIL_TYPES[told.finding.level],
            "Time": told.finding.last,
            "Detail": document.encode("utf-8", "replace").decode(),
        }

    def _events(self) -> Any:
        if self._client is None:
            import boto3
            from botocore.client import Config

            patience = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 4})
            self._client = boto3.client("events", config=patience)
        return self._client


def _reason(error: Exception) -> str:
    """AWS's error code where there is one; its message may quote names."""
    response = getattr(error, "response", None) or {}
    return str(response.get("Error", {}).get("Code") or type(error).__name__)
