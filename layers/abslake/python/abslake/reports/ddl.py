"""The lake as tables and views of other engines: the statements that Athena, Spark and Hive run once.

The table ``facts`` is the units as they lie; a view ``<kind>_traffic`` over it is what that kind's report looks at, and
the statements in ``reports/sql`` run on it as they run here. The views are made from the same files as the reports, with
what another engine needs changed in their text:

* the partition columns ``date`` and ``hour`` are passed through, so that a range reads its own days only;
* ``shown_path``, which needs functions that only DuckDB has, is a stricter expression (`_SHOWN_PATH`);
* Spark calls a text ``STRING``.
"""

import re
from collections.abc import Iterator
from enum import StrEnum

from abslake.facts import schema
from abslake.traffic import VALUE_COLUMNS, view

TABLE = "facts"
PARTITIONS = (("date", "day of the event, UTC, YYYY-MM-DD"), ("hour", "hour of the event, UTC, two digits"))
"""Names and meanings of the two folders above a unit; both are strings."""

_SHOWN_PATH = """
    CASE WHEN POSITION(';' IN path) > 0 OR POSITION('%' IN path) > 0 OR POSITION(token IN path) > 0
        OR POSITION(cookie IN path) > 0 OR POSITION(api_key IN path) > 0 OR POSITION(username IN path) > 0
        THEN '/***' END AS shown_path"""
"""Where a path may hold an identifier of its request nothing of it is shown; NULL: the path itself may be.

`abslake.traffic.discreet.SHOWN_PATH` blots out the identifier alone; that takes an engine with lists and lambdas.
"""


class Engine(StrEnum):
    """Whose dialect a statement is written in. Trino takes Athena's."""

    ATHENA = "athena"
    SPARK = "spark"


def view_name(kind: str) -> str:
    """The name of a kind's view."""
    return f"{kind}_traffic"


def create_view(kind: str, engine: Engine) -> str:
    """``CREATE OR REPLACE VIEW`` of a kind's traffic, to be run in the database that holds the table."""
    partitions = ", ".join(f'"{name}"' for name, _ in PARTITIONS)
    chosen, rest = plain(view(kind)).split(f"\nFROM {TABLE}\n")  # one of each, else this is no traffic
    chosen = re.sub(r" shown_path\b", _SHOWN_PATH, chosen)
    statement = f"CREATE OR REPLACE VIEW {view_name(kind)} AS\n{chosen},\n    {partitions}\nFROM {TABLE}\n{rest}"
    return spelled(statement, engine)


def create_views(engine: Engine) -> Iterator[tuple[str, str]]:
    """Name and statement of each view."""
    for kind in VALUE_COLUMNS:
        yield view_name(kind), create_view(kind, engine)


def columns(kind: str) -> list[str]:
    """The columns of a kind's traffic by name, without those of its partitions."""
    chosen, _ = plain(view(kind)).removeprefix("SELECT").split(f"\nFROM {TABLE}\n")
    return [item.split()[-1] for item in re.sub(r"\([^()]*\)", "", chosen).split(",")]


def create_table(location: str) -> str:
    """``CREATE EXTERNAL TABLE`` in Hive's dialect (Spark, Hive, Athena), for catalogues where the stack's own is not.

    `location`: the folder of the facts, such as ``s3://bucket/facts/``. Afterwards ``MSCK REPAIR TABLE facts`` finds the
    partitions that are there; one that comes later has to be added, or found, again.

    Raises ValueError for a location with a quote in it.
    """
    if "'" in location:
        raise ValueError("a location holds no quote")
    facts = ",\n  ".join(_column(column.name, column.hive, column.meaning) for column in schema.COLUMNS)
    partitions = ",\n  ".join(_column(name, "string", meaning) for name, meaning in PARTITIONS)
    return (
        f"CREATE EXTERNAL TABLE IF NOT EXISTS {TABLE} (\n  {facts}\n)\n"
        f"PARTITIONED BY (\n  {partitions}\n)\nSTORED AS PARQUET\nLOCATION '{location}'"
    )


def plain(sql: str) -> str:
    """A file of SQL without its comments."""
    return "\n".join(line for line in sql.splitlines() if not line.startswith("--")).strip()


def spelled(sql: str, engine: Engine) -> str:
    """A statement that is plain but for Athena's spelling, in the engine's."""
    if engine is Engine.ATHENA:
        return sql
    for name, _ in PARTITIONS:
        sql = sql.replace(f'"{name}"', f"`{name}`")
    return sql.replace(" AS VARCHAR)", " AS STRING)")


def _column(name: str, hive: str, meaning: str) -> str:
    # The dialects do not agree on how a quote is written inside quotes, and Hive's shell ends a statement at any ";".
    comment = meaning.replace("'", "’").replace(";", ",")  # noqa: RUF001 - the typographic one
    return f"`{name}` {hive} COMMENT '{comment}'"
