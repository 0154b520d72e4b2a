"""Each detector measures, judges, confirms and excuses as it was reckoned by hand (tests/mutation/edges.py).

What it learns of four kinds of traffic is as recorded (tests/mutation/learned.py).
"""

from collections.abc import Iterator

import duckdb
import pytest

from abslake.detection.detector import Detector
from abslake.detection.detectors import detectors
from tests.mutation import edges
from tests.mutation.case_judging import Known

ALL = list(detectors().values())


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as connection:
        yield connection


@pytest.mark.parametrize("detector", ALL, ids=[str(one.id) for one in ALL])
def test_a_detector_is_as_reckoned(engine: duckdb.DuckDBPyConnection, detector: Detector) -> None:
    known = Known(engine, detector)
    assert [check.__doc__ for check in known.checks if not check(detector)] == []


def test_every_detector_is_reckoned() -> None:
    assert set(edges.MEASURED) == {one.id for one in ALL}
