"""The reader's side: which segments hold a range, and which units have to be read beside them.

Usually one round trip: the root and the markers of the range, asked for at the same time. A marker may go between the
two, if the root that was read is the older one; so the reader asks at the end whether what it used of the root is still
so (`still`), and otherwise begins again. It begins again, too, when an object is gone that the root or a marker named.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

from abslake.index import ledgers, names, pending, root
from abslake.index.attempts import GRACE, Clock, utc_now
from abslake.index.root import Root, Segment
from abslake.storage import Lake

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class View:
    """What counts of one kind in a range, as of one root."""

    root: Root
    etag: str
    kind: str
    earlier: datetime
    """Not before the first day that retention has left."""
    later: datetime
    units: tuple[str, ...]
    """Keys of facts that no segment of this kind covers, of the hours that the range touches."""
    marked: tuple[str, ...] = ()
    """Units of these hours that had a marker, covered or not."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A segment to read for a range: of a day, or of a whole month."""

    period: str
    segment: Segment


def look(
    lake: Lake, pool: Executor, kind: str, earlier: datetime, later: datetime, clock: Clock = utc_now
) -> View | None:
    """What counts for ``earlier <= minute < later`` (UTC); None: there is no index, and all facts count directly.

    Raises FileNotFoundError (begin again), StorageError.
    """
    began = clock()
    asked = pool.submit(root.load, lake)
    marked = _marked(lake, earlier, later)
    snapshot = asked.result()
    if snapshot.etag is None:
        return None
    if _is_young(snapshot.root, began):
        marked = _marked(lake, earlier, later)
    state = snapshot.root
    if state.since:
        earlier = max(earlier, names.first_moment(state.since))
    units = _uncovered(lake, pool, state, kind, marked)
    return View(state, snapshot.etag, kind, earlier, later, units, tuple(marked))


def beside(lake: Lake, pool: Executor, view: View, kind: str) -> View:
    """The same range of another kind, under the same root and with the markers that were listed for `view`.

    Raises FileNotFoundError (begin again), StorageError.
    """
    return replace(view, kind=kind, units=_uncovered(lake, pool, view.root, kind, view.marked))


def still(lake: Lake, view: View | None) -> bool:
    """Whether `view` was whole: to be asked after `look`, at best while its objects are fetched.

    Where there was no index (None): to be asked after the facts were listed. Another root that has changed nothing of the
    view's kind and days is as good. Raises StorageError.
    """
    if view is None:
        return not lake.exists(names.ROOT)
    if lake.unchanged(names.ROOT, view.etag):
        return True
    snapshot = root.load(lake)
    return snapshot.etag is not None and _slice(snapshot.root, view) == _slice(view.root, view)


def pieces(view: View) -> list[Piece]:
    """The segments to read: whole months where they may be used, else days; in the order of time.

    Of a day that the range cuts, the rows outside it are for the caller to leave out.
    """
    days = dict(_days(view.root, view))
    months = view.root.months(view.kind)
    found: list[Piece] = []
    for month, group in groupby(days, key=lambda day: day[:7]):
        held = {day: days[day] for day in group}
        derived = months.get(month) if _is_whole(month, view) else None
        rest = derived.beside(held) if derived else None
        if derived and rest is not None:
            found.append(Piece(month, derived.segment))
            held = rest
        found += [Piece(day, segment) for day, segments in held.items() for segment in segments]
    return found


def _marked(lake: Lake, earlier: datetime, later: datetime) -> list[str]:
    return list(pending.between(lake, earlier, later)) if earlier < later else []


def _is_young(state: Root, began: datetime) -> bool:
    """Whether a listing that began then may be older than the root: units of before are marked only then."""
    return state.born > (began - GRACE).timestamp()


def _uncovered(lake: Lake, pool: Executor, state: Root, kind: str, marked: Sequence[str]) -> tuple[str, ...]:
    days = {day: list(units) for day, units in groupby(marked, key=names.day_of) if state.counts(day)}
    keys = [
        *(names.covers_key(kind, day, segment.generation) for day in days for segment in state.segments(kind, day)),
        *(names.retired_key(day, state.retired[day]) for day in days if day in state.retired),
    ]
    out: dict[str, set[str]] = {day: set() for day in days}
    for key, ledger in zip(keys, pool.map(lambda key: ledgers.read(lake, key), keys), strict=True):
        out[key.partition("day=")[2][:10]] |= ledger
    return tuple(unit for day, units in days.items() for unit in units if names.short_name(unit) not in out[day])


def _slice(state: Root, view: View) -> tuple[object, ...]:
    """All that the view's answer depends on. Months are none of it: they hold what their days hold."""
    first, last = f"{view.earlier:%Y-%m-%d}", f"{view.later - _MINUTE:%Y-%m-%d}"
    retired = {day: ledger for day, ledger in state.retired.items() if first <= day <= last}
    return state.since, dict(_days(state, view)), retired


def _days(state: Root, view: View) -> Iterator[tuple[str, list[Segment]]]:
    first, last = f"{view.earlier:%Y-%m-%d}", f"{view.later - _MINUTE:%Y-%m-%d}"
    index = state.kinds.get(view.kind)
    for day, segments in index.days.items() if index else ():
        if first <= day <= last and view.earlier < view.later:
            yield day, segments


def _is_whole(month: str, view: View) -> bool:
    return view.earlier <= names.first_moment(month) and names.end_moment(month) <= view.later
