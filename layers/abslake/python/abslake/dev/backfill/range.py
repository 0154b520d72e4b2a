"""Which log objects of a backfill can hold events of the days asked for, told by upload time and by the dates in their keys.

The rule leaves out only what cannot hold such an event, so it takes some objects more than needed:

* An upload holds what had happened before it: what was uploaded before `since` is left out.
* A key that names a time, as most gateways write it, is taken for the time of its events, give or take a margin: a day where
  it names the hour (deliveries are up to a day late, and the hour may be local time), eight days where it names the day
  only (a file that is rotated weekly is named after its first or its last day).
* Where a key names none, an upload that comes later behind `until` than the window of event times is left out: it could only
  hold events that are too old for it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from abslake.dev.backfill.places import Listed
from abslake.settings import Settings

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_MARGIN_OF_HOURS = timedelta(days=1)
_MARGIN_OF_DAYS = timedelta(days=8)

_CLOCK = (
    r"(?:[-_T ]?|/(?:h(?:our)?=)?)(?!20\d\d[-/_.]\d\d)"  # the next date is no clock
    r"(?P<hour>[01]\d|2[0-3])(?=(?:[0-5]\d){0,2}(?:\D|$))"
)
_DATES = (
    # 2026-01-31, 2026/01/31, 20260131, each perhaps with the hour behind it, and dt=2026-01-31/hour=10
    re.compile(
        rf"(?<!\d)(?P<year>20\d\d)(?P<s>[-/_.]?)(?P<month>0[1-9]|1[0-2])(?P=s)(?P<day>0[1-9]|[12]\d|3[01])(?:{_CLOCK}|(?!\d))"
    ),
    # year=2026/month=1/day=31/hour=10 and the short y=, m=, d=, h=
    re.compile(
        r"(?<!\w)y(?:ear)?=(?P<year>20\d\d)/m(?:onth)?=(?P<month>\d\d?)/d(?:ay)?=(?P<day>\d\d?)"
        r"(?:/h(?:our)?=(?P<hour>\d\d?))?(?!\d)"
    ),
)


class Named(NamedTuple):
    """The time that a key names: from `first` to before `end`, UTC if the gateway writes UTC."""

    first: datetime
    end: datetime
    margin: timedelta


def named_time(key: str) -> Named | None:
    """The time that a key names most exactly; where it names several of them, from the first to the last. None: it names none."""
    found = list(_times(key))
    if not found:
        return None
    finest = min(length for _, length in found)
    starts = [start for start, length in found if length == finest]
    return Named(min(starts), max(starts) + finest, _MARGIN_OF_HOURS if finest == _HOUR else _MARGIN_OF_DAYS)


def _times(key: str) -> Iterator[tuple[datetime, timedelta]]:
    for pattern in _DATES:
        for match in pattern.finditer(key):
            given = match.groupdict()
            try:
                day = datetime(int(given["year"]), int(given["month"]), int(given["day"]), tzinfo=UTC)
                yield (day, _DAY) if given["hour"] is None else (day.replace(hour=int(given["hour"])), _HOUR)
            except ValueError:  # the 31st of February: some number
                continue


@dataclass(frozen=True, slots=True)
class Range:
    """The days asked for; None leaves that side open. `past` is how old events may be at their upload (None: any age)."""

    since: datetime | None
    until: datetime | None
    past: timedelta | None
    future: timedelta

    @classmethod
    def of(cls, since: datetime | None, until: datetime | None, settings: Settings) -> "Range":
        """With the window of event times that the settings have."""
        past, future = settings.event_time_past_days, settings.event_time_future_minutes
        return cls(
            since,
            until,
            None if past is None else timedelta(days=past),
            _DAY if future is None else timedelta(minutes=future),
        )

    def may_hold(self, listed: Listed) -> bool:
        """Whether a log object can hold an event of the range that would count."""
        named = named_time(listed.key) if self.since or self.until else None
        if self.since and (
            listed.uploaded < self.since - self.future or (named and named.end + named.margin <= self.since)
        ):
            return False
        if self.until and named:
            return named.first - named.margin < self.until
        return not self.until or self.past is None or listed.uploaded < self.until + self.past

    def is_too_old(self, listed: Listed) -> bool:
        """Whether the key says that the events are older at the upload than the window allows, as in a copy made later."""
        named = named_time(listed.key)
        return bool(self.past is not None and named and named.end + named.margin < listed.uploaded - self.past)
