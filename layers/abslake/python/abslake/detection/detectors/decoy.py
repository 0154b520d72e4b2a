"""Type 100: a call of a decoy, which no client has a reason to call."""

from abslake.detection.detector import CLIENTS, Case, Detector, Variable, View
from abslake.detection.findings import Level
from abslake.detection.scale import Scale

DETECTOR = Detector(
    id=100,
    name="Decoy Attack",
    type_name="decoy_attack",
    idea="calls a decoy: a path or API that nothing links to",
    remedy="See what else the client asked for (forensic report); block it.",
    view=View.CLIENT,
    kinds=CLIENTS,
    condition="decoys > 0",
    variables=(
        Variable("A", "decoys", Scale.COUNT, "requests to a decoy in ten minutes", "requests", fixed=(0, None), extreme=False),
    ),
    confirm=1,
    cases=(
        Case("a scanner", {"decoys": 200, "requests": 900}, {}, Level.ATTACK),
        Case("one call is enough", {"decoys": 1, "requests": 5}, {}, Level.ATTACK),
        Case("usual calls", {"requests": 900}, {}, None),
        Case("a path that is missing", {"requests": 9, "missing": 9}, {}, None),
        Case("a call that is not allowed", {"requests": 9, "bad_methods": 9}, {}, None),
    ),
)  # fmt: skip
