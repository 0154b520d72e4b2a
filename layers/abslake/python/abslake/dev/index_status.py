"""``abslake index status``: what the index covers, what it does not cover yet, and how large it is."""

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

from rich import box
from rich.filesize import decimal
from rich.table import Table

from abslake.dev.console import out
from abslake.index import folding, names, pending, root
from abslake.index.root import Root, Segment
from abslake.storage import Lake


@dataclass
class KindStatus:
    """One kind of index."""

    kind: str
    first_day: str | None = None
    last_day: str | None = None
    days: int = 0
    settled_days: int = 0
    months: int = 0
    segments: int = 0
    """Of days: each is one more object for a report that reads the day."""
    units: int = 0
    requests: int = 0
    bytes: int = 0
    """Of days and months."""
    uncovered_units: int = 0
    """Units with a marker that this kind does not cover: reports read them directly."""


@dataclass
class Status:
    """The index as its root has it."""

    exists: bool
    serial: int = 0
    root_bytes: int = 0
    counts_since: str | None = None
    """First day that counts, where retention has cut."""
    pending_units: int = 0
    oldest_pending: datetime | None = None
    days_with_retired_units: int = 0
    kinds: list[KindStatus] = field(default_factory=list)


def status(lake: Lake) -> Status:
    """What the root says, and what waits. Raises StorageError, FileNotFoundError where the index changes meanwhile."""
    marked = pending.by_day(lake)
    oldest = min((entry.last_modified for entry in lake.list(names.PENDING)), default=None)
    snapshot = root.load(lake)
    state = snapshot.root
    return Status(
        exists=snapshot.etag is not None,
        serial=state.serial,
        root_bytes=len(root.encode(state)) if snapshot.etag else 0,
        counts_since=state.since,
        pending_units=sum(map(len, marked.values())),
        oldest_pending=oldest,
        days_with_retired_units=len(state.retired),
        kinds=[_of_kind(lake, state, kind, marked) for kind in names.KINDS] if snapshot.etag else [],
    )


def as_json(found: Status) -> str:
    """The status as a document."""
    return json.dumps(asdict(found), indent=2, default=lambda moment: f"{moment:%Y-%m-%dT%H:%M:%SZ}")


def show(found: Status, now: datetime | None = None) -> None:
    """The status for reading."""
    if not found.exists:
        out.print("no index: there is no index/root.json. `abslake compact` makes it.")
        if found.pending_units:
            out.print(f"{found.pending_units:,} units are marked")
        return
    table = Table(
        title="The index by kind", title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False
    )
    table.add_column("kind", no_wrap=True)
    for name in ("days", "settled", "months", "segments", "units", "requests", "size", "waiting"):
        table.add_column(name, justify="right", no_wrap=True)
    for of in found.kinds:
        counts = [of.days, of.settled_days, of.months, of.segments, of.units, of.requests]
        table.add_row(of.kind, *(f"{n:,}" for n in counts), decimal(of.bytes), f"{of.uncovered_units:,}")
    out.print(table)
    days = [day for of in found.kinds for day in (of.first_day, of.last_day) if day]
    if days:
        out.print(f"days: {min(days)} to {max(days)}")
    out.print(f"root: serial {found.serial:,}, {found.root_bytes:,} bytes")
    if found.counts_since:
        out.print(f"days before {found.counts_since} do not count any more (retention)")
    if found.days_with_retired_units:
        out.print(f"units were taken out of the account on {found.days_with_retired_units:,} days (rebuilt or erased)")
    if found.oldest_pending:
        age = (now or datetime.now(UTC)) - found.oldest_pending
        out.print(
            f"pending: {found.pending_units:,} units, the oldest marked {age.total_seconds() / 60:,.0f} minutes ago"
        )
    else:
        out.print("pending: none; every unit is covered by every kind")


def _of_kind(lake: Lake, state: Root, kind: str, marked: dict[str, list[str]]) -> KindStatus:
    index = state.kinds.get(kind)
    days = index.days if index else {}
    months = [month.segment for month in index.months.values()] if index else []
    segments = [segment for some in days.values() for segment in some]
    uncovered = [
        unit
        for day, units in marked.items()
        if state.counts(day)
        for unit in folding.uncovered(lake, state, kind, day, units)
    ]
    return KindStatus(
        kind,
        first_day=min(days, default=None),
        last_day=max(days, default=None),
        days=len(days),
        settled_days=sum(_is_settled(some) for some in days.values()),
        months=len(months),
        segments=len(segments),
        units=sum(segment.units for segment in segments),
        requests=sum(segment.shape.requests for segment in segments),
        bytes=sum(segment.shape.bytes for segment in [*segments, *months]),
        uncovered_units=len(uncovered),
    )


def _is_settled(segments: list[Segment]) -> bool:
    return len(segments) == 1 and segments[0].settled
