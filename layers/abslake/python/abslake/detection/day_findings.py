"""The findings of days, as a run of detection reads, replaces and writes them."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from pydantic import ValidationError

from abslake.detection import findings
from abslake.detection.findings import Finding
from abslake.storage import Lake

_DAY = timedelta(days=1)
_logger = logging.getLogger(__name__)


def read(lake: Lake, day: datetime) -> list[Finding]:
    """The findings that detection wrote of a UTC day; a line that is none is left out. Raises StorageError."""
    try:
        return list(parse(lake.get(findings.key(day))))
    except FileNotFoundError:
        return []


def parse(data: bytes) -> Iterator[Finding]:
    """The findings of an NDJSON object; lines that are none are left out, and their number is logged."""
    bad = 0
    for line in filter(bytes.strip, data.split(b"\n")):
        try:
            yield Finding.model_validate_json(line)
        except ValidationError:
            bad += 1
    if bad:
        _logger.warning("%d lines of a day's findings are no findings: they go when the day is written again", bad)


class DayFindings:
    """Findings by day, read once and written where something has changed."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._days: dict[str, list[Finding]] = {}
        self._dirty: set[str] = set()
        self.written: set[str] = set()
        """Days (``YYYY-MM-DD``) that were saved."""

    def of_window(self, window: datetime) -> list[Finding]:
        """What was found in a window."""
        return [one for one in self._of(window) if one.window == window]

    def before(self, window: datetime, span: timedelta) -> Iterable[Finding]:
        """What was found in the windows of `span` before a window."""
        days = {f"{moment:%Y-%m-%d}": moment for moment in (window - span, window)}
        for moment in days.values():
            yield from (one for one in self._of(moment) if one.window and window - span <= one.window < window)

    def replace(self, window: datetime, found: Sequence[Finding]) -> list[Finding]:
        """Put these in the place of the window's findings; those that were not there before, or not as an attack."""
        day = f"{window:%Y-%m-%d}"
        held = self._of(window)
        old = {one.id: one for one in held if one.window == window}
        if {one.id: one for one in found} != old:
            self._days[day] = [one for one in held if one.window != window] + list(found)
            self._dirty.add(day)
        return [one for one in found if one.id not in old or old[one.id].level is not one.level]

    def save(self) -> None:
        """Write the days that have changed. Raises WriteStateUnknown: judge their windows again."""
        for day in sorted(self._dirty):
            self._lake.put(findings.key(datetime.fromisoformat(day)), findings.lines(self._days[day]))
        self.written |= self._dirty
        self._dirty.clear()

    def forget(self, before: datetime) -> None:
        """Let go of the days before that of `before` (they are saved)."""
        for day in [day for day in self._days if day < f"{before - _DAY:%Y-%m-%d}" and day not in self._dirty]:
            del self._days[day]

    def _of(self, moment: datetime) -> list[Finding]:
        day = f"{moment:%Y-%m-%d}"
        if day not in self._days:
            self._days[day] = read(self._lake, moment)
        return self._days[day]
