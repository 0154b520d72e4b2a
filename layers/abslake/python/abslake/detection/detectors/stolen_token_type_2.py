"""Type 16: a token in other hands, for hours and wherever it opens the door."""

from abslake.detection.detector import TOKEN, Detector, Span, View
from abslake.detection.traits import CONTESTED, PLACES, STOLEN_CASES, STRANGERS

DETECTOR = Detector(
    id=16,
    name="Stolen Token Attack Type 2",
    type_name="extended_stolen_access_token",
    idea="a token is used over hours from several networks and programs at a time",
    remedy="Revoke the token; see in its forensic report what the strange network did; ask the owner which devices are theirs.",
    view=View.ACROSS,
    kinds=TOKEN,
    span=Span.DAY,
    variables=(PLACES, CONTESTED, STRANGERS),
    confirm=1,
    habitual=True,
    needs_training=True,
    cases=STOLEN_CASES,
)
