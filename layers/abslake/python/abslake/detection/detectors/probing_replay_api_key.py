"""Type 32: probing with an API key."""

from abslake.detection.detector import API_KEY, Detector, View
from abslake.detection.traits import PROBES, PROBING_CASES, REFUSED_SHARE

DETECTOR = Detector(
    id=32,
    name="Probing Replay Attack - API Key",
    type_name="probing_replay_attack_api_key",
    idea="an API key is used to try what there may be",
    remedy="See which tries were answered 2xx; ask the key's owner; give them a new key if it was not they.",
    view=View.ACROSS,
    kinds=API_KEY,
    variables=(REFUSED_SHARE, PROBES),
    confirm=2,
    cases=PROBING_CASES,
)
