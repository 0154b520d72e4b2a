"""All clients of a kind, cut by the hash that the index is laid out by, so that a page of them reads a part of the index.

A slice is all values whose MD5 begins with the same so many hexadecimal digits: a fair sample of them, too. Where the whole
is small it is one slice, and the list goes by falling requests from its first page to its last. Beyond, slices are
listed one behind the other, and how many clients there are is estimated from one (`abslake.reports.clients`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from abslake.index import layout
from abslake.index.root import Shape

WHOLE_ROWS = 4_000_000
"""Rows of the index that a report adds up to list clients by falling requests: some 50 to 100 MB."""

WHOLE_OBJECTS = 2048
"""And objects: a second of waiting for the store."""

SLICE_ROWS = 250_000
"""Rows of a slice where there are several: some 6 MB."""

MOST_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Slices:
    """The months and days of the index that lie in a range wholly: folder and shape of each."""

    periods: tuple[tuple[str, Shape], ...] = ()

    @property
    def requests(self) -> int:
        """All requests of these periods."""
        return sum(shape.requests for _, shape in self.periods)

    @property
    def rows(self) -> int:
        """All rows of these periods: sums, and joint rows of light values."""
        return sum(shape.rows for _, shape in self.periods)

    def digits(self) -> int:
        """How many digits of the hash make a slice; 0: one slice holds all."""
        objects = sum(16**shape.digits for _, shape in self.periods)
        if self.rows <= WHOLE_ROWS and objects <= WHOLE_OBJECTS:
            return 0
        return next((n for n in range(1, MOST_DIGITS) if self.rows <= SLICE_ROWS * 16**n), MOST_DIGITS)

    def keys(self, beginning: str) -> Iterator[str]:
        """The objects that can hold values whose hash begins so."""
        for folder, shape in self.periods:
            yield from (folder + layout.rows_name(bucket) for bucket in layout.meeting(beginning, shape.digits))

    def keys_of(self, values: list[str]) -> Iterator[str]:
        """The objects that hold these values, each once."""
        for folder, shape in self.periods:
            buckets = dict.fromkeys(layout.prefix(value, shape.digits) for value in values)
            yield from (folder + layout.rows_name(bucket) for bucket in buckets)


def beginnings(digits: int) -> list[str]:
    """What the hashes of each slice begin with; one slice: with anything."""
    return list(layout.prefixes(digits)) if digits else [""]


def first(digits: int) -> str:
    """The first of them."""
    return "0" * digits
