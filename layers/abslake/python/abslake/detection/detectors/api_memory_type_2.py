"""Type 6: floods an API with large bodies of PUT and PATCH requests."""

from abslake.detection.detector import CLIENTS, Case, Detector, Habit, Variable, View
from abslake.detection.findings import Level
from abslake.detection.scale import Scale

_LIMITS = {"A": (21, 23), "B": (2, None), "C": (30, None)}

DETECTOR = Detector(
    id=6,
    name="API Memory Attack Type 2",
    type_name="api_memory_attack_type_2",
    idea="floods an API with data or code: far larger bodies of PUT and PATCH requests than clients send",
    remedy="Limit the size of bodies in front of the API; see what was stored of them; block the client.",
    view=View.CLIENT,
    kinds=CLIENTS,
    condition="puts > 0",
    variables=(
        Variable("A", "put_bytes", Scale.BYTES, "bytes of PUT and PATCH bodies in ten minutes", "bytes", floor=14, one_in=150),
        Variable("B", "puts", Scale.COUNT, "PUT and PATCH requests in ten minutes", "requests", fixed=(2, None)),
        Variable("C", "100.0 * puts / requests", Scale.SHARE, "share of its requests that are PUT and PATCH", "per cent",
                 fixed=(30, None)),
    ),
    confirm=2,
    habitual=True,
    habit=Habit("put_bytes / 1e3", 4),
    cases=(
        Case("a flood", {"put_bytes": 4e8, "puts": 40, "requests": 40}, _LIMITS, Level.ATTACK),
        Case("somewhat larger bodies", {"put_bytes": 5e6, "puts": 4, "requests": 9}, _LIMITS, Level.ANOMALY),
        Case("one large upload", {"put_bytes": 4e8, "puts": 1, "requests": 1}, _LIMITS, None),
        Case("an office behind one address", {"put_bytes": 3e6, "puts": 60, "requests": 900}, _LIMITS, None),
        Case("a batch of small bodies", {"put_bytes": 9e5, "puts": 2000, "requests": 2000}, _LIMITS, None),
    ),
)  # fmt: skip
