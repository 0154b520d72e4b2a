"""All that is known of a detector, held against it or a changed one: its cases, its edges, and windows in sequence.

Each case is a row of activity at an API of its own, so that a few statements judge them all. A case holds for the kinds that
it names, or else for all of its detector's; of any other kind, and in any other view, the same row comes to nothing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import isclose

import duckdb

from abslake.detection import activity, learning, measuring, profiles
from abslake.detection.detector import Case, Detector, Variable, View
from abslake.detection.findings import WINDOW as LENGTH
from abslake.detection.findings import IdentifierKind, Level
from abslake.detection.judging import Judge
from abslake.detection.model import Learned, Model, Training
from abslake.detection.tuning import Tuning
from tests.mutation import edges
from tests.mutation.learned import LEARNED, TRAFFIC

WINDOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
CROWD = sorted(f"{when}_{name}" for name in measuring.CROWD for when in ("all", "usual"))
COLUMNS = [*(name for name in (*activity.COLUMNS, *profiles.COLUMNS) if name not in activity.TIMES), "windows"]
ELSEWHERE = {View.CLIENT: View.USER, View.ACROSS: View.CLIENT, View.USER: View.ACROSS, View.ADDRESS: View.CLIENT}
RULES = (37, 41, 100, 101)
"""Types that are judged without a model."""

Place = tuple[str, str]
"""API, kind."""


class AllOn(Tuning):
    """Untuned, but that every type is on."""

    def enabled(self, attack_id: int) -> bool:  # noqa: ARG002
        """Those that are off by default too."""
        return True


@dataclass(frozen=True)
class Row:
    """A row of activity."""

    api: str
    kind: IdentifierKind
    view: View
    case: Case
    client: str = "somebody"


def _cases(detector: Detector) -> Iterator[tuple[Row, Level | None]]:
    """Cases and edges by each kind, and where they must come to nothing."""
    cases = list(detector.cases)
    for row, level, *thresholds in edges.LEVELS.get(detector.id, ()):
        cases.append(Case("", row, thresholds[0] if thresholds else cases[0].thresholds, level))
    for number, case in enumerate(cases):
        for kind in IdentifierKind:
            meant = kind is case.kind if case.kind else kind in detector.kinds
            if meant or (case.level and not case.kind):
                yield Row(f"api {number}", kind, detector.view, case), case.level if meant else None
        if case.level:
            yield Row(f"elsewhere {number}", case.kind or detector.kinds[0], ELSEWHERE[detector.view], case), None


def _measured(detector: Detector) -> Iterator[tuple[Row, Sequence[float] | None]]:
    for number, (row, values, *kind) in enumerate(edges.MEASURED[detector.id]):
        yield (
            Row(f"row {number}", kind[0] if kind else detector.kinds[0], detector.view, Case("", row, {}, None)),
            values,
        )


def _together(detector: Detector) -> Iterator[Row]:
    """Many clients at once, and one that is known to do so always: each attacks."""
    firing = sorted((case for case in detector.cases if case.level), key=lambda case: case.level is Level.ANOMALY)
    kind = firing[0].kind or detector.kinds[0]
    yield from (Row("many", kind, detector.view, firing[0], f"client {n}") for n in range(20))
    yield Row("habit", kind, detector.view, firing[0])


class Known:
    """What is known of one detector, laid in an engine."""

    def __init__(self, engine: duckdb.DuckDBPyConnection, detector: Detector) -> None:
        self.engine, self.id = engine, detector.id
        cases, measured, together = list(_cases(detector)), list(_measured(detector)), list(_together(detector))
        self.levels = {(row.api, row.kind.value): level for row, level in cases}
        self.values = {(row.api, row.kind.value): values for row, values in measured}
        self.habits: list[tuple[Row, int]] = [
            (Row(f"habit {n}", detector.kinds[0], detector.view, Case("", row, {}, None)), value)
            for n, (row, value) in enumerate(edges.HABITS.get(detector.id, (0, 0))[2:])
        ]
        rows = [*(row for row, _ in (*cases, *measured, *self.habits)), *together]
        self.places = {(row.api, row.kind.value) for row in rows}
        whole = Model(
            WINDOW,
            {row.api: Training(WINDOW, 144, trained=True) for row in rows},
            tuple(
                Learned(api, kind, detector.id, letter, tn, tx, 1e4)
                for api, kind, thresholds in {(r.api, r.kind.value, tuple(r.case.thresholds.items())) for r in rows}
                for letter, (tn, tx) in thresholds
            ),
        )
        habit = together[-1]
        who = (detector.id, habit.api, habit.kind.value, habit.client)
        self.model = replace(whole, habits={who: (100, WINDOW + timedelta(days=1))})
        self.together = {
            ("many", habit.kind.value): self.id in (*edges.CROWD, *RULES),
            ("habit", habit.kind.value): self.id in edges.NO_HABIT,
        }
        for span, table in measuring.TABLES.items():
            _fill(engine, table, rows if span is detector.span else [])
        _fill_crowd(engine, rows)

    def judged(self, detector: Detector, before: int = 0, model: Model | None = None) -> Mapping[Place, Level]:
        """What it finds, if clients were over Tn in so many windows before; by the model that is known, or that one."""
        highest = {(self.id, *place, v.letter): 10**6 for place in self.places for v in detector.variables}
        earlier = {
            (self.id, *place, client): {WINDOW - LENGTH * (n + 1) for n in range(before)}
            for place in self.places
            for client in ("somebody", *(f"client {n}" for n in range(20)))
        }
        judge = Judge(self.engine, model or self.model, AllOn())
        found = judge.judge([detector], WINDOW, earlier, highest).findings
        return {(one.api, one.identifier_kind.value): one.level for one in found}

    def comes_to_its_levels(self, detector: Detector) -> bool:
        """Each case comes to its level."""
        found = self.judged(detector)
        return {place: found.get(place) for place in self.levels} == self.levels

    def measures_right(self, detector: Detector) -> bool:
        """Each row has its values, and what does not apply has none."""
        raws = ", ".join(f"raw_{v.letter.lower()}" for v in detector.variables)
        rows = self.engine.execute(f"SELECT api, kind, {raws} FROM ({measuring.measured(detector)})").fetchall()
        found = {(api, kind): values for api, kind, *values in rows}
        return all(_alike(found.get(place), values) for place, values in self.values.items())

    def is_confirmed_in_time(self, detector: Detector) -> bool:
        """An anomaly becomes an attack with so many windows as are said, and with none fewer."""
        confirm = edges.CONFIRM[self.id]
        anomalies = {place for place, level in self.levels.items() if level is Level.ANOMALY}
        attacks = {place for place, level in self.levels.items() if level is Level.ATTACK}
        # No more fit in the time looked back at, and so an attack that takes more is none.
        last = self.judged(detector, confirm - 1) if confirm < 9 else {}
        sooner = self.judged(detector, max(0, confirm - 2) if confirm < 9 else 6)
        return (
            all(last.get(place, Level.ATTACK) is Level.ATTACK for place in anomalies | attacks)
            and all(sooner.get(place) is Level.ANOMALY for place in anomalies)
            and detector.confirm == confirm
        )

    def is_excused_as_said(self, detector: Detector) -> bool:
        """A crowd of clients, or a client known for it, attacks only where that is no excuse."""
        found = self.judged(detector, 5)
        return all(found.get(place) is (Level.ATTACK if so else Level.ANOMALY) for place, so in self.together.items())

    def knows_habits(self, detector: Detector) -> bool:
        """What it looks at instead of variable A."""
        habit = detector.habit
        if habit is None or self.id not in edges.HABITS:
            return habit is None and self.id not in edges.HABITS
        rows = self.engine.execute(
            f"SELECT api, ({habit.sql})::DOUBLE FROM {measuring.TABLES[detector.span]} WHERE starts_with(api, 'habit ')"
        ).fetchall()
        expected = {row.api: value for row, value in self.habits}
        return (habit.over, habit.windows) == edges.HABITS[self.id][:2] and dict(rows) == expected

    def waits_for_training(self, detector: Detector) -> bool:
        """Nothing is found without a model, but by the types that need none."""
        found = self.judged(detector, model=Model(WINDOW))
        untrained = self.judged(detector) if self.id in RULES else {}
        return found == untrained and detector.rule_based == (self.id in RULES)

    def learns_as_said(self, detector: Detector) -> bool:
        """Its thresholds out of four kinds of traffic, and their ranges."""
        return all(learned(v) == LEARNED[self.id, v.letter] for v in detector.variables)

    def is_switched_as_said(self, detector: Detector) -> bool:
        """Whether it is on unless somebody turned it off, which all can be."""
        return detector.on_by_default is (self.id not in edges.OFF_BY_DEFAULT) and detector.switchable

    @property
    def checks(self) -> Sequence[Callable[[Detector], bool]]:
        """All of them; the cheap ones first."""
        return (
            self.is_switched_as_said,
            self.learns_as_said,
            self.comes_to_its_levels,
            self.measures_right,
            self.knows_habits,
            self.waits_for_training,
            self.is_confirmed_in_time,
            self.is_excused_as_said,
        )


def learned(variable: Variable) -> tuple[object, ...]:
    """The ranges of a variable and, where it is learned, its thresholds out of each traffic, and those that it begins with."""
    if variable.fixed:
        return variable.tn_range, variable.tx_range
    found = [learning.limits(histogram(variable), variable) for histogram in TRAFFIC]
    begins = (variable.initial,) if variable.initial else ()
    return variable.tn_range, variable.tx_range, *((one.tn, one.tx) for one in found if one), *begins


def _alike(found: Sequence[float] | None, expected: Sequence[float] | None) -> bool:
    if found is None or expected is None:
        return found is expected
    return len(found) == len(expected) and all(
        isclose(a, b, rel_tol=1e-9) for a, b in zip(found, expected, strict=True)
    )


def _fill(engine: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Row]) -> None:
    unknown = {name for row in rows for name in row.case.row} - set(COLUMNS) - set(CROWD)
    assert not unknown, f"no such columns: {unknown}"
    seen = ", ".join(f"TIMESTAMP '{WINDOW:%Y-%m-%d %H:%M:%S}' AS {name}" for name in activity.TIMES)
    used = sorted({name for row in rows for name in row.case.row} & set(COLUMNS))
    rest = ", ".join(f"{_nothing(name)}::BIGINT AS {name}" for name in COLUMNS if name not in used)
    values = ", ".join(
        f"('{row.view}', '{row.api}', '{row.kind.value}', '{row.client}'"
        + "".join(f", {row.case.row.get(name, _nothing(name))}::BIGINT" for name in used)
        + ")"
        for row in rows
    )
    names = ", ".join(["view", "api", "kind", "client", *used])
    given = (
        f"(VALUES {values}) AS given({names})"
        if rows
        else "(SELECT '' AS view, '' AS api, '' AS kind, '' AS client LIMIT 0)"
    )
    engine.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT *, {seen}, {rest} FROM {given}")


def _fill_crowd(engine: duckdb.DuckDBPyConnection, rows: Sequence[Row]) -> None:
    of_apis = {row.api: row.case.row for row in rows}
    crowds = ", ".join(
        f"('{api}', " + ", ".join(f"{row.get(name, 0)}::DOUBLE" for name in CROWD) + ")" for api, row in of_apis.items()
    )
    engine.execute(
        f"CREATE OR REPLACE TEMP TABLE crowd AS SELECT * FROM (VALUES {crowds}) AS given(api, {', '.join(CROWD)})"
    )


def _nothing(name: str) -> str:
    return "NULL" if name == "new_rare" else "0"
