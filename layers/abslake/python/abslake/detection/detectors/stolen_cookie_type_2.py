"""Type 17: a session cookie in other hands, for hours and wherever it opens the door."""

from abslake.detection.detector import COOKIE, Detector, Span, View
from abslake.detection.traits import CONTESTED, PLACES, STOLEN_CASES, STRANGERS

DETECTOR = Detector(
    id=17,
    name="Stolen Cookie Attack Type 2",
    type_name="extended_stolen_cookie",
    idea="a session cookie is used over hours from several networks and programs at a time",
    remedy="End the session; see in its forensic report what the strange network did; look for how the cookie got out.",
    view=View.ACROSS,
    kinds=COOKIE,
    span=Span.DAY,
    variables=(PLACES, CONTESTED, STRANGERS),
    confirm=1,
    habitual=True,
    needs_training=True,
    cases=STOLEN_CASES,
)
