"""The statistics of benchmarks/key_timing.py: what is alike is called alike, and a small difference is found in noise."""

import random

import pytest

from benchmarks.key_timing import compare, guesses, series


def noisy(seed, shift=0.0):
    draw = random.Random(seed)
    return [10_000 + shift + draw.gauss(0, 100) + (draw.random() < 0.02) * 50_000 for _ in range(4000)]


def test_what_is_alike_is_alike():
    compared = compare(noisy(1), noisy(2))

    assert abs(compared.welch_t) < 4
    assert abs(compared.rank_z) < 4
    assert compared.superiority == pytest.approx(0.5, abs=0.03)
    assert compared.worst_us < 0.02


@pytest.mark.parametrize("sign", [1, -1])
def test_a_small_difference_is_found_whatever_comes_between(sign):
    compared = compare(noisy(1, sign * 50), noisy(2))

    assert compared.difference_us == pytest.approx(sign * 0.05, abs=0.01)
    assert compared.worst_us >= 0.05
    assert compared.welch_t * sign > 10
    assert compared.rank_z * sign > 10
    assert (compared.superiority - 0.5) * sign > 0.1


def test_ranks_are_as_reckoned_by_hand():
    compared = compare([1.0, 2, 2, 4, 5, 6, 7, 8] * 3, [2.0, 3, 3, 4, 5, 6, 7, 9] * 3)

    first, second = [1, 2, 2, 4, 5, 6, 7, 8], [2, 3, 3, 4, 5, 6, 7, 9]
    won = sum((a > b) + (a == b) / 2 for a in first for b in second)
    assert compared.superiority == pytest.approx(won / 64)


def test_both_kinds_of_guesses_are_of_one_length_and_take_turns_at_random():
    asked = []
    first, second = series(asked.append, guesses(5, random.Random(1)), 200)

    assert len(first) == len(second) == 200
    assert len({tuple(map(len, guess.values())) for guess in asked}) == 1
    unknown_first = sum("kez" in guess["x-abs-ak"] for guess in asked[::2])
    assert 70 < unknown_first < 140
