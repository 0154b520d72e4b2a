"""docs/detectors.md says what the detectors say, and each says all that an operator needs."""

from pathlib import Path

import pytest

from abslake.detection.detector import Detector
from abslake.detection.detectors import NOT_COVERED, detectors
from abslake.detection.tuning import OFF_BY_DEFAULT
from abslake.dev import detector_docs

PAGE = Path(__file__).parents[2] / "docs/detectors.md"
DOCUMENTED = [*range(1, 13), *range(14, 30), *range(31, 42), 100, 101]
"""The ids of the documented types of REST APIs that an access log can tell."""

ALL = list(detectors().values())
each = pytest.mark.parametrize("detector", ALL, ids=[str(one.id) for one in ALL])


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == detector_docs.document(), "run: python -m abslake.dev.detector_docs > docs/detectors.md"


def test_each_documented_type_is_there_or_says_why_not() -> None:
    assert [number for number in DOCUMENTED if number not in detectors() and not NOT_COVERED.get(number)] == []
    assert not set(detectors()) & set(NOT_COVERED)


def test_ids_and_names_are_told_apart() -> None:
    for told in ("id", "name", "type_name"):
        values = [getattr(one, told) for one in ALL]
        assert len(set(values)) == len(values), told


@each
def test_it_says_what_it_is_and_what_to_do_next(detector: Detector) -> None:
    for words in (detector.name, detector.idea, detector.remedy):
        assert words.strip() == words
        assert len(words) > 8
    assert detector.idea[0].islower(), "it goes on: a client that …"
    assert not detector.idea.endswith("."), "it goes on: a client that …"
    assert detector.remedy.endswith(".")
    assert detector.type_name == detector.type_name.lower().replace(" ", "_")


@each
def test_its_variables_are_in_words_and_units(detector: Detector) -> None:
    letters = [variable.letter for variable in detector.variables]
    assert letters == list("ABCDEF"[: len(letters)])
    assert letters
    for variable in detector.variables:
        assert len(variable.meaning) > 8
        assert variable.unit


@each
def test_its_cases_say_when_it_fires_and_when_not(detector: Detector) -> None:
    firing = [case for case in detector.cases if case.level]
    assert len(firing) >= 2
    assert len(detector.cases) - len(firing) >= 2
    assert len({case.title for case in detector.cases}) == len(detector.cases)


def test_the_page_shows_each_type_with_its_variables_and_next_step() -> None:
    page = detector_docs.document()
    for one in ALL:
        assert f"\n## {one.id} {one.name}\n" in page
        assert f"**Next.** {one.remedy}" in page
        assert all(variable.meaning in page for variable in one.variables)
    assert all(f"\n| {number} | " in page for number in NOT_COVERED)


def test_what_is_off_until_it_is_switched_on_is_said_alike_where_reports_ask() -> None:
    assert {one.id for one in detectors().values() if not one.on_by_default} == OFF_BY_DEFAULT == {23}
