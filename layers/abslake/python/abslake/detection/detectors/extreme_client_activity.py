"""Type 10: a client asks far more than clients do."""

from abslake.detection.detector import CLIENTS, Case, Detector, Variable, View
from abslake.detection.findings import IdentifierKind, Level
from abslake.detection.scale import Scale

_LIMITS = {"A": (7, 9)}

DETECTOR = Detector(
    id=10,
    name="Extreme Client Activity Attack",
    type_name="extreme_client_activity_attack",
    idea="sends far more requests to an API than its clients do",
    remedy="See what it asks for (samples); limit its rate, or block it; ask the owner of the credential.",
    view=View.CLIENT,
    kinds=CLIENTS,
    variables=(
        # Retries in an outage are not the client's doing; behind a shared address are many programs.
        Variable("A", "answered / CASE WHEN kind = 'ip' THEN least(greatest(agents, 1), 20) ELSE 1 END", Scale.COUNT,
                 "answered requests in ten minutes; of an address for each of its user agents, 20 at most", "requests",
                 floor=5, one_in=3_000),
    ),
    confirm=2,
    habitual=True,
    cases=(
        Case("a script", {"answered": 3000, "agents": 1}, _LIMITS, Level.ATTACK),
        Case("a client in a hurry", {"answered": 200, "agents": 1}, _LIMITS, Level.ANOMALY),
        Case("a busy person", {"answered": 100, "agents": 1}, _LIMITS, None),
        Case("retries in an outage", {"answered": 20, "requests": 900, "failed": 880, "agents": 1}, _LIMITS, None),
        Case("an office", {"answered": 2000, "agents": 40}, _LIMITS, None, IdentifierKind.IP),
    ),
)  # fmt: skip
