"""From a question to the names of the few objects that can hold its answer. Nothing is read here but listings.

The cost depends on the range asked for and not on the history kept: a listing begins at the first hour of the range and
stops behind its last. Up to `_PARALLEL` listings run at once, each over a run of whole days, since one listing gives
its pages (1,000 names) only one after the other.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from abslake.detection import findings
from abslake.facts import schema
from abslake.reports.question import Kind, Question
from abslake.storage import Entry, Lake

_PARALLEL = 8
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_FIRST = datetime(1000, 1, 1, tzinfo=UTC)  # earlier years would not sort as names
_LAST = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Plan:
    """The objects that can hold the answer: units of facts and files of findings, in key order."""

    facts: tuple[Entry, ...]
    findings: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """A run of keys: those in the folder `prefix` with ``first <= key < end``."""

    prefix: str
    first: str
    end: str


def plan(lake: Lake, question: Question, pool: ThreadPoolExecutor) -> Plan:
    """The objects for the question's range. Raises StorageError."""
    earlier, later = max(question.earlier, _FIRST), question.later
    if earlier >= later:
        return Plan((), ())
    days_each = _days_each(earlier, later) if lake.folder is None else 1  # a folder is not listed in key order
    last = later - _MINUTE
    hours = Span(schema.PREFIX, schema.hour_prefix(earlier), _behind(schema.hour_prefix(last)))
    # A finding lies under the day of its end and is at most a day long: the range's days and one more.
    days = _days(findings.PREFIX, earlier, min(last, _LAST - _DAY) + _DAY)
    finding_spans = [] if question.kind is Kind.METRICS else cut(days, days_each)
    facts_listed = [pool.submit(_listing, lake, span) for span in cut(hours, days_each)]
    findings_listed = [pool.submit(_listing, lake, span) for span in finding_spans]
    return Plan(_in_key_order(facts_listed), _in_key_order(findings_listed))


def cut(span: Span, days_each: int) -> list[Span]:
    """`span` in runs of so many days; a run of one day is listed from that day's folder and reads nothing else.

    Below the prefix the next path part is ``date=YYYY-MM-DD``, in `span`'s ends too.
    """
    first, last = _day_of(span.first, span.prefix), _day_of(span.end, span.prefix)
    days = (last - first) // _DAY + 1
    parts = []
    for start in range(0, days, days_each):
        end = min(start + days_each, days) - 1
        run = _days(span.prefix, first + start * _DAY, first + end * _DAY)
        prefix = run.first if days_each == 1 else span.prefix
        parts.append(Span(prefix, max(span.first, run.first), min(span.end, run.end)))
    return parts


def _days_each(earlier: datetime, later: datetime) -> int:
    return -(-((later - earlier) // _DAY + 1) // _PARALLEL)


def _days(prefix: str, first: datetime, last: datetime) -> Span:
    """The keys of the days `first` to `last`, both included."""
    return Span(prefix, f"{prefix}date={first:%Y-%m-%d}/", _behind(f"{prefix}date={last:%Y-%m-%d}/"))


def _day_of(key: str, prefix: str) -> datetime:
    return datetime.strptime(key.removeprefix(f"{prefix}date=")[:10], "%Y-%m-%d").replace(tzinfo=UTC)


def _behind(folder: str) -> str:
    """The first key behind everything in a folder: "0" is the character behind "/"."""
    return folder[:-1] + "0"


def _listing(lake: Lake, span: Span) -> list[Entry]:
    return list(_between(lake, span))


def _between(lake: Lake, span: Span) -> Iterator[Entry]:
    in_order = lake.folder is None
    for entry in lake.list(span.prefix, start_after=span.first):
        if entry.key < span.end:
            yield entry
        elif in_order:
            return


def _in_key_order(listings: list[Future[list[Entry]]]) -> tuple[Entry, ...]:
    entries = (entry for listing in listings for entry in listing.result())
    return tuple(sorted((e for e in entries if e.key.endswith((".parquet", ".ndjson"))), key=lambda e: e.key))
