"""A finding as an event of ``attack.log``, as Splunk gets it. Source of the fields and their values: contract 12."""

from typing import Any

from abslake.detection.findings import ACROSS
from abslake.export.disclosure import Disclosed

SOURCE_TYPE = "_json"

_DDOS = frozenset({3, 9, 13})
"""Of attack_bucket "DDoS": the types named so, and the one that the documented DDoS alert is sent for besides."""


def event(told: Disclosed) -> dict[str, Any]:
    """The documented fields, texts all of them; then ours, which tell anomalies from attacks and copies from each other."""
    finding = told.finding
    return {
        "timestamp": str(int(finding.last.timestamp() * 1000)),
        "protocol": "HTTP",
        "attack_id": str(finding.attack_id),
        "description": finding.name.removesuffix(" Attack"),  # as in the documented sample
        "attack_bucket": "DDoS" if finding.attack_id in _DDOS else "API",
        "attack_scope": "MULTI_API" if told.across else "SINGLE_API",
        "attacked_api": "MULTI_API" if finding.api == ACROSS else finding.api,
        "attack_identifier_type": finding.identifier_kind.value.upper(),
        "attack_key": told.key_name,
        "attack_value": told.identifier,
        "level": finding.level.value,
        "finding_id": told.reference,
        "attack_code": finding.attack_code,
        "attack_deviation": finding.attack_deviation,
    }


def collector_event(told: Disclosed) -> dict[str, Any]:
    """The event in the envelope that Splunk's HTTP Event Collector takes (``/services/collector/event``).

    Source: Splunk, "Format events for HTTP Event Collector": ``time`` in seconds since 1970.
    """
    seconds = round(told.finding.last.timestamp(), 3)
    return {"time": seconds, "source": "abslake", "sourcetype": SOURCE_TYPE, "event": event(told)}
