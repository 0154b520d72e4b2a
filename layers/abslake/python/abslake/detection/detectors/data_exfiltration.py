"""Type 1: a client takes far more data out of an API than clients do."""

from abslake.detection.detector import CLIENTS, Case, Detector, Variable, View
from abslake.detection.findings import IdentifierKind, Level
from abslake.detection.scale import Scale

_LIMITS = {"A": (24, 28)}
_BYTES = "(bytes_out - largest) / CASE WHEN kind = 'ip' THEN least(greatest(agents, 1), 20) ELSE 1 END"

DETECTOR = Detector(
    id=1,
    name="Data Exfiltration Attack",
    type_name="data_exfiltration_attack",
    idea="takes an unusual amount of data out of an API",
    remedy="See which records went out (samples, the client's forensic report); revoke the credential, tell their owner.",
    view=View.CLIENT,
    kinds=CLIENTS,
    condition="bytes_out > 0",
    variables=(
        Variable("A", _BYTES, Scale.BYTES, "bytes of answers in ten minutes but for the largest one; of an address for each of "
                 "its user agents (20)", "bytes", floor=19, one_in=2_000),
        Variable("B", "ok", Scale.COUNT, "requests answered 2xx in ten minutes", "requests", fixed=(4, None)),
        Variable("C", "100.0 * ok / requests", Scale.SHARE, "share of its requests answered 2xx", "per cent",
                 fixed=(20, None)),
    ),
    confirm=2,
    habitual=True,
    cases=(
        Case("a bulk download", {"bytes_out": 5e9, "ok": 4000, "requests": 4000}, _LIMITS, Level.ATTACK),
        Case("somewhat more than others", {"bytes_out": 4e7, "ok": 100, "requests": 100}, _LIMITS, Level.ANOMALY),
        Case("one large file", {"bytes_out": 4e7, "largest": 4e7, "ok": 1, "requests": 1}, _LIMITS, None),
        Case("one large file in an hour's work", {"bytes_out": 4.1e7, "largest": 4e7, "ok": 90, "requests": 90}, _LIMITS, None),
        Case("an office behind one address", {"bytes_out": 1e8, "ok": 900, "requests": 950, "agents": 15}, _LIMITS, None,
             IdentifierKind.IP),
        Case("large error pages in an outage", {"bytes_out": 4e7, "ok": 9, "requests": 900}, _LIMITS, None),
    ),
)  # fmt: skip
