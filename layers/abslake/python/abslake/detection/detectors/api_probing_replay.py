"""Type 8: probes an API: many different calls that are refused."""

from abslake.detection.detector import CLIENTS, Case, Detector, Variable, View
from abslake.detection.findings import Level
from abslake.detection.scale import Scale

_LIMITS = {"A": (30, 40)}

DETECTOR = Detector(
    id=8,
    name="API Probing Replay Attack",
    type_name="api_probing_replay_attack",
    idea="looks for what an API has: word lists, fuzzing, replayed calls, most of them refused",
    remedy="See which paths were found (samples, answers 2xx); close what should not be reachable; block the client.",
    view=View.CLIENT,
    kinds=CLIENTS,
    variables=(
        # One path that is missing again and again is a stale app; 401 again and again an expired token. Five more make one
        # mistake among few requests a small share.
        Variable("A", "CASE WHEN refused_paths >= 6 THEN 100.0 * (refused - unauthorized) / (answered + 5) ELSE 0 END",
                 Scale.SHARE, "share of its requests answered 4xx but for 401 and 429, where six paths or more were refused",
                 "per cent", floor=30),
    ),
    confirm=2,
    habitual=True,
    cases=(
        Case("a word list", {"refused_paths": 400, "refused": 420, "answered": 500}, _LIMITS, Level.ATTACK),
        Case("a short word list between usual calls", {"refused_paths": 9, "refused": 10, "answered": 24}, _LIMITS,
             Level.ANOMALY),
        Case("a stale app that asks for what has gone", {"refused_paths": 2, "refused": 40, "answered": 60}, _LIMITS, None),
        Case("an expired token", {"refused_paths": 0, "refused": 80, "unauthorized": 80, "answered": 80}, _LIMITS, None),
        Case("a partner whose list has old ids", {"refused_paths": 30, "refused": 30, "answered": 900}, _LIMITS, None),
        Case("an outage", {"requests": 90, "failed": 90}, _LIMITS, None),
    ),
)  # fmt: skip
