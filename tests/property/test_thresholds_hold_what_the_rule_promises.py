"""The learning rule: its quantiles, its order and ranges, the false alarms it expects, and what attackers can do to it."""

from collections.abc import Callable
from itertools import pairwise
from math import erfc, exp, log, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abslake.detection import learning
from abslake.detection.detector import Variable
from abslake.detection.scale import Scale
from tests.support.thoroughness import examples

PLENTY = 1e6
COUNT = Variable("A", "requests", Scale.COUNT, "requests in ten minutes", "requests")
variables = st.builds(
    lambda scale, floor, extreme: Variable("A", "x", scale, "x", "x", floor=floor, extreme=extreme),
    st.sampled_from(Scale),
    st.integers(0, 15),
    st.booleans(),
)
histograms = st.dictionaries(st.integers(0, 20), st.floats(0.01, 1e7), min_size=1)
Survival = Callable[[float], float]
"""The share of client-windows with at least so many requests."""


def lognormal(median: float, sigma: float) -> Survival:
    return lambda x: 0.5 * erfc((log(x) - log(median)) / sigma / sqrt(2)) if x > 0 else 1.0


def exponential(mean: float) -> Survival:
    return lambda x: exp(-x / mean)


TRAFFIC = {
    **{f"log-normal {sigma}": lognormal(20, sigma) for sigma in (0.5, 1.0, 1.5)},
    **{f"exponential {mean}": exponential(mean) for mean in (2, 20, 300)},
    **{f"geometric {p}": exponential(-1 / log(1 - p)) for p in (0.5, 0.1, 0.01)},
}


def histogram(over: Survival) -> dict[int, float]:
    edges = [0.0, *(2.0**value for value in range(COUNT.scale.top)), float("inf")]
    shares = [over(low) - (over(high) if high < edges[-1] else 0.0) for low, high in pairwise(edges)]
    return {value: PLENTY * share for value, share in enumerate(shares) if share > 1e-15}


def limits(counts: dict[int, float], variable: Variable = COUNT) -> learning.Limits:
    found = learning.limits(counts, variable)
    assert found
    return found


@examples(60)
@given(histograms, st.sampled_from((Scale.COUNT, Scale.SHARE)), st.floats(0.01, 0.99))
def test_a_quantile_has_its_share_below_it(counts: dict[int, float], scale: Scale, share: float) -> None:
    at = learning.quantile(counts, scale, share)
    # Each step's client-windows lie evenly on it: (v - 1, v] where it is logarithmic, (v, v + 1] where not.
    ends = {value: value if scale.logarithmic else value + 1 for value in counts}
    below = sum(count * min(1.0, max(0.0, at - ends[value] + 1)) for value, count in counts.items())
    assert below == pytest.approx(share * sum(counts.values()), rel=1e-6) or at in (0, *counts, *ends.values())


@examples(100)
@given(histograms, variables)
def test_thresholds_keep_order_floor_and_range(counts: dict[int, float], variable: Variable) -> None:
    found = learning.limits(counts, variable)
    if sum(counts.values()) < learning.LEAST_SAMPLES:
        assert found is None
        return
    assert found
    low, high = variable.tn_range
    assert max(low, min(variable.floor, high)) <= found.tn <= high
    if variable.tx_range:
        assert found.tx is not None
        assert found.tn < found.tx <= variable.tx_range[1]
    else:
        assert found.tx is None


@examples(60)
@given(histograms, st.floats(0.1, 100))
def test_thresholds_are_those_of_shares_not_of_numbers(counts: dict[int, float], times: float) -> None:
    if min(1, times) * sum(counts.values()) >= learning.LEAST_SAMPLES:
        more = limits({value: times * count for value, count in counts.items()})
        assert abs(more.tn - limits(counts).tn) <= 1  # at the very edge of a step


@examples(60)
@given(st.dictionaries(st.integers(1, 9), st.floats(1, 1e5), min_size=1), st.integers(1, 5))
def test_twice_as_much_of_everything_doubles_the_threshold(counts: dict[int, float], steps: int) -> None:
    if sum(counts.values()) >= learning.LEAST_SAMPLES:
        before, after = limits(counts).tn, limits({value + steps: count for value, count in counts.items()}).tn
        assert after == min(before + steps, COUNT.tn_range[1]) or abs(after - before - steps) <= 1


@pytest.mark.parametrize("name", TRAFFIC)
def test_no_more_ordinary_client_windows_are_over_than_is_said(name: str) -> None:
    over, found = TRAFFIC[name], limits(histogram(TRAFFIC[name]))
    assert found.tx
    assert over(2.0**found.tn) <= 1 / COUNT.one_in
    assert over(2.0**found.tx) <= 1 / learning.EXPECTED_OVER_TX


@pytest.mark.parametrize("name", TRAFFIC)
def test_attackers_in_what_is_learned_move_it_by_a_bounded_number_of_doublings(name: str) -> None:
    clean = histogram(TRAFFIC[name])

    def poisoned(share: float) -> int:
        extreme = {COUNT.scale.top: clean.get(COUNT.scale.top, 0.0) + PLENTY * share / (1 - share)}
        return limits(clean | extreme).tn

    honest = limits(clean).tn
    assert poisoned(0.002) <= honest + 1
    assert poisoned(0.02) <= honest + 9
    assert poisoned(0.05) <= honest + 10
    assert poisoned(0.0) <= poisoned(0.002) <= poisoned(0.02) <= poisoned(0.05)
