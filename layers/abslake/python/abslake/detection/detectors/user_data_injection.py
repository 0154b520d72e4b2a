"""Type 40: a user writes what others' browsers and databases would execute."""

from abslake.detection.detector import USERNAME, Case, Detector, Variable, View
from abslake.detection.findings import Level
from abslake.detection.scale import Scale

DETECTOR = Detector(
    id=40,
    name="User Data Injection",
    type_name="user_data_injection",
    idea="a user sends injections with requests that write",
    remedy="See the kept URLs; look for what was stored; lock the account or ask its owner.",
    view=View.USER,
    kinds=USERNAME,
    variables=(
        Variable("A", "written_hits", Scale.COUNT, "requests that write with an injection in the URL or a header, in ten minutes",
                 "requests", fixed=(0, 2), lowest=0),
    ),
    confirm=2,
    needs_training=True,
    cases=(
        Case("a list of payloads", {"written_hits": 40, "requests": 50}, {}, Level.ATTACK),
        Case("one that looks like it", {"written_hits": 1, "requests": 12}, {}, Level.ANOMALY),
        Case("a user who writes much", {"requests": 300, "posts": 200}, {}, None),
        Case("a scanner that only reads", {"query_hits": 80, "requests": 90}, {}, None),
        Case("a batch import", {"requests": 9_000, "puts": 9_000}, {}, None),
    ),
)  # fmt: skip
