"""Response times as a mergeable histogram: logarithmic buckets of equal relative width.

A time t (milliseconds) falls into bucket ``ceil(ln(t / 0.01) / ln(GAMMA))``, times up to 0.01 ms into 0. The middle of a
bucket is within 1.96 % of every time in it, so a percentile read off the summed buckets is too.
Source of the construction: Masson, Rim, Lee, "DDSketch", VLDB 2019 (arXiv:1908.10693), section 2.1.
"""

import math
from collections.abc import Mapping

SMALLEST_MS = 0.01
GAMMA = 1.04

SQL = f"greatest(0, ceil(ln(greatest({{ms}}, {SMALLEST_MS}) / {SMALLEST_MS}) / {math.log(GAMMA)!r}))::SMALLINT"
"""The bucket of a time in milliseconds as a DuckDB expression; put the time in with ``SQL.format(ms=…)``."""


def bucket(ms: float) -> int:
    """The bucket of a response time in milliseconds."""
    return max(0, math.ceil(math.log(max(ms, SMALLEST_MS) / SMALLEST_MS) / math.log(GAMMA)))


def middle_ms(number: int) -> float:
    """The time in milliseconds that stands for a bucket."""
    return SMALLEST_MS if number <= 0 else SMALLEST_MS * GAMMA**number * 2 / (1 + GAMMA)


def percentile_ms(histogram: Mapping[int, int], percent: int) -> float | None:
    """The time in milliseconds that so many percent of the requests did not exceed; None: there are no requests.

    `histogram`: requests by bucket. By nearest rank: of n requests the one in place ceil(n * percent / 100) by rising time, so it
    is always the time of a request; within 1.96 % where that took 0.01 ms or longer, and 0.01 where it took less.
    """
    rank = -(-sum(histogram.values()) * percent // 100)
    for number in sorted(histogram):
        rank -= histogram[number]
        if rank <= 0:
            return middle_ms(number)
    return None
