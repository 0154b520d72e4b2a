"""DuckDB as the reports use it: one instance a process, shut off from network, settings and all but one folder.

The rows that a question selects are copied from the Parquet files into a table called ``traffic``, batch by batch, so
that neither disk nor memory grows with the range; the report's SQL then runs on it as it would on Athena's view of that
name (`abslake.traffic`).
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb

from abslake.errors import BadRequest
from abslake.reports.planner import index_kind
from abslake.reports.question import Question
from abslake.settings import Settings
from abslake.traffic import body, nothing, over_facts
from abslake.traffic.discreet import SHOWN_PATH

_GLOB = str.maketrans({"[": "[[]", "*": "[*]", "?": "[?]"})


@lru_cache(maxsize=4)
def _instance(folder: Path, threads: int, memory_limit_mb: int) -> duckdb.DuckDBPyConnection:
    spill = Path(tempfile.gettempdir(), "abslake-spill")
    connection = duckdb.connect(
        ":memory:",
        config={
            "threads": threads,
            "memory_limit": f"{memory_limit_mb}MB",
            "temp_directory": str(spill),
            "allow_community_extensions": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "preserve_insertion_order": False,
        },
    )
    # Twice, since a name with [, * or ? is held against this list both as a pattern and as what the pattern finds.
    allowed = ", ".join("'{}'".format(name.replace("'", "''")) for name in (str(folder), _pattern(folder)))
    connection.execute(f"SET allowed_directories = [{allowed}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def make_ready(folder: Path, settings: Settings) -> None:
    """Make what all connections to `folder` share: 20 ms of work at the first call of a process."""
    _instance(folder, settings.threads, settings.memory_limit_mb)


@contextmanager
def connected(folder: Path, settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection whose temporary tables are its own; it can read `folder` and nothing else.

    Raises BadRequest (``RANGE_TOO_LARGE``) where neither memory nor the disk holds what is added up.
    """
    connection = _instance(folder, settings.threads, settings.memory_limit_mb).cursor()
    try:
        yield connection
    except duckdb.OutOfMemoryException as error:
        raise BadRequest("this is more than one report can hold: ask for less", "RANGE_TOO_LARGE") from error
    finally:
        connection.close()


@contextmanager
def engine(folder: Path, settings: Settings, kind: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """The same with an empty table ``traffic``."""
    with connected(folder, settings) as connection:
        connection.execute(f"CREATE TEMP TABLE traffic AS {nothing(kind)}")
        if kind == "api":
            connection.execute(f"CREATE TEMP TABLE {SESSIONS} (session VARCHAR, requests BIGINT)")
        yield connection


class How(Enum):
    """Which rows of an object count."""

    FACTS = "facts"
    """A unit: those of the range's minutes."""
    WHOLE = "whole"
    """Of a period that lies in the range: all rows, sums among them."""
    CUT = "cut"
    """Of a day that the range cuts: joint rows of the range's minutes."""


@dataclass(frozen=True, slots=True)
class Into:
    """Sessions of the question's API, wanted in a table of the API's traffic but read as traffic of cookies."""

    table: str
    sessions: tuple[str, ...]


_IN_RANGE = "minute >= $earlier AND minute < $later"


def load(
    connection: duckdb.DuckDBPyConnection, paths: Sequence[Path], question: Question, how: How, into: Into | None = None
) -> None:
    """Add the rows that `question` selects from Parquet files to ``traffic``, or those of some sessions to their table.

    Raises duckdb.IOException where a file is gone.
    """
    kind = "cookie" if into else index_kind(question.kind)
    values = into.sessions if into else (question.api if kind == "api" else question.value,)
    condition = "value IN (SELECT unnest($values))" if into else "value = $values[1]"
    rows, asked = _selected(kind, paths, question, how, condition)
    asked["values"] = values
    if kind == "cookie" and question.api is not None:
        asked["api"] = question.api
        rows += " AND api = $api"
    if into:
        rows = (
            "SELECT api AS value, minute, value AS session, path, shown_path, ip, method, browser, device, server, "
            f"requests, 'session_' || part AS part, level FROM ({rows})"
        )
    connection.execute(f"INSERT INTO {into.table if into else 'traffic'} BY NAME {rows}", asked)


def load_requests(
    connection: duckdb.DuckDBPyConnection,
    paths: Sequence[Path],
    question: Question,
    how: How,
    into: str,
    beginning: str = "",
) -> None:
    """Add the requests of each value whose hash begins so to the table `into` (value, requests). Raises as `load`.

    A value may get several rows.
    """
    rows, asked = _selected(question.kind.value, paths, question, how, "starts_with(md5(value), $beginning)")
    connection.execute(
        f"INSERT INTO {into} SELECT value, requests FROM (WITH traffic AS ({rows}) {body('clients/requests')})",
        {**asked, "beginning": beginning},
    )


def load_values(
    connection: duckdb.DuckDBPyConnection, paths: Sequence[Path], question: Question, how: How, values: Sequence[str]
) -> None:
    """Add the rows of some values to ``traffic``, one for all minutes. Raises as `load`."""
    rows, asked = _selected(question.kind.value, paths, question, how, "value IN (SELECT unnest($values))")
    connection.execute(
        "INSERT INTO traffic BY NAME SELECT * EXCLUDE (minute, requests, level), "
        f"sum(requests)::BIGINT AS requests, max(level) AS level FROM ({rows}) GROUP BY ALL",
        {**asked, "values": values},
    )


def _selected(
    kind: str, paths: Sequence[Path], question: Question, how: How, condition: str
) -> tuple[str, dict[str, Any]]:
    """A FROM clause of the rows of the files that count and fulfil `condition`, and its parameters."""
    asked: dict[str, Any] = {"files": patterns(paths)}
    files = f"read_parquet($files, hive_partitioning = false{', union_by_name = true' if how is not How.FACTS else ''})"
    if how is not How.WHOLE:
        asked |= {"earlier": question.earlier.replace(tzinfo=None), "later": question.later.replace(tzinfo=None)}
        condition += f" AND {_IN_RANGE}"
    if how is How.CUT:
        condition += " AND part IS NULL"
    relation = f"({over_facts(kind, files, SHOWN_PATH)})" if how is How.FACTS else files
    return f"FROM {relation} WHERE {condition}", asked


SESSIONS = "session_sums"
"""A table of (session, requests), so narrow that a million rows are quickly filled in and added up."""


def load_sessions(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path], question: Question) -> None:
    """Add the sums of the sessions of the question's API from Parquet files to `SESSIONS`. Raises as `load`."""
    connection.execute(
        f"INSERT INTO {SESSIONS} SELECT session, requests "
        "FROM read_parquet($files, hive_partitioning = false) WHERE value = $api",
        {"files": patterns(paths), "api": question.api},
    )


def patterns(paths: Sequence[Path]) -> list[str]:
    """The paths as `connected` reads them."""
    return [_pattern(path) for path in paths]


def _pattern(path: Path) -> str:
    """The path as a pattern that matches it alone: DuckDB takes every name for a pattern."""
    return str(path).translate(_GLOB)
