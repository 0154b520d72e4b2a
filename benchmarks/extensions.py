"""Latency of a busy day and a timeline over a year, on this machine's disk: ``python -m benchmarks.extensions``.

Makes its lakes once, in the temporary folder: a day of 1.1 million requests, and a year with three hours a day, folded. Each
question is asked in a fresh process with one thread; README.md has what was measured.
"""

import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table

from abslake.index import pending, replacing, tasks
from abslake.index.build import Builder
from abslake.settings import Settings
from abslake.storage import Lake
from benchmarks import jobs, traffic, year
from benchmarks.measure import job_of, run
from benchmarks.year import FIRST_DAY, Maker, Year

HOURS = (9, 13, 18)
"""Of a day of the year that have traffic: that many units are made in a minute."""

DAY, A_YEAR = Year(FIRST_DAY, 1, 0.4), Year(FIRST_DAY, 365, 0.02)
_KIND = "ip"


def latency(lake: str, by: str) -> dict[str, object]:
    """One page of the latency report of the day."""
    from abslake.reports import Account
    from abslake.reports.analytics_calls import CALLS
    from abslake.reports.facts_reading import Reader

    begin = datetime.combine(FIRST_DAY, datetime.min.time(), UTC)
    given = {**_range(begin, begin + timedelta(days=1)), "by": by, **({"kind": _KIND} if by == "client" else {})}
    settings = Settings(threads=1)
    started = time.perf_counter()
    reader = Reader(Lake(lake), settings, Account())
    document = CALLS["latency"].answer(CALLS["latency"].ask("latency", given, settings), reader, None).model_dump()
    return {
        "seconds": time.perf_counter() - started,
        "requests": document["summary"]["requests"],
        "objects": reader.account.reads.objects,
        "mb": reader.account.reads.bytes / 1e6,
    }


def timeline(lake: str, value: str) -> dict[str, object]:
    """The first page of an address's timeline over the year."""
    from abslake.reports import Account, Kind
    from abslake.reports import timeline as report
    from abslake.reports.facts_reading import Reader

    begin = datetime.combine(FIRST_DAY, datetime.min.time(), UTC)
    settings = Settings(threads=1)
    started = time.perf_counter()
    reader = Reader(Lake(lake), settings, Account())
    asked = report.ask_of(Kind.IP, value, _range(begin, begin + timedelta(days=365)), settings)
    document = report.report(asked, reader)
    return {
        "seconds": time.perf_counter() - started,
        "requests": document.summary.total_requests,
        "objects": reader.account.reads.objects,
        "mb": reader.account.reads.bytes / 1e6,
    }


def _range(earlier: datetime, later: datetime) -> dict[str, str]:
    return {"earlier_date": f"{earlier:%Y-%m-%dT%H:%M}", "later_date": f"{later:%Y-%m-%dT%H:%M}"}


def make_year(folder: Path) -> None:
    """Facts of the year, folded for addresses."""
    for name, document in traffic.definitions().items():
        (folder / "config/apis").mkdir(parents=True, exist_ok=True)
        (folder / "config/apis" / f"{name}.json").write_text(document)
    lake, maker = Lake(str(folder)), Maker(A_YEAR)
    try:
        for unit in A_YEAR.units():
            if unit.hour.hour in HOURS and not (folder / unit.key).exists():
                maker.write(unit, folder / unit.key)
                pending.mark(lake, unit.key)
    finally:
        maker.close()
    replacing.initialise(lake)
    builder, now = Builder(lake, Settings(threads=1)), datetime.now(UTC)
    while due := [task for task in tasks.due(lake, now) if task.kind == _KIND]:
        for task in due:
            tasks.run(lake, builder, task)


def main() -> None:
    """Makes what is missing, asks, and prints a table."""
    folder = Path(tempfile.gettempdir(), "abslake-benchmarks-extensions")
    year.write(folder / "day", DAY)
    if not (folder / "done").exists():
        make_year(folder / "year")
        (folder / "done").touch()
    maker = Maker(A_YEAR)
    asked = maker.asked(FIRST_DAY)[_KIND]
    maker.close()
    module = "benchmarks.extensions"
    todo = [
        job_of(module, f"latency by {by}", "latency", lake=str(folder / "day"), by=by)
        for by in ("api", "endpoint", "client")
    ]
    for which, value in (("light", asked.light), ("heaviest", asked.heaviest)):
        todo.append(job_of(module, f"timeline, {which} address", "timeline", lake=str(folder / "year"), value=value))
    table = Table("question", "s", "objects", "MB", "requests", "peak MB")
    for job in todo:
        said = run(job).said
        figures = (f"{said['seconds']:.2f}", f"{said['objects']:,}", f"{said['mb']:.1f}", f"{said['requests']:,}")
        table.add_row(job.name, *figures, f"{said['peak_mb']:.0f}")
    Console().print(table)


if __name__ == "__main__":
    import sys

    if len(sys.argv) > 1:
        jobs.main({job.__name__: job for job in (latency, timeline)})
    else:
        main()
