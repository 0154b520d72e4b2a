"""Findings in a lake with and without their index."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from abslake.detection import found_index, found_index_update
from abslake.detection.findings import Finding, IdentifierKind, Level, lines
from abslake.storage import Lake

NAME = "Data Exfiltration Attack"
POOL = ThreadPoolExecutor(4, "test-found")


def found(
    identifier: str,
    last: datetime,
    kind: IdentifierKind = IdentifierKind.TOKEN,
    attack_id: int = 1,
    level: Level = Level.ATTACK,
    api: str = "shop",
) -> Finding:
    """A finding of ten minutes that ends at `last`."""
    return Finding(
        attack_id=attack_id,
        name=NAME,
        level=level,
        identifier_kind=kind,
        identifier=identifier,
        api=api,
        first=last - timedelta(minutes=10),
        last=last,
    )


def write_day(lake: Lake, day: str, findings: Iterable[Finding], name: str = "day") -> str:
    """An object of findings of a day as detection writes it; its key."""
    key = f"findings/date={day}/{name}.ndjson"
    lake.put(key, lines(findings))
    return key


def index_all(lake: Lake, now: datetime) -> int:
    """Bring the index up to date in as many runs as it takes; how many."""
    for runs in range(1, 20):
        if not found_index_update.update(lake, POOL, now, ()):
            return runs
    raise AssertionError("the index is never complete")


def month(lake: Lake, name: str) -> found_index.Month | None:
    """The index of a month."""
    return found_index.decode(found_index.load(lake, name))


def utc(day: str, hour: int = 0) -> datetime:
    """An hour of a day."""
    return datetime.fromisoformat(day).replace(hour=hour, tzinfo=UTC)
