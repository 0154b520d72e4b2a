"""From a question to the names of the few objects that can hold its answer.

With an index the names follow from its root: a month or a day has one object for the value asked for. Only what no
segment covers yet is listed, and where there is no index at all, the hours of the range. The cost depends on the range
and on the answer, not on the history kept: a listing begins at the first hour of the range and stops behind its last.
Up to `_PARALLEL` listings run at once, each over a run of whole days, since one listing gives its pages (1,000 names)
only one after the other.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby

from abslake.detection import findings
from abslake.facts import schema
from abslake.index import layout, names, reading, root
from abslake.index.root import Shape
from abslake.reports.question import Kind, Question
from abslake.reports.slices import Slices
from abslake.storage import Entry, Lake

_PARALLEL = 8
_UNIT_BYTES = 1_000_000
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_FIRST = datetime(1000, 1, 1, tzinfo=UTC)  # earlier years would not sort as names
_LAST = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(slots=True)
class Plan:
    """The objects that can hold the answer, by how they are read. Sizes are known of listed ones only."""

    units: list[Entry] = field(default_factory=list)
    """Facts that no segment covers, or all of the range where there is no index."""
    whole: list[str] = field(default_factory=list)
    """Index objects of months and days that lie in the range wholly."""
    cut: list[str] = field(default_factory=list)
    """Index objects of days of which the range takes a part: their joint rows count, minute by minute."""
    heavy: list[str] = field(default_factory=list)
    """Joint rows of heavy values of those days."""
    sessions: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    """All sessions and all addresses of heavy APIs, for what `whole` takes."""
    slices: Slices = field(default_factory=Slices)
    """Of all clients of a kind: what lies in the range wholly. `whole` then holds what was read of it so far."""
    findings: list[Entry] = field(default_factory=list)
    view: reading.View | None = None
    """What the plan was made from; None: there is no index, or it was not looked for."""
    looked: bool = False
    """Whether an index was looked for."""

    index_bytes: float = 0
    """What the index objects take on average; those of sessions and addresses apart are in it, too."""

    @property
    def bytes(self) -> float:
        """About what is to be read. Of a unit that a marker tells of the size is not known."""
        return self.index_bytes + sum(unit.size or _UNIT_BYTES for unit in self.units)

    @property
    def objects(self) -> int:
        """All that may be read. Sessions and addresses are read where the question needs them."""
        index = (self.whole, self.cut, self.heavy, self.sessions, self.addresses)
        return len(self.units) + len(self.findings) + sum(len(keys) for keys in index)


@dataclass(frozen=True, slots=True)
class Span:
    """A run of keys: those in the folder `prefix` with ``first <= key < end``."""

    prefix: str
    first: str
    end: str


def index_kind(kind: Kind) -> str:
    """The kind of index that a report reads."""
    return "api" if kind is Kind.METRICS else kind.value


def plan(lake: Lake, question: Question, pool: ThreadPoolExecutor, *, with_index: bool = True) -> Plan:
    """The objects for the question's range. Raises FileNotFoundError (begin again), StorageError."""
    earlier, later = max(question.earlier, _FIRST), question.later
    if earlier >= later:
        return Plan()
    found = (
        []
        if question.kind is Kind.METRICS or question.place
        else [pool.submit(_listing, lake, s) for s in _finding_spans(lake, earlier, later)]
    )
    kind = index_kind(question.kind)
    view = reading.look(lake, pool, kind, earlier, later) if with_index else None
    if view is None:
        planned = Plan(units=list((_facts if with_index else fact_units)(lake, earlier, later, pool)))
    else:
        value = question.api if kind == "api" else question.value
        planned = _planned_for_all(view) if question.place else planned_by(view, value)
    planned.findings, planned.looked = list(_in_key_order(found)), with_index
    if view or not with_index:
        kept = view.root if view else root.load(lake).root
        planned.findings = [entry for entry in planned.findings if kept.counts(names.day_of(entry.key))]
    return planned


def finding_objects(lake: Lake, earlier: datetime, later: datetime, pool: ThreadPoolExecutor) -> list[Entry]:
    """The objects of findings that can touch the range, of days that are kept. Raises StorageError."""
    earlier = max(earlier, _FIRST)
    if earlier >= later:
        return []
    found = [pool.submit(_listing, lake, span) for span in _finding_spans(lake, earlier, later)]
    kept = root.load(lake).root
    return [entry for entry in _in_key_order(found) if kept.counts(names.day_of(entry.key))]


def fact_units(lake: Lake, earlier: datetime, later: datetime, pool: ThreadPoolExecutor) -> list[Entry]:
    """All units of facts that count and that the range's hours have, with their sizes.

    Raises FileNotFoundError (units were replaced meanwhile: begin again), StorageError.
    """
    earlier = max(earlier, _FIRST)
    if earlier >= later:
        return []
    snapshot = root.load(lake)
    listed = [entry for entry in _facts(lake, earlier, later, pool) if entry.key.endswith(".parquet")]
    state = root.load(lake).root
    if (state.since, state.retired) != (snapshot.root.since, snapshot.root.retired):
        raise FileNotFoundError(names.ROOT)
    days = ((day, list(units)) for day, units in groupby(listed, key=lambda entry: names.day_of(entry.key)))
    return [unit for day, units in days if state.counts(day) for unit in _counting(lake, state, day, units)]


def hour_objects(lake: Lake, prefix: str, earlier: datetime, later: datetime, pool: ThreadPoolExecutor) -> list[Entry]:
    """The objects below `prefix`, which lie by hour as facts do, of the range's hours and of days that are kept.

    Raises StorageError.
    """
    earlier = max(earlier, _FIRST)
    if earlier >= later:
        return []
    kept = root.load(lake).root
    return [entry for entry in _hours(prefix, lake, earlier, later, pool) if kept.counts(names.day_of(entry.key))]


def _counting(lake: Lake, state: root.Root, day: str, units: list[Entry]) -> list[Entry]:
    """Those of a day's units that count. Where none was ever replaced these are all."""
    if day not in state.retired and not any(names.is_replacement(unit.key) for unit in units):
        return units
    from abslake.index import replacing  # days that were rebuilt are few, and it brings in what builds the index

    counting = frozenset(replacing.counting_units(lake, state, day))
    return [unit for unit in units if unit.key in counting]


def planned_by(view: reading.View, value: str | None) -> Plan:
    """What to read of a value by the index. Findings are not the index's business."""
    planned = Plan(view=view, units=[Entry(key, 0, _FIRST) for key in view.units])
    for folder, shape, hours in _periods(view):
        planned.index_bytes += shape.bytes / 16**shape.digits
        bucket = layout.prefix(value or "", shape.digits)
        if hours is None:
            planned.whole.append(folder + layout.rows_name(bucket))
            if view.kind == "api" and shape.heavy_hours:
                planned.sessions.append(folder + layout.session_name(bucket))
                planned.addresses.append(folder + layout.address_name(bucket))
        else:
            planned.cut.append(folder + layout.rows_name(bucket))
            planned.heavy += layout.heavy_keys(folder, shape, *hours, value)
    return planned


def _planned_for_all(view: reading.View) -> Plan:
    """What to read of all values by the index: days that the range cuts and facts wholly, the rest by slices."""
    planned = Plan(view=view, units=[Entry(key, 0, _FIRST) for key in view.units])
    whole = []
    for folder, shape, hours in _periods(view):
        if hours is None:
            whole.append((folder, shape))
        else:
            planned.cut += [folder + layout.rows_name(bucket) for bucket in layout.prefixes(shape.digits)]
            planned.heavy += layout.heavy_keys(folder, shape, *hours)
    planned.slices = Slices(tuple(whole))
    return planned


def _periods(view: reading.View) -> Iterator[tuple[str, Shape, tuple[int, int] | None]]:
    """Folder and shape of the segments to read, and of days that the range cuts its first and the hour behind its last."""
    for piece in reading.pieces(view):
        if not piece.segment.shape.rows:
            continue
        folder = names.folder(view.kind, piece.period, piece.segment.generation)
        first, end = names.first_moment(piece.period), names.end_moment(piece.period)
        if view.earlier <= first and end <= view.later:
            yield folder, piece.segment.shape, None
        else:
            hours = max(view.earlier, first).hour, (min(view.later, end) - _MINUTE).hour + 1
            yield folder, piece.segment.shape, hours


def _facts(lake: Lake, earlier: datetime, later: datetime, pool: ThreadPoolExecutor) -> tuple[Entry, ...]:
    """All units of the range's hours."""
    return _hours(schema.PREFIX, lake, earlier, later, pool)


def _hours(prefix: str, lake: Lake, earlier: datetime, later: datetime, pool: ThreadPoolExecutor) -> tuple[Entry, ...]:
    """All objects below `prefix` of the range's hours, which lie as those of facts do."""
    days_each = _days_each(earlier, later) if lake.folder is None else 1  # a folder is not listed in key order
    first, last = (prefix + schema.hour_prefix(at).removeprefix(schema.PREFIX) for at in (earlier, later - _MINUTE))
    return _in_key_order(
        [pool.submit(_listing, lake, span) for span in cut(Span(prefix, first, _behind(last)), days_each)]
    )


def _finding_spans(lake: Lake, earlier: datetime, later: datetime) -> list[Span]:
    """A finding lies under the day of its end and is at most a day long: the range's days and one more."""
    days = _days(findings.PREFIX, earlier, min(later - _MINUTE, _LAST - _DAY) + _DAY)
    return cut(days, _days_each(earlier, later) if lake.folder is None else 1)


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
