"""Type 4: a token or cookie is used at two places at once, by different programs."""

from abslake.detection.detector import COOKIE, TOKEN, Case, Detector, Variable, View
from abslake.detection.findings import IdentifierKind, Level
from abslake.detection.scale import Scale

_LIMITS = {"A": (2, None), "B": (2, 4)}

DETECTOR = Detector(
    id=4,
    name="Stolen Token Attack Type 1",
    type_name="stolen_token_attack_type_1",
    names={IdentifierKind.COOKIE: "Stolen Cookie Attack Type 1"},
    idea="uses a token or cookie that somebody else uses at the same time, elsewhere and with another program",
    remedy="End the session or revoke the token, let its owner log in again; look for how it was taken (script, log, device).",
    view=View.CLIENT,
    kinds=TOKEN + COOKIE,
    variables=(
        # Who moves has several networks and one program; who updates has several programs on one network.
        Variable("A", "1 + least(networks, agents)", Scale.SMALL,
                 "networks or user agents that use it in ten minutes, of whichever there are fewer, and one", "places",
                 fixed=(2, None), extreme=False, lowest=2, highest=10),
        Variable("B", "CASE WHEN networks > 1 AND agents > 1 THEN strangers ELSE 0 END", Scale.COUNT,
                 "requests from other than its most used pair of network and user agent", "requests", floor=2),
    ),
    confirm=1,
    habitual=True,
    cases=(
        Case("thieves on ten networks", {"networks": 11, "agents": 6, "strangers": 150}, _LIMITS, Level.ATTACK),
        Case("a thief beside the owner", {"networks": 2, "agents": 2, "strangers": 7}, _LIMITS, Level.ATTACK),
        Case("somebody on the way, from network to network", {"networks": 4, "agents": 1, "strangers": 60}, _LIMITS, None),
        Case("somebody whose browser was updated", {"networks": 1, "agents": 2, "strangers": 20}, _LIMITS, None),
        Case("one call of an app on the phone", {"networks": 2, "agents": 2, "strangers": 1}, _LIMITS, None),
    ),
)  # fmt: skip
