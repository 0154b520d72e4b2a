"""The metrics report is what counting row by row gives, however many days are sums already, and however pages are cut."""

from dataclasses import replace
from functools import partial

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from abslake.access.mask import Mask
from abslake.errors import StorageError
from abslake.reports import metrics, paging
from tests.support.api_traffic import DAYS, MANY, SHOP, ask, engine, held_to, question, row, sessions_of, traffic, truth
from tests.support.thoroughness import examples

stored_days = st.sets(st.integers(0, DAYS - 1))
windows = st.tuples(st.integers(1, 8), st.integers(0, 8))
short = {"top_sessions": st.integers(0, 4), "top_addresses": st.integers(0, 15)}
short_lists = st.builds(partial(replace, MANY), **short)
few_rows = st.builds(partial(replace, MANY), bare=st.integers(4, 40), entry=st.integers(5, 20), **short)
mask = Mask(b"a key of tests")
masks = st.sampled_from([None, mask])


def parts(document):
    return {name: document[name] for name in ("req_resp_summary", "req_resp_details")}


@given(facts=traffic, window=windows, seen_through=masks)
def test_facts_alone(facts, window, seen_through):
    document = ask(facts, asked=question(*window), mask=seen_through)

    assert parts(document) == truth(facts, *window, seen_through)


@examples(15)
@given(facts=traffic, stored=stored_days, limits=short_lists, window=windows, seen_through=masks)
def test_any_days_as_sums(facts, stored, limits, window, seen_through):
    with engine(facts, stored, limits) as (connection, elsewhere):
        report = metrics.compose(question(*window), connection, SHOP, seen_through, elsewhere)

    event(f"sessions from elsewhere: {bool(elsewhere.sessions)}")
    event(f"addresses from elsewhere: {bool(elsewhere.addresses)}")
    assert parts(report.model_dump()) == truth(facts, *window, seen_through)
    assert report.model_dump() == ask(facts, asked=question(*window), mask=seen_through)


@examples(20)
@given(facts=traffic, stored=stored_days, limits=few_rows, seen_through=masks)
def test_any_days_as_sums_where_names_are_coarsened(facts, stored, limits, seen_through):
    alone = replace(MANY, bare=limits.bare, entry=limits.entry)
    document = ask(facts, stored, limits, mask=seen_through)

    event(f"coarsened: {'notes' in document}")
    assert document == ask(facts, limits=alone, mask=seen_through)
    whole = truth(facts, 100, 0, seen_through)
    assert document["req_resp_summary"] == whole["req_resp_summary"]
    totals = [(entry["session_id"], entry["total_requests"], entry["device"]) for entry in sessions_of(document)]
    assert totals == [(entry["session_id"], entry["total_requests"], entry["device"]) for entry in sessions_of(whole)]


@examples(12)
@given(
    facts=traffic,
    stored=stored_days,
    limits=short_lists,
    cuts=st.lists(st.integers(1, 3), min_size=8),
    seen_through=masks,
)
def test_pages_together_are_the_whole(facts, stored, limits, cuts, seen_through):
    whole = ask(facts, mask=seen_through)
    listed, offset, pages = [], 0, 0
    while True:
        asked = question(cuts[pages % len(cuts)], offset)
        page = ask(facts, stored, limits, asked, seen_through)
        pages += 1
        listed += sessions_of(page)
        assert page["req_resp_summary"] == whole["req_resp_summary"]
        if "next_cursor" not in page:
            break
        assert len(sessions_of(page)) == asked.limit
        offset = paging.read_cursor(page["next_cursor"], "shop", asked.earlier, asked.later)

    assert listed == sessions_of(whole)
    assert "next_cursor" not in whole


def test_a_day_as_sums_is_no_repetition_of_its_facts():
    """So that the tests above are about sums: they are fewer, and hold no session that is not among the first."""
    facts = [row(0, session=f"s{n}", requests=9 - n) for n in range(5)]

    with engine(facts, {0}, replace(MANY, top_sessions=2)) as (connection, elsewhere):
        assert connection.execute("SELECT count(*) FROM traffic WHERE part IS NULL").fetchall() == [(0,)]
        detailed = connection.execute("SELECT DISTINCT session FROM traffic WHERE part = 'session_ip'").fetchall()
        metrics.compose(question(), connection, SHOP, None, elsewhere)

    assert sorted(detailed) == [("s0",), ("s1",)]
    assert elsewhere.sessions == ["s2", "s3", "s4"]


def test_details_that_are_complete_are_not_fetched_again():
    facts = [row(0, session="a", requests=5), row(1, session="a"), row(1, session="b", requests=3), row(2, session="b")]
    one_each = replace(MANY, top_sessions=1)

    with engine(facts, {0, 1}, one_each) as (connection, elsewhere):
        metrics.compose(question(), connection, SHOP, None, elsewhere)

    assert elsewhere.sessions == ["a"]  # on day 1 only b is listed; day 2 is facts


@pytest.mark.parametrize("lost", ["total", "session", "bare_ip", "session_ip"])
def test_sums_that_contradict_each_other_are_no_answer(lost):
    facts = [row(0, session="a"), row(0), row(1)]

    with engine(facts, {0}) as (connection, _):
        connection.execute("DELETE FROM traffic WHERE part = ?", [lost])
        with pytest.raises(StorageError, match="contradict"):
            metrics.compose(question(), connection, SHOP)


def test_lost_addresses_are_no_answer():
    facts = [row(0, ip=f"192.0.2.{n}") for n in range(20)]

    with engine(facts, {0}, replace(MANY, top_addresses=3)) as (connection, _), pytest.raises(StorageError):
        metrics.compose(question(), connection, SHOP)


def test_the_dates_and_names_are_those_asked_for():
    document = ask([])

    assert document["earlier_date"] == "Tue Feb 13 00:00:00:000 2018"
    assert document["later_date"] == "Sat Feb 17 00:00:00:000 2018"
    assert document["api_name"] == "shop"
    assert parts(document) == truth([], 100, 0)
    assert set(document) == {
        "company", "name", "description", "earlier_date", "later_date", "api_name", "req_resp_summary", "req_resp_details",
    }  # fmt: skip


@pytest.mark.parametrize("session", [None, "a"])
def test_what_one_day_had_to_coarsen_is_coarse_on_all(session):
    """Else an answer would name a path of one day as it is, and add the like of it up under {id} on another."""
    facts = [row(0, session=session, path=f"/shop/{number}") for number in range(30)]
    facts.append(row(1, session=session, path="/shop/7"))
    limits = replace(MANY, bare=10, entry=10)

    document = ask(facts, {0}, limits)

    assert document == ask(facts, limits=limits)
    assert "/shop/7" not in str(document)


def test_an_answer_says_that_it_is_coarsened():
    facts = [row(0, session="a", path=f"/shop/{number}") for number in range(100, 130)]

    with held_to(replace(MANY, entry=10)), engine(facts) as (connection, _):
        document = metrics.compose(question(), connection, SHOP).model_dump()

    [entry] = sessions_of(document)
    assert entry["path_info"] == [{"path": "/shop/{id}", "count": 30}]
    assert "{id}" in document["notes"][0]
