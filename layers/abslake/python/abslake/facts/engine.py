"""DuckDB as ingest and compaction use it: an instance of its own for each piece of work, spilling to the work's folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from abslake.settings import Settings


@contextmanager
def work_engine(folder: Path, settings: Settings, **more: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """An engine within the settings' threads and memory; nothing is fetched from the network. `more`: DuckDB's settings."""
    engine = duckdb.connect(
        config={
            "threads": settings.threads,
            "memory_limit": f"{settings.memory_limit_mb}MB",
            "temp_directory": str(folder / "spill"),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            **more,
        }
    )
    engine.execute("SET enable_progress_bar = false")  # it would go to standard output
    try:
        yield engine
    finally:
        engine.close()
