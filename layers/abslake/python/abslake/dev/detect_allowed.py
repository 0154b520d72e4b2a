"""``abslake detect allowed``: the allow-list for reading."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from rich import box
from rich.table import Table
from rich.text import Text

from abslake.detection.tuning import Tuning
from abslake.detection.tuning_store import Benign
from abslake.dev.console import out
from abslake.dev.measured_words import visible
from abslake.storage import Lake


def entries(lake: Lake, *, every: bool, now: datetime | None = None) -> list[Benign]:
    """The entries that count now, or all, the newest first. Raises StorageError, SettingsError."""
    when = now or datetime.now(UTC)
    known = reversed(Tuning.load(lake).document.benign)
    return [one for one in known if every or one.covers(when)]


def as_json(found: Sequence[Benign]) -> str:
    """The entries as a document."""
    return json.dumps([one.model_dump(mode="json") for one in found], indent=2)


def show(found: Sequence[Benign]) -> None:
    """The entries for reading."""
    if not found:
        out.print("the allow-list is empty")
        return
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("id", no_wrap=True)
    for name in ("client", "type", "API", "by", "why", "counts"):
        table.add_column(name, overflow="fold")
    for one in found:
        table.add_row(
            one.id,
            Text(f"{one.kind.value} {visible(one.value, 60)}"),
            str(one.attack_id),
            one.api,
            Text(f"{visible(one.by)}, {one.when:%Y-%m-%d}"),
            Text(visible(one.why)),
            Text(_counts(one)),
        )
    out.print(table)


def _counts(one: Benign) -> str:
    since = f"since {one.since:%Y-%m-%d %H:%M}"
    if one.ended:
        return f"{since}, ended {one.ended:%Y-%m-%d %H:%M} by {visible(one.ended_by)}: {visible(one.ended_why)}"
    return f"{since}, until {one.until:%Y-%m-%d %H:%M}" if one.until else since
