"""Keep the index of findings: what a run of detection does for it when its windows are judged.

Days before today that the run has written are indexed anew. Once a day all findings are listed, and what the index lacks of
earlier days, or tells of objects that have changed since or are gone, is made up for: some months a run. The lease of
detection makes the run the only writer.
"""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from abslake.detection import found_index
from abslake.detection.day_findings import parse
from abslake.detection.findings import PREFIX, Finding
from abslake.detection.found_index import Day, Month
from abslake.errors import StorageError
from abslake.storage import Entry, Lake

_logger = logging.getLogger(__name__)

_DAYS_A_RUN = 93
_DAY = timedelta(days=1)

_Listed = Mapping[str, Sequence[Entry]]
"""Day -> its objects of findings."""


def update(lake: Lake, pool: ThreadPoolExecutor, now: datetime, written: Collection[str]) -> int:
    """Index the days before that of `now` (UTC) of which findings were `written` (``YYYY-MM-DD``); once a day, all.

    How many days were indexed. Costs one read where nothing is to be done. Where the store fails the log says so and the
    next run goes on: reports read what the index does not tell.
    """
    work = _Update(lake, pool, f"{now.astimezone(UTC):%Y-%m-%d}")
    newest = f"{now.astimezone(UTC) - _DAY:%Y-%m}"
    try:
        if work.month(newest).looked != work.today:
            work.all(newest)
        else:
            work.days({day for day in written if day < work.today})
    except StorageError as error:
        _logger.warning("the index of findings was not brought up to date (%s)", type(error).__name__)
    return work.indexed


class _Update:
    """One run's work on the index."""

    def __init__(self, lake: Lake, pool: ThreadPoolExecutor, today: str) -> None:
        self.today = today
        self.indexed = 0
        self._lake, self._pool = lake, pool
        self._left, self._complete, self._progress = _DAYS_A_RUN, True, False

    def days(self, days: Collection[str]) -> None:
        """Index these days."""
        if days:
            listed = {day: found for day, found in _listed(self._lake, min(days)).items() if day in days}
            for name in sorted({day[:7] for day in days}):
                self._renew(name, self.month(name), {day: found for day, found in listed.items() if day[:7] == name})

    def all(self, newest: str) -> None:
        """Make sure that all days before today are indexed, the newest first; `newest` remembers that it was done."""
        listed = {day: found for day, found in _listed(self._lake).items() if day < self.today}
        for name in sorted({day[:7] for day in listed}, reverse=True):
            mine = {day: found for day, found in listed.items() if day[:7] == name}
            old = self.month(name)
            here = {day: found for day, found in old.days.items() if day in mine or day >= self.today}
            self._renew(name, Month(here, old.looked), mine, changed=here != old.days)
        if self._complete or not self._progress:  # what fits in no way is not tried again before tomorrow
            self._put(newest, Month(self.month(newest).days, self.today))

    def month(self, name: str) -> Month:
        """The index of a month as it is; nothing where there is none."""
        return found_index.decode(found_index.load(self._lake, name)) or Month()

    def _renew(self, name: str, old: Month, listed: _Listed, *, changed: bool = False) -> None:
        """Index days of a month that are not indexed as `listed`, as many as this run may."""
        stale = sorted((day for day in listed if not _fits(old.days.get(day), listed[day])), reverse=True)
        now = stale[: self._left]
        made = dict(zip(now, self._pool.map(lambda day: _indexed(self._lake, listed[day]), now), strict=True))
        if made or changed:
            self._put(name, Month({day: found for day, found in (old.days | made).items() if found}, old.looked))
        self.indexed += len(now)
        self._left -= len(now)
        self._complete = self._complete and len(now) == len(stale)
        self._progress = self._progress or any(_fits(found, listed[day]) for day, found in made.items())

    def _put(self, name: str, month: Month) -> None:
        self._lake.put(found_index.key(name), found_index.encode(month))


def _listed(lake: Lake, since: str = "") -> dict[str, list[Entry]]:
    days = defaultdict(list)
    for entry in lake.list(PREFIX, start_after=f"{PREFIX}date={since}/" if since else ""):
        if entry.key.endswith(".ndjson"):
            days[found_index.where(entry.key)[0]].append(entry)
    return days


def _fits(known: Day | None, listed: Sequence[Entry]) -> bool:
    objects = {found_index.where(entry.key)[1]: (entry.size, entry.etag) for entry in listed}
    return known is not None and known.objects == objects


def _indexed(lake: Lake, listed: Sequence[Entry]) -> Day | None:
    """The index of a day; None where it changes right now."""
    objects = dict[str, tuple[int, str]]()
    try:
        found = found_index.day(objects, _read(lake, listed, objects))
    except FileNotFoundError:
        return None
    return found


def _read(lake: Lake, listed: Sequence[Entry], objects: dict[str, tuple[int, str]]) -> Iterator[Finding]:
    """The findings of objects, one after the other. `objects` is told which they were when they were read."""
    for entry in listed:
        data, read = lake.get_as_listed(entry.key)
        objects[found_index.where(entry.key)[1]] = read.size, read.etag or ""
        yield from parse(data)
