"""Who was found attacking, day by day, out of the index of findings or, where it does not tell, out of the findings."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice

from abslake.detection import attackers
from abslake.detection.attackers import Attackers, Client
from abslake.detection.findings import PREFIX, Finding
from abslake.detection.found_index import Day, where
from abslake.detection.found_index import client as hashed
from abslake.index import names, root
from abslake.reports import evidence, planner
from abslake.reports.answer import pool
from abslake.reports.found_days import FoundDays
from abslake.storage import Entry, Lake

_DAYS_AT_ONCE = 32
_DAY = timedelta(days=1)


def in_range(lake: Lake, earlier: datetime, later: datetime) -> Iterator[Attackers]:
    """Of each day whose findings can touch the range, newest first. Raises StorageError."""
    return _read(lake, planner.finding_objects(lake, earlier, later, pool()))


def beside(lake: Lake, earlier: datetime, later: datetime, *, before: bool) -> Iterator[Attackers]:
    """Of the days behind those of `in_range`; with `before` of the days before them, too. Newest first.

    The days at the ends of the range are told again, since they hold what lies outside of it; so does the second day, whose
    findings may go back to before the range.
    """
    first, last = f"{earlier + _DAY:%Y-%m-%d}", f"{later:%Y-%m-%d}"
    return _read(lake, [one for one in _kept(lake) if _day_of(one) >= last or (before and _day_of(one) <= first)])


def of(lake: Lake, clients: Collection[Client]) -> Attackers:
    """All that is kept of some clients. Reads the days that hold one of them. Raises StorageError."""
    wanted = [hashed(one.kind.value, one.value) for one in clients]
    days = _read(lake, _kept(lake), lambda day: any(map(day.has_client, wanted)))
    found: Attackers = {}
    for day in days:
        for client in day.keys() & clients:
            found.setdefault(client, []).extend(day[client])
    return found


def kept_from(lake: Lake) -> datetime | None:
    """No attack of before is kept: a finding is at most a day long. None: all are. Raises StorageError."""
    since = root.load(lake).root.since
    return names.first_moment(since) - _DAY if since else None


def _kept(lake: Lake) -> list[Entry]:
    kept = root.load(lake).root
    return [one for one in lake.list(PREFIX) if one.key.endswith(".ndjson") and kept.counts(_day_of(one))]


def _read(lake: Lake, listed: Iterable[Entry], wanted: Callable[[Day], bool] = lambda _: True) -> Iterator[Attackers]:
    days = (
        (entries, known)
        for entries, known in FoundDays(lake, pool(), listed).by_day()
        if known is None or wanted(known)
    )
    while batch := list(islice(days, _DAYS_AT_ONCE)):
        yield from pool().map(lambda one: _of_day(lake, *one), batch)


def _of_day(lake: Lake, entries: Sequence[Entry], known: Day | None) -> Attackers:
    if known and known.attackers is not None:
        return attackers.unpack(known.attackers)
    return attackers.of(_findings(lake, entries))


def _findings(lake: Lake, entries: Iterable[Entry]) -> Iterator[Finding]:
    for entry in entries:
        try:
            yield from evidence.read(lake.get(entry.key))
        except FileNotFoundError:
            continue  # dropped since it was listed: of a day that is kept no longer


def _day_of(entry: Entry) -> str:
    return where(entry.key)[0]
