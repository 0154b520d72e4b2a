"""What is to be found: which attack, by whom, where and when."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.traffic_simulator.attacks import Attack, Scene
from tests.traffic_simulator.requests import Request, timestamp


@dataclass(frozen=True, slots=True)
class Label:
    """One attack that took place. Times are those of its first and last request, seconds since the epoch."""

    number: int
    attack_id: int
    variant: str
    """gentle or blatant."""
    kind: str
    """What the attacker is known by: a kind of `abslake.detection.findings.IdentifierKind`."""
    api: str
    """Where; "all": the type is about all APIs together."""
    identifiers: frozenset[tuple[str, str]]
    """(kind, value) of all identifiers in the attack's requests: the attackers' own and those of victims that they used."""
    start: float
    end: float
    requests: int
    training: bool
    """It took place in training: nothing is to be found, but it may not set the baseline."""

    @property
    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "number": self.number,
            "attack_id": self.attack_id,
            "variant": self.variant,
            "kind": self.kind,
            "api": self.api,
            "identifiers": sorted(map(list, self.identifiers)),
            "start": timestamp(self.start),
            "end": timestamp(self.end),
            "requests": self.requests,
            "training": self.training,
        }


def label_of(number: int, attack: Attack, blatant: bool, scene: Scene, made: list[Request], *, training: bool) -> Label:
    """The label of an attack's requests (in order of time, at least one)."""
    return Label(
        number,
        attack.attack_id,
        "blatant" if blatant else "gentle",
        scene.kind,
        "all" if attack.all_apis else scene.api.name,
        frozenset(pair for sender in {request.sender for request in made} for pair in sender.identifiers),
        made[0].at,
        made[-1].at,
        len(made),
        training,
    )


def write(path: Path, labels: Iterable[Label]) -> None:
    """One label a line."""
    path.write_text("".join(f"{json.dumps(label.document)}\n" for label in labels))
