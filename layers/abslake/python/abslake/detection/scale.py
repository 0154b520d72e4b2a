"""The bounded scales on which variables are learned and compared (contract 6.1 gives their ranges).

A value keeps its place on the scale, whatever its unit: so what is learned of a variable is a histogram of at most a
hundred counters, which add up, and a threshold is a number that a person can compare and set.
"""

from enum import Enum
from math import floor, log2


class Scale(Enum):
    """How a measured value becomes a whole number; 0 is "nothing"."""

    COUNT = "count"
    """1 + log2 of a count, rounded down: 1 is 1, 2 is 2-3, 11 is 1,024-2,047; at most 20."""
    BYTES = "bytes"
    """1 + log2 of bytes, rounded down; at most 33 (4 GiB and more)."""
    LONG_BYTES = "long_bytes"
    """The same for long spans; at most 43 (4 TiB and more)."""
    SHARE = "share"
    """Per cent, rounded down, 0 to 100."""
    SMALL = "small"
    """A small number as it is, at most 100."""

    @property
    def top(self) -> int:
        """The highest value."""
        return _TOPS[self]

    @property
    def logarithmic(self) -> bool:
        """Whether one more on the scale is twice as much."""
        return self in (Scale.COUNT, Scale.BYTES, Scale.LONG_BYTES)

    def sql(self, expression: str) -> str:
        """`expression`, a number in the variable's unit, on the scale; NULL stays NULL."""
        # Written as a condition: `least` and `greatest` pass over NULL.
        if self.logarithmic:
            whole = f"floor(log2(greatest({expression}, 0.5)))::INTEGER + 1"  # of less than 1 that is 0
            return f"CASE WHEN ({expression}) IS NOT NULL THEN least({self.top}, {whole}) END"
        held = f"least({self.top}, greatest(0, floor({expression})))::INTEGER"
        return f"CASE WHEN ({expression}) IS NOT NULL THEN {held} END"

    def of(self, value: float) -> int:
        """The same in Python."""
        if self.logarithmic:
            return 0 if value < 1 else min(self.top, floor(log2(value)) + 1)
        return min(self.top, max(0, floor(value)))

    def lowest_over(self, threshold: int) -> float:
        """The smallest measured value that is over a threshold of this scale."""
        return float(2**threshold) if self.logarithmic else float(threshold + 1)


_TOPS = {Scale.COUNT: 20, Scale.BYTES: 33, Scale.LONG_BYTES: 43, Scale.SHARE: 100, Scale.SMALL: 100}
