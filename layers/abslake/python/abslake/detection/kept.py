"""Objects that detection keeps in the lake, a window or an hour each, fetched into the run's own folder.

Units of facts lie there for as long as their hour is worked on, activity for as long as a day looks back.
"""

import shutil
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from abslake.storage import Lake

_MOST_TOLD = 3


class Kept:
    """What was fetched of the lake, and what is put there."""

    def __init__(self, lake: Lake, folder: Path, pool: ThreadPoolExecutor) -> None:
        """`folder`: the run's own; `pool`: the threads that fetch."""
        self.lake, self.folder, self.pool = lake, folder, pool
        self._store = folder / "in"
        self._used: dict[str, Path] = {}

    def fetched(self, keys: Iterable[str]) -> list[Path]:
        """The objects as local files. Raises FileNotFoundError, StorageError."""
        self._store.mkdir(exist_ok=True)
        places = [(key, self.lake.local_path(key) or self._copy(key)) for key in keys]
        self._used.update(places)
        list(self.pool.map(self._bring, *zip(*places, strict=True)) if places else ())
        return [path for _, path in places]

    def found(self, key: str) -> Path | None:
        """The object as a local file; None: there is none. Raises StorageError."""
        try:
            (path,) = self.fetched([key])
        except FileNotFoundError:
            return None
        return path if path.exists() else None  # of a lake that is a folder, nothing is fetched

    def of_windows(self, prefix: str, first: datetime | None, end: datetime) -> list[Path]:
        """Local files of the objects of windows, ``first <= window < end``."""
        return self.fetched(self.keys(prefix, first, end))

    def keys(self, prefix: str, first: datetime | None, end: datetime) -> list[str]:
        """The keys of such objects, in the order of time."""
        start_after = f"{prefix}date={first:%Y-%m-%d}/" if first else ""
        found = []
        for entry in self.lake.list(prefix, start_after=start_after):
            if entry.key.endswith(".parquet"):
                if window_of(entry.key) >= end:
                    break  # in the order of time
                if first is None or first <= window_of(entry.key):
                    found.append(entry.key)
        return found

    def put(self, key: str, path: Path) -> None:
        """Put a file there; a copy that was fetched holds no more. Raises WriteStateUnknown."""
        self.lake.put(key, path.read_bytes())
        self._copy(key).unlink(missing_ok=True)

    def delete(self, key: str) -> None:
        """Delete an object and its copy. Raises StorageError."""
        self.lake.delete([key])
        self._copy(key).unlink(missing_ok=True)

    def forget_units(self) -> None:
        """Let go of the units that were fetched."""
        for path in self._store.glob("facts+*"):
            path.unlink()

    def unreadable(self, engine: duckdb.DuckDBPyConnection) -> list[str]:
        """Which of the objects that were fetched, and are still there, are no whole Parquet files: to tell why the engine
        failed. Keys; of many the first."""
        found: list[str] = []
        for key, path in self._used.items():
            if path.exists() and len(found) < _MOST_TOLD:
                try:
                    engine.execute("SELECT max(COLUMNS(*)) FROM read_parquet(?)", [str(path)])
                except duckdb.Error:
                    found.append(key)
        return found

    def close(self) -> None:
        """End its threads, and delete what was fetched."""
        self.pool.shutdown()
        shutil.rmtree(self._store, ignore_errors=True)

    def _copy(self, key: str) -> Path:
        return self._store / key.replace("/", "+")

    def _bring(self, key: str, path: Path) -> None:
        if not path.exists():
            path.write_bytes(self.lake.get(key))


def window_of(key: str) -> datetime:
    """The window of ``…/date=YYYY-MM-DD/HHMM.parquet``."""
    return datetime.strptime(key[-23:-8], "%Y-%m-%d/%H%M").replace(tzinfo=UTC)
