"""Whatever is changed in a detector's declaration, some check tells; what none tells is listed here, and why."""

from collections.abc import Iterator

import duckdb
import pytest

from abslake.detection.detector import Detector, Variable
from abslake.detection.detectors import detectors
from tests.mutation.case_judging import Known
from tests.mutation.changes import changed

_RULE = "rules are never excused by a crowd"
_FLOOR = "its floor is its ceiling: Tn is 4 whatever is learned"
_PAIRS = "without a second network and program variable B is 0, so that A is over 2 wherever B is over its Tn"
_WRITES = "every write counts as a byte at least, so that C is over 1 wherever A is over its Tn of 4 or more"
_FEW_STEPS = (
    "between its floor and its ceiling are three steps: a factor of four moves it in none of the traffic at hand"
)
NO_DIFFERENCE = {
    (4, "A.fixed (1, None)"): _PAIRS,
    **dict.fromkeys(((7, "A.floor 5"), (7, "A.one_in 2500"), (7, "A.one_in 40000")), _FLOOR),
    (15, "C.fixed (0, None)"): _WRITES,
    (15, "C.fixed (2, None)"): _WRITES,
    (18, "B.one_in 2500"): _FEW_STEPS,
    **dict.fromkeys(((22, "A.one_in 75"), (22, "A.one_in 1200")), _FEW_STEPS),
    (32, "B.one_in 2500"): _FEW_STEPS,
    **{(id_, "crowd"): _RULE for id_ in (37, 41, 100, 101)},
}
"""Attack id and change -> why it is no other detector."""

_BUT_TWO = "greatest(requests - unauthorized, 2) >= 33"
"""Of the probes of types 18 and 32: only one refused of one differs, and half of it is over a third as well."""

FOUND = list(detectors().values())


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as connection:
        yield connection


def passes(known: Known, detector: Detector) -> bool:
    try:
        return all(check(detector) for check in known.checks)
    except (duckdb.Error, OverflowError, ValueError):
        return False  # what cannot be measured is seen at once


def test_no_change_passes(engine: duckdb.DuckDBPyConnection, capsys: pytest.CaptureFixture[str]) -> None:
    done: set[Variable] = set()
    number, unseen = 0, []
    for one in FOUND:
        known = Known(engine, one)
        for words, other in changed(one, done):
            number += 1
            if passes(known, other):
                unseen.append((one.id, words))
    with capsys.disabled():
        print(f"\n{number} changed detectors, {number - len(unseen)} told, {len(unseen)} make no difference")
    assert number > 1_000
    left = [(id_, words) for id_, words in unseen if not (words.startswith("B.") and _BUT_TWO in words)]
    assert sorted(left) == sorted(NO_DIFFERENCE)
