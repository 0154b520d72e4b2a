"""Type 33: probing with an API key over a long time."""

from abslake.detection.detector import API_KEY, Detector, Span, View
from abslake.detection.traits import LONG_PROBES, LONG_PROBING_CASES, REFUSED_SHARE

DETECTOR = Detector(
    id=33,
    name="Extended Probing Replay Attack - API key",
    type_name="extended_probing_replay_attack_api_key",
    idea="an API key is used over hours to try what there may be",
    remedy="See which tries were answered 2xx; ask the key's owner; give them a new key if it was not they.",
    view=View.ACROSS,
    kinds=API_KEY,
    span=Span.DAY,
    variables=(REFUSED_SHARE, LONG_PROBES),
    confirm=3,
    cases=LONG_PROBING_CASES,
)
