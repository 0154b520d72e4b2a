"""Lakes with an index, folded by the code that does it in earnest."""

from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from abslake.index import build, layout, names, pending, replacing, root, tasks
from abslake.index.build import Builder
from abslake.index.folding import Pace
from abslake.settings import Settings
from abslake.storage import Lake
from abslake.traffic.sums import Limits
from tests.support.facts import Row, write_facts

EAGER = Pace(settle_delay=timedelta(0), resettle_after=timedelta(0))
"""Closed is closed: no waiting for what is late."""


def add_facts(lake: Lake, rows: Iterable[Row], source: str = "test") -> list[str]:
    """Write units and their markers, as ingest does."""
    keys = write_facts(lake, rows, source=source)
    for key in keys:
        pending.mark(lake, key)
    return keys


def fold(lake: Lake, now: datetime, kinds: Sequence[str] = names.KINDS, rounds: int = 3) -> None:
    """Do what is due at `now` for these kinds, and again what that makes due."""
    replacing.initialise(lake)
    builder = Builder(lake, Settings())
    for _ in range(rounds):
        for task in tasks.due(lake, now, EAGER):
            if task.kind in kinds:
                tasks.run(lake, builder, task, pace=EAGER, clock=lambda: now)


def segments(lake: Lake, kind: str) -> dict[str, int]:
    """How many segments the days and months of a kind have."""
    index = root.load(lake).root.kinds[kind]
    return {day: len(some) for day, some in index.days.items()} | dict.fromkeys(index.months, 1)


@contextmanager
def small_limits(**changes: int):
    """Everything is heavy, and hardly anything fits an answer: so that a few rows are a large lake."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "LIGHT_ROWS", changes.get("light", 3))
        patch.setattr(layout, "LIGHT_ROWS_A_MONTH", changes.get("light_month", 4))
        patch.setattr(layout, "ROWS_AN_OBJECT", changes.get("rows_an_object", 4))
        patch.setattr(build, "_ROWS_AT_ONCE", changes.get("rows_at_once", 8))
        patch.setattr(
            layout,
            "LIMITS",
            Limits(
                answer=changes.get("answer", 12),
                entry=changes.get("entry", 9),
                bare=changes.get("bare", changes.get("answer", 12)),
                top_sessions=changes.get("top_sessions", 2),
                top_addresses=changes.get("top_addresses", 3),
                sketch=changes.get("sketch", 4096),
            ),
        )
        yield


def utc(*parts: int) -> datetime:
    """A UTC time."""
    return datetime(*parts, tzinfo=UTC)
