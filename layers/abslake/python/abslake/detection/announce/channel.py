"""What a way out is: EventBridge and a webhook are two of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from abslake.detection.announce.attempts import Attempts
from abslake.detection.findings import Level
from abslake.export.disclosure import Disclosed


@dataclass(slots=True)
class Delivery:
    """What became of a batch: the places in it of those delivered, and reasons of the others (no content in them)."""

    delivered: set[int] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)


class Channel(Protocol):
    """A way out. It never raises for what a receiver does or fails to do."""

    name: str
    """Of the ledger's objects: letters only."""

    def takes(self, level: Level) -> bool:
        """Whether findings of this level are told here."""

    def send(self, told: Sequence[Disclosed], attempts: Attempts) -> Delivery:
        """Tell them."""


def batches(sizes: Sequence[int], most: int, most_bytes: int) -> Iterator[list[int]]:
    """Places 0, 1, … in batches of at most `most`, whose sizes add up to at most `most_bytes` (or of one alone)."""
    batch: list[int] = []
    held = 0
    for place, size in enumerate(sizes):
        if batch and (len(batch) == most or held + size > most_bytes):
            yield batch
            batch, held = [], 0
        batch.append(place)
        held += size
    if batch:
        yield batch
