"""Type 18: probing over a long time, by cookie."""

from abslake.detection.detector import COOKIE, Detector, Span, View
from abslake.detection.traits import LONG_PROBES, LONG_PROBING_CASES, REFUSED_SHARE

DETECTOR = Detector(
    id=18,
    name="API Probing Replay Attack Type 2 (cookie)",
    type_name="extended_probing_replay_cookie",
    idea="tries over hours what there may be: calls that do not exist, things that are not its own",
    remedy="See which of its tries were answered 2xx (samples, forensic report); end the session.",
    view=View.ACROSS,
    kinds=COOKIE,
    span=Span.DAY,
    variables=(REFUSED_SHARE, LONG_PROBES),
    confirm=3,
    cases=LONG_PROBING_CASES,
)
