"""Every case of every detector of single APIs: one row of activity, measured by the detector's SQL, judged by thresholds."""

from datetime import UTC, datetime

import duckdb
import pytest

from abslake.detection import activity, measuring
from abslake.detection.detector import Case, Detector, Span
from abslake.detection.detectors import detectors
from abslake.detection.findings import IdentifierKind, Level
from abslake.detection.judging import Judge
from abslake.detection.model import Learned, Model, Training
from abslake.detection.tuning import Tuning

WINDOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
SINGLE = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 21, 28, 29, 37, 41, 100, 101)
FOUND = [one for one in detectors().values() if one.id in SINGLE]
CASES = [pytest.param(one, case, id=f"{one.id} {case.title}") for one in FOUND for case in one.cases]
CROWD = {f"{when}_{name}" for name in measuring.CROWD for when in ("all", "usual")}


@pytest.fixture(scope="module")
def engine():
    with duckdb.connect(config={"threads": 1}) as engine:
        yield engine


def _fill(engine: duckdb.DuckDBPyConnection, detector: Detector, case: Case) -> None:
    """One row of the detector's view, of its first kind, and what the API has."""
    table, kind = measuring.TABLES[detector.span], (case.kind or detector.kinds[0]).value
    unknown = set(case.row) - set(activity.COLUMNS) - CROWD - {"windows"}
    assert not unknown, f"no such columns: {unknown}"
    columns = [*activity.COLUMNS, *(["windows"] if detector.span is Span.DAY else [])]
    values = ", ".join(
        f"TIMESTAMP '{WINDOW:%Y-%m-%d %H:%M:%S}' AS {name}"
        if name in activity.TIMES
        else f"{case.row.get(name, 0)}::BIGINT AS {name}"
        for name in columns
    )
    engine.execute(
        f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT '{detector.view}' AS view, 'shop' AS api, '{kind}' AS kind, "
        f"'somebody' AS client, {values}"
    )
    given = ", ".join(f"{case.row.get(name, 0)}::DOUBLE AS {name}" for name in sorted(CROWD))
    engine.execute(f"CREATE OR REPLACE TEMP TABLE crowd AS SELECT 'shop' AS api, {given}")


def _judged(engine: duckdb.DuckDBPyConnection, detector: Detector, case: Case) -> Level | None:
    kind = case.kind or detector.kinds[0]
    learned = [
        Learned("shop", kind.value, detector.id, letter, tn, tx, 1e4) for letter, (tn, tx) in case.thresholds.items()
    ]
    model = Model(WINDOW, {"shop": Training(WINDOW, 144, trained=True)}, tuple(learned))
    highest = {(detector.id, "shop", kind.value, v.letter): 10**6 for v in detector.variables}
    found = Judge(engine, model, Tuning()).judge([detector], WINDOW, {}, highest).findings
    return found[0].level if found else None


@pytest.mark.parametrize(("detector", "case"), CASES)
def test_a_case_comes_to_its_level(engine, detector: Detector, case: Case) -> None:
    _fill(engine, detector, case)
    assert _judged(engine, detector, case) is case.level


@pytest.mark.parametrize("detector", FOUND, ids=lambda one: one.type_name)
def test_a_detector_says_what_fires_and_what_does_not(detector: Detector) -> None:
    levels = [case.level for case in detector.cases]
    assert len(levels) - levels.count(None) >= 2, "two cases that fire"
    assert levels.count(None) >= 3, "three that do not"
    fixed = {v.letter: v.fixed for v in detector.variables if v.fixed}
    for case in detector.cases:
        for letter, limits in case.thresholds.items():
            assert fixed.get(letter, limits) == limits, "a case may not have other limits than the detector"
    assert detector.idea
    assert detector.remedy


def test_the_types_of_single_apis_are_all_there() -> None:
    assert [one.id for one in FOUND] == list(SINGLE)
    assert all(one.scope == "api" for one in FOUND)


RANGES = {
    1: {"A": (1, 32), "B": (1, 19), "C": (1, 99)},
    2: {"A": (1, 19), "B": (1, 19)},
    3: {"A": (1, 100)},
    4: {"A": (2, 10), "B": (1, 19)},
    5: {"A": (1, 32), "B": (1, 19), "C": (1, 99)},
    6: {"A": (1, 32), "B": (1, 19), "C": (1, 99)},
    7: {"A": (1, 9), "B": (1, 19)},
    8: {"A": (1, 99)},
    9: {"A": (1, 99)},
    10: {"A": (1, 19)},
    11: {"A": (1, 19)},
    12: {"A": (1, 100)},
    14: {"A": (1, 19), "B": (1, 99)},
    15: {"A": (1, 19), "B": (1, 99), "C": (1, 32)},
    21: {"A": (1, 42), "B": (0, 30), "C": (1, 100)},
}
"""The documented ranges of Tn."""

WITHOUT_TX = {(3, "A"), (4, "A"), (12, "A"), (21, "B"), (21, "C")}


def test_variables_have_the_documented_ranges() -> None:
    ranges = {one.id: {v.letter: v.tn_range for v in one.variables} for one in FOUND if one.id in RANGES}
    assert ranges == RANGES
    assert {
        (one.id, v.letter) for one in FOUND if one.id in RANGES for v in one.variables if not v.extreme
    } == WITHOUT_TX


def test_the_name_of_a_stolen_identifier_is_that_of_its_kind() -> None:
    stolen = detectors()[4]
    assert stolen.name_for(IdentifierKind.TOKEN) == "Stolen Token Attack Type 1"
    assert stolen.name_for(IdentifierKind.COOKIE) == "Stolen Cookie Attack Type 1"
