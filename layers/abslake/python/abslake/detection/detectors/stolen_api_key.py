"""Type 31: an API key at a network and in a program that it was never seen with."""

from abslake.detection.detector import API_KEY, Case, Detector, Variable, View
from abslake.detection.findings import Level
from abslake.detection.scale import Scale

_KNOWN = {"known_windows": 90, "known_networks": 2, "requests": 30}

DETECTOR = Detector(
    id=31,
    name="Stolen API Key Attack - Per API Key",
    type_name="stolen_api_key_attack_per_api_key",
    idea="an API key is used from a network and by a program that are both new to it",
    remedy="Ask the key's owner whether the program is theirs; if not, give them a new key and withdraw this one.",
    view=View.ACROSS,
    kinds=API_KEY,
    condition="known_windows >= 6 AND known_networks <= 30",
    variables=(
        Variable("A", "new_networks", Scale.SMALL, "networks new to the key in ten minutes; keys that are used from "
                 "everywhere, as those inside apps, and new keys do not count", "networks", fixed=(0, 4), lowest=0, highest=99),
        Variable("B", "new_agents", Scale.SMALL, "programs (user agents) new to the key", "programs", fixed=(0, None), lowest=0,
                 highest=99),
    ),
    confirm=2,
    needs_training=True,
    cases=(
        Case("passed round", _KNOWN | {"new_networks": 14, "new_agents": 3}, {}, Level.ATTACK),
        Case("a strange program elsewhere, once", _KNOWN | {"new_networks": 1, "new_agents": 1}, {}, Level.ANOMALY),
        Case("a partner on another address", _KNOWN | {"new_networks": 1}, {}, None),
        Case("a partner with a new version of its program", _KNOWN | {"new_agents": 1}, {}, None),
        Case("the key of a mobile app, on thousands of addresses",
             {"known_windows": 140, "known_networks": 62, "new_networks": 0, "new_agents": 1, "requests": 9_000}, {}, None),
        Case("a key that was given out today", {"known_windows": 1, "known_networks": 1, "new_networks": 2, "new_agents": 1},
             {}, None),
    ),
)  # fmt: skip
