"""Sums of an identifier held to a number of rows, by coarser names of paths and addresses.

A crawler asks for a hundred thousand paths, a mobile app's API key comes from a hundred thousand addresses: nobody reads
such an answer, no function should make it. So names are coarsened along one fixed chain until the rows fit:

===== ======================================================================================================
level what it does, on top of the levels before
===== ======================================================================================================
0     nothing
1     numbers, UUIDs and long hexadecimal or mixed words in a path become ``{id}``
2     an IPv4 address becomes its /24 network, an IPv6 address its /48
3     networks become /16 and /32
4     addresses, sessions and tokens become ``*``
5-7   a path keeps its first three, two, one segments; ``/…`` stands for the rest
8     all paths become ``/…``, user agents of a user name ``*``
===== ======================================================================================================

Each level is a function of the name alone, and each can be applied to what an earlier one left. So sums may be coarsened
day by day and added up afterwards: the smallest level that fits a range is never below that of a day inside it, and the
answer is the same whether its rows were coarsened before, afterwards, or in two steps. Every count stays exact.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

import duckdb

LAST_LEVEL = 8

IS_ID = (
    "regexp_matches(s, '[0-9]') AND regexp_full_match(s, "  # most segments have no digit
    "'[0-9]+|[0-9a-fA-F]{8,}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    # No hyphen and no dot: titles and file names have those. A JSON Web Token has both.
    "|[0-9A-Za-z_~=]{20,}|eyJ[0-9A-Za-z_-]+(\\.[0-9A-Za-z_-]*){2}')"
)
"""Whether a path's segment ``s`` is an identifier by its spelling."""
_IDS = (
    f"array_to_string(list_transform(string_split(@, '/'), lambda s: CASE WHEN {IS_ID} THEN '{{id}}' ELSE s END), '/')"
)
_FIRST = (
    "CASE WHEN len(string_split(@, '/')) > {n} THEN array_to_string(string_split(@, '/')[1:{n}], '/') || '/…' "
    "ELSE @ END"
)


def _network(v4: int, v6: int) -> str:
    """An address, or a smaller network of it, as the network of so many octets and groups.

    The text is canonical (RFC 5952): ``::`` stands for two groups or more.
    """
    octets = " || '.' || ".join(f"split_part(@, '.', {n})" for n in range(1, v4 + 1))
    before = "split_part(split_part(@, '/', 1), '::', 1)"
    groups = " || ':' || ".join(f"coalesce(nullif(split_part({before}, ':', {n}), ''), '0')" for n in range(1, v6 + 1))
    return (
        "CASE WHEN @ = '*' THEN '*' "
        f"WHEN contains(@, ':') THEN regexp_replace({groups}, '(^|:)0(:0)*$', '') || '::/{16 * v6}' "
        f"ELSE {octets} || '{'.0' * (4 - v4)}/{8 * v4}' END"
    )


STEPS: dict[int, dict[str, str]] = {
    1: {"path": _IDS, "shown_path": _IDS},
    2: {"ip": _network(3, 3)},
    3: {"ip": _network(2, 2)},
    4: {"ip": "'*'", "session": "'*'", "token": "'*'"},
    5: {"path": _FIRST.format(n=4), "shown_path": _FIRST.format(n=4)},
    6: {"path": _FIRST.format(n=3), "shown_path": _FIRST.format(n=3)},
    7: {"path": _FIRST.format(n=2), "shown_path": _FIRST.format(n=2)},
    8: {"path": "'/…'", "shown_path": "'/…'"},
}
"""What each level does to a column; ``@`` is the column. A NULL stays one."""

NOTES = {
    1: "identifiers inside paths are shown as {id}",
    2: "addresses are shown as networks",
    4: "addresses, sessions and tokens are added up as *",
    5: "paths are cut",
}
"""What an answer says of the levels from that one on."""


def notes(level: int) -> list[str]:
    """What an answer of that level has to say about itself."""
    if not level:
        return []
    done = [note for first, note in NOTES.items() if level >= first]
    return [f"More rows than an answer may list: {'; '.join(done)}. All counts are exact; a shorter range shows more."]


def fit(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    statement: str,
    limit_rows: int,
    *,
    per: Sequence[str] = ("value",),
    keep: Sequence[str] = (),
) -> int:
    """Make `table` (columns of a traffic, and `level`) hold the sums of `statement`, at most `limit_rows` for each `per`.

    `statement` is a body over ``traffic``: it gives its columns, and at least one row for each path. `keep`: columns that
    are never coarsened, such as the session of a session's own entry. Returns the highest level in the table. Rows that
    come with a level are taken to be coarsened to it; all rows of one `per` get the highest among them.
    """
    group = ", ".join(per)
    run = connection.execute
    columns = tuple((name, kind) for name, kind, *_ in run(f"DESCRIBE {table}").fetchall())
    names = {name for name, _ in columns} - set(keep)
    # Each path of a joint row has a sum of its own: where they are too many, level 0 need not be tried.
    first = f"CASE WHEN count(DISTINCT path) FILTER (part IS NULL) > {limit_rows} THEN 1 ELSE 0 END"
    run(
        f"CREATE OR REPLACE TEMP TABLE levels AS SELECT {group}, greatest(max(level), {first}) AS level "
        f"FROM {table} GROUP BY {group}"
    )
    [(highest,)] = run("SELECT coalesce(max(level), 0) FROM levels").fetchall()
    coarser = _coarser(connection, table, names, 1, per) if highest else None
    _sum(connection, table, columns, coarser or f"FROM {table}", statement, per)
    for level in range(1, LAST_LEVEL + 1):
        [(raised,)] = run(
            f"UPDATE levels SET level = {level} WHERE level = {level - 1} AND ({group}) IN "
            f"(SELECT ({group}) FROM {table} GROUP BY {group} HAVING count(*) > {limit_rows})"
        ).fetchall()
        if not raised and highest < level:
            break
        highest = max(highest, level)
        if level == 1 and not raised:
            continue  # done with the first sum
        if coarser := _coarser(connection, table, names, level, per):
            _sum(connection, table, columns, coarser, statement, per)
    return int(highest)


def rename(connection: duckdb.DuckDBPyConnection, table: str, names: str) -> None:
    """Make `names` (value, path, coarser): each path of `table` as the levels that `fit` has found last name it.

    For what is summed in more detail than `fit` was to look at. `fit` must have been asked per value.
    """
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {names} AS SELECT value, path, path AS coarser, level "
        f"FROM (SELECT DISTINCT value, path FROM {table}) JOIN levels USING (value)"
    )
    for level, steps in STEPS.items():
        if "path" in steps:
            step = steps["path"].replace("@", "coarser")
            connection.execute(f"UPDATE {names} SET coarser = {step} WHERE level >= {level}")


def _coarser(
    connection: duckdb.DuckDBPyConnection, table: str, names: AbstractSet[str], level: int, per: Sequence[str]
) -> str | None:
    """A SELECT of the table's rows with one more level for those that need it; None where that changes no column."""
    steps = {name: step for name, step in STEPS[level].items() if name in names}
    if level == LAST_LEVEL and {"device", "token"} <= names:
        steps["device"] = "'*'"  # the devices of a user name are user agents as sent
    if not steps:
        return None
    if level == 1:
        # Once for each path: there are several rows of each, and taking one apart is slow.
        paths = " UNION ".join(f"SELECT DISTINCT {name} AS name FROM {table}" for name in steps)
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE coarser AS SELECT name, {_IDS.replace('@', 'name')} AS shown FROM ({paths})"
        )
        steps = dict.fromkeys(steps, "(SELECT shown FROM coarser WHERE name = @)")
    replaced = ", ".join(
        f"CASE WHEN l.level >= {level} AND t.{name} IS NOT NULL THEN {step.replace('@', f't.{name}')} ELSE t.{name} END AS {name}"
        for name, step in steps.items()
    )
    return f"SELECT t.* REPLACE ({replaced}) FROM {table} AS t JOIN levels AS l ON {_same('t', 'l', per)}"


_Columns = tuple[tuple[str, str], ...]
"""Names and types."""


def _sum(
    connection: duckdb.DuckDBPyConnection, table: str, columns: _Columns, rows: str, statement: str, per: Sequence[str]
) -> None:
    """Make `table` hold the sums of `rows`, each with its level."""
    given = _given(connection, table, columns, statement)
    names = ", ".join(
        "l.level::TINYINT AS level" if name == "level"
        else f"s.{name}::{kind} AS {name}" if name in given
        else f"NULL::{kind} AS {name}"
        for name, kind in columns
    )  # fmt: skip
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT {names} "
        f"FROM (WITH traffic AS ({rows}) {statement}) AS s JOIN levels AS l ON {_same('s', 'l', per)}"
    )


_known: dict[tuple[_Columns, str], frozenset[str]] = {}


def _given(connection: duckdb.DuckDBPyConnection, table: str, columns: _Columns, statement: str) -> frozenset[str]:
    """Columns that `statement` gives over the table's. Asked once for each table's form: planning takes a millisecond."""
    found = _known.get((columns, statement))
    if found is None:
        rows = connection.execute(f"DESCRIBE WITH traffic AS (FROM {table}) {statement}").fetchall()
        found = _known[columns, statement] = frozenset(name for name, *_ in rows)
    return found


def _same(one: str, other: str, per: Sequence[str]) -> str:
    return " AND ".join(f"{one}.{name} IS NOT DISTINCT FROM {other}.{name}" for name in per)
