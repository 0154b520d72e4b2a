"""What a detector sees: its rows of activity with the variables measured, and histograms of them.

An API's own sums of the window stand beside each row as ``all_…`` (`CROWD`), and what they usually come to as ``usual_…``:
so a detector can tell one client among many from a day on which everybody comes.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import duckdb

from abslake.detection import recurring
from abslake.detection.detector import Detector, Span, View
from abslake.detection.findings import ACROSS
from abslake.detection.scale import Scale

CROWD = {
    "requests": "sum(requests) FILTER (view = 'client')",
    "answered": "sum(answered) FILTER (view = 'client')",
    "failed": "sum(failed) FILTER (view = 'client')",
    "refused": "sum(refused) FILTER (view = 'client')",
    "clients": "count(*) FILTER (view = 'client')",
    "logins": "sum(logins) FILTER (view = 'address')",
    "login_failures": "sum(login_failures) FILTER (view = 'address')",
    "login_addresses": "count(*) FILTER (view = 'address' AND logins > 0)",
    "failing_addresses": "count(*) FILTER (view = 'address' AND login_failures > 0)",
}
"""Sums over an API's window: ``all_requests`` and so on."""

TABLES = {Span.WINDOW: "activity", Span.DAY: "day_activity"}

Highest = Mapping[tuple[int, str, str, str], int]
"""(attack id, API, kind, letter) -> the highest value on the scale."""

PROGRAM_WINDOWS = 72
"""Half of the windows of 24 hours: who is there in more is a program, and held to its own habit."""

_BY_DAY = f"(windows <= {PROGRAM_WINDOWS})::INTEGER"
"""What a client's day counts for."""

FEW = 5_000
"""Rows up to which all variables are counted in one go: planning a SELECT for each would take longer than counting."""

FINE = 4
"""Steps of the scale on which an API's own sums are learned, to a doubling."""


def crowd(engine: duckdb.DuckDBPyConnection, usual: Mapping[str, Mapping[str, float]]) -> None:
    """Fill the table ``crowd``: each API's sums of the window in ``activity``, and its usual ones (NULL: not known)."""
    sums = ", ".join(f"coalesce({sql}, 0)::BIGINT AS all_{name}" for name, sql in CROWD.items())
    known = ", ".join(f"unnest(?::DOUBLE[]) AS usual_{name}" for name in CROWD)
    given = [list(usual), *([values.get(name) for values in usual.values()] for name in CROWD)]
    total = ", ".join(f"sum(all_{name})::BIGINT" for name in CROWD)
    engine.execute(
        f"""
CREATE OR REPLACE TEMP TABLE crowd AS
WITH usual AS (SELECT unnest(?::VARCHAR[]) AS api, {known}),
each AS (SELECT api, {sums} FROM activity WHERE view IN ('client', 'address') GROUP BY api)
SELECT * FROM (FROM each UNION ALL SELECT '{ACROSS}', {total} FROM each) LEFT JOIN usual USING (api)""",
        given,
    )


def no_crowd(engine: duckdb.DuckDBPyConnection) -> None:
    """Leave the table ``crowd`` empty: for activity of many windows, which have no sums in common."""
    columns = ", ".join(f"NULL::BIGINT AS all_{name}, NULL::DOUBLE AS usual_{name}" for name in CROWD)
    engine.execute(f"CREATE OR REPLACE TEMP TABLE crowd AS SELECT NULL::VARCHAR AS api, {columns} WHERE false")


def measured(detector: Detector) -> str:
    """A SELECT of the rows that the detector judges: api, kind, client, times, and each variable raw and on its scale.

    Columns ``raw_a`` and ``a`` for variable A, and so on; ``habit``: by what a habit is known. Rows of which a variable
    does not apply are left out.
    """
    scaled = ", ".join(f"{v.scale.sql('raw_' + v.letter.lower())} AS {v.letter.lower()}" for v in detector.variables)
    habit = f"{Scale.COUNT.sql('raw_habit')} AS habit" if detector.habit else "a AS habit"
    known = f", ({detector.habit.sql})::DOUBLE AS raw_habit" if detector.habit else ""
    return f"""
SELECT *, {scaled}, {habit} FROM (
    SELECT api, kind, client, first_seen, last_seen, {_raws(detector)}{known}
    FROM {TABLES[detector.span]} LEFT JOIN crowd USING (api) WHERE view = '{detector.view}')
WHERE raw_a IS NOT NULL"""


def histogram(engine: duckdb.DuckDBPyConnection, detectors: Iterable[Detector]) -> Highest:
    """Fill the table ``histogram``: client-windows by value, for every variable; and the APIs' own sums.

    A window of a client in the table ``recurring`` counts for less (`abslake.detection.recurring`).

    Returns the highest value of each variable: where that is not over Tn, nobody need be looked at.
    """
    groups = _groups(engine, detectors)
    for group in groups:
        engine.execute(
            f"CREATE OR REPLACE TEMP TABLE {group.places} AS SELECT row_number() OVER ()::INTEGER AS place, api, kind "
            f"FROM (SELECT DISTINCT api, kind FROM {TABLES[group.span]} WHERE view = '{group.view}')"
        )
        _measure(engine, group)
    return _counted(engine, groups)


def without_attackers(
    engine: duckdb.DuckDBPyConnection, detectors: Iterable[Detector], usual: Mapping[str, Mapping[str, float]]
) -> None:
    """Take the clients in the table ``attackers`` out of activity, and of the table ``histogram`` that `histogram` has made
    of it by the same detectors. `usual`: as for `crowd`.

    What depends on the APIs' own sums is measured again, for those have changed with it.
    """
    deleted = 0
    groups = _groups(engine, detectors)
    for span, table in TABLES.items():
        those = f"SELECT {table}.rowid AS row FROM {table} SEMI JOIN attackers USING (kind, client)"
        engine.execute(f"CREATE OR REPLACE TEMP TABLE taken_out AS {those}")
        for group in groups:
            if group.span is span and not group.crowded:
                engine.execute(f"DELETE FROM {group.steps} WHERE row IN (FROM taken_out)")
        ((rows,),) = engine.execute(f"DELETE FROM {table} WHERE rowid IN (FROM taken_out)").fetchall()
        deleted += rows
    if deleted:
        crowd(engine, usual)
        for group in groups:
            if group.crowded:
                _measure(engine, group)
        _counted(engine, groups)


@dataclass(frozen=True)
class _Group:
    """Detectors that are measured in one statement."""

    span: Span
    view: View
    crowded: bool
    """Whether they look at the APIs' own sums."""
    detectors: Sequence[Detector]

    @cached_property
    def alike(self) -> Sequence[Sequence[Detector]]:
        """What several detectors measure alike is measured once."""
        alike: dict[tuple[object, ...], list[Detector]] = defaultdict(list)
        for one in self.detectors:
            alike[one.condition, *((v.sql, v.scale) for v in one.variables)].append(one)
        return list(alike.values())

    @property
    def variables(self) -> list[tuple[int, int]]:
        """Numbers in `alike` and of the variable."""
        return [(n, m) for n, those in enumerate(self.alike) for m in range(len(those[0].variables))]

    @property
    def steps(self) -> str:
        """The table of what was measured."""
        return f"steps_{self.span}_{self.view}{'_crowded' if self.crowded else ''}"

    @property
    def places(self) -> str:
        """The table of its numbered places, each an API and a kind of clients."""
        return self.steps.replace("steps", "places")


def _groups(engine: duckdb.DuckDBPyConnection, detectors: Iterable[Detector]) -> list[_Group]:
    """Groups of detectors whose view has rows."""
    groups: dict[tuple[Span, View, bool], list[Detector]] = defaultdict(list)
    for detector in detectors:
        groups[detector.span, detector.view, _looks_at_crowd(detector)].append(detector)
    there = {
        (span, view)
        for span in {span for span, _, _ in groups}
        for (view,) in engine.execute(f"SELECT DISTINCT view FROM {TABLES[span]}").fetchall()
    }
    return [_Group(*at, members) for at, members in groups.items() if at[:2] in there]


def _looks_at_crowd(detector: Detector) -> bool:
    return (
        re.search(r"\b(all|usual)_", " ".join((detector.condition, *(v.sql for v in detector.variables)))) is not None
    )


def _measure(engine: duckdb.DuckDBPyConnection, group: _Group) -> None:
    """Fill the group's table of steps: of each client-window its place (API and kind), weight, and variables on their scales."""
    table, those = TABLES[group.span], [one[0] for one in group.alike]
    weight, known = (recurring.WEIGHT, recurring.joined(table)) if group.span is Span.WINDOW else (_BY_DAY, "")
    # Stage by stage, so that no condition is looked at twice: which detectors apply, their variables, and the steps.
    applies = ", ".join(f"{_applies(alike)} AS applies_{n}" for n, alike in enumerate(group.alike))
    raws = ", ".join(
        f"CASE WHEN applies_{n} THEN ({those[n].variables[m].sql})::DOUBLE END AS raw_{n}_{m}"
        for n, m in group.variables
    )
    steps = ", ".join(
        f"CASE WHEN {_all_known(those[n], n)} "
        f"THEN ({those[n].variables[m].scale.sql(f'raw_{n}_{m}')})::SMALLINT END AS step_{n}_{m}"
        for n, m in group.variables
    )
    engine.execute(f"""
CREATE OR REPLACE TEMP TABLE {group.steps} AS SELECT row, place, weight, {steps} FROM (
    SELECT row, place, weight, {raws} FROM (
        SELECT *, {table}.rowid AS row, {weight} AS weight, {applies}
        FROM {table} JOIN {group.places} USING (api, kind) LEFT JOIN crowd USING (api) {known} WHERE view = '{group.view}'))""")


def _counted(engine: duckdb.DuckDBPyConnection, groups: Iterable[_Group]) -> Highest:
    """Fill ``histogram`` from the tables of steps. Each variable is counted for itself, by small numbers only."""
    engine.execute(
        "CREATE OR REPLACE TEMP TABLE histogram "
        "(api VARCHAR, kind VARCHAR, attack_id INTEGER, letter VARCHAR, bucket SMALLINT, clients DOUBLE)"
    )
    for group in groups:
        _count(engine, group)
    fine = ", ".join(f"('{name}', floor({FINE} * log2(all_{name} + 1)))" for name in CROWD)
    engine.execute(
        f"INSERT INTO histogram SELECT api, '', 0, sums[1], sums[2], 1 FROM (SELECT api, unnest([{fine}]) AS sums FROM crowd)"
    )
    rows = engine.execute("SELECT attack_id, api, kind, letter, max(bucket) FROM histogram GROUP BY ALL").fetchall()
    return {(attack_id, api, kind, letter): highest for attack_id, api, kind, letter, highest in rows}


def _count(engine: duckdb.DuckDBPyConnection, group: _Group) -> None:
    whose = [
        (number, kind.value, one.id, one.variables[m].letter)
        for number, (n, m) in enumerate(group.variables)
        for one in group.alike[n]
        for kind in one.kinds
    ]
    rows = engine.execute(f"SELECT count(*) FROM {group.steps}").fetchall()[0][0]
    counted = _all_at_once(group) if rows <= FEW else _one_by_one(group)
    engine.execute(
        f"""
INSERT INTO histogram
WITH whose AS (SELECT unnest(?::INTEGER[]) AS number, unnest(?::VARCHAR[]) AS kind, unnest(?::INTEGER[]) AS id,
    unnest(?::VARCHAR[]) AS letter)
SELECT api, kind, id, letter, step, clients FROM ({counted}) JOIN {group.places} USING (place) JOIN whose USING (number, kind)""",
        [list(column) for column in zip(*whose, strict=True)],
    )


def _one_by_one(group: _Group) -> str:
    """A SELECT of the sums of weights by place, variable and step."""
    return " UNION ALL ".join(
        f"SELECT place, {number} AS number, step_{n}_{m} AS step, sum(weight) AS clients "
        f"FROM {group.steps} WHERE step_{n}_{m} IS NOT NULL GROUP BY place, step_{n}_{m}"
        for number, (n, m) in enumerate(group.variables)
    )


def _all_at_once(group: _Group) -> str:
    """The same of few rows: quick to plan, slow to run."""
    steps = ", ".join(f"step_{n}_{m}" for n, m in group.variables)
    return (
        f"SELECT place, number, step, sum(weight) AS clients FROM (SELECT place, weight, unnest([{steps}]) AS step, "
        f"unnest(range({len(group.variables)})) AS number FROM {group.steps}) WHERE step IS NOT NULL GROUP BY place, number, step"
    )


def _applies(alike: Sequence[Detector]) -> str:
    kinds = ", ".join(sorted({f"'{kind.value}'" for one in alike for kind in one.kinds}))
    return f"kind IN ({kinds}) AND ({alike[0].condition})"


def _all_known(detector: Detector, group: int) -> str:
    return " AND ".join(f"raw_{group}_{n} IS NOT NULL" for n in range(len(detector.variables)))


def _raws(detector: Detector) -> str:
    """The variables in their units, ``raw_a`` and so on; all NULL where one does not apply or the condition is not met."""
    applies = f"kind IN ({detector.kinds_sql}) AND ({detector.condition})"
    applies += "".join(f" AND ({v.sql}) IS NOT NULL" for v in detector.variables)
    return ", ".join(
        f"CASE WHEN {applies} THEN ({v.sql})::DOUBLE END AS raw_{v.letter.lower()}" for v in detector.variables
    )


def is_crowded(over: int, clients: int) -> bool:
    """Whether so many clients of a window are over Tn that it is the API's doing and not theirs."""
    return over >= 10 and over > 0.1 * clients
