"""Reports that the index has no columns for: they are summed from the units of facts of their range.

Batch by batch, the rows that a report selects are added up into a table called ``found``, so that memory grows with what
is found and not with the range. How much may be read is bounded by ``settings.report_budget_bytes``.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from abslake.errors import BadRequest, StorageError
from abslake.facts import schema
from abslake.reports import engine, planner
from abslake.reports.answer import Account, cache, pool
from abslake.settings import Settings
from abslake.storage import Entry, Lake
from abslake.traffic.discreet import SHOWN_PATH

_ATTEMPTS = 5
_AT_ONCE = 64
_TOO_FAST = "the lake changes faster than it can be read: ask again, or for a shorter range"
_Answer = TypeVar("_Answer")

SHOWN = f"coalesce({SHOWN_PATH}, path)"
"""A fact's path as the restricted user may see it."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Rows to be added up: of the range ``earlier <= minute < later`` (UTC), of these APIs (None: of all and of none)."""

    earlier: datetime
    later: datetime
    columns: str
    """What ``found`` holds, as a SELECT list over `abslake.facts.schema.COLUMNS`; what is no sum is grouped by."""
    condition: str = "true"
    apis: Sequence[str] | None = None
    given: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Values of the parameters that `condition` names (``$name``)."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose facts, and what reading them costs."""

    lake: Lake
    settings: Settings
    account: Account


@contextmanager
def found(reader: Reader, facts: Facts, units: Sequence[Entry] | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection whose table ``found`` has the rows; several of a kind where several batches were read.

    `units`: to be read instead of all of the range; FileNotFoundError where one is gone (`begun_again`). Raises BadRequest
    (``RANGE_TOO_LARGE``), StorageError.
    """
    copies = cache(reader.lake, reader.settings.cache_bytes)
    for _ in range(_ATTEMPTS):
        reader.account.attempts += 1
        with engine.connected(copies.folder, reader.settings) as connection:
            try:
                _fill(connection, reader, facts, units)
            except FileNotFoundError:
                if units is not None:
                    raise
                continue
            yield connection
            return
    raise StorageError(_TOO_FAST)


def begun_again(report: Callable[[], _Answer]) -> _Answer:
    """What `report` gives, which chooses its units itself: once more where they were replaced meanwhile. Raises StorageError."""
    for _ in range(_ATTEMPTS):
        try:
            return report()
        except FileNotFoundError:
            continue
    raise StorageError(_TOO_FAST)


def check_budget(objects: Sequence[Entry], most: int) -> None:
    """Raises BadRequest where the objects are larger than a report may read."""
    if sum(entry.size for entry in objects) > most:
        raise BadRequest("earlier_date to later_date: more than one report may read; ask for less", "RANGE_TOO_LARGE")


def _fill(connection: duckdb.DuckDBPyConnection, reader: Reader, facts: Facts, units: Sequence[Entry] | None) -> None:
    if units is None:
        units = planner.fact_units(reader.lake, facts.earlier, facts.later, pool())
        check_budget(units, reader.settings.report_budget_bytes)
    reader.account.planned = len(units)
    nothing = _selected(facts, f"({schema.nothing()})")
    connection.execute(f"CREATE TEMP TABLE found AS FROM ({nothing}) LIMIT 0")
    keys = [unit.key for unit in units]
    copies = cache(reader.lake, reader.settings.cache_bytes)
    with copies.ahead(keys[:_AT_ONCE], reader.account.reads):
        for start in range(0, len(keys), _AT_ONCE):
            with copies.files(keys[start : start + _AT_ONCE], reader.account.reads) as paths:
                _add(connection, facts, paths)


def _add(connection: duckdb.DuckDBPyConnection, facts: Facts, paths: Sequence[Path]) -> None:
    relation = (  # columns that older units lack are NULL
        f"({schema.nothing()} UNION ALL BY NAME "
        "FROM read_parquet($files, hive_partitioning = false, union_by_name = true))"
    )
    given: dict[str, Any] = {
        "files": engine.patterns(paths),
        "earlier": facts.earlier.replace(tzinfo=None),
        "later": facts.later.replace(tzinfo=None),
        **facts.given,
    }
    condition = f"minute >= $earlier AND minute < $later AND ({facts.condition})"
    if facts.apis is not None:
        given["apis"] = list(facts.apis)
        condition += " AND api IN (SELECT unnest($apis))"
    try:
        connection.execute(f"INSERT INTO found {_selected(facts, relation, condition)}", given)
    except (duckdb.IOException, duckdb.InvalidInputException) as error:
        if all(path.exists() for path in paths):
            raise StorageError("an object of the lake cannot be read") from error
        raise FileNotFoundError from error


def _selected(facts: Facts, relation: str, condition: str = "false") -> str:
    return f"SELECT {facts.columns} FROM {relation} AS facts WHERE {condition} GROUP BY ALL"
