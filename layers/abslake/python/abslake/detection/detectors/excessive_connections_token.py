"""Type 23: too many connections, by token."""

from abslake.detection.detector import TOKEN, Detector, View
from abslake.detection.traits import CONNECTION_CASES, CONNECTION_SHARE, CONNECTIONS

DETECTOR = Detector(
    id=23,
    name="Excessive Client Connections (token)",
    type_name="excessive_client_connections_access_token",
    idea="opens far more connections than clients do, and hardly uses them",
    remedy="Limit connections for each client at the gateway; revoke the token if it goes on.",
    view=View.ACROSS,
    kinds=TOKEN,
    variables=(CONNECTIONS, CONNECTION_SHARE),
    confirm=2,
    habitual=True,
    on_by_default=False,
    cases=CONNECTION_CASES,
)
