"""A finding as abslake itself tells it: the detail of an event, one JSON object. Documented in docs/detection.md."""

from typing import Any

from abslake.export.disclosure import Disclosed

VERSION = 1

MOST_PATH = 1024
"""Characters of a sample's path. With `MOST_TEXT` it keeps an event far below the 256 KB of EventBridge, however escaped."""


def detail(told: Disclosed) -> dict[str, Any]:
    """The object. What a finding has not is absent."""
    finding = told.finding
    document: dict[str, Any] = {
        "version": VERSION,
        "id": told.reference,
        "news": told.news.value,
        "level": finding.level.value,
        "attack_id": finding.attack_id,
        "name": finding.name,
        "scope": "across" if told.across else "api",
        "api": finding.api,
        "identifier_kind": finding.identifier_kind.value,
        "identifier": told.identifier,
        "identifier_masked": told.masked,
        "first": finding.first.isoformat(),
        "last": finding.last.isoformat(),
        "window": finding.window.isoformat() if finding.window else None,
        "attack_code": finding.attack_code,
        "attack_deviation": finding.attack_deviation,
        "values": dict(finding.values),
        "thresholds": {letter: each.model_dump(exclude_none=True) for letter, each in finding.thresholds.items()},
        "samples": [
            {"path": sample.path[:MOST_PATH], "status": sample.status, "count": sample.count}
            for sample in finding.samples
        ],
        "note": finding.note,
    }
    return {name: value for name, value in document.items() if value not in (None, "", [], {})}
