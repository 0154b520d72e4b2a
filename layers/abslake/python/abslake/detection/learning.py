"""Thresholds out of histograms: what is normal for a variable, by a rule that an attacker in the data cannot move far.

A histogram counts client-windows (one client in one window) by the variable's value on its scale. From it are read the
median, the 90 % and the 99.5 % quantile; what lies above is not looked at. Beyond the 99.5 % quantile the tail is taken to
fall off exponentially on the scale (for counts and bytes: a power law, which is more than traffic that is log-normal
has), at the rate at which it falls from 90 % to 99.5 %. That rate is held to a quarter more than the rate of the body, from
the median to 90 %: so attackers among the upper tenth of what is learned move the thresholds by a bounded number of
doublings, however extreme they are, and those among the highest half per cent not at all. Then

    Tn = the value that one client-window in `Variable.one_in` is over, Tx = one in `EXPECTED_OVER_TX`,

rounded up, never below the variable's floor nor above its ceiling, and Tx above Tn.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from math import ceil, log

from abslake.detection.detector import ONE_IN, Variable
from abslake.detection.scale import Scale

EXPECTED_OVER_TN = ONE_IN
"""Of so many client-windows without an attack one is expected over Tn, where `Variable.one_in` says nothing else."""

EXPECTED_OVER_TX = 10_000_000
"""And of so many one over Tx."""

LEAST_SAMPLES = 30
"""With fewer client-windows a variable has no thresholds: what is rare is judged by nobody."""

HALF_LIFE_DAYS = 7.0
"""What was learned counts half after so many days."""

_TRIMMED = 0.005
_STRETCH = 1.25
_LEAST_FALL = {True: 0.25, False: 1.0}
"""Least scale of the tail: a quarter of a doubling, or one per cent (or unit)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The thresholds of a variable on its scale; `tx` is None where the variable has none."""

    tn: int
    tx: int | None


def limits(histogram: Mapping[int, float], variable: Variable) -> Limits | None:
    """Thresholds from client-windows by value; None: too few of them."""
    if sum(histogram.values()) < LEAST_SAMPLES:
        return None
    scale = variable.scale
    q50, q90, tail = (quantile(histogram, scale, share) for share in (0.5, 0.9, 1 - _TRIMMED))
    least, further = _LEAST_FALL[scale.logarithmic], log(0.1 / _TRIMMED)
    body = max(least, (q90 - q50) / log(5))
    fall = min(max(least, (tail - q90) / further), _STRETCH * body)
    tail = min(tail, q90 + fall * further)
    low, high = variable.tn_range
    top = variable.ceiling or high
    tn = _held(ceil(tail + fall * log(_TRIMMED * variable.one_in)), max(low, variable.floor), top)
    if not variable.extreme:
        return Limits(tn, None)
    tx = _held(ceil(tail + fall * log(_TRIMMED * EXPECTED_OVER_TX)), tn + 1, top + 1)
    return Limits(tn, tx)


def quantile(histogram: Mapping[int, float], scale: Scale, share: float) -> float:
    """The value below which that share lies, spread evenly within a step of the scale.

    On a logarithmic scale the value v of the scale stands for what lies between v - 1 and v doublings of one.
    """
    values = sorted(histogram)
    sums = list(accumulate(histogram[value] for value in values))
    wanted = share * sums[-1]
    for value, upto in zip(values, sums, strict=True):
        if upto >= wanted:
            within = 1 - (upto - wanted) / histogram[value] if histogram[value] else 0.0
            return max(0.0, value - 1 + within) if scale.logarithmic else value + (within if value else 0.0)
    return float(values[-1])


def _held(value: int, low: int, high: int) -> int:
    return max(min(value, high), min(low, high))
