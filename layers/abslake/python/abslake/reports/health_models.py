"""The answer of ``/v5/abs/health``, which is our own: the contract has no such report."""

from typing import Literal

from pydantic import Field

from abslake.reports.models import Part

MOST_WAITING = 10_000

Moment = str | None
"""UTC, ISO 8601 with seconds and Z; None: there is none yet."""


class Versions(Part):
    """What this deployment writes."""

    schema_version: int = Field(description="of the columns of facts")
    parser_version: int = Field(description="of how lines become facts")
    index_format: int = Field(description="of the root of the index")


class FactsHealth(Part):
    """How fresh the facts are."""

    newest_event_hour: Moment = Field(default=None, description="begin of the last hour that has facts")
    newest_arrival: Moment = Field(default=None, description="when the last unit of that day was written")
    age_seconds: int | None = Field(default=None, description="time since then")


class IndexHealth(Part):
    """How far compaction is. Reports are exact without it, and slower."""

    written: Moment = Field(default=None, description="when the index was last changed")
    units_waiting: int = Field(
        default=0, description=f"units that are not indexed yet; {MOST_WAITING} also stands for more"
    )
    lag_seconds: int = Field(default=0, description="for how long the first of them has waited")


class DetectionHealth(Part):
    """How far detection is."""

    judged_until: Moment = Field(default=None, description="end of the last window that was judged")
    judged_at: Moment = Field(default=None, description="when it was")
    at_work: bool = Field(default=False, description="whether a run is at work now")
    hours_due: int = Field(default=0, description="hours with facts that could have been judged and were not")
    lag_seconds: int = Field(default=0, description="for how long the first of them has waited")


class HealthReport(Part):
    """Answer of ``GET /v5/abs/health``. All times are UTC, in ISO 8601, whatever the deployment's time zone."""

    name: Literal["api_health"] = "api_health"
    status: Literal["ok", "degraded", "unavailable"] = Field(
        description="degraded: something is behind; unavailable: the lake cannot be read, and nothing else is known"
    )
    reasons: list[str] = Field(description="why it is not ok; empty where it is")
    checked_at: str
    versions: Versions
    facts: FactsHealth = FactsHealth()
    index: IndexHealth = IndexHealth()
    detection: DetectionHealth = DetectionHealth()
