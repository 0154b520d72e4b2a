"""A toy index: an object holds labels, ``day/hour/log``, with their counts.

A unit of facts holds one label, once. So a reader's answer shows directly which units it counted, and how often.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from abslake.index import names
from abslake.index.root import Segment, Shape


class Toy:
    """Writes a segment as one object: labels with their counts."""

    def __init__(self, lake: Any) -> None:
        self._lake = lake

    def day(self, kind: str, day: str, units: Sequence[str], segments: Sequence[Segment], generation: str) -> Shape:
        """See Builder."""
        keys = [*units, *(rows_key(kind, day, one.generation) for one in segments)]
        return self._write(rows_key(kind, day, generation), keys)

    def month(self, kind: str, month: str, days: Mapping[str, Sequence[Segment]], generation: str) -> Shape:
        """See Builder."""
        keys = [rows_key(kind, day, one.generation) for day, segments in days.items() for one in segments]
        return self._write(rows_key(kind, month, generation), keys)

    def _write(self, key: str, keys: Iterable[str]) -> Shape:
        rows: Counter[str] = Counter()
        for one in keys:
            rows.update(rows_of(self._lake.get(one)))
        self._lake.create(key, msgspec.json.encode(rows))
        return Shape(rows=len(rows), requests=sum(rows.values()))


def rows_key(kind: str, period: str, generation: str) -> str:
    """The one object of a toy segment."""
    return f"{names.folder(kind, period, generation)}b=.json"


def rows_of(data: bytes) -> dict[str, int]:
    """Labels and counts of an object."""
    return msgspec.json.decode(data, type=dict[str, int])


def label_of(hour: str, log: str) -> str:
    """The label of a log object's unit of an hour, ``YYYY-MM-DDTHH``."""
    return f"{hour.replace('T', '/')}/{log}"


def within(label: str, first: datetime, end: datetime) -> bool:
    """Whether the label's hour lies in the range."""
    hour = datetime.fromisoformat(label[:13].replace("/", "T")).replace(tzinfo=UTC)
    return first <= hour < end
