"""Type 35: probing through a user's account over a long time."""

from abslake.detection.detector import USERNAME, Detector, Span, View
from abslake.detection.traits import LONG_PROBES, LONG_PROBING_CASES, REFUSED_SHARE

DETECTOR = Detector(
    id=35,
    name="Account Takeover Attack Type 2 - Username",
    type_name="account_takeover_attack_type_2_username",
    idea="a user tries over hours what there may be, whichever token it is with",
    remedy="Lock the account or ask its owner; see in the user's forensic report what was reached.",
    view=View.ACROSS,
    kinds=USERNAME,
    span=Span.DAY,
    variables=(REFUSED_SHARE, LONG_PROBES),
    confirm=3,
    cases=LONG_PROBING_CASES,
)
