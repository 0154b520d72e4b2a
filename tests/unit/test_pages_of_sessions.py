"""Sessions come in pages: the order of equals is that of the names shown, and a cursor leads on without telling a name."""

import base64
from contextlib import contextmanager

import pytest

from abslake.access.mask import Mask
from abslake.errors import BadRequest
from abslake.reports import Kind, ask, metrics_question, paging, sessions
from abslake.settings import Settings
from tests.support.api_traffic import engine, row
from tests.support.calls import during
from tests.support.facts import at

MASK = Mask(b"a key of tests")
EARLIER, LATER = at("2018-02-13T00:00"), at("2018-02-14T00:00")
RANGE = during("2018-02-13T00:00", "2018-02-14T00:00")
MISUSED = ["", "!?", "A" * 15, "A" * 17, "AAAA AAAAAAAAAAA", "é" * 16, "A" * 16, "=" * 16, "A" * 5000]


@contextmanager
def found(*counts):
    """Sessions with so many requests, in an order that is that of their names nowhere."""
    facts = [row(session=f"session-{n * 7919 % 10007:05d}-é", requests=c) for n, c in enumerate(counts)]
    with engine(facts) as (connection, _):
        yield sessions.all_of(connection)


@pytest.mark.parametrize("mask", [None, MASK])
@pytest.mark.parametrize("limit", [1, 3, 7, 100])
def test_pages_follow_the_one_order(mask, limit):
    counts = [9, 9, 9, 5, *[2] * 20, 1, 1]

    with found(*counts) as table:
        pages = [table.page(offset, limit, mask) for offset in range(0, len(counts), limit)]

    listed = [one for page in pages for one in page]
    assert listed == sorted(listed, key=lambda one: (-one.total, one.shown))
    assert [one.total for one in listed] == sorted(counts, reverse=True)
    assert len({one.name for one in listed}) == len(counts)
    assert all(one.shown == (mask(one.name) if mask else one.name) for one in listed)


def test_a_page_behind_the_last_is_empty():
    with found(1, 1) as table:
        assert table.page(2, 10, None) == table.page(5, 10, MASK) == []


def test_a_long_key_masks_alike_in_the_engine():
    """RFC 2104 hashes a key longer than a block first."""
    with found(*[1] * 9) as table:
        for key in (b"k" * 64, b"k" * 65, b"k" * 200):
            mask = Mask(key)
            assert [one.shown for one in table.page(0, 9, mask)] == sorted(
                mask(one.name) for one in table.page(0, 9, None)
            )


def test_a_cursor_leads_on():
    cursor = paging.write_cursor(300, "shop", EARLIER, LATER)

    assert paging.read_cursor(cursor, "shop", EARLIER, LATER) == 300
    assert paging.read_cursor(None, "shop", EARLIER, LATER) == 0
    asked = metrics_question(f"api=shop&{RANGE}&limit=1000&cursor={cursor}", Settings())
    assert (asked.limit, asked.offset) == (1000, 300)
    assert (metrics_question(f"api=shop&{RANGE}", Settings()).limit, paging.MAX_LIMIT) == (50, 1000)


def test_a_cursor_holds_a_number_and_a_fingerprint_only():
    cursor = paging.write_cursor(300, "shop", EARLIER, LATER)

    data = base64.urlsafe_b64decode(cursor)
    assert data[:4] == (300).to_bytes(4, "big")
    assert len(data) == 12
    others = [
        ("bank", EARLIER, LATER),
        ("shop", EARLIER, at("2018-02-14T00:01")),
        ("shop", at("2018-02-12T23:59"), LATER),
    ]
    assert len({cursor, *(paging.write_cursor(300, *other) for other in others)}) == 4


@pytest.mark.parametrize(
    "query",
    [
        f"api=bank&{RANGE}",
        f"api=shop&{during('2018-02-13T00:00', '2018-02-14T00:01')}",
        f"api=shop&{during('2018-02-12T23:59', '2018-02-14T00:00')}",
    ],
)
def test_a_cursor_of_another_question_is_refused(query):
    cursor = paging.write_cursor(300, "shop", EARLIER, LATER)

    with pytest.raises(BadRequest, match=r"^cursor: .*another api or range"):
        metrics_question(f"{query}&cursor={cursor}", Settings())


@pytest.mark.parametrize("cursor", MISUSED)
def test_what_is_no_cursor_is_refused(cursor):
    with pytest.raises(BadRequest, match=r"^cursor: ") as caught:
        paging.read_cursor(cursor, "shop", EARLIER, LATER)

    assert not cursor or cursor not in str(caught.value)  # it may be something pasted by mistake


@pytest.mark.parametrize("limit", ["0", "-1", "1001", "+5", "1.0", "ten", "٣", "1_0", "9" * 5000])
def test_a_limit_is_a_number_from_1_to_1000(limit):
    with pytest.raises(BadRequest, match=r"^limit: write a whole number from 1 to 1000$"):
        paging.read_limit(limit)


@pytest.mark.parametrize("name", ["limit", "cursor"])
def test_forensics_have_no_pages(name):
    given = {"earlier_date": "2018-02-13T00:00", "later_date": "2018-02-14T00:00", name: "1"}

    with pytest.raises(BadRequest, match=rf"^{name}: ") as caught:
        ask(Kind.TOKEN, "t", given, Settings())

    assert caught.value.status_code == "UNKNOWN_PARAMETER"
