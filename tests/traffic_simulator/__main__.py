"""``python -m tests.traffic_simulator``: writes logs, definitions and labels."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track

from tests.traffic_simulator import Simulation, draw, writing


def main(
    out: Annotated[Path, typer.Option(help="Folder for logs/, apis/ and labels.ndjson.")],
    seed: Annotated[int, typer.Option(help="Which customer; same seed, same bytes.")] = 1,
    clients: Annotated[int, typer.Option(min=20, help="People.")] = 2_000,
    training: Annotated[int, typer.Option(min=1, help="Hours without attacks, before the judged day.")] = 36,
    first: Annotated[int, typer.Option(min=0, help="First hour to write.")] = 0,
    last: Annotated[int | None, typer.Option(help="Last hour to write.", show_default="the last one")] = None,
    minutes: Annotated[int, typer.Option(help="Minutes in a log object: a divisor of 60.")] = 10,
    poisoned: Annotated[float, typer.Option(min=0, max=1, help="Share of attacks that also fall into training.")] = 0,
    only: Annotated[list[int] | None, typer.Option(help="Attack types; none: all.")] = None,
) -> None:
    """Writes labelled gateway traffic: ASE access logs from Monday, 2 March 2026, 00:00 UTC on."""
    simulation = Simulation(
        draw(seed, clients, training), poisoned, (lambda attack, _: attack.attack_id in only) if only else None
    )
    hours = range(first, simulation.hours if last is None else last + 1)
    writing.definitions(simulation, out / "apis")
    writing.labels(simulation, out / "labels.ndjson")
    logs = writing.log_objects(simulation, out / "logs", hours, minutes)
    number = sum(1 for _ in track(logs, "log objects", total=len(hours) * 60 // minutes))
    print(f"{out}: {number} log objects, {len(simulation.labels)} labels")


if __name__ == "__main__":
    typer.run(main)
