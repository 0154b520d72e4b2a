"""All cases of a detector judged at once: each is a row of activity at an API of its own, for every kind of identifier.

A case holds for the kinds that it names, or else for all of its detector's; of any other kind, and in any other view, the same
row comes to nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from abslake.detection import activity, measuring, profiles
from abslake.detection.detector import Case, Detector, View
from abslake.detection.findings import IdentifierKind, Level
from abslake.detection.judging import WINDOW as LENGTH
from abslake.detection.judging import Judge
from abslake.detection.model import Learned, Model, Training
from abslake.detection.tuning import Tuning

WINDOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
CROWD = sorted(f"{when}_{name}" for name in measuring.CROWD for when in ("all", "usual"))
COLUMNS = [*(name for name in (*activity.COLUMNS, *profiles.COLUMNS) if name not in activity.TIMES), "windows"]
ELSEWHERE = {View.CLIENT: View.USER, View.ACROSS: View.CLIENT, View.USER: View.ACROSS, View.ADDRESS: View.CLIENT}

Place = tuple[str, str]
"""API, kind."""


class AllOn(Tuning):
    """Untuned, but that every type is on."""

    def enabled(self, attack_id: int) -> bool:
        """Those that are off by default too."""
        return True


@dataclass(frozen=True)
class Row:
    """A case as it is judged, and what it must come to."""

    case: Case
    api: str
    kind: IdentifierKind
    view: View
    level: Level | None


def rows(detector: Detector) -> Iterator[Row]:
    """The cases of a detector, by each kind and where they must come to nothing."""
    for number, case in enumerate(detector.cases):
        for kind in IdentifierKind:
            meant = kind is case.kind if case.kind else kind in detector.kinds
            if meant or (case.level and not case.kind):
                yield Row(case, f"api {number}", kind, detector.view, case.level if meant else None)
        if case.level:
            kind = case.kind or detector.kinds[0]
            yield Row(case, f"elsewhere {number}", kind, ELSEWHERE[detector.view], None)


class Cases:
    """The cases of one detector, laid in an engine; that or a changed detector judges them."""

    def __init__(self, engine: duckdb.DuckDBPyConnection, detector: Detector) -> None:
        self.engine, self.id = engine, detector.id
        self.rows = list(rows(detector))
        self.expected = {(row.api, row.kind.value): row.level for row in self.rows}
        self.model = Model(
            WINDOW,
            {row.api: Training(WINDOW, 144, trained=True) for row in self.rows},
            tuple(
                Learned(row.api, row.kind.value, detector.id, letter, tn, tx, 1e4)
                for row in self.rows
                for letter, (tn, tx) in row.case.thresholds.items()
            ),
        )
        for span, table in measuring.TABLES.items():
            self._fill(table, self.rows if span is detector.span else [])

    def _fill(self, table: str, given: Sequence[Row]) -> None:
        unknown = {name for row in given for name in row.case.row} - set(COLUMNS) - set(CROWD)
        assert not unknown, f"no such columns: {unknown}"
        seen = ", ".join(f"TIMESTAMP '{WINDOW:%Y-%m-%d %H:%M:%S}' AS {name}" for name in activity.TIMES)
        used = sorted({name for row in given for name in row.case.row} & set(COLUMNS))
        rest = ", ".join(
            f"{'NULL' if name == 'new_rare' else 0}::BIGINT AS {name}" for name in COLUMNS if name not in used
        )
        names = ", ".join(["view", "api", "kind", "client", *used])
        values = ", ".join(
            f"('{row.view}', '{row.api}', '{row.kind.value}', 'somebody'"
            + "".join(f", {row.case.row.get(name, 0)}::BIGINT" for name in used)
            + ")"
            for row in given
        )
        one = f"(VALUES {values}) AS given({names})"
        nobody = "(SELECT '' AS view, '' AS api, '' AS kind, '' AS client WHERE false)"
        self.engine.execute(
            f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT *, {seen}, {rest} FROM {one if given else nobody}"
        )
        if given:
            of_apis = {row.api: row.case.row for row in given}
            crowds = ", ".join(
                f"('{api}', " + ", ".join(f"{row.get(name, 0)}::DOUBLE" for name in CROWD) + ")"
                for api, row in of_apis.items()
            )
            self.engine.execute(
                f"CREATE OR REPLACE TEMP TABLE crowd AS SELECT * FROM (VALUES {crowds}) AS given(api, {', '.join(CROWD)})"
            )

    def levels(self, detector: Detector, windows_before: int = 0) -> Mapping[Place, Level | None]:
        """What this detector makes of each case, if it was over Tn in so many windows before."""
        highest = {(self.id, api, kind, v.letter): 10**6 for api, kind in self.expected for v in detector.variables}
        before = {WINDOW - LENGTH * (n + 1) for n in range(windows_before)}
        earlier = {(self.id, api, kind, "somebody"): before for api, kind in self.expected} if before else {}
        found = Judge(self.engine, self.model, AllOn()).judge([detector], WINDOW, earlier, highest).findings
        levels: dict[Place, Level | None] = dict.fromkeys(self.expected)
        return levels | {(one.api, one.identifier_kind.value): one.level for one in found}

    def habits(self, detector: Detector) -> Sequence[int]:
        """By what a habit is known, for each case that comes to something for the detector's first kind; ascending."""
        found = self.engine.execute(f"SELECT api, kind, habit FROM ({measuring.measured(detector)})").fetchall()
        return sorted({habit for api, kind, habit in found if self.expected.get((api, kind))})
