"""Type 11: a client keeps an API at work: calls that cost much time."""

from abslake.detection.detector import CLIENTS, Case, Detector, Variable, View
from abslake.detection.findings import Level
from abslake.detection.scale import Scale

_LIMITS = {"A": (8, 10)}

DETECTOR = Detector(
    id=11,
    name="Extreme App Activity Attack",
    type_name="extreme_app_activity_attack",
    idea="makes an API work far longer than clients do: calls that cost much, injected or chosen to be slow",
    remedy="See which calls were slow (samples); bound what one call may cost; limit the client's rate.",
    view=View.CLIENT,
    kinds=CLIENTS,
    condition="timed > 0",
    variables=(
        Variable("A", "CASE WHEN answered >= 10 THEN time_us / 1e5 ELSE 0 END", Scale.COUNT,
                 "time that the API worked for it in ten minutes, where ten requests or more were answered", "tenths of a second",
                 floor=6, one_in=3_000),
    ),
    confirm=2,
    habitual=True,
    cases=(
        Case("slow searches, many at once", {"timed": 500, "answered": 480, "time_us": 4e8}, _LIMITS, Level.ATTACK),
        Case("some slow searches", {"timed": 50, "answered": 50, "time_us": 4e7}, _LIMITS, Level.ANOMALY),
        Case("one report that takes minutes", {"timed": 1, "answered": 1, "time_us": 4e8}, _LIMITS, None),
        Case("an outage with time-outs", {"timed": 60, "answered": 4, "time_us": 9e8}, _LIMITS, None),
        Case("a busy person", {"timed": 80, "answered": 80, "time_us": 8e6}, _LIMITS, None),
    ),
)  # fmt: skip
