"""docs/detection.md explains the learning rule with figures: they are those of the code."""

import re
from pathlib import Path

import pytest

from abslake.detection import learning, measuring, profiles, recurring, training
from abslake.detection.detector import Variable
from abslake.detection.detectors import detectors
from abslake.detection.scale import Scale
from abslake.dev.measured_words import least_over

PAGE = (Path(__file__).parents[2] / "docs/detection.md").read_text()
BYTES = Variable("A", "bytes_out", Scale.BYTES, "bytes of answers in ten minutes", "bytes", floor=20)
EXAMPLE = {12: 400, 14: 700, 15: 1500, 16: 2400, 17: 2600, 18: 1500, 19: 650, 20: 200, 21: 45, 22: 5}


def limits(histogram: dict[int, float]) -> learning.Limits:
    found = learning.limits(histogram, BYTES)
    assert found
    return found


def test_the_example_is_what_the_rule_gives() -> None:
    assert f"| value | {' | '.join(map(str, EXAMPLE))} |" in PAGE
    assert f"| client-windows | {' | '.join(f'{n:,}' for n in EXAMPLE.values())} |" in PAGE
    quantiles = [learning.quantile(EXAMPLE, Scale.BYTES, share) for share in (0.5, 0.9, 0.995)]
    assert "The quantiles are {:.1f}, {:.1f} and {:.1f}".format(*quantiles) in PAGE
    found = limits(dict(EXAMPLE))
    assert found.tx
    assert f"rounded up {found.tn} ({least_over(BYTES, found.tn)} or more is unusual)" in " ".join(PAGE.split())
    assert f"Tx {found.tx} ({least_over(BYTES, found.tx)} or more is extreme)" in " ".join(PAGE.split())


@pytest.mark.parametrize("share", [0, 0.001, 0.004, 0.01, 0.03, 0.1])
def test_what_attackers_in_the_training_data_do_is_as_it_says(share: float) -> None:
    total = sum(EXAMPLE.values())
    found = limits({**EXAMPLE, 33: total * share / (1 - share)})
    assert found.tx
    words = [f"{at}: {least_over(BYTES, at)}" for at in (found.tn, found.tx)]
    assert f"| {100 * share:g} % | {words[0]} | {words[1]} |" in PAGE


def test_figures_are_those_of_the_code() -> None:
    page = " ".join(PAGE.split())
    assert f"one ordinary client-window in {learning.EXPECTED_OVER_TN:,} is over a Tn" in page
    assert f"one in {learning.EXPECTED_OVER_TX:,} over a Tx" in page
    assert f"fewer than {learning.LEAST_SAMPLES} client-windows" in page
    assert f"counts half after {learning.HALF_LIFE_DAYS:g} days" in page
    assert f"known for it for {training.HABIT_LASTS.days} days" in page
    assert f"At most {training.MOST_HABITS:,} are kept" in page
    days = profiles.GENERATION.days
    assert f"kept for {days} to {2 * days} days" in page
    assert (
        f"more than {recurring.ALIKE} windows of the last day count together for as much as {recurring.ALIKE}" in page
    )
    rules = [str(one.id) for one in detectors().values() if one.rule_based]
    assert f"types with fixed rules ({', '.join(rules)})" in page


def test_all_that_detection_keeps_is_listed() -> None:
    package = Path(learning.__file__).parents[1]
    kept = {
        place for file in package.rglob("*.py") for place in re.findall(r'"(detection/[a-z/.]+)"', file.read_text())
    }
    assert len(kept) > 5
    assert {place for place in kept if f"`{place}`" not in PAGE} == set()


def test_a_program_is_there_in_so_many_windows() -> None:
    assert f"in more than {measuring.PROGRAM_WINDOWS} of its windows" in PAGE
