"""A value has the same place on its scale in SQL and in Python; what is not known has none."""

from collections.abc import Sequence

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from abslake.detection.scale import Scale
from tests.support.thoroughness import examples

EDGES = [0.0, 0.5, 99.999, 100.0, 101.0, -3.0, *(2.0**n + d for n in range(45) for d in (-1, 0, 1)), None]
numbers = st.one_of(
    st.none(),
    st.floats(-10, 200),
    st.floats(0, 1e18),
    st.integers(0, 2**62).map(float),
    st.integers(-5, 130).map(float),
)


@pytest.fixture(scope="module")
def engine() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 1})


@examples(20)
@given(st.sampled_from(Scale), st.lists(numbers, min_size=1))
@example(Scale.COUNT, EDGES)
@example(Scale.BYTES, EDGES)
@example(Scale.LONG_BYTES, EDGES)
@example(Scale.SHARE, EDGES)
@example(Scale.SMALL, EDGES)
def test_sql_and_python_agree(engine: duckdb.DuckDBPyConnection, scale: Scale, values: Sequence[float | None]) -> None:
    found = engine.execute(f"SELECT {scale.sql('x')} FROM (SELECT unnest(?::DOUBLE[]) AS x)", [values]).fetchall()

    assert [place for (place,) in found] == [None if value is None else scale.of(value) for value in values]
    assert all(0 <= place <= scale.top for (place,) in found if place is not None)


@pytest.mark.parametrize("scale", Scale)
def test_the_lowest_value_over_a_threshold_is_the_first_that_is_over_it(scale: Scale) -> None:
    for threshold in range(scale.top):
        lowest = scale.lowest_over(threshold)
        assert scale.of(lowest) > threshold >= scale.of(lowest - 1)
