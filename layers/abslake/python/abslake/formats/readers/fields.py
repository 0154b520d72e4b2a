"""Fields of a format: how columns of a record are had from texts of a line, in Python and, the same, in the engine's SQL.

A reader (`abslake.formats.readers.base`) takes a line apart into named texts, *sources*; a field says which of them it takes,
which columns it gives, and how. The Python conversion is the definition. The SQL is used for a row only where its ``exact``
condition holds; there it must give the same. A source may have aliases: the first that is there counts.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import unquote

from abslake.formats.readers import times
from abslake.formats.readers.quoted import request_line as split_request_line
from abslake.formats.readers.sql import literal
from abslake.records.record import MOST_DIGITS, MOST_MS, BadLine, NoRequest, byte_count, protocol_name

Source = str | tuple[str, ...]
"""The name of a text of the line, or several: the first that is there."""

_DECIMAL = r"\d{1,15}(\.\d{1,30})?([eE][+-]?\d{1,2})?"
_NUMBER = re.compile(r"\d{1,18}(\.\d{1,30})?([eE][+-]?\d{1,3})?", re.ASCII)
_UNITS = {"s": 1000.0, "ms": 1.0, "us": 0.001, "ns": 0.000001}


@dataclass(frozen=True)
class Field:
    """One rule. In the SQL ``$0``, ``$1`` … are the sources' texts (NULL where absent), ``$p`` is `parts`."""

    gives: tuple[str, ...]
    """Columns of `abslake.records.record.Record`."""
    takes: tuple[tuple[str, ...], ...]
    """Sources, each with its aliases."""
    read: Callable[..., tuple[Any, ...]]
    """The texts (None where absent) -> a value a column. Raises BadLine."""
    sql: tuple[str, ...]
    """An expression a column; for the time a TIMESTAMP in UTC."""
    exact: str = ""
    """Condition under which `sql` gives what `read` gives; empty: always."""
    parts: str = ""
    """An expression that `sql` and `exact` use more than once."""
    says: str = field(default="", compare=False)
    """What the documentation says of it, beside the names."""


def _names(source: Source) -> tuple[str, ...]:
    return (source,) if isinstance(source, str) else source


def text(column: str, source: Source) -> Field:
    """The text as it stands."""
    return Field((column,), (_names(source),), lambda value: (value,), ("$0",))


def ignored(source: Source, *values: str) -> Field:
    """Of lines in which the text is one of `values`, none is a request. Raises NoRequest."""

    def check(value: str | None) -> tuple[()]:
        if value in values:
            raise NoRequest
        return ()

    exact = _or_null(f"$0 NOT IN ({', '.join(map(literal, values))})")
    return Field((), (_names(source),), check, (), exact, says=f"lines with {', '.join(values)} are no requests")


BROKEN_ESCAPE = "%[^2-7]|%.[^0-9A-Fa-f]|%.?$"
"""In percent-encoded text: what the engine may not decode as we do, no escapes and those of controls and of no ASCII."""


def percent_decoded(column: str, source: Source) -> Field:
    """Percent-decoded once; what does not decode to UTF-8 stands as it is."""
    return Field(
        (column,),
        (_names(source),),
        lambda value: (_unquoted(value),),
        ("CASE WHEN contains($0, '%') THEN TRY(url_decode($0)) ELSE $0 END",),
        _or_null(f"NOT regexp_matches($0, '{BROKEN_ESCAPE}')"),
        says="percent-decoded",
    )


def _unquoted(value: str | None) -> str | None:
    if value is None or "%" not in value:
        return value
    try:
        return unquote(value, errors="strict")
    except UnicodeDecodeError:
        return value


def _or_null(condition: str) -> str:
    return f"($0 IS NULL OR {condition})"


def _time(source: Source, read: Callable[[str], int], sql: str, exact: str, says: str) -> Field:
    def moment(value: str | None) -> tuple[int | None]:
        return (None if value is None else read(value),)

    return Field(("time",), (_names(source),), moment, (sql,), _or_null(exact), says=says)


def time(source: Source) -> Field:
    """RFC 3339 with zone, or time since 1970 (seconds with decimals, milli-, micro-, nanoseconds by the number of digits)."""
    sql = f"CASE WHEN contains($0, '-') THEN {times.RFC3339_SQL} ELSE {times.EPOCH_SQL} END"
    exact = f"({times.RFC3339_EXACT} OR {times.EPOCH_EXACT})"
    return _time(source, times.rfc3339_or_epoch, sql, exact, "RFC 3339 with zone, or time since 1970")


def epoch(source: Source) -> Field:
    """Time since 1970: seconds with decimals, milli-, micro-, nanoseconds by the number of digits."""
    return _time(source, times.epoch_only, times.EPOCH_SQL, times.EPOCH_EXACT, "time since 1970")


def rfc3339(source: Source) -> Field:
    """RFC 3339 with zone."""
    return _time(source, times.rfc3339, times.RFC3339_SQL, times.RFC3339_EXACT, "RFC 3339 with zone")


def clf_time(source: Source) -> Field:
    """``17/May/2015:10:05:03 +0000``."""
    return _time(source, times.clf, times.CLF_SQL, times.CLF_EXACT, "day/month/year:hour:minute:second zone")


def date_and_time(date: Source, clock: Source) -> Field:
    """``2019-12-04`` and ``21:02:31``, UTC (W3C extended log)."""

    def moment(day: str | None, hour: str | None) -> tuple[int | None]:
        return (times.rfc3339(f"{day}T{hour}Z") if day and hour else None,)

    joined = "($0 || 'T' || $1 || 'Z')"
    return Field(
        ("time",),
        (_names(date), _names(clock)),
        moment,
        (times.RFC3339_SQL.replace("$0", "$p"),),
        f"($p IS NULL OR {times.RFC3339_EXACT.replace('$0', '$p')})",
        parts=joined,
        says="date and time, UTC",
    )


def strptime(source: Source, form: str) -> Field:
    """A time in a form of one's own (see `times.strptime_pattern`). Raises ValueError for an unknown directive."""
    pattern = times.strptime_pattern(form)
    read = partial(times.strptime, form=form, pattern=re.compile(pattern, re.ASCII))
    zone = "'+0000'" if "%z" not in form.replace("%%", "") else "''"
    with_zone = form if zone == "''" else form + "%z"
    sql = f"make_timestamp(epoch_us(try_strptime($0 || {zone}, {literal(with_zone)})))"
    exact = f"regexp_full_match($0, {literal(pattern)})"
    return _time(source, read, sql, exact, f"time format {form}")


def request_line(source: Source) -> Field:
    """METHOD URL PROTOCOL; blanks inside the URL stay."""
    return Field(
        ("method", "url", "protocol"),
        (_names(source),),
        lambda value: split_request_line(value or ""),
        ("$p[1]", "$p[2]", "$p[3]"),
        "len($p) = 3 AND starts_with($p[3], 'HTTP/') AND $p[2] <> '' AND regexp_full_match($p[1], '[A-Za-z]+')",
        parts="string_split($0, ' ')",
        says="METHOD URL PROTOCOL",
    )


def url_parts(path: Source, query: Source) -> Field:
    """Path and query, with or without its question mark, as a URL."""

    def joined(stem: str | None, rest: str | None) -> tuple[str | None]:
        return (stem and stem + ("?" + rest.removeprefix("?") if rest else ""),)

    sql = "$0 || CASE WHEN $1 IS NULL THEN '' WHEN starts_with($1, '?') THEN $1 ELSE '?' || $1 END"
    return Field(("url",), (_names(path), _names(query)), joined, (sql,))


def protocol(source: Source) -> Field:
    """``1.1`` and ``HTTP/1.1`` alike."""
    sql = "CASE WHEN $0 ILIKE 'HTTP/%' THEN $0 ELSE 'HTTP/' || $0 END"
    return Field(("protocol",), (_names(source),), lambda value: (protocol_name(value),), (sql,))


def status(source: Source) -> Field:
    """The HTTP status; ``0``, ``000`` and ``-1`` are none."""
    return Field(
        ("status",),
        (_names(source),),
        lambda value: (_status(value),),
        ("CASE WHEN $0 >= '1' THEN try_cast($0 AS SMALLINT) END",),
        _or_null(r"regexp_full_match($0, '[1-9]\d\d|0|000|-1')"),
    )


def _status(value: str | None) -> int | None:
    if value is None or value in ("0", "000", "-1"):
        return None
    if not re.fullmatch(r"[1-9]\d\d", value, re.ASCII):
        raise BadLine("the status is not a number of three digits")
    return int(value)


def count(column: str, source: Source) -> Field:
    """A number of bytes; what is none, or longer than `MOST_DIGITS`, is as if not there."""
    sql = rf"CASE WHEN regexp_full_match($0, '\d{{1,{MOST_DIGITS}}}') THEN try_cast($0 AS BIGINT) END"
    return Field((column,), (_names(source),), lambda value: (byte_count(value),), (sql,))


def duration(source: Source, unit: str) -> Field:
    """The response time, to the microsecond; `unit` is s, ms, us or ns. What is no number is as if not there."""
    factor = _UNITS[unit]
    sql = f"CASE WHEN $p < {MOST_MS} THEN $p END"
    return Field(
        ("time_ms",),
        (_names(source),),
        lambda value: (_ms(value, factor),),
        (sql,),
        _or_null(f"regexp_full_match($0, '{_DECIMAL}')"),
        parts=f"round(try_cast($0 AS DOUBLE) * {factor}, 3)",
        says={"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}[unit],
    )


def duration_sum(sources: tuple[Source, ...], unit: str) -> Field:
    """The response time as a sum; none where one of them is none."""
    factor = _UNITS[unit]

    def added(*values: str | None) -> tuple[float | None]:
        found = [_ms(value, factor) for value in values]
        total = 0.0
        for part in found:
            if part is None:
                return (None,)
            total += part
        return (_to_micros(total),)

    terms = " + ".join(f"round(try_cast(${n} AS DOUBLE) * {factor}, 3)" for n in range(len(sources)))
    exact = " AND ".join(rf"regexp_full_match(${n}, '\d{{1,6}}\.\d{{1,6}}')" for n in range(len(sources)))
    return Field(
        ("time_ms",), tuple(_names(s) for s in sources), added, (f"round({terms}, 3)",), exact,
        says=f"sum of the times ({unit})",
    )  # fmt: skip


def _ms(value: str | None, factor: float) -> float | None:
    if value is None or not _NUMBER.fullmatch(value):
        return None
    found = _to_micros(float(value) * factor)
    return found if found < MOST_MS else None


def _to_micros(milliseconds: float) -> float:
    """Rounded to three decimals step by step as the engine does, which Python's `round` does not."""
    if milliseconds >= MOST_MS:  # may be infinite
        return milliseconds
    scaled = milliseconds * 1000.0
    whole = math.floor(scaled)
    return (whole + (scaled - whole >= 0.5)) / 1000.0


def address_port(column: str, source: Source) -> Field:
    """An address with its port, which is cut: ``192.0.2.7:80``, ``[2001:db8::7]:80``, ``2001:db8::7:80`` (AWS)."""
    v4 = r"regexp_full_match($0, '\d+\.\d+\.\d+\.\d+(:\d+)?')"
    v6 = r"regexp_full_match($0, '\[[0-9A-Fa-f:]+\](:\d+)?')"
    return Field(
        (column,),
        (_names(source),),
        lambda value: (_without_port(value),),
        ("CASE WHEN $0[1] = '[' THEN split_part($0[2:], ']', 1) ELSE split_part($0, ':', 1) END",),
        f"CASE WHEN $0[1] = '[' THEN {v6} ELSE {_or_null(v4)} END",
        says="without its port",
    )


def _without_port(value: str | None) -> str | None:
    if value is None:
        return None
    head, colon, port = value.rpartition(":")
    if colon and port.isascii() and port.isdigit() and (head.startswith("[") or "." in head or head.count(":") >= 2):
        value = head
    return value.removeprefix("[").removesuffix("]") or None


def last_address(source: Source) -> Field:
    """The last address of an X-Forwarded-For, which the logging proxy itself appended, as peer; the others as sent."""

    def split(value: str | None) -> tuple[str | None, str | None]:
        before, _, last = (value or "").rpartition(",")
        return last.strip(" ") or None, before or None

    return Field(
        ("peer", "forwarded_for"),
        (_names(source),),
        split,
        (
            "CASE WHEN contains($0, ',') THEN nullif(trim($p[-1], ' '), '') ELSE nullif(trim($0, ' '), '') END",
            "CASE WHEN contains($0, ',') THEN nullif(left($0, length($0) - length($p[-1]) - 1), '') END",
        ),
        parts="string_split($0, ',')",
        says="the last address",
    )


def server(source: Source) -> Field:
    """The back end; of a list (NGINX: several were tried) the last."""
    return Field(
        ("server",),
        (_names(source),),
        lambda value: (_or_none(re.split(r", | : |,", value)[-1]) if value else None,),
        ("$0",),
        "($0 IS NULL OR NOT (contains($0, ',') OR contains($0, ' ')))",
        says="of a list the last",
    )


def _or_none(text: str) -> str | None:
    return None if text in ("", "-") else text
