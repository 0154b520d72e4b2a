"""Type 5: floods an API with large bodies of POST requests."""

from abslake.detection.detector import CLIENTS, Case, Detector, Habit, Variable, View
from abslake.detection.findings import Level
from abslake.detection.scale import Scale

_LIMITS = {"A": (21, 23), "B": (2, None), "C": (30, None)}

DETECTOR = Detector(
    id=5,
    name="API Memory Attack Type 1",
    type_name="api_memory_attack_type_1",
    idea="floods an API with data or code: far larger bodies of POST requests than clients send",
    remedy="Limit the size of bodies in front of the API; see what was stored of them; block the client.",
    view=View.CLIENT,
    kinds=CLIENTS,
    condition="posts > 0",
    variables=(
        Variable("A", "post_bytes", Scale.BYTES, "bytes of POST bodies in ten minutes", "bytes", floor=14, one_in=150),
        Variable("B", "posts", Scale.COUNT, "POST requests in ten minutes", "requests", fixed=(2, None)),
        Variable("C", "100.0 * posts / requests", Scale.SHARE, "share of its requests that are POST", "per cent",
                 fixed=(30, None)),
    ),
    confirm=2,
    habitual=True,
    habit=Habit("post_bytes / 1e3", 4),
    cases=(
        Case("a flood", {"post_bytes": 4e8, "posts": 40, "requests": 40}, _LIMITS, Level.ATTACK),
        Case("somewhat larger bodies", {"post_bytes": 5e6, "posts": 4, "requests": 9}, _LIMITS, Level.ANOMALY),
        Case("one large upload", {"post_bytes": 4e8, "posts": 1, "requests": 1}, _LIMITS, None),
        Case("an office behind one address", {"post_bytes": 3e6, "posts": 60, "requests": 900}, _LIMITS, None),
        Case("a batch of small bodies", {"post_bytes": 9e5, "posts": 2000, "requests": 2000}, _LIMITS, None),
    ),
)  # fmt: skip
