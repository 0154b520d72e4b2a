"""What is usual on each API: attacks are measured by it, as attackers measure themselves who want to stay unseen."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, fields

from tests.traffic_simulator.requests import Request

WINDOW = 600
BUSY = 0.99
"""A busy client: of a hundred clients' ten minutes the busiest."""

HEAVY = 0.999
"""One that moves much, as those do who up- and download documents: of a thousand clients' ten minutes the busiest."""
WRITES = ("POST", "PUT", "DELETE", "PATCH")


@dataclass(frozen=True, slots=True)
class Norm:
    """Of one API: what a busy client does in ten minutes, a heavy one in bytes, and what all do in busy ten minutes."""

    requests: float = 20
    answered: float = 100_000
    asked: float = 5_000
    writes: float = 5
    connections: float = 6
    paths: float = 12
    day_bytes: float = 500_000
    """Of a heavy client in a day."""
    all_requests: float = 200
    all_clients: float = 30
    all_logins: float = 4


def norms(requests: Iterable[Request]) -> dict[str, Norm]:
    """The norms by API name, from a day of requests without attacks."""
    windows: dict[str, dict[tuple[tuple[str, str], int], list[float]]] = defaultdict(dict)
    sets: dict[str, dict[tuple[tuple[str, str], int], tuple[set[int], set[str]]]] = defaultdict(dict)
    days: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    logins: dict[str, Counter[int]] = defaultdict(Counter)
    for request in requests:
        api = request.url.split("/", 2)[1]
        client, window = request.sender.client, int(request.at // WINDOW)
        sums = windows[api].setdefault((client, window), [0, 0, 0, 0])
        sums[0] += 1
        sums[1] += request.answered_bytes
        sums[2] += request.asked_bytes
        sums[3] += request.method in WRITES
        connections, paths = sets[api].setdefault((client, window), (set(), set()))
        connections.add(request.connection)
        paths.add(request.url)
        days[api][client] += request.answered_bytes
        logins[api][window] += request.url.endswith("/login")
    return {api: _norm(windows[api], sets[api], days[api], logins[api]) for api in windows}


def _norm(windows, sets, days, logins) -> Norm:
    least = Norm()
    of_all: dict[int, list[float]] = defaultdict(lambda: [0, 0])
    for (_, window), sums in windows.items():
        of_all[window][0] += sums[0]
        of_all[window][1] += 1
    columns = [*zip(*windows.values(), strict=True)]
    counts = [*zip(*((len(a), len(b)) for a, b in sets.values()), strict=True)]
    requests, answered, asked, writes = columns
    found = (
        _busy(requests),
        _busy(answered, HEAVY),
        _busy(asked, HEAVY),
        _busy(writes),
        *(_busy(column) for column in counts),
        _busy(days.values(), HEAVY),
        _busy(total for total, _ in of_all.values()),
        _busy(clients for _, clients in of_all.values()),
        _busy(logins.values()),
    )
    names = [one.name for one in fields(Norm)]
    return Norm(**{name: max(value, getattr(least, name) / 2) for name, value in zip(names, found, strict=True)})


def _busy(values: Iterable[float], share: float = BUSY) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
