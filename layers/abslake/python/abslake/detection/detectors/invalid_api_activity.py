"""Type 101: calls that break the API's own definition: method, protocol, content type."""

from abslake.detection.detector import CLIENTS, Case, Detector, Variable, View
from abslake.detection.findings import Level
from abslake.detection.scale import Scale

DETECTOR = Detector(
    id=101,
    name="Invalid API Activity",
    type_name="invalid_api_activity",
    idea="breaks the rules of the API's definition: a method, protocol or content type that it does not allow",
    remedy="If the client is meant to work, mend it or widen the definition; otherwise block it.",
    view=View.CLIENT,
    kinds=CLIENTS,
    condition="bad_methods + bad_protocols + bad_types > 0",
    variables=(
        Variable("A", "bad_methods", Scale.COUNT, "requests with a method that is not allowed, in ten minutes", "requests",
                 fixed=(0, 1)),
        Variable("B", "bad_protocols", Scale.COUNT, "requests with a protocol that is not allowed", "requests", fixed=(0, 1)),
        Variable("C", "bad_types", Scale.COUNT, "requests with a content type that is not allowed", "requests", fixed=(0, 1)),
    ),
    any_of=True,
    confirm=2,
    cases=(
        Case("a fuzzer", {"bad_methods": 300, "bad_types": 200}, {}, Level.ATTACK),
        Case("plain HTTP where TLS is asked for", {"bad_protocols": 9}, {}, Level.ATTACK),
        Case("a call made by hand", {"bad_types": 1}, {}, Level.ANOMALY),
        Case("usual calls", {"requests": 900}, {}, None),
        Case("calls that the API refuses", {"requests": 90, "refused": 90}, {}, None),
        Case("calls of a decoy", {"requests": 9, "decoys": 9}, {}, None),
    ),
)  # fmt: skip
