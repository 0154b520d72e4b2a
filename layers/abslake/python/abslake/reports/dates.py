"""Dates of the reports: how they are read from a question and how they are spelled in an answer.

Source: contract 0.2 (input ``yyyy-mm-ddThh:mm``, output ``EEE MMM dd HH:mm:ss:SSS yyyy`` with English names whatever
the machine's language, zone rule ``timezone=utc|local``) and reading 1 (milliseconds are cut, not rounded).
Inside the program every time is UTC; only this room knows the zone of the answer.
"""

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from abslake.errors import BadRequest

INVALID_DATE = "INVALID_DATE"
_INPUT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}")
_DAY_ALONE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def zone(name: str) -> tzinfo | None:
    """The zone of ``settings.timezone``: utc, an IANA name, or None for ``local`` (the machine's)."""
    if name == "utc":
        return UTC
    return None if name == "local" else ZoneInfo(name)


def read(field: str, text: str, where: tzinfo | None) -> datetime:
    """The UTC time of a date parameter, to the minute.

    Raises BadRequest (``INVALID_DATE``) naming the field: not ``yyyy-mm-ddThh:mm``, no such day, or a time that the
    zone's clocks skip. Of a time that they show twice the first is meant.
    """
    if not _INPUT.fullmatch(text):
        raise BadRequest(f"{field}: write yyyy-mm-ddThh:mm, for example 2019-12-31T18:00", INVALID_DATE)
    try:
        shown = datetime.fromisoformat(text)
        instant = (shown.replace(tzinfo=where) if where else shown).astimezone(UTC)
        seen_again = instant.astimezone(where).replace(tzinfo=None)
    except (ValueError, OverflowError) as error:
        raise BadRequest(f"{field}: no such date or time", INVALID_DATE) from error
    if seen_again != shown:
        raise BadRequest(f"{field}: the clocks of the report's time zone skip this time", INVALID_DATE)
    return instant


def read_day(field: str, text: str, where: tzinfo | None, *, end: bool = False) -> datetime:
    """As `read`, or a date alone: its first minute, or with `end` the first minute of the day after.

    Source: contract 3.4, whose sample asks for one day with the same date twice.
    """
    if not _DAY_ALONE.fullmatch(text):
        return read(field, text, where)
    try:
        day = date.fromisoformat(text) + timedelta(days=1 if end else 0)
    except (ValueError, OverflowError) as error:
        raise BadRequest(f"{field}: no such date or time", INVALID_DATE) from error
    return read(field, f"{day:%Y-%m-%d}T00:00", where)


def spell(instant: datetime, where: tzinfo | None) -> str:
    """A UTC time as the answers spell it: ``Tue Feb 13 18:00:00:000 2018``, without zone, milliseconds cut."""
    t = instant.astimezone(where)
    return (
        f"{_DAYS[t.weekday()]} {_MONTHS[t.month - 1]} {t.day:02d} "
        f"{t.hour:02d}:{t.minute:02d}:{t.second:02d}:{t.microsecond // 1000:03d} {t.year:04d}"
    )


def spell_with_zone(instant: datetime, where: tzinfo | None) -> str:
    """As the admin report and the removal from the attack list spell it: ``Thu Mar 05 08:54:01 UTC 2020``."""
    t = instant.astimezone(where)
    name = t.tzname() or "UTC"
    return (
        f"{_DAYS[t.weekday()]} {_MONTHS[t.month - 1]} {t.day:02d} "
        f"{t.hour:02d}:{t.minute:02d}:{t.second:02d} {name} {t.year:04d}"
    )
