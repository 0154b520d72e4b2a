"""Lakes with an index for the benchmarks of reports: generated, folded by the real builder, kept from run to run.

A prepared folder is the top of a stand-in for S3 (`benchmarks.slow_s3`) with these buckets:

    lake    facts of some days, and their index by days, as it stands after compaction
    raw     the same requests one by one, in objects by the hour
    year    eleven closed months and the days above as the month that is still open; an index only

The months are one real month: all generated days summed up, and its objects linked under the names of eleven months.

    python -m benchmarks.lakes --days 30 --scale 1
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from abslake.facts import schema
from abslake.index import build, layout, names, replacing, root, tasks
from abslake.index.attempts import utc_now
from abslake.index.folding import Outcome
from abslake.index.root import Month, Root, Segment, Shape
from abslake.index.tasks import Task
from abslake.settings import Settings
from abslake.storage import Lake
from abslake.traffic import coarsen, discreet, lists, sums
from benchmarks import traffic, vocabulary, year
from benchmarks.measure import job_of, run
from benchmarks.year import FIRST_DAY, Asked, Maker, Year

MONTHS = 11
"""Closed months of a year, the open one being the twelfth."""

KINDS = ("ip", "cookie", "api")
"""What the questions of the benchmarks are about: the index of the other kinds is not made, but in `Prepared.one_day`."""

_WORKERS = 2
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Size:
    """So many days, of that share of the traffic."""

    days: int
    scale: float

    def __str__(self) -> str:
        """For people."""
        return f"{self.days} {'day' if self.days == 1 else 'days'} at {self.scale:g} of the traffic"


class Prepared:
    """One prepared folder."""

    def __init__(self, size: Size, folder: Path) -> None:
        self.size, self.folder = size, folder
        self.year = Year(FIRST_DAY, size.days, size.scale)
        self.lake, self.raw = folder / "lake", folder / "raw"

    @property
    def first(self) -> datetime:
        """The first moment with traffic."""
        return datetime.combine(FIRST_DAY, datetime.min.time(), UTC)

    @cached_property
    def asked(self) -> Mapping[str, Asked]:
        """Whom to ask about."""
        maker = Maker(self.year)
        try:
            return maker.asked(FIRST_DAY)
        finally:
            maker.close()

    def bucket_and_range(self, days: int) -> tuple[str, datetime, datetime]:
        """Where to ask for so many days, and from when until when: the middle day, all days, or the year."""
        if days > self.size.days:
            first = names.first_moment(months_before(FIRST_DAY.strftime("%Y-%m"))[0])
            return "year", first, names.end_moment(f"{FIRST_DAY:%Y-%m}")
        middle = self.first + (self.size.days // 2 if days == 1 else 0) * _DAY
        return "lake", middle, middle + days * _DAY

    def make(self) -> None:
        """Do what is missing."""
        year.write(self.lake, self.year, marked=True, raw=self.raw)
        if not (self.folder / "done").exists():
            lake = Lake(str(self.lake))
            replacing.initialise(lake)
            due = [task for task in tasks.due(lake, utc_now()) if task.kind in KINDS and names.is_day(task.period)]
            fold(self.lake, due)
            shutil.rmtree(self.lake / names.PENDING, ignore_errors=True)  # nothing is left to fold
            grow_old(lake)
            make_year(self.lake, self.folder / "year")
            (self.folder / "done").touch()

    @property
    def month(self) -> dict[str, Any]:
        """What it cost to sum up all days, by kind: ``cpu_seconds``, and what `report_jobs.fold_month` says."""
        found: dict[str, Any] = json.loads((self.folder / "month.json").read_text())
        return found

    def one_day(self, into: Path) -> tuple[str, list[str]]:
        """A lake in `into` with the facts of the middle day alone: the day, and the keys of its units."""
        _, middle, _ = self.bucket_and_range(1)
        day = f"{middle:%Y-%m-%d}"
        link(self.lake, into, f"{schema.PREFIX}date={day}")
        found = sorted((into / schema.PREFIX).rglob("*.parquet"))
        return day, [str(path.relative_to(into)) for path in found]


def months_before(month: str) -> list[str]:
    """The closed months of the year that ends with `month`, in the order of time."""
    found = []
    for _ in range(MONTHS):
        month = f"{names.first_moment(month) - _DAY:%Y-%m}"
        found.append(month)
    return found[::-1]


def fold(lake: Path, due: Iterable[Task], workers: int = _WORKERS) -> None:
    """Do tasks in processes side by side. Raises RuntimeError where one fails."""
    due = list(due)
    columns = (TextColumn("folding"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns) as bar, ThreadPoolExecutor(workers) as pool:
        task = bar.add_task("tasks", total=len(due))
        for done in as_completed([pool.submit(_fold_one, lake, one) for one in due]):
            done.result()
            bar.advance(task)


def _fold_one(lake: Path, task: Task) -> None:
    command = [sys.executable, "-m", "benchmarks.lakes", "--fold", f"{task.kind}/{task.period}", "--out", str(lake)]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"folding {task.kind} {task.period} failed: {done.stderr[-2000:]}")


def grow_old(lake: Lake) -> None:
    """Let the root look as if it had been there for long: readers list markers twice where it was made this hour."""
    old = msgspec.structs.replace(root.load(lake).root, born=0)
    Path(str(lake.folder), names.ROOT).write_bytes(root.encode(old))


def make_year(lake: Path, target: Path) -> None:
    """The bucket of a year (see the head of this module), and beside it what it cost to sum up the month, by kind."""
    made = root.load(Lake(str(lake))).root
    month = f"{FIRST_DAY:%Y-%m}"
    jobs = [job_of("benchmarks.report_jobs", kind, "fold_month", lake=str(lake), kind=kind) for kind in KINDS]
    with ThreadPoolExecutor(_WORKERS) as pool:
        cost = dict(zip(KINDS, pool.map(run, jobs), strict=True))
    for kind, measured in cost.items():
        days, said = made.kinds[kind].days, measured.said
        units = sum(segment.units for some in days.values() for segment in some)
        segment = Segment(said["generation"], msgspec.convert(said["shape"], Shape), units, settled=True)
        folder = names.folder(kind, month, segment.generation)
        for other in months_before(month):
            made = _with_month(made, kind, other, segment, days)
            link(lake, target, folder, names.folder(kind, other, segment.generation))
        for day in days:
            link(lake, target, f"{names.PREFIX}{kind}/day={day}")
    shutil.copytree(lake / "config", target / "config", dirs_exist_ok=True)
    (target / names.ROOT).write_bytes(root.encode(made))
    known = {kind: {"cpu_seconds": one.cpu, **one.said} for kind, one in cost.items()}
    (target.parent / "month.json").write_text(json.dumps(known))


def _with_month(state: Root, kind: str, month: str, segment: Segment, days: Mapping[str, list[Segment]]) -> Root:
    """The root with that month, and with the entries of its days, by which a reader sees that the month still holds."""
    first, end = names.first_moment(month), names.end_moment(month)
    like = list(days.values())
    used = {}
    for number in range((end - first).days):
        day = f"{first + number * _DAY:%Y-%m-%d}"
        used[day] = like[number % len(like)]
        state = state.with_day(kind, day, used[day])
    return state.with_month(
        kind, month, Month(segment, {day: [s.generation for s in some] for day, some in used.items()})
    )


def link(source: Path, target: Path, folder: str, renamed: str | None = None) -> None:
    """The files of a folder once more, without their bytes."""
    shutil.copytree(source / folder, target / (renamed or folder), copy_function=os.link, dirs_exist_ok=True)


def prepared(size: Size, folder: Path | None = None) -> Prepared:
    """The lakes of that size, made unless they are there."""
    ready = Prepared(size, (folder or default_folder()) / f"{size.days}-days-{size.scale:g}")
    ready.make()
    return ready


def default_folder() -> Path:
    """Where lakes are kept from run to run: another folder for another generator or another index."""
    modules = (traffic, vocabulary, year, build, layout, coarsen, discreet, lists, sums)
    sources = [Path(str(module.__file__)).read_bytes() for module in modules]
    for folder in ("", "api", "views"):
        found = files("abslake.traffic").joinpath("sql", folder).iterdir()
        sources += [
            path.read_bytes() for path in sorted(found, key=lambda path: path.name) if path.name.endswith(".sql")
        ]
    return Path(tempfile.gettempdir()) / f"abslake-benchmarks-lakes-{hashlib.sha256(b''.join(sources)).hexdigest()[:8]}"


def main(
    days: Annotated[int, typer.Option(min=1, max=30, help="Days.")] = 2,
    scale: Annotated[float, typer.Option(min=0.00001, help="Share of requests and clients.")] = 1.0,
    fold: Annotated[str, typer.Option(hidden=True, help="Do one task, KIND/PERIOD, of the lake --out.")] = "",
    out: Annotated[Path | None, typer.Option(help="Where they are kept.", show_default="temporary folder")] = None,
) -> None:
    """Prepares lakes."""
    if fold and out:
        kind, period = fold.split("/")
        lake = Lake(str(out))
        if tasks.run(lake, build.Builder(lake, Settings()), Task(kind, period)) is not Outcome.DONE:
            raise RuntimeError(f"{fold} was not folded")
        return
    ready = prepared(Size(days, scale), out)
    print(ready.folder)
    for kind, asked in ready.asked.items():
        print(f"{kind}: light {asked.light}, heaviest {asked.heaviest}")


if __name__ == "__main__":
    typer.run(main)
