"""What each report looks at and the sums it makes of it: plain SQL that DuckDB, Athena and Spark share.

For each kind one statement over ``facts`` gives the rows of its ``traffic`` (`view`), and one statement over ``traffic``
gives the report's sums (`body`), in the same columns. A row of traffic whose `part` is NULL is as good as a fact; one with
a part is a sum made earlier, and counts in that part only. So one body answers from facts, from the index, and from both.
"""

from functools import cache
from importlib.resources import files

from abslake.facts.schema import COLUMNS

VALUE_COLUMNS = {
    "token": "token",
    "api_key": "api_key",
    "username": "username",
    "ip": "ip",
    "cookie": "cookie",
    "api": "api",
}
"""The kinds, and the fact column that is `value` in each kind's traffic."""


_LIKE = {"api_key": "token"}
"""Reports that say the same of another identifier."""


@cache
def view(kind: str) -> str:
    """The SELECT over ``facts`` that gives the traffic of a kind."""
    return text(f"views/{kind}.sql")


@cache
def body(name: str) -> str:
    """A SELECT over ``traffic`` that gives sums: ``token``, …; ``api/total``, … of metrics; ``clients/requests``."""
    return text(f"{_LIKE.get(name, name)}.sql")


def text(name: str) -> str:
    """A file of SQL."""
    return files("abslake.traffic").joinpath("sql", name).read_text(encoding="utf-8")


def over_facts(kind: str, facts: str, shown_path: str = "NULL::VARCHAR") -> str:
    """A DuckDB SELECT of the traffic of a kind, with a level, from a relation of facts.

    `shown_path` is an expression over the facts' columns (`abslake.traffic.discreet`), for those who need it.
    """
    return f"SELECT *, 0::TINYINT AS level FROM (WITH facts AS (SELECT *, {shown_path} AS shown_path FROM {facts}) {view(kind)})"


@cache
def nothing(kind: str) -> str:
    """An empty DuckDB relation with the columns of a kind's traffic, and a level: of what rows of it were coarsened to."""
    columns = ", ".join(f"NULL::{column.duckdb} AS {column.name}" for column in COLUMNS)
    return f"{over_facts(kind, f'(SELECT {columns})')} LIMIT 0"
