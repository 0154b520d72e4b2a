"""Attacks: what the attacker does in the world, never what a detector measures.

Each type of the catalogue has a gentle variant, a few times what is usual or one occurrence among usual calls, and a
blatant one, 20 to 100 times. What "usual" is, is measured on each API (`tests.traffic_simulator.norms`).
"""

from tests.traffic_simulator.attacks import (
    flooding,
    login,
    misuse,
    payloads,
    probing,
    scraping,
    stolen,
    traps,
    volume,
    writing,
)
from tests.traffic_simulator.attacks.scene import CATALOGUE, Attack, Scene

__all__ = [
    "CATALOGUE", "Attack", "Scene", "flooding", "login", "misuse", "payloads", "probing", "scraping", "stolen", "traps",
    "volume", "writing",
]  # fmt: skip
