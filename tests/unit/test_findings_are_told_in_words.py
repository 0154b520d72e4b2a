"""Measured values, thresholds and texts of clients, as the command line says them."""

import pytest

from abslake.detection.detector import TOKEN, Detector, Variable, View
from abslake.detection.findings import Finding, Thresholds
from abslake.detection.scale import Scale
from abslake.dev.measured_words import amount, deviation, idea, least_over, times_over, visible
from tests.support.announcing import found

SIZE = Variable("A", "bytes_out", Scale.BYTES, "bytes of answers", "bytes")
COUNT = Variable("B", "requests", Scale.COUNT, "requests", "requests", fixed=(2, None))
SHARE = Variable("C", "100.0", Scale.SHARE, "share of refused requests", "per cent")


def detector(*variables: Variable, **more: object) -> Detector:
    words = {"name": "Attack", "type_name": "attack", "idea": "takes much", "remedy": "Look."}
    given = {"id": 1, "view": View.CLIENT, "kinds": TOKEN, "variables": variables, **words, **more}
    return Detector(**given)  # type: ignore[arg-type]


def finding(values: dict[str, float], thresholds: dict[str, tuple[int, int | None]], code: str = "") -> Finding:
    limits = {letter: Thresholds(tn=tn, tx=tx) for letter, (tn, tx) in thresholds.items()}
    return found(values=values, thresholds=limits, attack_code=code)


@pytest.mark.parametrize(
    ("variable", "raw", "words"),
    [
        (SIZE, 17_747_924.0, "17.7 MB"),
        (SIZE, 1.0, "1 byte"),
        (COUNT, 1.0, "1 request"),
        (COUNT, 1234.0, "1,234 requests"),
        (COUNT, 2.25, "2.2 requests"),
        (SHARE, 92.0, "92 per cent"),
    ],
)
def test_an_amount_has_its_unit(variable: Variable, raw: float, words: str) -> None:
    assert amount(variable, raw) == words


def test_a_threshold_is_the_least_that_is_over_it() -> None:
    assert (least_over(COUNT, 2), least_over(SHARE, 20), least_over(SIZE, 23)) == (
        "4 requests",
        "21 per cent",
        "8.4 MB",
    )


def test_a_value_is_told_in_times_of_the_threshold_or_beside_it() -> None:
    assert times_over(SIZE, 2.0**24, 23) == "2.0 x the threshold"
    assert times_over(SIZE, 2.0**33, 23) == "1,024 x the threshold"
    assert times_over(SHARE, 92, 20) == "allowed 20 per cent"
    assert times_over(COUNT, 3, 0) == "normal is none"


def test_the_most_telling_variable_is_shown() -> None:
    # GIVEN a learned variable behind a fixed one, THEN it is told, against the threshold that it passed
    both = detector(COUNT, SIZE)
    values, limits = {"A": 2.0**26, "B": 400.0}, {"A": (23, 26), "B": (2, None)}
    assert deviation(finding(values, limits), both) == "67.1 MB, 1.0 x the threshold"
    assert deviation(finding({**values, "A": 2.0**25}, limits), both) == "33.6 MB, 4.0 x the threshold"

    # GIVEN two learned ones, THEN the extreme one
    learned = detector(SIZE, SHARE)
    one = finding({"A": 2.0**24, "C": 99.0}, {"A": (23, 26), "C": (20, 60)}, "varA(Tn, 25), varC(Tx, 99)")
    assert deviation(one, learned) == "99 per cent, allowed 60 per cent"


def test_a_finding_without_values_shows_its_code() -> None:
    assert deviation(finding({}, {}, "varA(Tx, 26)"), detector(SIZE)) == "varA(Tx, 26)"
    assert deviation(finding({}, {}, ""), None) == "-"


def test_an_idea_is_a_sentence() -> None:
    assert idea(detector(SIZE)) == "A client takes much."
    assert idea(detector(SIZE, idea="an API key is used elsewhere")) == "An API key is used elsewhere."


def test_texts_of_clients_cannot_steer_a_terminal() -> None:
    assert visible("a\x1b[2J\n\udc80\u202eé日") == r"a\x1b[2J\n\udc80\u202eé日"
    assert visible("abcdefghij", 7) == "abc…hij"
    assert visible("abcdefg", 7) == "abcdefg"
