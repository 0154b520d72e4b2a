"""DuckDB as the reports use it: one instance a process, shut off from network, settings and all but one folder.

The rows that a question selects are copied from the Parquet files into a table called ``facts``, batch by batch, so
that neither disk nor memory grows with the range; a report's SQL file then runs on ``facts`` as it would on the Glue
table.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb

from abslake.facts import schema
from abslake.reports.question import Kind, Question
from abslake.settings import Settings

COLUMNS = (
    "minute", "api", "ip", "token", "cookie", "username", "api_key", "method", "path", "user_agent",
    "device", "browser", "status", "server", "requests", "first_seen", "last_seen",
)  # fmt: skip
"""The columns that reports look at, all of schema version 1: every unit ever written has them."""

_FACTS = ", ".join(f'"{c.name}" {c.duckdb}' for c in schema.COLUMNS if c.name in COLUMNS)
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


@contextmanager
def engine(folder: Path, settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with an empty table ``facts`` of its own; it can read `folder` and nothing else."""
    connection = _instance(folder, settings.threads, settings.memory_limit_mb).cursor()
    try:
        connection.execute(f"CREATE TEMP TABLE facts ({_FACTS})")
        yield connection
    finally:
        connection.close()


def load(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path], question: Question, *, discreet: bool) -> None:
    """Add the rows that `question` selects from Parquet files to ``facts``.

    `discreet`: an identifier of the same request that also stands in its path (``/reset/<token>``) is blotted out.
    Raises duckdb.IOException where a file is gone.
    """
    column, value = ("api", question.api) if question.kind is Kind.METRICS else (question.kind.value, question.value)
    chosen = ", ".join(f"{_blotted_path()} AS path" if discreet and name == "path" else name for name in COLUMNS)
    names = ", ".join(COLUMNS)
    connection.execute(
        f"INSERT INTO facts ({names}) SELECT {chosen} FROM read_parquet($files, hive_partitioning = false) "
        f"WHERE {column} = $value AND minute >= $earlier AND minute < $later AND api IS NOT NULL",
        {
            "files": [_pattern(path) for path in paths],
            "value": value,
            "earlier": question.earlier.replace(tzinfo=None),
            "later": question.later.replace(tzinfo=None),
        },
    )


def rows(connection: duckdb.DuckDBPyConnection, question: Question) -> list[tuple[Any, ...]]:
    """What the report's SQL file gives for `question` on ``facts``."""
    asked = {
        "earlier": question.earlier.replace(tzinfo=None),
        "later": question.later.replace(tzinfo=None),
        "value": question.value,
        "api": question.api,
    }
    text = _sql(question.kind)
    return connection.execute(text, {name: value for name, value in asked.items() if f"${name}" in text}).fetchall()


@cache
def _sql(kind: Kind) -> str:
    return files("abslake.reports").joinpath("sql", f"{kind.value}.sql").read_text(encoding="utf-8")


def _pattern(path: Path) -> str:
    """The path as a pattern that matches it alone: DuckDB takes every name for a pattern."""
    return str(path).translate(_GLOB)


def _blotted_path() -> str:
    """The path without path parameters (``;jsessionid=…``) and without the request's own identifiers, however encoded.

    An identifier of fewer than six characters is a word like any other: it goes where it is a whole segment.
    """
    cut = r"regexp_replace(path, ';([^=/;]*)=[^/;]*', ';\1=***', 'g')"
    readable = "coalesce(TRY(url_decode(shown)), shown)"
    segments = (
        f"list_transform(string_split({readable}, '/'), lambda part: CASE WHEN part = id THEN '***' ELSE part END)"
    )
    return (
        f"list_reduce([{cut}, token, cookie, api_key], lambda shown, id: "
        "CASE WHEN id IS NULL THEN shown WHEN TRY(url_decode(shown)) IS NULL THEN '/***' "  # nobody can tell what it holds
        f"WHEN NOT contains({readable}, id) THEN shown "
        f"WHEN length(id) >= 6 THEN replace({readable}, id, '***') ELSE array_to_string({segments}, '/') END)"
    )
