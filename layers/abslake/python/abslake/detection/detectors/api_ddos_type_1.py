"""Type 9: many clients together, each at a usual rate, are too many for an API."""

from abslake.detection.detector import CLIENTS, Case, Detector, Habit, Variable, View
from abslake.detection.findings import Level
from abslake.detection.scale import Scale

_MORE = "least(all_clients / greatest(usual_clients, 10), all_requests / greatest(usual_requests, 50))"
_FLOOD = {"all_clients": 900, "all_requests": 6000, "usual_clients": 80, "usual_requests": 900}
_BOT = {"requests": 6, "minutes": 5}

DETECTOR = Detector(
    id=9,
    name="API DDoS Attack Type 1",
    type_name="api_ddos_attack_type_1",
    idea="takes part when far more clients than usual come and stay, each with few requests",
    remedy="See what the clients have in common (user agent, network, new accounts) and block that; limit the API's rate.",
    view=View.CLIENT,
    kinds=CLIENTS,
    # A person calls in bursts; who keeps an API busy spreads calls over the time.
    condition="minutes >= 2 AND requests <= 2 * minutes",
    variables=(
        Variable("A", f"2 * {_MORE}", Scale.SMALL,
                 "clients and requests of the API in ten minutes, as many times as usual, in halves: the smaller of both",
                 "halves", fixed=(3, None), highest=99),
    ),
    confirm=3,
    crowd=True,
    habitual=True,
    habit=Habit("requests", 0, 6),
    needs_training=True,
    cases=(
        Case("one of a botnet", {**_BOT, **_FLOOD}, {"A": (3, None)}, Level.ANOMALY),
        Case("one of a smaller one", {**_BOT, **_FLOOD, "all_clients": 200, "all_requests": 2000}, {"A": (3, None)},
             Level.ANOMALY),
        Case("a person among them", {**_FLOOD, "requests": 14, "minutes": 3}, {"A": (3, None)}, None),
        Case("a usual day", {**_BOT, **_FLOOD, "all_clients": 80, "all_requests": 900}, {"A": (3, None)}, None),
        Case("one client that works much", {**_BOT, **_FLOOD, "all_clients": 81}, {"A": (3, None)}, None),
        Case("an API with hardly any traffic", {**_BOT, "all_clients": 6, "all_requests": 40, "usual_clients": 1,
             "usual_requests": 9}, {"A": (3, None)}, None),
    ),
)  # fmt: skip
