"""The ten addresses with most requests: short lists of days either prove them, order included, or say nothing."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from abslake.reports import popular
from tests.support.api_traffic import DAYS, MANY, engine, ranked, row, tally

TEN = 10

addresses = st.builds(
    row,
    st.integers(0, DAYS - 1),
    ip=st.integers(1, 9).map(lambda number: f"192.0.2.{number}"),
    requests=st.sampled_from([1, 1, 2, 7, 30]),
)


def popular_of(facts, stored, listed, count=TEN):
    with engine(facts, stored, replace(MANY, top_addresses=listed)) as (connection, elsewhere):
        proved = popular.from_lists(connection, count)
        elsewhere.add_addresses()
        return proved, popular.from_all(connection, count)


def first(facts, count=TEN):
    return [name for name, _ in ranked(tally(facts, "ip"))][:count]


@given(
    facts=st.lists(addresses, max_size=40),
    stored=st.sets(st.integers(0, DAYS - 1)),
    listed=st.integers(1, 9),
    count=st.integers(1, 4),
)
def test_what_is_proved_is_true(facts, stored, listed, count):
    proved, (names, total) = popular_of(facts, stored, listed, count)

    assert proved in (None, first(facts, count))
    assert names == first(facts, count)
    assert total == sum(fact["requests"] for fact in facts)


@given(facts=st.lists(addresses, max_size=40), stored=st.sets(st.integers(0, DAYS - 1)))
def test_lists_that_hold_every_address_prove_it(facts, stored):
    assert popular_of(facts, stored, listed=9)[0] == first(facts)


def test_traffic_as_it_is_is_proved_by_short_lists():
    """GIVEN two days of 200 addresses each, some of them new, with falling counts WHEN a day lists 40 THEN that is enough."""
    facts = [
        row(day, ip=f"192.0.2.{number + 10 * day * (number > 30)}", requests=10_000 // number)
        for day in (0, 1)
        for number in range(1, 201)
    ]

    assert popular_of(facts, {0, 1}, listed=40)[0] == first(facts)


def test_flat_traffic_is_looked_up():
    facts = [row(day, ip=f"192.0.2.{number}", requests=5) for day in (0, 1) for number in range(50)]

    proved, (names, _) = popular_of(facts, {0, 1}, listed=20)

    assert proved is None
    assert names == first(facts)


def test_equals_are_proved_only_where_their_counts_are_known():
    """An address that is in no list may come before an equal one by its name."""
    facts = [row(0, ip="192.0.2.2", requests=5), row(0, ip="192.0.2.3", requests=5), row(1, ip="192.0.2.1", requests=5)]

    assert popular_of(facts, set(), listed=9, count=1)[0] == ["192.0.2.1"]
    assert popular_of(facts, {0, 1}, listed=9, count=1)[0] == ["192.0.2.1"]
    assert popular_of(facts, {0}, listed=1, count=1)[0] is None
    assert popular_of([*facts, row(2, ip="192.0.2.1")], {0}, listed=1, count=1)[0] == ["192.0.2.1"]


def test_an_address_that_one_day_does_not_list_can_still_be_proved():
    """192.0.2.1 is not listed on day 1, and sure of its place all the same; a list never adds to what it does not hold."""
    facts = [row(0, ip="192.0.2.1", requests=100), row(1, ip="192.0.2.1"), row(1, ip="192.0.2.2", requests=50)]

    assert popular_of(facts, {0, 1}, listed=1, count=2)[0] == ["192.0.2.1", "192.0.2.2"]
    assert popular_of(facts, {0, 1}, listed=1)[0] is None  # whether there is a third nobody can say


def test_an_address_seen_elsewhere_may_be_the_first_of_the_unlisted():
    """GIVEN a day that lists one of two addresses, and a little of the other on a day of facts THEN nothing is proved."""
    more = [
        row(0, ip="192.0.2.1", requests=100),
        row(0, ip="192.0.2.2", requests=99),
        row(1, ip="192.0.2.2", requests=10),
    ]
    equal = [row(0, ip="192.0.2.2", requests=5), row(0, ip="192.0.2.1", requests=4), row(1, ip="192.0.2.1")]

    assert popular_of(more, {0}, listed=1, count=1)[0] is None
    assert popular_of(equal, {0}, listed=1, count=1)[0] is None  # of equals the first name comes first
    assert popular_of([*equal, row(1, ip="192.0.2.2")], {0}, listed=1, count=1)[0] == ["192.0.2.2"]
