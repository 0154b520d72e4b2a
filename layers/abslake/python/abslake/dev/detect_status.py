"""``abslake detect status``: what each API has taught, and whether detection is on time."""

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta

from rich import box
from rich.table import Table

from abslake.detection import lease, model
from abslake.detection.facts_days import first_and_last
from abslake.detection.findings import WINDOW
from abslake.detection.global_config import overlaid
from abslake.detection.lateness import LATE_SECONDS, due
from abslake.detection.progress import ApiStatus, last_judged, learning
from abslake.dev.console import out
from abslake.settings import Settings
from abslake.storage import Lake


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
    found.hours_due, found.lag_seconds = due(lake, days, now)
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
