"""Type 37: headers that hold injections, lookups, commands or split the request."""

from abslake.detection.detector import CLIENTS, Case, Detector, Variable, View
from abslake.detection.findings import Level
from abslake.detection.scale import Scale

DETECTOR = Detector(
    id=37,
    name="Header Manipulation Attack",
    type_name="header_manipulation_attack",
    idea="sends headers that attack who reads them: shell functions, lookups, SQL, commands, script, split lines",
    remedy="See whether what reads the header (log, database, library) can be reached that way, and mend it; block the client.",
    view=View.CLIENT,
    kinds=CLIENTS,
    condition="header_hits > 0",
    variables=(
        Variable("A", "header_hits", Scale.COUNT, "requests with a malicious header in ten minutes", "requests", fixed=(0, 1)),
    ),
    confirm=2,
    cases=(
        Case("a scanner", {"header_hits": 40}, {}, Level.ATTACK),
        Case("one odd header", {"header_hits": 1}, {}, Level.ANOMALY),
        Case("usual headers", {"header_hits": 0, "requests": 900}, {}, None),
        Case("an odd URL", {"query_hits": 9, "requests": 9}, {}, None),
        Case("a header that is too long", {"header_odd": 9, "requests": 9}, {}, None),
    ),
)  # fmt: skip
