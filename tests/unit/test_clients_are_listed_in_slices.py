"""How many slices a list of clients has, which objects one is read from, and in which order they come."""

from hashlib import md5
from types import SimpleNamespace

import pytest

from abslake.access.mask import Mask
from abslake.index import layout
from abslake.index.root import Shape
from abslake.reports import clients, slices
from abslake.reports.paging import Place
from abslake.reports.slices import Slices

KEYED = Mask(b"a key of tests")


@pytest.mark.parametrize("digits", [0, 1, 2])
@pytest.mark.parametrize("beginning", ["", "a", "a3", "a3f"])
def test_the_objects_of_a_slice_are_those_whose_values_can_begin_so(digits, beginning):
    values = [str(number) for number in range(3000)]
    of_slice = [
        value for value in values if md5(value.encode(), usedforsecurity=False).hexdigest().startswith(beginning)
    ]

    found = list(layout.meeting(beginning, digits))

    assert of_slice
    assert {layout.prefix(value, digits) for value in of_slice} == set(found)
    assert len(found) == len(set(found))


@pytest.mark.parametrize(
    ("rows", "object_digits", "digits"),
    [
        (0, 0, 0),
        (4_000_000, 2, 0),
        (4_000_000, 3, 1),
        (4_000_001, 2, 2),
        (64_000_000, 3, 2),
        (64_000_001, 3, 3),
        (10**12, 4, 4),
    ],
)
def test_one_slice_as_long_as_all_can_be_added_up_then_slices_of_a_fair_size(rows, object_digits, digits):
    found = Slices((("index/token/month=2026-01/g/", Shape(digits=object_digits, rows=rows)),))

    assert found.digits() == digits
    assert slices.beginnings(digits)[0] == slices.first(digits)
    assert len(slices.beginnings(digits)) == 16**digits


def rows_with(count_of_slice, rows=64_000_000):
    """Rows of an index of which each slice holds as many clients as `count_of_slice` says by its beginning's length."""
    held = Slices((("folder/", Shape(digits=3, rows=rows)),))
    return SimpleNamespace(slices=held, slice=lambda beginning: SimpleNamespace(count=count_of_slice(len(beginning))))


def test_slices_of_few_clients_are_made_larger_as_far_as_rows_allow():
    many, few = rows_with(lambda _: 5000), rows_with(lambda digits: 2000 // 16**digits)

    assert clients._digits(many, Place()) == 2
    assert clients._digits(few, Place()) == 1
    assert clients._digits(rows_with(lambda _: 1, rows=64_000_001), Place()) == 3 - 1


def test_a_list_goes_on_in_the_slices_it_began_with():
    assert clients._digits(rows_with(lambda _: 5000), Place(0)) == 0
    assert clients._digits(rows_with(lambda _: 1), Place(3)) == 3


def test_the_order_of_slices_tells_a_restricted_user_nothing_of_hashes():
    plain, masked = clients._order(2, None), clients._order(2, KEYED)

    assert plain == sorted(plain)
    assert masked != plain
    assert sorted(masked) == plain
    assert clients._order(2, Mask(b"another key")) != masked
