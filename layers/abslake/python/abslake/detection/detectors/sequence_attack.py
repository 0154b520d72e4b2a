"""Type 36: calls in an order that nobody uses."""

from abslake.detection.detector import Case, Detector, Variable, View
from abslake.detection.findings import IdentifierKind, Level
from abslake.detection.scale import Scale

DETECTOR = Detector(
    id=36,
    name="Sequence Attack",
    type_name="sequence_attack",
    idea="makes calls in an order that clients of the API hardly ever make",
    remedy="See which steps were skipped (samples) and whether the API ought to have refused; ask the user.",
    view=View.ACROSS,
    kinds=(IdentifierKind.USERNAME, IdentifierKind.TOKEN),
    condition="kind = 'username' OR users = 0",
    variables=(
        Variable("A", "improbable", Scale.COUNT, "steps in ten minutes from a call to another one that (almost) never follows "
                 "it", "steps", fixed=(1, 4), lowest=0),
        Variable("B", "100.0 * improbable / greatest(transitions, 1)", Scale.SHARE, "share of its steps that are so", "per cent",
                 fixed=(60, None), highest=99),
    ),
    confirm=2,
    needs_training=True,
    cases=(
        Case("from anywhere to anywhere", {"transitions": 40, "improbable": 34}, {}, Level.ATTACK),
        Case("some steps left out", {"transitions": 4, "improbable": 3}, {}, Level.ANOMALY),
        Case("one odd step", {"transitions": 2, "improbable": 1}, {}, None),
        Case("two devices at once", {"transitions": 24, "improbable": 4}, {}, None),
        Case("a busy user with odd habits", {"transitions": 90, "improbable": 9}, {}, None),
        Case("a batch that makes one call only", {"requests": 4_000}, {}, None),
    ),
)  # fmt: skip
