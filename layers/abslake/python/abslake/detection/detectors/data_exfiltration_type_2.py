"""Type 21: a client takes data out of an API for many hours."""

from abslake.detection.detector import CLIENTS, Case, Detector, Habit, Span, Variable, View
from abslake.detection.findings import IdentifierKind, Level
from abslake.detection.scale import Scale

_LIMITS = {"A": (24, 27), "B": (5, None), "C": (20, None)}

DETECTOR = Detector(
    id=21,
    name="Data Exfiltration Attack Type 2",
    type_name="data_exfiltration_attack_type_2",
    idea="takes an unusual amount of data out of an API, a little at a time, for hours",
    remedy="See which records went out (samples, the client's forensic report); revoke the credential, tell their owner.",
    view=View.CLIENT,
    kinds=CLIENTS,
    span=Span.DAY,
    condition="bytes_out > 0",
    variables=(
        Variable("A", "bytes_out / CASE WHEN kind = 'ip' THEN least(greatest(agents, 1), 20) ELSE 1 END", Scale.LONG_BYTES,
                 "bytes of answers in a day; of an address for each of its user agents, 20 at most", "bytes",
                 floor=19, one_in=1_000),
        Variable("B", "windows / 6.0", Scale.SMALL, "hours with requests, counted in ten minutes", "hours", fixed=(5, None),
                 extreme=False, lowest=0, highest=30),
        Variable("C", "100.0 * ok / requests", Scale.SHARE, "share of its requests answered 2xx", "per cent", fixed=(20, None),
                 extreme=False, highest=100),
    ),
    confirm=3,
    habitual=True,
    # The windows of 6 hours, the least that variable B finds: where its bound changes, so do these.
    habit=Habit("CASE WHEN windows >= 36 THEN bytes_out / 1e3 ELSE 0 END", 6, 1),
    cases=(
        Case("a leak all day", {"bytes_out": 4e9, "windows": 80, "ok": 400, "requests": 400, "agents": 1}, _LIMITS, Level.ATTACK),
        Case("more than others, for hours", {"bytes_out": 3e7, "windows": 50, "ok": 300, "requests": 310, "agents": 1}, _LIMITS,
             Level.ANOMALY),
        Case("one large download", {"bytes_out": 4e9, "windows": 2, "ok": 9, "requests": 9, "agents": 1}, _LIMITS, None),
        Case("somebody who works all day", {"bytes_out": 9e6, "windows": 60, "ok": 900, "requests": 950}, _LIMITS, None),
        Case("an office behind one address",
             {"bytes_out": 2e8, "windows": 60, "ok": 3000, "requests": 3100, "agents": 18}, _LIMITS, None, IdentifierKind.IP),
        Case("a monitor of something broken", {"bytes_out": 4e7, "windows": 144, "ok": 0, "requests": 1440}, _LIMITS, None),
    ),
)  # fmt: skip
