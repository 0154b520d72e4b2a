"""The detectors: one module each, named after its documented type, with one object ``DETECTOR``.

To add a type, add a module. Types that are not covered: 13 (distributed attack in real time: found in ASE's own memory,
which logs do not tell), 30 (documented nowhere) and 50-53 (WebSocket: their names and traits are not public, and access
logs hold one line for a connection).
"""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from abslake.detection.detector import Detector

NOT_COVERED = {
    13: "API DDoS Attack Type 2 is found in real time inside ASE; an access log does not tell it from type 9",
    30: "this id is documented nowhere",
    50: "WebSocket attacks are documented without names or traits, and a log has one line for a connection",
    51: "WebSocket attacks are documented without names or traits, and a log has one line for a connection",
    52: "WebSocket attacks are documented without names or traits, and a log has one line for a connection",
    53: "WebSocket attacks are documented without names or traits, and a log has one line for a connection",
}
"""Documented ids that no module stands for, and why."""


@cache
def detectors() -> Mapping[int, Detector]:
    """All detectors by id, ascending."""
    found: list[Detector] = [
        import_module(f"{__name__}.{module.name}").DETECTOR for module in iter_modules(__path__, "")
    ]
    return MappingProxyType({detector.id: detector for detector in sorted(found, key=lambda detector: detector.id)})
