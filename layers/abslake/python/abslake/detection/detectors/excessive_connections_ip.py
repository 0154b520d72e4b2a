"""Type 24: too many connections, by address."""

from abslake.detection.detector import IP, Detector, View
from abslake.detection.traits import CONNECTION_CASES, CONNECTION_SHARE, CONNECTIONS

DETECTOR = Detector(
    id=24,
    name="Excessive Client Connections (IP)",
    type_name="excessive_client_connections_ip",
    idea="opens far more connections than clients do, and hardly uses them",
    remedy="Limit connections for each client at the gateway; block the address if it goes on.",
    view=View.ACROSS,
    kinds=IP,
    variables=(CONNECTIONS, CONNECTION_SHARE),
    confirm=2,
    habitual=True,
    cases=CONNECTION_CASES,
)
