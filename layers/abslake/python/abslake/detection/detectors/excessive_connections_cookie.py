"""Type 22: too many connections, by cookie."""

from abslake.detection.detector import COOKIE, Detector, View
from abslake.detection.traits import CONNECTION_CASES, CONNECTION_SHARE, CONNECTIONS

DETECTOR = Detector(
    id=22,
    name="Excessive Client Connections (cookie)",
    type_name="excessive_client_connections_cookie",
    idea="opens far more connections than clients do, and hardly uses them",
    remedy="Limit connections for each client at the gateway; end the session if it goes on.",
    view=View.ACROSS,
    kinds=COOKIE,
    variables=(CONNECTIONS, CONNECTION_SHARE),
    confirm=2,
    habitual=True,
    cases=CONNECTION_CASES,
)
