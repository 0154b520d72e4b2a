"""Type 14: a client deletes one thing after the other."""

from abslake.detection.detector import CLIENTS, Case, Detector, Variable, View
from abslake.detection.findings import Level
from abslake.detection.scale import Scale

_LIMITS = {"A": (4, 6), "B": (30, None)}

DETECTOR = Detector(
    id=14,
    name="Data Deletion Attack",
    type_name="data_deletion_attack",
    idea="deletes far more than clients do, and does little else",
    remedy="Suspend the credential; see what was deleted (samples) and restore it; ask its owner.",
    view=View.CLIENT,
    kinds=CLIENTS,
    variables=(
        Variable("A", "deleted", Scale.COUNT, "DELETE requests answered 2xx in ten minutes", "requests", floor=4, initial=(4, 6)),
        Variable("B", "100.0 * deletes / requests", Scale.SHARE, "share of its requests that are DELETE", "per cent",
                 fixed=(30, None)),
    ),
    confirm=2,
    habitual=True,
    cases=(
        Case("everything goes", {"deleted": 800, "deletes": 800, "requests": 800}, _LIMITS, Level.ATTACK),
        Case("thing after thing", {"deleted": 30, "deletes": 30, "requests": 40}, _LIMITS, Level.ANOMALY),
        Case("a person tidies up", {"deleted": 9, "deletes": 9, "requests": 20}, _LIMITS, None),
        Case("an office behind one address", {"deleted": 60, "deletes": 60, "requests": 3000}, _LIMITS, None),
        Case("deletes that are retried in an outage", {"deletes": 400, "failed": 400, "requests": 400}, _LIMITS, None),
    ),
)  # fmt: skip
