"""Type 39: a user takes far more data out of an API in a day than users do, whichever tokens it is with."""

from abslake.detection.detector import USERNAME, Case, Detector, Habit, Span, Variable, View
from abslake.detection.findings import Level
from abslake.detection.scale import Scale

DETECTOR = Detector(
    id=39,
    name="User Data Exfiltration Type 2",
    type_name="user_data_exfiltration_type_2",
    idea="a user takes an unusual amount of data out of an API in the course of a day",
    remedy="See which records went out (the user's forensic report); lock the account, tell those whose data it is.",
    view=View.USER,
    kinds=USERNAME,
    span=Span.DAY,
    condition="bytes_out > 0",
    variables=(
        Variable("A", "bytes_out", Scale.LONG_BYTES, "bytes of answers in a day", "bytes", floor=20, one_in=500),
        Variable("B", "windows / 6.0", Scale.SMALL, "hours with requests, counted in ten minutes", "hours", fixed=(4, None),
                 extreme=False, lowest=0, highest=23),
    ),
    confirm=2,
    habitual=True,
    # The windows of 5 hours, the least that variable B finds: where its bound changes, so do these.
    habit=Habit("CASE WHEN windows >= 30 THEN bytes_out ELSE 0 END", 16, 1),
    cases=(
        Case("a copy of everything", {"bytes_out": 9e9, "windows": 90, "requests": 4_000}, {"A": (25, 29)}, Level.ATTACK),
        Case("much more than others", {"bytes_out": 9e7, "windows": 50, "requests": 130}, {"A": (25, 29)}, Level.ANOMALY),
        Case("one large file", {"bytes_out": 9e7, "windows": 2, "requests": 3}, {"A": (25, 29)}, None),
        Case("a busy day", {"bytes_out": 2e7, "windows": 12, "requests": 950}, {"A": (25, 29)}, None),
        Case("an outage with retries", {"bytes_out": 9e5, "windows": 60, "requests": 6_000}, {"A": (25, 29)}, None),
    ),
)  # fmt: skip
