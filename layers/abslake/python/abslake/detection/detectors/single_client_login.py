"""Type 2: one address tries one password after the other."""

from abslake.detection.detector import IP, Case, Detector, Variable, View
from abslake.detection.findings import Level
from abslake.detection.scale import Scale

_LIMITS = {"A": (3, 4), "B": (3, 4)}

DETECTOR = Detector(
    id=2,
    name="Single Client Login Attack",
    type_name="single_client_login_attack",
    idea="hammers the login service from one address, nearly always in vain",
    remedy="See whether an attempt succeeded and reset that account; block the address; slow down logins by account.",
    view=View.ADDRESS,
    kinds=IP,
    condition="logins > 0",
    variables=(
        Variable("A", "login_failures", Scale.COUNT, "failed logins from the address in ten minutes", "logins", floor=3,
                 one_in=1_000),
        # Behind a shared address many people log in, and most of them with success.
        Variable("B", "greatest(2 * login_failures - logins, 0)", Scale.COUNT,
                 "failed logins from the address beyond those that did not fail", "logins", floor=3, one_in=1_000),
    ),
    confirm=2,
    habitual=True,
    cases=(
        Case("a dictionary", {"logins": 900, "login_failures": 897}, _LIMITS, Level.ATTACK),
        Case("a short word list", {"logins": 13, "login_failures": 12}, _LIMITS, Level.ANOMALY),
        Case("a shared address in the morning", {"logins": 400, "login_failures": 60}, _LIMITS, None),
        Case("a forgotten password", {"logins": 7, "login_failures": 6}, _LIMITS, None),
        Case("an outage of the login service, with retries", {"logins": 300, "failed": 300}, _LIMITS, None),
    ),
)  # fmt: skip
