"""``GET /v5/abs/health``: whether the lake can be read, and whether ingest, index and detection keep up, for a monitor.

Known without asking anything but the lake. It names no client; still it asks for keys, since how busy a lake is and how far
behind is nobody else's business, and every call costs some listings.
"""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from itertools import islice

from abslake.detection import lateness, lease, progress
from abslake.detection.facts_days import first_and_last
from abslake.detection.findings import WINDOW
from abslake.errors import BadRequest, StorageError
from abslake.facts import schema
from abslake.index import names, root
from abslake.reports.answer import pool
from abslake.reports.health_models import (
    MOST_WAITING,
    DetectionHealth,
    FactsHealth,
    HealthReport,
    IndexHealth,
    Versions,
)
from abslake.storage import Lake

PATH = "/v5/abs/health"
FIELDS = ("max_age_minutes",)

MOST_MINUTES = 525_600
INDEX_LATE_SECONDS = 3_600.0
"""Units that wait longer for the index are late; the stack's alarm rings then, too."""

_ATTEMPTS = 3
_logger = logging.getLogger(__name__)
_VERSIONS = Versions(
    schema_version=schema.SCHEMA_VERSION, parser_version=schema.PARSER_VERSION, index_format=root.FORMAT
)


def show(lake: Lake, asked: Mapping[str, str], now: datetime | None = None) -> HealthReport:
    """The report. `asked`: parameters, by name. Raises BadRequest; a lake that cannot be read is part of the answer."""
    max_age_minutes = _read_minutes(asked.get("max_age_minutes"))
    when = now or datetime.now(UTC)
    try:
        facts, index, detection = _look(lake, when)
    except (StorageError, FileNotFoundError) as error:
        _logger.warning("the lake cannot be read: %s", error)
        return HealthReport(
            status="unavailable",
            reasons=["the lake cannot be read; the log of the function says why"],
            checked_at=_iso(when),
            versions=_VERSIONS,
        )
    reasons = _reasons(facts, index, detection, max_age_minutes)
    return HealthReport(
        status="degraded" if reasons else "ok",
        reasons=reasons,
        checked_at=_iso(when),
        versions=_VERSIONS,
        facts=facts,
        index=index,
        detection=detection,
    )


def http_status(report: HealthReport) -> HTTPStatus:
    """200 where all is well, else 503, which is what monitors look at."""
    return HTTPStatus.OK if report.status == "ok" else HTTPStatus.SERVICE_UNAVAILABLE


def _look(lake: Lake, now: datetime) -> tuple[FactsHealth, IndexHealth, DetectionHealth]:
    index = pool().submit(_index, lake, now)
    days = first_and_last(lake)
    facts = _facts(lake, days[1], now) if days else FactsHealth()
    for attempt in range(_ATTEMPTS):
        try:
            return facts, index.result(), _detection(lake, days, now)
        except FileNotFoundError:  # facts were replaced meanwhile
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError


def _facts(lake: Lake, last_day: datetime, now: datetime) -> FactsHealth:
    units = [unit for unit in lake.list(f"{schema.PREFIX}date={last_day:%Y-%m-%d}/") if unit.key.endswith(".parquet")]
    if not units:
        return FactsHealth()
    arrival = max(unit.last_modified for unit in units)
    return FactsHealth(
        newest_event_hour=_iso(max(schema.hour_of(unit.key) for unit in units)),
        newest_arrival=_iso(arrival),
        age_seconds=_seconds(now, arrival),
    )


def _index(lake: Lake, now: datetime) -> IndexHealth:
    try:
        data, entry = lake.get_as_listed(names.ROOT)
    except FileNotFoundError:
        return IndexHealth()
    root.decode(data)  # a root that cannot be read stops reports, too
    waiting = [one.last_modified for one in islice(lake.list(names.PENDING), MOST_WAITING)]
    return IndexHealth(
        written=_iso(entry.last_modified),
        units_waiting=len(waiting),
        lag_seconds=_seconds(now, min(waiting)) if waiting else 0,
    )


def _detection(lake: Lake, days: tuple[datetime, datetime] | None, now: datetime) -> DetectionHealth:
    window, judged_at = progress.last_judged(lake)
    if window is None or judged_at is None or days is None:
        return DetectionHealth()
    hours, lag_seconds = lateness.due(lake, days, now)
    return DetectionHealth(
        judged_until=_iso(window + WINDOW),
        judged_at=_iso(judged_at),
        at_work=lease.holder(lake, now) is not None,
        hours_due=hours,
        lag_seconds=int(lag_seconds),
    )


def _reasons(
    facts: FactsHealth, index: IndexHealth, detection: DetectionHealth, max_age_minutes: int | None
) -> list[str]:
    reasons = []
    if max_age_minutes is not None and (facts.age_seconds is None or facts.age_seconds > max_age_minutes * 60):
        reasons.append(f"facts: none have come for {max_age_minutes} minutes")
    if index.lag_seconds > INDEX_LATE_SECONDS:
        reasons.append(f"index: {index.units_waiting} units wait, the first for {index.lag_seconds} seconds")
    if detection.lag_seconds > lateness.LATE_SECONDS:
        reasons.append(
            f"detection: facts of {detection.hours_due} hours wait, the first for {detection.lag_seconds} seconds"
        )
    return reasons


def _read_minutes(text: str | None) -> int | None:
    if text is None:
        return None
    if text.isascii() and text.isdecimal() and len(text) <= 6 and 1 <= int(text) <= MOST_MINUTES:
        return int(text)
    raise BadRequest(f"max_age_minutes: write a whole number from 1 to {MOST_MINUTES}")


def _seconds(now: datetime, then: datetime) -> int:
    return max(0, int((now - then).total_seconds()))


def _iso(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
