"""Type 28: a client copies an API's content thing by thing, for many hours."""

from abslake.detection.detector import CLIENTS, Case, Detector, Habit, Span, Variable, View
from abslake.detection.findings import IdentifierKind, Level
from abslake.detection.scale import Scale

_LIMITS = {"A": (8, 10), "B": (5, None)}

DETECTOR = Detector(
    id=28,
    name="Content Scraping Type 2",
    type_name="content_scraping_type_2",
    idea="asks for one thing after the other of an API, for hours, without a break",
    remedy="See what is copied (samples); limit what a client may read in a day; offer an export where the use is welcome.",
    view=View.CLIENT,
    kinds=CLIENTS,
    span=Span.DAY,
    variables=(
        Variable("A", "found_paths / CASE WHEN kind = 'ip' THEN least(greatest(agents, 1), 20) ELSE 1 END", Scale.COUNT,
                 "paths answered 2xx to GET in a day, each ten minutes' added up; of an address for each of its user agents",
                 "paths", floor=9, one_in=500),
        Variable("B", "windows / 6.0", Scale.SMALL, "hours with requests, counted in ten minutes", "hours", fixed=(5, None),
                 extreme=False),
    ),
    confirm=3,
    habitual=True,
    # The windows of 6 hours, the least that variable B finds: where its bound changes, so do these.
    habit=Habit("CASE WHEN windows >= 36 THEN found_paths ELSE 0 END", 5, 1),
    cases=(
        Case("a scraper", {"found_paths": 9000, "windows": 90, "agents": 1}, _LIMITS, Level.ATTACK),
        Case("a slow scraper", {"found_paths": 600, "windows": 70, "agents": 1}, _LIMITS, Level.ANOMALY),
        Case("somebody who reads much for an hour", {"found_paths": 900, "windows": 7, "agents": 1}, _LIMITS, None),
        Case("a monitor", {"found_paths": 144, "windows": 144, "agents": 1}, _LIMITS, None),
        Case("an office behind one address", {"found_paths": 3000, "windows": 60, "agents": 15}, _LIMITS, None,
             IdentifierKind.IP),
    ),
)  # fmt: skip
