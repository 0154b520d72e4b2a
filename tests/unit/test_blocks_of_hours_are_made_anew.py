"""A day is added up from blocks of hours; one whose hour has changed is made anew, and an hour is never counted twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from abslake.detection import activity, profiles
from abslake.detection.detector import View
from abslake.detection.hours import BLOCK, Hours
from abslake.detection.kept import Kept
from abslake.storage import Lake
from tests.support.facts import at

NOON = at("2026-03-02T12:00")
ROWS = {**activity.day_rows(()), View.CLIENT: frozenset({"requests"})}


def put(kept: Kept, engine: duckdb.DuckDBPyConnection, window: datetime, requests: int) -> None:
    """Activity of a window: one client with so many requests."""
    path = kept.folder / "window.parquet"
    engine.execute(
        "COPY (SELECT 'client' AS view, 'shop' AS api, 'ip' AS kind, '10.0.0.1' AS client, "
        f"{requests}::BIGINT AS requests, TIMESTAMP '2026-03-02' AS first_seen, TIMESTAMP '2026-03-02' AS last_seen) "
        f"TO '{path}' (FORMAT parquet)"
    )
    kept.put(activity.key(window), path)


def test_a_block_follows_its_hours(tmp_path: Path) -> None:
    lake, folder = Lake(str(tmp_path / "lake")), tmp_path / "work"
    folder.mkdir()
    end = NOON + timedelta(hours=8)
    with duckdb.connect(config={"threads": 1}) as engine, ThreadPoolExecutor(2) as pool:
        profiles.load(engine, None)
        kept = Kept(lake, folder, pool)
        hours = Hours(kept, engine, ROWS)

        def day() -> list[tuple[int, int]]:
            activity.add_up(engine, hours.files(NOON - timedelta(hours=2), end), ROWS)
            return engine.execute("SELECT requests, windows FROM day_activity").fetchall()

        for number in range(-2, 8):
            put(kept, engine, NOON + timedelta(hours=number), 10**2)
        assert day() == [(1_000, 10)]
        assert len(hours.files(NOON - timedelta(hours=2), end)) == 2 + 1 + 2
        assert lake.get(activity.block_key(NOON, BLOCK))

        late = NOON + timedelta(hours=3, minutes=10)
        hours.forget(late)
        put(kept, engine, late, 7)
        assert day() == [(1_007, 11)]
