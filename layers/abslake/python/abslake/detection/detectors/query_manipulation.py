"""Type 41: query strings and paths that hold injections, traversals or overflows."""

from abslake.detection.detector import CLIENTS, Case, Detector, Variable, View
from abslake.detection.findings import Level
from abslake.detection.scale import Scale

DETECTOR = Detector(
    id=41,
    name="Query Manipulation Attack",
    type_name="query_manipulation_attack",
    idea="tampers with query strings: injection, traversal, commands, script, overflow",
    remedy="See the kept URLs; check whether one was answered 2xx; block the client.",
    view=View.CLIENT,
    kinds=CLIENTS,
    condition="query_hits > 0",
    variables=(
        Variable("A", "query_hits", Scale.COUNT, "requests with such a URL in ten minutes", "requests", fixed=(0, 1)),
    ),
    confirm=2,
    cases=(
        Case("a scanner", {"query_hits": 40}, {}, Level.ATTACK),
        Case("one odd URL", {"query_hits": 1}, {}, Level.ANOMALY),
        Case("ordinary queries", {"query_hits": 0, "requests": 900}, {}, None),
        Case("calls of what is missing", {"requests": 60, "refused": 60, "missing": 60}, {}, None),
        Case("a malicious header", {"requests": 9, "header_hits": 9}, {}, None),
    ),
)  # fmt: skip
