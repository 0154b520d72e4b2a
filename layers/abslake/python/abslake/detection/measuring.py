"""What a detector sees: its rows of activity with the variables measured, and histograms of them.

An API's own sums of the window stand beside each row as ``all_…`` (`CROWD`), and what they usually come to as ``usual_…``:
so a detector can tell one client among many from a day on which everybody comes.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import duckdb

from abslake.detection import recurring
from abslake.detection.detector import Detector, Span
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
    engine.execute(
        "CREATE OR REPLACE TEMP TABLE histogram "
        "(api VARCHAR, kind VARCHAR, attack_id INTEGER, letter VARCHAR, bucket SMALLINT, clients DOUBLE)"
    )
    groups: dict[Span, dict[str, list[Detector]]] = defaultdict(lambda: defaultdict(list))
    for detector in detectors:
        groups[detector.span][detector.view].append(detector)
    for span, by_view in groups.items():
        engine.execute(
            "CREATE OR REPLACE TEMP TABLE places AS SELECT row_number() OVER ()::INTEGER AS place, * "
            f"FROM (SELECT DISTINCT view, api, kind FROM {TABLES[span]})"
        )
        there = {view for (view,) in engine.execute("SELECT DISTINCT view FROM places").fetchall()}
        for view, members in by_view.items():
            if view in there:
                _count(engine, span, view, members)
        engine.execute("DROP TABLE places")
    fine = ", ".join(f"('{name}', floor({FINE} * log2(all_{name} + 1)))" for name in CROWD)
    engine.execute(
        f"INSERT INTO histogram SELECT api, '', 0, sums[1], sums[2], 1 FROM (SELECT api, unnest([{fine}]) AS sums FROM crowd)"
    )
    rows = engine.execute("SELECT attack_id, api, kind, letter, max(bucket) FROM histogram GROUP BY ALL").fetchall()
    return {(attack_id, api, kind, letter): highest for attack_id, api, kind, letter, highest in rows}


def _count(engine: duckdb.DuckDBPyConnection, span: Span, view: str, detectors: Sequence[Detector]) -> None:
    """Add the client-windows of a view to ``histogram``.

    What several detectors measure alike is measured once. Each variable is counted for itself, by small numbers only.
    """
    table = TABLES[span]
    weight, known = (recurring.WEIGHT, recurring.joined(table)) if span is Span.WINDOW else ("1", "")
    alike: dict[tuple[object, ...], list[Detector]] = defaultdict(list)
    for one in detectors:
        alike[one.condition, *((v.sql, v.scale) for v in one.variables)].append(one)
    groups = list(alike.values())
    # Stage by stage, so that no condition is looked at twice: which detectors apply, their variables, and the steps.
    applies = ", ".join(f"{_applies(those)} AS applies_{n}" for n, those in enumerate(groups))
    places = [(n, letter) for n, those in enumerate(groups) for letter in range(len(those[0].variables))]
    raws = ", ".join(
        f"CASE WHEN applies_{n} THEN ({groups[n][0].variables[m].sql})::DOUBLE END AS raw_{n}_{m}" for n, m in places
    )
    steps = ", ".join(
        f"CASE WHEN {_all_known(groups[n][0], n)} "
        f"THEN ({groups[n][0].variables[m].scale.sql(f'raw_{n}_{m}')})::SMALLINT END AS step_{n}_{m}"
        for n, m in places
    )
    whose = [
        (number, kind.value, one.id, one.variables[m].letter)
        for number, (n, m) in enumerate(places, start=1)
        for one in groups[n]
        for kind in one.kinds
    ]
    engine.execute(f"""
CREATE OR REPLACE TEMP TABLE steps AS SELECT place, weight, {steps} FROM (
    SELECT place, weight, {raws} FROM (
        SELECT *, {weight} AS weight, {applies}
        FROM {table} JOIN places USING (view, api, kind) LEFT JOIN crowd USING (api) {known} WHERE view = '{view}'))""")
    counted = " UNION ALL ".join(
        f"SELECT place, {number} AS number, step_{n}_{m} AS step, sum(weight) AS clients "
        f"FROM steps WHERE step_{n}_{m} IS NOT NULL GROUP BY place, step_{n}_{m}"
        for number, (n, m) in enumerate(places, start=1)
    )
    engine.execute(
        f"""
INSERT INTO histogram
WITH whose AS (SELECT unnest(?::INTEGER[]) AS number, unnest(?::VARCHAR[]) AS kind, unnest(?::INTEGER[]) AS id,
    unnest(?::VARCHAR[]) AS letter)
SELECT api, kind, id, letter, step, clients FROM ({counted}) JOIN places USING (place) JOIN whose USING (number, kind)""",
        [list(column) for column in zip(*whose, strict=True)],
    )
    engine.execute("DROP TABLE steps")


def _applies(alike: Sequence[Detector]) -> str:
    kinds = ", ".join(sorted({f"'{kind.value}'" for one in alike for kind in one.kinds}))
    return f"kind IN ({kinds}) AND ({alike[0].condition})"


def _all_known(detector: Detector, group: int) -> str:
    return " AND ".join(f"raw_{group}_{n} IS NOT NULL" for n in range(len(detector.variables)))


def _raws(detector: Detector) -> str:
    """The variables in their units, ``raw_a`` and so on; all NULL where one does not apply or the condition is not met."""
    applies = f"kind IN ({_listed(detector)}) AND ({detector.condition})"
    applies += "".join(f" AND ({v.sql}) IS NOT NULL" for v in detector.variables)
    return ", ".join(
        f"CASE WHEN {applies} THEN ({v.sql})::DOUBLE END AS raw_{v.letter.lower()}" for v in detector.variables
    )


def is_crowded(over: int, clients: int) -> bool:
    """Whether so many clients of a window are over Tn that it is the API's doing and not theirs."""
    return over >= 10 and over > 0.1 * clients


def _listed(detector: Detector) -> str:
    return ", ".join(f"'{kind.value}'" for kind in detector.kinds)
