"""The learning rule and the scales, reckoned by hand."""

from math import log

import duckdb
import pytest

from abslake.detection import learning
from abslake.detection.detector import Variable
from abslake.detection.scale import Scale

COUNT = Variable("A", "requests", Scale.COUNT, "requests in ten minutes", "requests")


@pytest.mark.parametrize(
    ("scale", "value", "at"),
    [
        (Scale.COUNT, 0, 0),
        (Scale.COUNT, 0.99, 0),
        (Scale.COUNT, 1, 1),
        (Scale.COUNT, 3, 2),
        (Scale.COUNT, 4, 3),
        (Scale.COUNT, 2**19, 20),
        (Scale.COUNT, 2**25, 20),
        (Scale.BYTES, 2**40, 33),
        (Scale.LONG_BYTES, 2**50, 43),
        (Scale.SHARE, -1, 0),
        (Scale.SHARE, 0.9, 0),
        (Scale.SHARE, 33.3, 33),
        (Scale.SHARE, 400, 100),
        (Scale.SMALL, 101, 100),
    ],
)
def test_a_value_has_its_place(scale, value, at) -> None:
    assert scale.of(value) == at


def test_places_are_those_of_the_engine() -> None:
    numbers = [0, 0.5, 1, 1.9, 2, 3, 4, 99, 100, 101, 1023, 1024, 1e7, 1e15, -3]
    for scale in Scale:
        found = duckdb.execute(f"SELECT {scale.sql('x')} FROM (SELECT unnest(?) AS x)", [numbers]).fetchall()
        assert [value for (value,) in found] == [scale.of(number) for number in numbers], scale
        assert duckdb.execute(f"SELECT {scale.sql('NULL::DOUBLE')}").fetchall() in ([(None,)], [(0,)])


def test_the_least_over_a_threshold() -> None:
    assert Scale.COUNT.lowest_over(3) == 8
    assert Scale.SHARE.lowest_over(3) == 4


@pytest.mark.parametrize(
    ("histogram", "share", "at"),
    [
        ({3: 100}, 0.5, 2.5),
        ({3: 0.0, 4: 100}, 0.0, 2.0),
        ({3: 100}, 1.0, 3.0),
        ({0: 50, 3: 50}, 0.25, 0.0),
        ({0: 50, 3: 50}, 0.75, 2.5),
        ({1: 40, 5: 60}, 0.4, 1.0),
    ],
)
def test_a_quantile_of_doublings(histogram, share, at) -> None:
    assert learning.quantile(histogram, Scale.COUNT, share) == pytest.approx(at)


@pytest.mark.parametrize(
    ("histogram", "share", "at"), [({3: 100}, 0.5, 3.5), ({0: 100}, 0.5, 0.0), ({0: 50, 9: 50}, 0.75, 9.5)]
)
def test_a_quantile_of_shares(histogram, share, at) -> None:
    assert learning.quantile(histogram, Scale.SHARE, share) == pytest.approx(at)


def test_what_is_rare_has_no_thresholds() -> None:
    assert learning.limits({1: 29.9}, COUNT) is None
    assert learning.limits({1: 30}, COUNT) is not None


def test_thresholds_are_those_of_the_rule() -> None:
    # 50 of 100 up to 4, 40 more up to 6, 9 up to 8, 1 up to 12: median 4, 90 % 6; 99.5 % halfway between 11 and 12.
    found = learning.limits({4: 50, 6: 40, 8: 9, 12: 1}, COUNT)
    body = 2 / log(5)
    fall = min((11.5 - 6) / log(20), 1.25 * body)
    tail = min(11.5, 6 + fall * log(20))
    assert tail == pytest.approx(10.65, abs=0.01)
    assert fall == pytest.approx(1.5533, abs=1e-4)
    assert found == learning.Limits(17, 20)  # 10.65 + 1.5533 * ln 50 = 16.7; the scale ends before ln 50,000 of it


def test_a_body_without_width_has_the_least_fall() -> None:
    # All at 4: quantiles 3.5, 3.9, 3.995; a quarter of a doubling: 3.995 + 0.25 * ln 50 = 4.97, + 0.25 * ln 50,000 = 6.7.
    assert learning.limits({4: 1000}, COUNT) == learning.Limits(5, 7)
    share = Variable("A", "x", Scale.SHARE, "x", "x")
    # All at 10: 10.995; one per cent: + ln 50 = 14.9, + ln 50,000 = 21.8.
    assert learning.limits({10: 1000}, share) == learning.Limits(15, 22)
