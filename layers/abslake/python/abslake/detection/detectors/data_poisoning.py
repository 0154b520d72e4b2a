"""Type 15: a client creates and changes far more than clients do."""

from abslake.detection.detector import CLIENTS, Case, Detector, Habit, Variable, View
from abslake.detection.findings import Level
from abslake.detection.scale import Scale

_LIMITS = {"A": (5, 7), "B": (50, None), "C": (1, None)}

DETECTOR = Detector(
    id=15,
    name="Data Poisoning Attack",
    type_name="data_poisoning_attack",
    idea="creates and changes far more than clients do, and does little else",
    remedy="Suspend the credential; see what was written (samples) and take it back; ask its owner.",
    view=View.CLIENT,
    kinds=CLIENTS,
    variables=(
        Variable("A", "written", Scale.COUNT, "POST, PUT and PATCH requests answered 2xx in ten minutes", "requests",
                 floor=4, one_in=300),
        Variable("B", "100.0 * (posts + puts) / requests", Scale.SHARE, "share of its requests that write", "per cent",
                 fixed=(50, None)),
        # Logs that do not tell sizes must not hide it: every write counts as one byte at least.
        Variable("C", "greatest(bytes_in, written)", Scale.BYTES, "bytes of its bodies in ten minutes", "bytes", fixed=(1, None)),
    ),
    confirm=2,
    habitual=True,
    habit=Habit("written", 4),
    cases=(
        Case("a flood of new things", {"written": 900, "posts": 900, "requests": 900, "bytes_in": 9e5}, _LIMITS, Level.ATTACK),
        Case("many changes", {"written": 60, "puts": 60, "requests": 70, "bytes_in": 4e4}, _LIMITS, Level.ANOMALY),
        Case("many changes of unknown size", {"written": 60, "puts": 60, "requests": 70}, _LIMITS, Level.ANOMALY),
        Case("a person fills in forms", {"written": 20, "posts": 20, "requests": 30, "bytes_in": 2e4}, _LIMITS, None),
        Case("an office behind one address", {"written": 300, "posts": 300, "requests": 4000, "bytes_in": 3e5}, _LIMITS, None),
        Case("writes that are retried in an outage", {"posts": 500, "failed": 500, "requests": 500, "bytes_in": 5e5}, _LIMITS,
             None),
    ),
)  # fmt: skip
