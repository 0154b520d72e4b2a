"""Lives of processes that share one lake on an S3 server: ingesters, compactors, readers. The code is the real one."""

import json
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from abslake.errors import StorageError
from abslake.facts import schema, units
from abslake.index import folding, names, reading, sweeping, tasks
from abslake.storage import Lake
from tests.protocol.simulator.toy import Toy, rows_key, rows_of
from tests.support.s3 import S3Server

KINDS = ("ip", "api")
DAYS = ("2026-01-30", "2026-01-31", "2026-02-01")
FIRST, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
PACE = folding.Pace(resettle_after=timedelta(seconds=1), most_units=20)


@dataclass(frozen=True)
class Place:
    """Where the lake is."""

    server: S3Server
    bucket: str

    def lake(self) -> Lake:
        """A client of its own."""
        names.KINDS = KINDS  # two instead of six: less to wait for
        return self.server.lake(f"s3://{self.bucket}")


def label(log: int) -> str:
    """What a log object's unit holds, once."""
    return f"{DAYS[log % len(DAYS)]}/{log % 24:02d}/{log:020x}"


def deliver(place: Place, logs: list[int]) -> None:
    """Deliver log objects, each until it is done."""
    lake = place.lake()
    with tempfile.TemporaryDirectory() as folder:
        for log in logs:
            day, hour, source = label(log).split("/")
            path = Path(folder, source)
            path.write_text(json.dumps({label(log): 1}))
            when = datetime.fromisoformat(f"{day}T{hour}:00")
            while not _done(lake, units.Unit(schema.unit_key(when, source, 0), path)):
                pass


def _done(lake: Lake, unit: units.Unit) -> bool:
    try:
        units.create_units(lake, [unit])
    except StorageError:
        return False
    return True


def compact(place: Place, seconds: float) -> Counter[str]:
    """Fold, tidy and sweep for so long; how the attempts ended."""
    lake, outcomes, until = place.lake(), Counter[str](), time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            for task in tasks.due(lake, datetime.now(UTC), PACE):
                outcomes[tasks.run(lake, Toy(lake), task, pace=PACE).name] += 1
            sweeping.tidy(lake)
            sweeping.sweep(lake)
        except (StorageError, FileNotFoundError) as error:
            outcomes[type(error).__name__] += 1
    return outcomes


def compact_to_the_end(place: Place) -> None:
    """Passes until nothing is due, nor a moment later: what was folded late is settled only when it is so old."""
    lake = place.lake()
    done = True
    while done:
        time.sleep(PACE.resettle_after.total_seconds())
        done = False
        while due := tasks.due(lake, datetime.now(UTC), PACE):
            done = True
            for task in due:
                tasks.run(lake, Toy(lake), task, pace=PACE)
    sweeping.tidy(lake)


def read(place: Place, seconds: float, must: frozenset[str]) -> list[str]:
    """Read all kinds for so long; what was wrong with an answer."""
    lake, until, wrong = place.lake(), time.monotonic() + seconds, list[str]()
    while time.monotonic() < until:
        for kind in KINDS:
            counted = answer(lake, kind)
            wrong += [f"{kind}: {one} counted {count} times" for one, count in counted.items() if count != 1]
            wrong += [f"{kind}: {one} was not counted" for one in must - set(counted)]
    return wrong


def answer(lake: Lake, kind: str) -> Counter[str]:
    """All labels with their counts, as a reader sees them."""
    with ThreadPoolExecutor(4) as pool:
        while True:
            try:
                view = reading.look(lake, pool, kind, FIRST, END)
                assert view
                keys = [rows_key(kind, piece.period, piece.segment.generation) for piece in reading.pieces(view)]
                counted = Counter[str]()
                for data in pool.map(lake.get, [*view.units, *keys]):
                    counted.update(rows_of(data))
                if reading.still(lake, view):
                    return counted
            except FileNotFoundError:
                continue
