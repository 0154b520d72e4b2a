"""Random facts of two hours on two APIs, and the six reports on them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import strategies as st

from abslake.reports import Kind, Question, report
from abslake.settings import Settings
from abslake.storage import Lake
from tests.support.facts import at, definitions, fact, write_facts

START = at("2018-02-13T23:00")
END = START + timedelta(hours=2)
APIS = definitions(shop="/shop", bank="/bank")
VALUES = {
    Kind.TOKEN: "t1",
    Kind.IP: "192.0.2.1",
    Kind.COOKIE: "c1",
    Kind.API_KEY: "k1",
    Kind.USERNAME: "u1",
}
"""The identifier that each forensics report is asked about."""


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    """One row somewhere in the two hours, of a few names, so that they meet."""
    first = START + timedelta(milliseconds=draw(st.integers(0, 2 * 3_600_000 - 1)))
    minute_end = first.replace(second=59, microsecond=999_000)
    return fact(
        first,
        draw(st.sampled_from([first, minute_end])),
        api=draw(st.sampled_from(["shop", "bank", None])),
        ip=draw(st.sampled_from(["192.0.2.1", "192.0.2.2", "2001:db8::1"])),
        token=draw(st.sampled_from([None, "t1", "t2"])),
        cookie=draw(st.sampled_from([None, "c1", "c2"])),
        api_key=draw(st.sampled_from([None, "k1"])),
        username=draw(st.sampled_from([None, "u1"])),
        method=draw(st.sampled_from(["GET", "POST"])),
        path=draw(st.sampled_from(["/shop/a", "/shop/b", "/bank/a"])),
        user_agent=draw(st.sampled_from([None, "curl/8", "UNKNOWN"])),
        device=draw(st.sampled_from(["UNKNOWN", "LINUX"])),
        browser=draw(st.sampled_from(["CHROME", "DOWNLOAD"])),
        status=draw(st.sampled_from([None, 199, 200, 204, 299, 300, 500])),
        server=draw(st.sampled_from([None, "10.0.0.1:80", "10.0.0.2:80"])),
        requests=draw(st.integers(1, 50)),
    )


traffic = st.lists(rows(), max_size=25)


def question(kind: Kind, earlier: datetime = START, later: datetime = END, api: str | None = None) -> Question:
    """A question about the one identifier of that kind, or (metrics) about shop."""
    if kind is Kind.METRICS:
        return Question(kind, earlier, later, START.tzinfo, "shop")
    return Question(kind, earlier, later, START.tzinfo, api, VALUES[kind])


def ask(facts: Sequence[dict[str, Any]], *questions: Question) -> list[Any]:
    """The answers as JSON data, from a lake that holds `facts` and nothing else."""
    with TemporaryDirectory() as folder:
        lake = Lake(folder)
        write_facts(lake, facts, units_an_hour=2)
        return [report(one, lake, Settings(), APIS).model_dump() for one in questions]


def belongs(row: dict[str, Any], one: Question) -> bool:
    """Whether a row is part of an answer: said without SQL."""
    if row["api"] is None or not one.earlier <= row["minute"] < one.later:
        return False
    if one.api is not None and row["api"] != one.api:
        return False
    return one.kind is Kind.METRICS or row.get(one.kind.value) == one.value
