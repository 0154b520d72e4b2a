"""Percentiles of summed buckets are those of the response times themselves, within 2 %, from the log to the answer."""

from collections import Counter
from math import ceil

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from abslake.facts.latency import GAMMA, SMALLEST_MS, bucket, percentile_ms
from abslake.reports import Account
from abslake.reports.analytics_calls import CALLS
from abslake.reports.facts_reading import Reader
from abslake.settings import Settings
from tests.support import ase
from tests.support.ingesting import ingested
from tests.support.thoroughness import examples

PERCENTS = (50, 95, 99)
RANGE = {"earlier_date": "2026-03-02T00:00", "later_date": "2026-03-03T00:00"}

edges = st.integers(0, 500).map(lambda number: SMALLEST_MS * GAMMA**number)
times = st.one_of(st.floats(SMALLEST_MS, 1e7), st.integers(1, 60_000).map(float), edges)


def exact(values, percent):
    """By nearest rank: the smallest time that so many percent of the requests did not exceed."""
    return sorted(values)[ceil(len(values) * percent / 100) - 1]


@given(st.lists(times, min_size=1, max_size=300), st.integers(1, 100))
@example([7.0], 50)
@example([1.0, 1000.0], 50)
@example([1.0, 1000.0], 51)
@example([float(n) for n in range(1, 101)], 99)
def test_a_percentile_is_near_the_exact_one(values, percent):
    found = percentile_ms(Counter(map(bucket, values)), percent)

    assert found == pytest.approx(exact(values, percent), rel=0.0197)


@given(st.lists(times, min_size=1, max_size=50), st.lists(times, max_size=50), st.integers(1, 100))
def test_histograms_add_up(some, others, percent):
    both = Counter(map(bucket, some)) + Counter(map(bucket, others))

    assert percentile_ms(both, percent) == percentile_ms(Counter(map(bucket, some + others)), percent)


def test_of_no_request_there_is_none():
    assert percentile_ms({}, 50) is None


@settings(examples(6), deadline=None)
@given(st.lists(st.one_of(times, st.none()), min_size=1, max_size=60))
def test_from_the_log_to_the_answer(values):
    lines = [ase.line(response_time_ms=value) for value in values]
    lake = ingested(ase.log(*lines), apis={"shop": {"url": "/shop"}}).lake
    question = CALLS["latency"].ask("latency", RANGE, Settings())

    summary = CALLS["latency"].answer(question, Reader(lake, Settings(), Account()), None).summary

    timed = [value for value in values if value is not None]
    assert (summary.requests, summary.timed_requests) == (len(values), len(timed))
    for percent in PERCENTS:
        found = getattr(summary, f"p{percent}_ms")
        assert found == (pytest.approx(exact(timed, percent), rel=0.02) if timed else None)
