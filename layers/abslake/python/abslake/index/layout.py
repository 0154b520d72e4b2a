"""What lies in a generation of the index, and under which names.

=============================== ==================================================================================
``b=<p>.parquet``               rows of the values whose hash begins with `p`, sorted by value: as traffic (joint rows),
                                and of heavy values their sums for the whole period
``heavy/h=HH/b=<p>.parquet``    days only: the joint rows of heavy values from hour HH on, for ranges that cut the day
``session/b=<p>.parquet``       heavy APIs: requests of every session
``address/b=<p>.parquet``       heavy APIs: requests of every address
=============================== ==================================================================================

The hash is MD5 in hexadecimal, of which as many digits count as make objects of a fair size (`Shape.digits`): with no
digit `p` is ``-``. All of a kind's objects are there, empty ones too, so that a reader knows their names without asking.
"""

from collections.abc import Iterator
from hashlib import md5
from itertools import product

from abslake.index.root import Shape
from abslake.traffic.sums import Limits

LIGHT_ROWS = 1024
"""A value with more joint rows than this in a day is heavy: what a report of many days can afford to read of each."""

LIGHT_ROWS_A_MONTH = 2048

LIMITS = Limits(answer=4096, entry=1024, bare=16_384, top_sessions=256, top_addresses=1000, sketch=4096)
"""What sums are held to, in the index as in an answer."""

EXACT_SESSION_ROWS = 4_000_000
"""Rows of sessions by period that a report adds up to count them; beyond, it estimates."""

ROWS_AN_OBJECT = 24_000
"""Up to so many rows lie in one object on average: some 0.5 MB."""

BLOCK_HOURS = (24, 6, 1)

_NO_DIGIT = "-"


def prefix(value: str, digits: int) -> str:
    """The part of the hash that names a value's object."""
    return md5(value.encode(), usedforsecurity=False).hexdigest()[:digits] or _NO_DIGIT


def prefixes(digits: int) -> Iterator[str]:
    """All of them."""
    return ("".join(some) or _NO_DIGIT for some in product("0123456789abcdef", repeat=digits))


def meeting(beginning: str, digits: int) -> Iterator[str]:
    """Those of the prefixes of so many digits under which hashes that begin with `beginning` can lie."""
    if digits <= len(beginning):
        yield beginning[:digits] or _NO_DIGIT
    else:
        yield from (beginning + rest for rest in prefixes(digits - len(beginning)))


def digits_for(rows: int, values: int) -> int:
    """How many digits: objects of a fair size, and no more objects than values."""
    digits = 0
    while rows > ROWS_AN_OBJECT * 16**digits and 16 ** (digits + 1) <= values and digits < 4:
        digits += 1
    return digits


def block_hours_for(rows: int) -> int:
    """How many hours of a day's heavy rows make one object."""
    return next((hours for hours in BLOCK_HOURS if rows * hours <= ROWS_AN_OBJECT * 4 * 24), BLOCK_HOURS[-1])


def rows_name(bucket: str) -> str:
    """Rows and sums of a bucket of values."""
    return f"b={bucket}.parquet"


def heavy_name(hour: int, bucket: str) -> str:
    """Joint rows of heavy values of a bucket, of the block of hours that begins with `hour`."""
    return f"heavy/h={hour:02d}/b={bucket}.parquet"


def session_name(bucket: str) -> str:
    """Sessions of the heavy APIs of a bucket."""
    return f"session/b={bucket}.parquet"


def address_name(bucket: str) -> str:
    """Addresses of the heavy APIs of a bucket."""
    return f"address/b={bucket}.parquet"


def heavy_keys(folder: str, shape: Shape, first_hour: int, end_hour: int, value: str | None = None) -> Iterator[str]:
    """The objects of heavy values' joint rows of a day that hours from `first_hour` to before `end_hour` can lie in."""
    if not shape.heavy_hours:
        return
    buckets = prefixes(shape.heavy_digits) if value is None else [prefix(value, shape.heavy_digits)]
    begins = range(first_hour // shape.heavy_hours * shape.heavy_hours, end_hour, shape.heavy_hours)
    yield from (folder + heavy_name(hour, bucket) for bucket in buckets for hour in begins)


def objects(kind: str, folder: str, shape: Shape) -> Iterator[str]:
    """All objects of a segment but its ledger, whatever they hold."""
    if not shape.rows:
        return
    apart = (session_name, address_name) if kind == "api" and shape.heavy_hours else ()
    for name in (rows_name, *apart):
        yield from (folder + name(bucket) for bucket in prefixes(shape.digits))
    if "/day=" in folder:
        yield from heavy_keys(folder, shape, 0, 24)
