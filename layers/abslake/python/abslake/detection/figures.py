"""What a run of detection is measured by: its metrics, by the names that alarms and docs/detection.md know."""

from collections.abc import Mapping

from abslake.detection.announce.run import Announced
from abslake.detection.run import Summary

SECONDS: Mapping[str, str] = {"DetectionLagSeconds": "lag_seconds", "DetectionSeconds": "seconds"}
"""Metric -> field of the summary, in seconds."""

COUNTS: Mapping[str, str] = {
    "WindowsJudged": "windows",
    "WindowsJudgedAgain": "again",
    "WindowsLeft": "left",
    "RequestsJudged": "requests",
    "Attacks": "attacks",
    "Anomalies": "anomalies",
    "FindingsDropped": "dropped",
    "ApisTrained": "trained",
    "ApisUntrained": "untrained",
}
"""Metric -> field of the summary, in numbers."""


def seconds(summary: Summary) -> dict[str, float]:
    """Metrics in seconds; none where another run was at work, which has its own."""
    return {} if summary.busy else {metric: float(getattr(summary, name)) for metric, name in SECONDS.items()}


def counts(summary: Summary) -> dict[str, int]:
    """Metrics in numbers, the same way."""
    return {} if summary.busy else {metric: int(getattr(summary, name)) for metric, name in COUNTS.items()}


def told(announced: Announced) -> dict[str, int]:
    """Metrics of announcing, in numbers."""
    return {"Announced": announced.delivered, "Undelivered": announced.undelivered}
