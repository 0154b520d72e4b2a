"""Type 29: a client asks for what is not for it."""

from abslake.detection.detector import CLIENTS, Case, Detector, Variable, View
from abslake.detection.findings import Level
from abslake.detection.scale import Scale

_LIMITS = {"A": (30, 40), "B": (3, None)}

DETECTOR = Detector(
    id=29,
    name="Unauthorized Client Attack",
    type_name="unauthorized_client_attack",
    idea="calls an API without the right to: many different calls answered 401 or 403",
    remedy="See which calls were let through (samples, answers 2xx) and check their authorisation; block the client.",
    view=View.CLIENT,
    kinds=CLIENTS,
    variables=(
        # An app whose token has expired tries the same few calls again and again.
        Variable("A", "CASE WHEN barred_paths >= 6 THEN 100.0 * (unauthorized + forbidden) / (answered + 5) ELSE 0 END",
                 Scale.SHARE, "share of its requests answered 401 or 403, where six paths or more were", "per cent", floor=30),
        Variable("B", "unauthorized + forbidden - login_failures", Scale.COUNT,
                 "requests answered 401 or 403 in ten minutes, but for logins", "requests", fixed=(3, None)),
    ),
    confirm=2,
    habitual=True,
    cases=(
        Case("all doors are tried", {"barred_paths": 300, "unauthorized": 200, "forbidden": 200, "answered": 500}, _LIMITS,
             Level.ATTACK),
        Case("some doors are tried", {"barred_paths": 9, "forbidden": 10, "answered": 24}, _LIMITS, Level.ANOMALY),
        Case("an expired token", {"barred_paths": 3, "unauthorized": 80, "answered": 80}, _LIMITS, None),
        Case("a person without the right to a page", {"barred_paths": 2, "forbidden": 2, "answered": 30}, _LIMITS, None),
        Case("a partner without the right to some things", {"barred_paths": 40, "forbidden": 40, "answered": 900}, _LIMITS, None),
    ),
)  # fmt: skip
