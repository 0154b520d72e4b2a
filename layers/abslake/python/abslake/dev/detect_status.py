"""``abslake detect status``: what each API has taught, and whether detection is on time."""

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta

from rich import box
from rich.table import Table

from abslake.detection import lease, model, windows
from abslake.detection.findings import WINDOW
from abslake.detection.global_config import overlaid
from abslake.detection.progress import ApiStatus, last_judged, learning
from abslake.detection.windows import SETTLE, Day
from abslake.dev.console import out
from abslake.dev.facts_days import first_and_last
from abslake.facts import schema
from abslake.index import names
from abslake.settings import Settings
from abslake.storage import Lake

LATE_SECONDS = 3_600.0
"""A lag over this is late: `abslake detect status --check` fails."""

LOOK_BACK = timedelta(days=8)
"""Late facts are looked for so far before the last facts there are."""


@dataclass
class Status:
    """Detection as the lake has it."""

    facts_from: datetime | None = None
    facts_to: datetime | None = None
    """Days that have facts."""
    last_window: datetime | None = None
    """The last window that was judged."""
    last_judged: datetime | None = None
    """When it was."""
    hours_due: int = 0
    """Hours with facts that were not judged."""
    lag_seconds: float = 0.0
    """For how long the oldest of them could have been judged."""
    at_work_until: datetime | None = None
    model: datetime | None = None
    apis: list[ApiStatus] = field(default_factory=list)

    @property
    def late(self) -> bool:
        """Whether detection does not run as it should."""
        return self.lag_seconds > LATE_SECONDS


def status(lake: Lake, settings: Settings, now: datetime | None = None) -> Status:
    """What the lake's objects say. Raises StorageError, SettingsError, FileNotFoundError where facts change meanwhile."""
    now = now or datetime.now(UTC)
    found, days = Status(), first_and_last(lake)
    if days is None:
        return found
    found.facts_from, found.facts_to = days
    holder = lease.holder(lake, now)
    found.at_work_until = holder.until if holder else None
    found.last_window, found.last_judged = last_judged(lake)
    _due(lake, found, max(days[0], days[1] - LOOK_BACK), now)
    known = model.current(lake, max(now, days[1] + timedelta(days=2)))
    found.model = known.as_of if known else None
    found.apis = learning(lake, overlaid(lake, settings), found.last_window, known)
    return found


def as_json(found: Status) -> str:
    """The status as a document."""
    document = {**asdict(found), "late": found.late}
    return json.dumps(document, indent=2, default=lambda moment: f"{moment:%Y-%m-%dT%H:%M:%SZ}")


def show(found: Status) -> None:
    """The status for reading."""
    if found.facts_from is None or found.facts_to is None:
        out.print("this lake has no facts. `abslake ingest` reads logs into it.")
        return
    if found.apis:
        out.print(_table(found.apis))
    else:
        out.print("nothing was judged yet. `abslake detect` does it.")
    out.print(f"facts: {found.facts_from:%Y-%m-%d} to {found.facts_to:%Y-%m-%d}")
    if found.last_window and found.last_judged:
        out.print(
            f"judged: up to {found.last_window + WINDOW:%Y-%m-%d %H:%M}, on {found.last_judged:%Y-%m-%d %H:%M} UTC"
        )
    out.print(f"model: {found.model:%Y-%m-%d %H:%M}" if found.model else "model: none yet")
    if found.at_work_until:
        out.print("a run is at work now")
    if not found.hours_due:
        out.print("on time: all facts of windows that have ended were judged")
    else:
        verdict = "[bold red]late[/]" if found.late else "on time"
        out.print(f"{verdict}: facts of {found.hours_due:,} hours wait, the longest for {_span(found.lag_seconds)}")


def _table(apis: list[ApiStatus]) -> Table:
    table = Table(
        title="What was learned", title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False
    )
    table.add_column("API", overflow="fold")
    table.add_column("since", no_wrap=True)
    for name in ("windows", "samples", "thresholds"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("attacks are called", no_wrap=True)
    for one in apis:
        counts = (one.windows, one.samples, one.thresholds)
        table.add_row(one.api, f"{one.since:%Y-%m-%d %H:%M}", *(f"{n:,}" for n in counts), _state(one))
    return table


def _state(one: ApiStatus) -> str:
    if one.trained:
        return "yes" if one.thresholds else "by fixed rules only: too few samples"
    return f"in {one.hours_left:,.1f} hours of traffic" if one.hours_left else "from the next window on"


def _span(seconds: float) -> str:
    hours = seconds / 3600
    if hours < 1:
        return f"{seconds / 60:,.0f} minutes"
    return f"{hours:,.1f} hours" if hours < 48 else f"{hours / 24:,.0f} days"


def _due(lake: Lake, found: Status, first: datetime, now: datetime) -> None:
    """Hours whose facts wait, and for how long: since their first window that was not judged had ended, or since they came."""
    end = max(now, found.facts_to or now) + timedelta(days=1)
    for day in windows.changed(lake, first, end):
        for hour in day.hours(now):
            since = _waits_since(lake, day, hour.hour) or _judgeable_since(day, hour, now)
            if since is None or since <= now:
                found.hours_due += 1
                found.lag_seconds = max(found.lag_seconds, (now - since).total_seconds() if since else 0.0)


def _judgeable_since(day: Day, hour: datetime, now: datetime) -> datetime | None:
    """Since when windows wait whose units were looked at before they had ended; None: none do."""
    fresh = any(windows.hour_of(unit) == hour.hour for unit in (*day.fresh, *day.gone))
    due = [] if fresh else day.due(hour, now)
    return min(due) + WINDOW + windows.SETTLE if due else None


def _waits_since(lake: Lake, day: Day, hour: int) -> datetime | None:
    """None: only units that are gone wait."""
    start = names.first_moment(day.date) + timedelta(hours=hour)
    units = {unit for unit in day.fresh if windows.hour_of(unit) == hour}
    keys = {day.units[unit] for unit in units}
    arrived = [
        one.last_modified for one in lake.list(f"{schema.PREFIX}date={day.date}/hour={hour:02}/") if one.key in keys
    ]
    if not arrived:
        return None
    judged = [int(name[2:]) // 10 for name in day.ledger.windows if int(name[:2]) == hour]
    first = min(max(judged, default=-1) + 1, 5)
    return max(start + (first + 1) * WINDOW + SETTLE, min(arrived))
