"""Metrics of an API that the index keeps as sums: what these lack comes from the index of sessions and from all addresses."""

import pytest

from abslake.access.mask import Mask
from abslake.index import layout
from abslake.records.definitions import parse_all
from abslake.reports import Kind, Question, report
from abslake.reports.elsewhere import Elsewhere
from abslake.settings import Settings
from abslake.storage import Lake
from tests.support.api_traffic import sessions_of
from tests.support.facts import definition, fact
from tests.support.indexed import add_facts, fold, small_limits, utc

APIS = parse_all([("shop", definition("/shop"))])
DAYS = ("2026-01-30", "2026-01-31", "2026-02-01")
MASKS = [None, Mask(b"a key of tests")]


def traffic():
    """Three days of twelve sessions; who is busiest changes from day to day, and no address stands out."""
    for day, date in enumerate(DAYS):
        for number in range(12):
            yield fact(
                f"{date}T10:{number:02d}:01",
                cookie=f"session-{number}",
                path=f"/shop/of/session-{number}/{day}",
                ip=f"192.0.2.{number}",
                requests=1 + (number * 7 + day * 5) % 12,
            )
            yield fact(f"{date}T11:{number:02d}:01", path="/shop/bare", ip=f"198.51.100.{number}", requests=5)


@pytest.fixture(scope="module")
def lake():
    lake = Lake("memory:")
    with small_limits(answer=4096, entry=1024):
        add_facts(lake, traffic())
        fold(lake, utc(2026, 3, 20))
    return lake


@pytest.fixture
def asked(monkeypatch):
    """What reports asked the rest of the index for."""
    names: list[str] = []
    for name in ("add_sessions", "add_addresses"):
        whole = getattr(Elsewhere, name)

        def counted(self, *given, name=name, whole=whole):
            names.append(name)
            return whole(self, *given)

        monkeypatch.setattr(Elsewhere, name, counted)
    return names


def ask(lake, mask, *, with_index, **page):
    question = Question(Kind.METRICS, utc(2026, 1, 30), utc(2026, 2, 2), None, "shop", **page)
    with small_limits(answer=4096, entry=1024):
        return report(question, lake, Settings(), APIS, mask, with_index=with_index).model_dump()


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("page", [{}, {"limit": 3}, {"limit": 4, "offset": 6}])
def test_the_answer_is_that_of_the_facts(lake, asked, mask, page):
    expected = ask(lake, mask, with_index=False, **page)
    assert asked == []

    assert ask(lake, mask, with_index=True, **page) == expected
    assert set(asked) == {"add_sessions", "add_addresses"}


def test_what_comes_from_the_index_of_sessions_hides_them_too(lake, asked):
    document = str(ask(lake, MASKS[1], with_index=True))

    assert "add_sessions" in asked
    assert "session-" not in document
    assert "/shop/of/***/2" in document


def test_sessions_are_estimated_where_there_are_too_many_to_count(lake, monkeypatch):
    """Few enough for the sketches to hold them all, the estimate is a count."""
    expected = ask(lake, None, with_index=True)
    monkeypatch.setattr(layout, "EXACT_SESSION_ROWS", 20)

    document = ask(lake, None, with_index=True)

    assert document["req_resp_summary"] == expected["req_resp_summary"]
    assert "estimate" in document["notes"][0]
    assert "notes" not in expected
    listed = sessions_of(document)
    assert 0 < len(listed) < 12
    assert all(entry in sessions_of(expected) for entry in listed)
