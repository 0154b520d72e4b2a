"""Who was there again and again in the last day: so that each client counts about alike in what is learned.

A monitor or a batch partner is in all 144 windows of a day, a person in a few. If each of their windows counted for one,
a handful of programs would be a fifth of all that is learned, and thresholds would be theirs. So the windows of a client
that was in more than `ALIKE` windows of the day before count less: together for as much as that number.

At the end of each hour a list of them is kept, ``detection/recurring/date=YYYY-MM-DD/HHMM.parquet``; the windows of the
next hour are learned with it. It holds hashes, no identifiers: where one is missing, or made by another version of the
engine, every window counts for one.
"""

from datetime import datetime
from pathlib import Path

import duckdb

from abslake.detection.detector import View
from abslake.detection.findings import WINDOW

PREFIX = "detection/recurring/"
ALIKE = 4
"""Windows a day up to which each window of a client counts for one."""

WEIGHT = f"least(1.0, {float(ALIKE)} / coalesce(recurring.windows, 1))"
"""What a client's window counts for; with the rows of `joined`."""


def key(window: datetime) -> str:
    """Where the list made at the end of `window`, an hour's last, lies."""
    return f"{PREFIX}date={window:%Y-%m-%d}/{window:%H%M}.parquet"


def key_for(window: datetime) -> str:
    """The list by which a window is learned: that of the hour before."""
    return key(window.replace(minute=0) - WINDOW)


def joined(table: str) -> str:
    """A JOIN of the table ``recurring`` to rows of activity."""
    return f"LEFT JOIN recurring ON recurring.who = hash({table}.kind, {table}.client)"


def load(engine: duckdb.DuckDBPyConnection, path: Path | None) -> None:
    """Fill the table ``recurring``; None: nobody is known."""
    source = "FROM read_parquet(?)" if path else "SELECT NULL::UBIGINT AS who, NULL::BIGINT AS windows WHERE false"
    engine.execute(f"CREATE OR REPLACE TEMP TABLE recurring AS {source}", [str(path)] if path else [])


def write(engine: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Write the list from the table ``day_activity``."""
    engine.execute(
        f"COPY (SELECT hash(kind, client) AS who, max(windows) AS windows FROM day_activity WHERE view = '{View.ACROSS}' "
        f"GROUP BY ALL HAVING max(windows) > {ALIKE} ORDER BY ALL) TO '{path}' (FORMAT parquet, COMPRESSION zstd)"
    )
