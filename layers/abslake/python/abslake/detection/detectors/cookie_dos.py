"""Type 7: a flood of session cookies that somebody made up."""

from abslake.detection.detector import COOKIE, Case, Detector, Variable, View
from abslake.detection.findings import Level
from abslake.detection.scale import Scale

_LIMITS = {"A": (4, 5), "B": (0, None)}

DETECTOR = Detector(
    id=7,
    name="Cookie DoS Attack",
    type_name="cookie_dos_attack",
    idea="is one of very many session cookies that come from one address and hardly come again",
    remedy="Block the address that the cookies come from (samples); let session handling refuse cookies it did not issue.",
    view=View.CLIENT,
    kinds=COOKIE,
    variables=(
        Variable("A", "thin_cookies", Scale.COUNT,
                 "cookies of at most two requests in ten minutes that came from its address, where most are so", "cookies",
                 floor=4, ceiling=4, highest=9),
        Variable("B", "CASE WHEN requests <= 2 THEN requests ELSE 0 END", Scale.COUNT,
                 "its own requests in ten minutes, if they are at most two", "requests", fixed=(0, None)),
    ),
    confirm=2,
    crowd=True,
    cases=(
        Case("one of a thousand invented cookies", {"thin_cookies": 1000, "requests": 1}, _LIMITS, Level.ATTACK),
        Case("one of thirty", {"thin_cookies": 30, "requests": 2}, _LIMITS, Level.ANOMALY),
        Case("somebody at work behind such an address", {"thin_cookies": 1000, "requests": 30}, _LIMITS, None),
        Case("an office whose people come for sessions", {"thin_cookies": 0, "requests": 2}, _LIMITS, None),
        Case("a test that logs in anew each time", {"thin_cookies": 9, "requests": 1}, _LIMITS, None),
    ),
)  # fmt: skip
