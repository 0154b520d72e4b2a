"""Log objects, API definitions and labels on the disk."""

import gzip
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from tests.traffic_simulator.labels import write as write_labels
from tests.traffic_simulator.population import BEGIN, HOUR
from tests.traffic_simulator.requests import Request, ase_line
from tests.traffic_simulator.simulation import Simulation


def log_objects(
    simulation: Simulation,
    folder: Path,
    hours: range | None = None,
    minutes: int = 10,
    seen: Callable[[Request], object] | None = None,
) -> Iterator[Path]:
    """Writes ASE log objects of so many minutes each (a divisor of 60) and yields them as they are closed.

    `hours`: which ones, counted from 0; None: all. `seen` is told of every request.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for hour in hours if hours is not None else range(simulation.hours):
        pieces: list[list[bytes]] = [[] for _ in range(60 // minutes)]
        start = BEGIN + hour * HOUR
        for request in simulation.hour(hour):
            pieces[int((request.at - start) // (minutes * 60))].append(ase_line(request))
            if seen is not None:
                seen(request)
        for number, piece in enumerate(pieces):
            at = datetime.fromtimestamp(start + number * minutes * 60, UTC)
            path = folder / f"http_ws_80_pid_{4_000 + number}__access__{at:%Y-%m-%d_%H-%M}.log.gz"
            path.write_bytes(gzip.compress(b"".join(piece), 1, mtime=0))
            yield path


def definitions(simulation: Simulation, folder: Path) -> None:
    """Writes the API definitions."""
    folder.mkdir(parents=True, exist_ok=True)
    for api in simulation.apis:
        (folder / f"{api.name}.json").write_text(api.document + "\n")


def labels(simulation: Simulation, path: Path) -> None:
    """Writes the labels, one a line."""
    write_labels(path, simulation.labels)
