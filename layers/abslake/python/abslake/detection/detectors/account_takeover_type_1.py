"""Type 34: probing through a user's account."""

from abslake.detection.detector import USERNAME, Detector, View
from abslake.detection.traits import PROBES, PROBING_CASES, REFUSED_SHARE

DETECTOR = Detector(
    id=34,
    name="Account Takeover Attack Type 1 - Username",
    type_name="account_takeover_attack_type_1_username",
    idea="a user tries what there may be, as one does who has taken over an account",
    remedy="Lock the account or ask its owner; see in the user's forensic report what was reached.",
    view=View.ACROSS,
    kinds=USERNAME,
    variables=(REFUSED_SHARE, PROBES),
    confirm=2,
    cases=PROBING_CASES,
)
