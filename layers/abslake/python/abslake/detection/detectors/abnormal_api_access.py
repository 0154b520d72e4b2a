"""Type 38: a user makes calls that few make and this one never did."""

from abslake.detection.detector import USERNAME, Case, Detector, Span, Variable, View
from abslake.detection.findings import Level
from abslake.detection.scale import Scale

_KNOWN = {"known_windows": 9, "requests": 60}

DETECTOR = Detector(
    id=38,
    name="Abnormal API Access",
    type_name="abnormal_api_access",
    idea="a user makes calls that few users make and that are new to this one",
    remedy="See which rights let the user in (samples); take them away if they should not be; ask the user.",
    view=View.ACROSS,
    kinds=USERNAME,
    span=Span.DAY,
    variables=(
        Variable("A", "coalesce(new_rare, bit_count(rare_bits))", Scale.SMALL, "calls in a day that at most 3 per cent of the "
                 "API's users make and that are new to this one", "calls", fixed=(2, None), highest=99),
        Variable("B", "rare_calls", Scale.COUNT, "requests to such calls in a day", "requests", fixed=(2, 7)),
    ),
    confirm=25,
    needs_training=True,
    cases=(
        Case("a customer in the rooms of the staff", _KNOWN | {"new_rare": 3, "rare_calls": 7, "rare_marks": 3}, {},
             Level.ANOMALY),
        Case("everything that staff may see", _KNOWN | {"new_rare": 4, "rare_calls": 300}, {}, Level.ATTACK),
        Case("a new member of the staff", _KNOWN | {"new_rare": 3, "rare_calls": 12}, {}, Level.ANOMALY),
        Case("staff as ever", _KNOWN | {"rare_calls": 90, "rare_marks": 2}, {}, None),
        Case("one call that few make", _KNOWN | {"new_rare": 1, "rare_calls": 9}, {}, None),
        Case("somebody who deletes now and then", _KNOWN | {"new_rare": 2, "rare_calls": 2}, {}, None),
    ),
)  # fmt: skip
