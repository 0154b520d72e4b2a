"""Type 19: probing over a long time, by token."""

from abslake.detection.detector import TOKEN, Detector, Span, View
from abslake.detection.traits import LONG_PROBES, LONG_PROBING_CASES, REFUSED_SHARE

DETECTOR = Detector(
    id=19,
    name="API Probing Replay Attack Type 2 (token)",
    type_name="extended_probing_replay_access_token",
    idea="tries over hours what there may be: calls that do not exist, things that are not its own",
    remedy="See which of its tries were answered 2xx (samples, forensic report); revoke the token.",
    view=View.ACROSS,
    kinds=TOKEN,
    span=Span.DAY,
    variables=(REFUSED_SHARE, LONG_PROBES),
    confirm=3,
    cases=LONG_PROBING_CASES,
)
