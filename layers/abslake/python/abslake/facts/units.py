"""Units: the Parquet objects of facts, one for each event hour of a part, written to a local folder and then created.

All units of a log object are made before the first is created in the lake: of an object that turns out to be refused
(a bomb, a read that fails) nothing is counted.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from abslake.facts import flagged, resolve
from abslake.facts.rows import FACT_COLUMN
from abslake.facts.schema import COLUMNS, unit_key
from abslake.index import pending
from abslake.storage import Lake

_WRITERS = 8

ORDER = "api, ip, path"
"""Of the rows of a unit (docs/decisions/004-parquet-settings.md)."""
_ROW_GROUP = 245_760
"""Rows in a row group: twice the engine's usual number, for a unit's texts are then in one dictionary."""

_FINAL = {
    "ip": "coalesce(grouped.ip, addresses.ip)",
    # A claim is asked for only where no other place has a value: it goes before what the gateway says.
    **{name: f"coalesce(claims.{name}, grouped.{name})" for name in FACT_COLUMN.values()},
    "device": "coalesce(agents.device, 'UNKNOWN')",
    "browser": "coalesce(agents.browser, 'UNKNOWN')",
    "signals": resolve.SIGNALS,
    # A cast to milliseconds rounds; reports cut.
    "first_seen": "date_trunc('milliseconds', grouped.first_seen)",
    "last_seen": "date_trunc('milliseconds', grouped.last_seen)",
}
_MERGED = {
    "requests": "sum",
    "connections": "sum",
    "connection_bits": "bit_or",
    "first_seen": "min",
    "last_seen": "max",
    "request_bytes": "sum",
    "response_bytes": "sum",
    "response_time_us": "sum",
}


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit made and not yet created in the lake."""

    key: str
    path: Path
    flagged: bytes | None = None
    """Its flagged requests (see `abslake.facts.flagged`), if there are any."""


def make_units(
    engine: duckdb.DuckDBPyConnection,
    folder: Path,
    source: str,
    part: int,
    metadata: Mapping[str, str],
    *,
    merge: bool,
    flagged_by_hour: Mapping[datetime, bytes] | None = None,
) -> list[Unit]:
    """Write the rows of ``grouped`` as one Parquet file for each event hour.

    With `merge`, rows that agree in every key are added up once more. `flagged_by_hour`: see `abslake.facts.flagged.objects`.
    """
    hours = engine.execute("SELECT DISTINCT date_trunc('hour', minute) FROM grouped ORDER BY 1").fetchall()
    select = _select(merge=merge)
    if len(hours) > 1:
        engine.execute(f"CREATE OR REPLACE TEMP TABLE sorted AS {select} ORDER BY date_trunc('hour', minute), {ORDER}")
        select = "FROM sorted"
    units = []
    for (naive,) in hours:
        hour: datetime = naive.replace(tzinfo=UTC)
        path = folder / f"{hour:%Y%m%d%H}-{part:04d}.parquet"
        unit = Unit(unit_key(hour, source, part), path, (flagged_by_hour or {}).get(hour))
        chosen = f"{select} ORDER BY {ORDER}" if len(hours) == 1 else f"{select} WHERE {_in_hour(naive)}"
        write_unit(engine, chosen, unit.path, metadata)
        units.append(unit)
    engine.execute("DROP TABLE IF EXISTS sorted")
    return units


def write_unit(engine: duckdb.DuckDBPyConnection, select: str, path: Path, metadata: Mapping[str, str]) -> None:
    """Write the rows of `select`, which has the columns of a fact, as a unit's file."""
    described = ", ".join(f"'{name}': '{_quoted(value)}'" for name, value in metadata.items())
    # v2 writes times as differences: 2 of 21 bytes a request less; level 1 is as small as 3 on such columns.
    options = f"COMPRESSION zstd, COMPRESSION_LEVEL 1, PARQUET_VERSION v2, ROW_GROUP_SIZE {_ROW_GROUP}"
    engine.execute(f"COPY ({select}) TO '{path}' (FORMAT parquet, {options}, KV_METADATA {{{described}}})")


def added_up(rows: str) -> str:
    """A SELECT of the facts of `rows`, with those that agree in every key made one."""
    columns = ", ".join(
        f"{_MERGED[c.name]}({c.name})::{c.duckdb} AS {c.name}" if c.name in _MERGED else c.name for c in COLUMNS
    )
    return f"SELECT {columns} FROM ({rows}) GROUP BY {', '.join(c.name for c in COLUMNS if c.name not in _MERGED)}"


def create_units(lake: Lake, units: list[Unit]) -> list[str]:
    """Create the units in the lake and mark them for the index. Returns the keys.

    One that is there already was made from the same lines.

    Raises WriteStateUnknown: repeat the whole, nothing is counted twice.
    """
    if units:
        with ThreadPoolExecutor(_WRITERS) as pool:
            list(pool.map(lambda unit: _create(lake, unit), units))
    return [unit.key for unit in units]


def _create(lake: Lake, unit: Unit) -> None:
    if unit.flagged is not None:
        lake.create(flagged.key_of(unit.key), unit.flagged)
    lake.create(unit.key, unit.path)
    pending.mark(lake, unit.key)  # behind the unit: readers go and get whatever is marked


def _select(*, merge: bool) -> str:
    final = ", ".join(f"{_FINAL.get(c.name, f'grouped.{c.name}')}::{c.duckdb} AS {c.name}" for c in COLUMNS)
    rows = f"SELECT {final} FROM grouped {resolve.JOINED}"
    return added_up(rows) if merge else rows


def _in_hour(hour: datetime) -> str:
    return f"date_trunc('hour', minute) = TIMESTAMP '{hour:%Y-%m-%d %H:%M:%S}'"


def _quoted(text: str) -> str:
    return text.replace("'", "''")
