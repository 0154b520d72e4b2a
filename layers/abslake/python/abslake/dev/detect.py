"""``abslake detect``: all windows that are due, judged on this machine by the code of the detect function."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from rich import box
from rich.table import Table

from abslake.detection import model
from abslake.detection.detectors import detectors
from abslake.detection.facts_days import first_and_last
from abslake.detection.findings import WINDOW, Level
from abslake.detection.global_config import overlaid
from abslake.detection.progress import ApiStatus, last_judged, learning
from abslake.detection.run import Summary, run
from abslake.dev.console import console, out
from abslake.dev.progress_bar import bar
from abslake.settings import Settings
from abslake.storage import Lake

_DAY = timedelta(days=1)
_EVER = datetime(9000, 1, 1, tzinfo=UTC)


def detect(lake: Lake, settings: Settings, since: datetime | None, until: datetime | None) -> Summary | None:
    """Judge what is due, of all facts there are where nothing else is said; None: there are no facts.

    Logs of long ago are judged as far as they go, and so are those of a clock that is ahead. Raises StorageError,
    WriteStateUnknown, SettingsError.
    """
    days = first_and_last(lake)
    if days is None:
        return None
    first, last = days
    now = datetime.now(UTC)
    ends = now if last <= now < last + _DAY else last + _DAY + WINDOW
    with bar() as progress:
        progress("looking for what is due", 0, 1)
        return run(
            lake,
            settings,
            until=until or ends,
            since=since or first,
            progress=lambda done, total, window: progress(f"{window:%Y-%m-%d %H:%M}", done, total),
        )


def learned(lake: Lake, settings: Settings) -> list[ApiStatus]:
    """What was learned of each API, for the summary. Raises StorageError, SettingsError."""
    return learning(lake, overlaid(lake, settings), last_judged(lake)[0], model.current(lake, _EVER))


def show(summary: Summary, learned: list[ApiStatus], lake: str) -> None:
    """What a run came to, for reading."""
    if not summary.windows and not summary.again:
        out.print("nothing is due: all facts of windows that have ended were judged")
    else:
        again = f", {summary.again:,} more again" if summary.again else ""
        out.print(
            f"{summary.windows:,} windows of ten minutes judged{again}: {summary.requests:,} requests, "
            f"{summary.clients:,} client-windows, in {summary.seconds:,.1f} s"
        )
        _show_found(summary)
    _show_learned(summary, learned)
    if summary.left:
        console.print(f"[bold yellow]left:[/] {summary.left:,} windows are due still; run it again")
    if summary.new:
        out.print(f"look at them: abslake detect findings --lake {lake}", soft_wrap=True, markup=False)
        out.print(
            f"understand one: abslake detect explain {summary.new[-1].id[:8]} --lake {lake}",
            soft_wrap=True,
            markup=False,
        )


def _show_found(summary: Summary) -> None:
    if not summary.new:
        out.print("no attack and no anomaly was found that was not known")
        return
    counts = Counter((one.attack_id, one.name, one.level) for one in summary.new)
    clients = {
        at: len({(one.identifier_kind, one.identifier) for one in summary.new if (one.attack_id, one.name) == at})
        for at in {(attack_id, name) for attack_id, name, _ in counts}
    }
    table = Table(title="New findings", title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("id", justify="right")
    table.add_column("type", overflow="fold")
    for name in ("attacks", "anomalies", "clients"):
        table.add_column(name, justify="right", no_wrap=True)
    for attack_id, name in sorted(clients):
        numbers = [counts[attack_id, name, level] for level in (Level.ATTACK, Level.ANOMALY)]
        table.add_row(str(attack_id), name, *(f"{n:,}" for n in numbers), f"{clients[attack_id, name]:,}")
    out.print(table)
    if summary.dropped:
        out.print(f"{summary.dropped:,} more were not kept: a type found too many clients in one window")


def _show_learned(summary: Summary, learned: list[ApiStatus]) -> None:
    if summary.models:
        moments = ", ".join(f"{moment:%Y-%m-%d %H:%M}" for moment in summary.models[-3:])
        earlier = f"{len(summary.models) - 3:,} and " if len(summary.models) > 3 else ""
        out.print(f"thresholds were learned: {earlier}{moments}")
    young = [one for one in learned if not one.trained]
    if young:
        rules = ", ".join(str(one.id) for one in detectors().values() if one.rule_based)
        names = ", ".join(f"{one.api} ({one.hours_left:,.0f} h left)" for one in young[:5])
        more = f" and {len(young) - 5:,} more" if len(young) > 5 else ""
        out.print(
            f"in training: {names}{more}. Until then only types with fixed rules are found there: {rules}.",
            markup=False,
        )
