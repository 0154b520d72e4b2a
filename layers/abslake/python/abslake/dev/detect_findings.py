"""``abslake detect findings``: the newest findings as a table, JSON or CSV."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from rich import box
from rich.table import Table
from rich.text import Text

from abslake.detection.detectors import detectors
from abslake.detection.findings import PREFIX, Finding, Level
from abslake.detection.tuning import Tuning
from abslake.dev.console import console, out
from abslake.dev.measured_words import client, deviation, visible
from abslake.errors import BadRequest, NotFound
from abslake.export.findings import between
from abslake.storage import Lake

SHORT = 8
"""Characters of an id that tables show; any unambiguous beginning names a finding."""

_DAY = timedelta(days=1)
_COLUMNS = (
    "id", "window", "first", "last", "level", "attack_id", "name", "api", "identifier_kind", "identifier", "attack_code",
    "attack_deviation", "note",
)  # fmt: skip
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which findings; None: any."""

    api: str | None = None
    attack_id: int | None = None
    level: Level | None = None
    since: datetime | None = None
    limit: int = 50

    def fits(self, one: Finding) -> bool:
        """Whether a finding is asked for."""
        return (
            (self.api is None or one.api == self.api)
            and (self.attack_id is None or one.attack_id == self.attack_id)
            and (self.level is None or one.level is self.level)
            and (self.since is None or one.last >= self.since)
        )


def newest(lake: Lake, wanted: Wanted) -> tuple[list[Finding], bool]:
    """The newest findings, last first, as reports show them, and whether there are older ones.

    Raises StorageError, SettingsError.
    """
    tuning = Tuning.load(lake)
    found: list[Finding] = []
    for day in _days(lake, wanted.since):
        of_day = [one for one in between(lake, day, day + _DAY) if wanted.fits(one) and tuning.shows(one)]
        found += sorted(of_day, key=lambda one: (one.last, one.id), reverse=True)
        if len(found) > wanted.limit:
            break
    return found[: wanted.limit], len(found) > wanted.limit


def named(lake: Lake, beginning: str) -> Finding:
    """The finding whose id begins so. Raises NotFound, BadRequest where several do, StorageError."""
    if len(beginning) < 4 or not beginning.isalnum():
        raise BadRequest("ID: give at least 4 characters of a finding's id, see abslake detect findings")
    for day in _days(lake, None):
        found = [one for one in between(lake, day, day + _DAY) if one.id.startswith(beginning)]
        if len(found) > 1:
            raise BadRequest(f"ID: {len(found)} findings begin so; give more characters")
        if found:
            return found[0]
    raise NotFound("there is no finding of this id", "UNKNOWN_FINDING")


def as_json(found: Sequence[Finding]) -> str:
    """All fields of the findings, one array."""
    return json.dumps([one.model_dump(mode="json", exclude_defaults=True) for one in found], indent=2)


def as_csv(found: Sequence[Finding]) -> str:
    """A table for spreadsheets; a text that one would take for a formula begins with an apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for one in found:
        document = one.model_dump(mode="json")
        writer.writerow([_cell(document[name]) for name in _COLUMNS])
    return text.getvalue().rstrip("\n")


def show(found: Sequence[Finding], *, more: bool, samples: bool) -> None:
    """The findings for reading."""
    if not found:
        out.print("no findings. `abslake detect status` says what was judged and learned.")
        return
    if samples:
        for one in found:
            out.print(Text("  ").join(_row(one)), soft_wrap=True)
            for sample in one.samples:
                words = f"          {sample.count:>6,} x {sample.status or '-'} {visible(sample.path)}"
                out.print(words, soft_wrap=True, markup=False)
    else:
        out.print(_table(found))
    if more:
        console.print(f"older ones are left out: --limit {10 * len(found)} or --since shows more")


def _table(found: Sequence[Finding]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for name in ("finding", "window, UTC", "level"):
        table.add_column(name, no_wrap=True)
    for name in ("type", "API", "client", "measured"):
        table.add_column(name, overflow="fold")
    for one in found:
        table.add_row(*_row(one))
    return table


def _row(one: Finding) -> Iterator[Text]:
    detector = detectors().get(one.attack_id)
    note = f" ({one.note})" if one.note else ""
    yield Text(one.id[:SHORT])
    yield Text(f"{one.window or one.first:%Y-%m-%d %H:%M}")
    yield Text(one.level.value, style="bold red" if one.level is Level.ATTACK else "yellow")
    yield Text(f"{one.attack_id} {one.name}")
    yield Text(one.api)
    yield Text(client(one))
    yield Text(deviation(one, detector) + note)


def _days(lake: Lake, since: datetime | None) -> list[datetime]:
    """Days that have findings, the last first."""
    after = f"{PREFIX}date={since.astimezone(UTC):%Y-%m-%d}" if since else ""
    dates = {entry.key.removeprefix(f"{PREFIX}date=")[:10] for entry in lake.list(PREFIX, start_after=after)}
    return [datetime.fromisoformat(date).replace(tzinfo=UTC) for date in sorted(dates, reverse=True)]


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULAS) else text
