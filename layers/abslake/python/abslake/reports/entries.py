"""Sums of the metrics, IP and cookie reports gathered into entries: a session on an API, or a path without session."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypedDict

from abslake.reports.ranking import added, names, ranked

_NEVER_BEFORE = datetime.max.replace(tzinfo=UTC)
_NEVER_AFTER = datetime.min.replace(tzinfo=UTC)


Listed = dict[str, Any]
"""An element of a list, to be validated with its entry: an object each would take longer than all the SQL."""


class Lists(TypedDict):
    """The lists that a session's and a path's entry have in common."""

    source_ip: list[Listed]
    user_agent: list[Listed]
    device: list[Listed]
    server: list[Listed]


@dataclass(slots=True)
class Entry:
    """The counts of one entry. `session` None: no session, and `name` is the path; else `name` is the API."""

    session: str | None
    name: str
    first_seen: datetime = _NEVER_BEFORE
    last_seen: datetime = _NEVER_AFTER
    methods_by_ip: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    user_agents: dict[str, int] = field(default_factory=dict)
    paths: dict[str, int] = field(default_factory=dict)
    devices: dict[str, int] = field(default_factory=dict)
    servers: dict[str, int] = field(default_factory=dict)

    @property
    def ips(self) -> dict[str, int]:
        """Requests by address."""
        return {ip: sum(methods.values()) for ip, methods in self.methods_by_ip.items()}

    @property
    def methods(self) -> dict[str, int]:
        """Requests by method."""
        return added(self.methods_by_ip.values())

    @property
    def total(self) -> int:
        """All requests."""
        return sum(self.methods.values())

    def lists(self) -> Lists:
        """The documented lists, each by falling count."""
        return {
            "source_ip": [
                {"ip": ip, "count": count, "method": names(self.methods_by_ip[ip])} for ip, count in ranked(self.ips)
            ],
            "user_agent": [{"user_agent": n, "count": c} for n, c in ranked(self.user_agents)],
            "device": [{"device": n, "count": c} for n, c in ranked(self.devices)],
            "server": [{"server": n, "count": c} for n, c in ranked(self.servers)],
        }

    def path_info(self) -> list[Listed]:
        """Requests by path, by falling count."""
        return [{"path": n, "count": c} for n, c in ranked(self.paths)]


Row = Mapping[str, Any]
"""A row of sums: part, the columns of that part, requests (`abslake.traffic`)."""

Place = tuple[str | None, str]
"""What an entry is about: session and API, or None and path."""


def gather(rows: Iterable[Row], place: Callable[[Row], Place]) -> list[Entry]:
    """Entries by falling total, then session and name. The parts may be named for what they are parts of."""
    found: dict[Place, Entry] = {}
    for row in rows:
        where = place(row)
        _add(found.setdefault(where, Entry(*where)), row["part"].rpartition("_")[2], row)
    return sorted(found.values(), key=lambda e: (-e.total, e.session or "", e.name))


_LISTS = {"browser": "user_agents", "path": "paths", "device": "devices", "server": "servers"}


def _add(entry: Entry, part: str, row: Row) -> None:
    requests = row["requests"]
    if part in _LISTS:
        counts: dict[str, int] = getattr(entry, _LISTS[part])
        counts[row[part]] = counts.get(row[part], 0) + requests
        return
    methods = entry.methods_by_ip[row["ip"] if part == "ip" else row["value"]]
    methods[row["method"]] = methods.get(row["method"], 0) + requests
    if row.get("first_seen"):
        entry.first_seen = min(entry.first_seen, row["first_seen"].replace(tzinfo=UTC))
        entry.last_seen = max(entry.last_seen, row["last_seen"].replace(tzinfo=UTC))
