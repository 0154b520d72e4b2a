"""``abslake report --explain``: which objects a report was made of, and what reading them cost. No identifier is said."""

from collections.abc import Iterator

from abslake.dev.console import console
from abslake.index import names, reading
from abslake.reports import Account
from abslake.reports.planner import Plan


def show(account: Account, seconds: float) -> None:
    """To standard error."""
    for line in lines(account, seconds):
        console.print(line, markup=False, soft_wrap=True)


def lines(account: Account, seconds: float) -> Iterator[str]:
    """The plan, then what was read."""
    if account.plan:
        yield from _plan(account.plan)
    reads = account.reads
    yield (
        f"read      {account.planned:,} objects planned, {reads.objects:,} fetched ({reads.bytes:,} bytes), "
        f"{reads.kept:,} kept from before"
    )
    again = "" if account.attempts == 1 else ": the index or an object changed meanwhile, so it began again"
    yield f"took      {seconds * 1000:,.0f} ms, {account.attempts} attempt{'s' if account.attempts > 1 else ''}{again}"


def _plan(plan: Plan) -> Iterator[str]:
    if plan.view is None:
        yield "plan      no index: every unit of facts of the range's hours is read"
    else:
        yield f"plan      index of kind {plan.view.kind}, root serial {plan.view.root.serial}"
        yield from _periods(plan.view)
    beside = "" if plan.view is None else " that the index does not cover yet, read directly"
    yield f"units     {len(plan.units):,}{beside}"
    if plan.heavy:
        yield f"heavy     {len(plan.heavy):,} objects of heavy identifiers' minute rows"
    if plan.sessions:
        yield f"apart     {len(plan.sessions):,} objects of sessions, {len(plan.addresses):,} of addresses, where needed"
    if plan.findings:
        yield f"findings  {len(plan.findings):,} files"


def _periods(view: reading.View) -> Iterator[str]:
    """Months, whole days and days that the range cuts, in the order of time."""
    sorts: dict[str, list[str]] = {"month": [], "day": [], "edge": []}
    for piece in reading.pieces(view):
        first, end = names.first_moment(piece.period), names.end_moment(piece.period)
        whole = view.earlier <= first and end <= view.later
        sort = "month" if not names.is_day(piece.period) else "day" if whole else "edge"
        empty = "" if piece.segment.shape.rows else " (empty)"
        sorts[sort].append(piece.period + empty)
    meanings = {"month": "whole", "day": "whole", "edge": "cut, minute by minute"}
    for sort, periods in sorts.items():
        if periods:
            count = len({period.removesuffix(" (empty)") for period in periods})
            yield f"{sort + ('s' if count > 1 else ''):9} {count:,} {meanings[sort]}: {_runs(periods)}"


def _runs(periods: list[str]) -> str:
    """Periods, each with how many segments it has if there are several; long lists by their ends."""
    counts: dict[str, int] = {}
    for period in periods:
        counts[period] = counts.get(period, 0) + 1
    shown = [period if count == 1 else f"{period} x{count}" for period, count in counts.items()]
    return ", ".join(shown) if len(shown) <= 6 else f"{shown[0]}, {shown[1]}, … {shown[-1]}"
