"""Names of the index's objects and periods. All days and months are UTC.

::

    index/root.json                                        which segments count
    index/<kind>/day=YYYY-MM-DD/<generation>/…             objects of a segment, among them covers.json
    index/<kind>/month=YYYY-MM/<generation>/…
    index/retired/day=YYYY-MM-DD/<generation>.json         ledger of units that count no more
    pending/date=YYYY-MM-DD/hour=HH/<unit>.parquet         marker: this unit may not be covered yet
"""

import secrets
from datetime import UTC, datetime, timedelta

from abslake.facts import schema

KINDS = ("ip", "token", "cookie", "api_key", "username", "api")
"""The kinds of index: five identifiers, and the API (which the metrics report asks by)."""

PREFIX = "index/"
PENDING = "pending/"
ROOT = "index/root.json"

_DIGITS = "0123456789abcdefghijklmnopqrstuv"  # base 32 whose order is the order of the numbers
_TIME_DIGITS = 7
_RANDOM_DIGITS = 8
_SUFFIX = ".parquet"
_DAY = timedelta(days=1)


def new_generation(now: datetime) -> str:
    """An id that nobody else makes: 7 digits of the second `now`, 8 random ones (40 bits). Later ids sort later."""
    return _spelled(int(now.timestamp()), _TIME_DIGITS) + _spelled(secrets.randbits(5 * _RANDOM_DIGITS), _RANDOM_DIGITS)


def made_at(generation: str) -> datetime:
    """When the generation was begun (UTC), to the second."""
    return datetime.fromtimestamp(int(generation[:_TIME_DIGITS], 32), UTC)


def folder(kind: str, period: str, generation: str) -> str:
    """The folder of a segment's objects, with a slash at its end. `period`: ``YYYY-MM-DD`` or ``YYYY-MM``."""
    level = "day" if is_day(period) else "month"
    return f"{PREFIX}{kind}/{level}={period}/{generation}/"


def covers_key(kind: str, day: str, generation: str) -> str:
    """The ledger of the units that a day's segment covers."""
    return f"{folder(kind, day, generation)}covers.json"


def retired_key(day: str, generation: str) -> str:
    """The ledger of the units of a day that count no more."""
    return f"{PREFIX}retired/day={day}/{generation}.json"


def is_day(period: str) -> bool:
    """A day, not a month."""
    return len(period) == len("2026-03-02")


def first_moment(period: str) -> datetime:
    """When a day or month begins (UTC)."""
    return datetime.fromisoformat(period if is_day(period) else f"{period}-01").replace(tzinfo=UTC)


def end_moment(period: str) -> datetime:
    """When a day or month is over (UTC)."""
    first = first_moment(period)
    return first + _DAY if is_day(period) else (first + 31 * _DAY).replace(day=1)


def day_of(unit: str) -> str:
    """The day of a unit's or a marker's key."""
    return unit.partition("date=")[2][:10]


def short_name(unit: str) -> str:
    """A unit as ledgers spell it, ``HH/<source>-<part>``: the day is the ledger's own."""
    return unit.partition("/hour=")[2].removesuffix(_SUFFIX)


def unit_key(day: str, short: str) -> str:
    """The unit that a day's ledger names."""
    return f"{schema.PREFIX}date={day}/hour={short}{_SUFFIX}"


def replacement_key(unit: str, generation: str) -> str:
    """The key of a unit that stands in for others of its hour (rebuilt, erased).

    Such a unit counts only through a segment that covers it: never by a marker, never by being found in a listing.
    """
    return f"{unit.removesuffix(_SUFFIX)}-{generation}{_SUFFIX}"


def generation_of(replacement: str) -> str:
    """The generation that a `replacement_key` ends with."""
    return replacement.removesuffix(_SUFFIX).rpartition("-")[2]


def is_replacement(unit: str) -> bool:
    """Whether the key is one of `replacement_key`."""
    return unit.rpartition("/")[2].count("-") > 1


def _spelled(number: int, digits: int) -> str:
    return "".join(_DIGITS[number >> 5 * place & 31] for place in reversed(range(digits)))
