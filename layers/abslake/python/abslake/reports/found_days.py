"""Which objects of findings a report has to read: those that hold what is asked for, and those that no index tells of."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from abslake.detection import found_index
from abslake.detection.found_index import Day
from abslake.storage import Entry, Lake

_FEW = 2
"""Of a month with so few objects the index saves nothing."""


class FoundDays:
    """The objects of a listing, and the index of their months on its way here."""

    def __init__(
        self, lake: Lake, pool: ThreadPoolExecutor, listed: Iterable[Entry], *, with_index: bool = True
    ) -> None:
        self._listed = list(listed)
        counts = Counter(_month(entry) for entry in self._listed) if with_index else {}
        self._coming = {month: pool.submit(found_index.load, lake, month) for month in counts if counts[month] > _FEW}
        self.objects = 0
        """Objects of the index that were read, and their bytes."""
        self.bytes = 0

    def to_read(self, wanted: Callable[[Day], bool]) -> Sequence[Entry]:
        """Without those of days that are not wanted, as far as the index knows these very objects."""
        months = {}
        for month in self._coming:
            months[month] = self._index(month)
        left = []
        for entry in self._listed:
            known = months.get(_month(entry))
            if not (known and known.covers(entry)) or wanted(known.days[found_index.where(entry.key)[0]]):
                left.append(entry)
        return left

    def by_day(self) -> Iterator[tuple[Sequence[Entry], Day | None]]:
        """The objects of each day, newest day first, and what the index knows of just these."""
        days: dict[str, list[Entry]] = {}
        for entry in self._listed:
            days.setdefault(found_index.where(entry.key)[0], []).append(entry)
        month, index = "", None
        for day in sorted(days, reverse=True):
            if day[:7] != month:
                month, index = day[:7], self._index(day[:7])
            known = index.days.get(day) if index else None
            exact = index and known and all(map(index.covers, days[day])) and len(known.objects) == len(days[day])
            yield days[day], known if exact else None

    def _index(self, month: str) -> found_index.Month | None:
        coming = self._coming.get(month)
        if coming is None:
            return None
        data = coming.result()
        self.objects, self.bytes = self.objects + bool(data), self.bytes + len(data)
        return found_index.decode(data)


def _month(entry: Entry) -> str:
    return found_index.where(entry.key)[0][:7]
