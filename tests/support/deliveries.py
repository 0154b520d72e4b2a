"""Random deliveries of facts around the end of a month, when the index is folded between them, and ranges to ask for."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from abslake.storage import Lake
from tests.support.facts import Row, fact
from tests.support.indexed import add_facts, fold, utc

START = utc(2026, 1, 30)
MINUTES = 6 * 24 * 60  # two days of January, four of February

TOKENS, COOKIES, KEYS, USERS = ("t1", "t2"), ("c1", "c2", "c3", "c4"), ("k1",), ("ann", "bob")
IPS = ("192.0.2.1", "192.0.2.2", "192.0.2.77", "198.51.100.9", "203.0.113.5", "2001:db8::1", "2001:db8:0:1::2")
PATHS = (
    "/shop/items",
    "/shop/items/1",
    "/shop/items/2",
    "/shop/items/31",
    "/shop/a/b/c/d/e",
    "/shop/t1;x=c1",
    "/shop/x%2Ft2",
)


Deliveries = Sequence[tuple[Sequence[Row], tuple[int, Sequence[str]] | None]]
"""Rows of each, and the day after `START` and the kinds that are folded then, if any."""


def optional(values: Sequence[str]) -> st.SearchStrategy[str | None]:
    """One of them, or none."""
    return st.one_of(st.none(), st.sampled_from(values))


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    """One row of a few names, so that they meet."""
    minute = draw(st.one_of(st.integers(0, MINUTES - 1), st.sampled_from([0, 1439, 1440, 2879, 2880, 5000])))
    first = START + timedelta(minutes=minute, seconds=draw(st.integers(0, 59)))
    return fact(
        first,
        api=draw(st.sampled_from(["shop", "shop", "shop", "bank", None])),
        ip=draw(st.sampled_from(IPS)),
        token=draw(optional(TOKENS)),
        cookie=draw(optional(COOKIES)),
        api_key=draw(optional(KEYS)),
        username=draw(optional(USERS)),
        path=draw(st.sampled_from(PATHS)),
        method=draw(st.sampled_from(["GET", "POST"])),
        user_agent=draw(optional(("curl/8", "x"))),
        device=draw(st.sampled_from(["LINUX", "UNKNOWN"])),
        browser=draw(st.sampled_from(["CHROME", "CURL"])),
        status=draw(st.sampled_from([200, 204, 404, None])),
        server=draw(st.sampled_from(["10.0.0.1:80", "10.0.0.2:80", None])),
        requests=draw(st.integers(1, 3)),
    )


@st.composite
def lakes(draw: st.DrawFn) -> Deliveries:
    """Deliveries, and when (in days after the start) the index is folded after each of them; None: not at all."""
    kinds = st.sampled_from(
        [("ip", "token", "cookie", "api_key", "username", "api"), ("api", "ip"), ("cookie", "token")]
    )
    folds = st.one_of(st.none(), st.tuples(st.integers(0, 40), kinds))
    return draw(st.lists(st.tuples(st.lists(rows(), min_size=1, max_size=25), folds), min_size=1, max_size=4))


@st.composite
def ranges(draw: st.DrawFn) -> tuple[datetime, datetime]:
    """A range that begins or ends with a day, or cuts it."""
    edge = st.one_of(st.integers(-10, MINUTES + 10), st.integers(-1, 7).map(lambda day: day * 1440), st.just(2880))
    first = draw(edge)
    last = draw(edge.filter(lambda minute: minute != first))
    earlier, later = sorted((first, last))
    if draw(st.booleans()) and later > 2880:
        later = 50 * 1440  # all of February, which has been derived
    return START + timedelta(minutes=earlier), START + timedelta(minutes=later)


def deliver(lake: Lake, deliveries: Deliveries) -> None:
    """Write what is delivered and fold the index as often as is said."""
    for number, (some, folded) in enumerate(deliveries):
        add_facts(lake, some, source=f"upload {number}")
        if folded:
            day, kinds = folded
            fold(lake, START + timedelta(days=day), kinds, rounds=2)
