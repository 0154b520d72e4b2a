"""Type 20: probing over a long time, by address."""

from abslake.detection.detector import IP, Detector, Span, View
from abslake.detection.traits import LONG_PROBES, LONG_PROBING_CASES, REFUSED_SHARE

DETECTOR = Detector(
    id=20,
    name="API Probing Replay Attack Type 2 (IP)",
    type_name="extended_probing_replay_ip",
    idea="tries over hours what there may be: calls that do not exist, things that are not its own",
    remedy="See which of its tries were answered 2xx (samples, forensic report); block the address.",
    view=View.ACROSS,
    kinds=IP,
    span=Span.DAY,
    variables=(REFUSED_SHARE, LONG_PROBES),
    confirm=3,
    cases=LONG_PROBING_CASES,
)
