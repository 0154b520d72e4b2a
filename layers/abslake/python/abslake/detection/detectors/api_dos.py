"""Type 12: one address overloads an API."""

from abslake.detection.detector import IP, Case, Detector, Habit, Variable, View
from abslake.detection.findings import Level
from abslake.detection.scale import Scale

_API = {"all_requests": 2000, "usual_requests": 700}

DETECTOR = Detector(
    id=12,
    name="API DoS Attack",
    type_name="api_dos_attack",
    idea="sends as much to an API as all its clients together usually do",
    remedy="Block the address, or limit its rate in front of the API.",
    view=View.ADDRESS,
    kinds=IP,
    condition="requests >= 150 AND requests / greatest(agents, 1) > 0.9 * usual_requests AND all_requests > 1.2 * usual_requests",
    variables=(
        Variable("A", "100.0 * requests / all_requests", Scale.SHARE,
                 "its share of the API's requests in ten minutes, where it alone comes near to what is usual of all together",
                 "per cent", fixed=(30, None), extreme=False, highest=100),
    ),
    confirm=2,
    crowd=True,
    habitual=True,
    habit=Habit("requests", 6),
    needs_training=True,
    cases=(
        Case("one address sends more than all others", {**_API, "requests": 1500, "agents": 1}, {"A": (30, None)}, Level.ANOMALY),
        Case("ten times as much", {"all_requests": 8000, "usual_requests": 700, "requests": 7500, "agents": 1},
             {"A": (30, None)}, Level.ANOMALY),
        Case("a busy client", {**_API, "requests": 300, "agents": 1}, {"A": (30, None)}, None),
        Case("a gateway of many programs", {**_API, "requests": 1500, "agents": 30}, {"A": (30, None)}, None),
        Case("a rush of everybody", {"all_requests": 9000, "usual_requests": 700, "requests": 600, "agents": 1},
             {"A": (30, None)}, None),
        Case("hardly any traffic", {"all_requests": 20, "usual_requests": 5, "requests": 18, "agents": 1}, {"A": (30, None)},
             None),
    ),
)  # fmt: skip
