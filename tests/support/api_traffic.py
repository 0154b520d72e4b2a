"""Traffic of one API in an engine's table, as facts or partly as the sums that the index keeps, and what is true of it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import duckdb
from hypothesis import strategies as st

from abslake.index import layout
from abslake.records.definitions import Api
from abslake.reports import Kind, Question, metrics, paging
from abslake.traffic import body, nothing, sums
from tests.support.facts import at, definitions

Row = Mapping[str, Any]

START = at("2018-02-13T00:00")
DAYS = 4
SHOP: Api = definitions(shop="/shop").apis["shop"]
MANY = layout.LIMITS


def row(day: int = 0, **columns: Any) -> dict[str, Any]:
    """A joint row of the API shop, in the columns of its traffic; what is not said is plain."""
    plain: dict[str, Any] = {
        "value": "shop",
        "minute": START + timedelta(days=day, minutes=7),
        "session": None,
        "path": "/shop/items",
        "shown_path": None,
        "ip": "192.0.2.1",
        "method": "GET",
        "browser": "CHROME",
        "device": "LINUX",
        "server": "10.0.0.1:80",
        "ok": 1,
        "requests": 1,
    }
    assert not set(columns) - set(plain)
    whole = {**plain, **columns}
    return {**whole, "bare": int(whole["session"] is None)}


@st.composite
def rows(draw: st.DrawFn, sessions: int = 6) -> dict[str, Any]:
    """A row on one of some days, of a few names, so that they meet."""
    path = draw(st.sampled_from(["/shop/a", "/shop/b", "/shop/12345", "/shop/67890/x/y", "/shop/reset/abcdef"]))
    return row(
        draw(st.integers(0, DAYS - 1)),
        session=draw(st.sampled_from([None, *(f"s{number}" for number in range(sessions))])),
        path=path,
        shown_path=draw(st.sampled_from([None, "/shop/reset/***"])) if path.endswith("abcdef") else None,
        ip=draw(st.sampled_from(["192.0.2.1", "2001:db8::1", *(f"198.51.{n % 3}.{n}" for n in range(12))])),
        method=draw(st.sampled_from(["GET", "POST", "PUT"])),
        browser=draw(st.sampled_from(["CHROME", "DOWNLOAD"])),
        device=draw(st.sampled_from(["UNKNOWN", "LINUX", "WINDOWS_7"])),
        server=draw(st.sampled_from([None, "10.0.0.1:80", "10.0.0.2:80"])),
        ok=draw(st.integers(0, 1)),
        requests=draw(st.sampled_from([1, 1, 2, 3, 20])),
    )


traffic = st.lists(rows(), max_size=60)


@dataclass
class Elsewhere:
    """The rest of the index: knows all rows, and what it was asked for."""

    connection: duckdb.DuckDBPyConnection
    facts: Sequence[Row]
    stored: frozenset[int]
    sessions: list[str] = field(default_factory=list)
    addresses: int = 0

    def add_sessions(self, names: Sequence[str], table: str) -> None:
        """The wanted sessions' sums for days that are stored, their joint rows for the others."""
        self.sessions += names
        wanted = [fact for fact in self.facts if fact["session"] in names]
        insert(self.connection, table, [fact for fact in wanted if day_of(fact) not in self.stored])
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE found AS {nothing('api')}")
        insert(self.connection, "found", [fact for fact in wanted if day_of(fact) in self.stored])
        self.connection.execute(
            f"INSERT INTO {table} BY NAME SELECT *, 0 AS level FROM ({over('found', 'api/details')})"
        )

    def add_addresses(self) -> None:
        """All addresses of the stored days."""
        self.addresses += 1
        self.connection.execute("INSERT INTO traffic BY NAME FROM address_sums")


@contextmanager
def engine(facts: Sequence[Row], stored: Iterable[int] = (), limits: sums.Limits = MANY, *, exact: bool = True) -> Any:
    """A connection whose ``traffic`` holds the facts, those of the days `stored` as the sums of a day each.

    Gives it with what is kept elsewhere. Not `exact`: without the sums of all sessions.
    """
    days = frozenset(stored)
    with closing(duckdb.connect(":memory:", config={"threads": 1})) as connection:
        for table in ("traffic", "joint", "sums", "session_sums", "address_sums"):
            connection.execute(f"CREATE TEMP TABLE {table} AS {nothing('api')}")
        insert(connection, "traffic", [fact for fact in facts if day_of(fact) not in days])
        for day in days:
            connection.execute("DELETE FROM joint")
            insert(connection, "joint", [fact for fact in facts if day_of(fact) == day])
            sums.of_apis(connection, "joint", limits)
        kept = ["sums", *(["session_sums"] if exact else [])]
        for table in kept:
            connection.execute(
                f"INSERT INTO traffic BY NAME SELECT * REPLACE (coalesce(level, 0) AS level) FROM {table}"
            )
        yield connection, Elsewhere(connection, facts, days)


def insert(connection: duckdb.DuckDBPyConnection, table: str, facts: Sequence[Row]) -> None:
    """Add joint rows to a table of traffic."""
    if facts:
        names = list(facts[0])
        marks = ", ".join("?" for _ in names)
        values = [[naive(fact[name]) for name in names] for fact in facts]
        connection.executemany(f"INSERT INTO {table} ({', '.join(names)}, level) VALUES ({marks}, 0)", values)


def over(table: str, name: str) -> str:
    """A body over the rows of a table."""
    return f"WITH traffic AS (FROM {table}) {body(name)}"


def naive(value: Any) -> Any:
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def day_of(fact: Row) -> int:
    """Which day a row lies on, from 0."""
    return int((fact["minute"] - START) // timedelta(days=1))


def question(limit: int = paging.DEFAULT_LIMIT, offset: int = 0) -> Question:
    """About all days of shop."""
    return Question(Kind.METRICS, START, START + timedelta(days=DAYS), UTC, "shop", "", limit, offset)


def held_to(limits: sums.Limits) -> Any:
    """Answers of so many rows."""
    return patch.object(layout, "LIMITS", limits)


def ask(
    facts: Sequence[Row],
    stored: Iterable[int] = (),
    limits: sums.Limits = MANY,
    asked: Question | None = None,
    mask: metrics.Mask | None = None,
    *,
    exact: bool = True,
) -> dict[str, Any]:
    """The answer as JSON data."""
    with engine(facts, stored, limits, exact=exact) as (connection, elsewhere), held_to(limits):
        report = metrics.compose(asked or question(), connection, SHOP, mask, elsewhere, exact=exact)
        answer: dict[str, Any] = report.model_dump()
        return answer


def truth(facts: Sequence[Row], limit: int, offset: int, mask: metrics.Mask | None = None) -> dict[str, Any]:
    """Summary and details of a page, counted row by row in plain Python."""
    by_session: dict[str, list[Row]] = defaultdict(list)
    by_path: dict[str, list[Row]] = defaultdict(list)
    for fact in facts:
        name = _path(fact, mask) if fact["session"] is None else fact["session"]
        (by_path if fact["session"] is None else by_session)[name].append(fact)
    sessions = [
        {
            "session_id": mask(name) if mask else name,
            "total_requests": count(some),
            "source_ip": _ips(some),
            "user_agent": _list(some, "browser", "user_agent"),
            "path_info": [
                {"path": path, "count": number} for path, number in ranked(tally(some, lambda f: _path(f, mask)))
            ],
            "device": _list(some, "device", "device"),
            "server": _list(some, "server", "server"),
        }
        for name, some in by_session.items()
    ]
    sessions.sort(key=lambda entry: (-entry["total_requests"], entry["session_id"]))
    bare = [
        {
            "total_requests": count(some),
            "source_ip": _ips(some),
            "user_agent": _list(some, "browser", "user_agent"),
            "path": path,
            "device": _list(some, "device", "device"),
            "server": _list(some, "server", "server"),
        }
        for path, some in by_path.items()
    ]
    bare.sort(key=lambda entry: (-entry["total_requests"], entry["path"]))
    return {
        "req_resp_summary": {
            "api_url": "/shop",
            "total_requests": count(facts),
            "success": count(fact for fact in facts if fact["ok"]),
            "sessions": len(by_session),
            "no_sessions": count(fact for fact in facts if fact["session"] is None),
            "most_popular_method": _first(facts, "method"),
            "most_popular_device": _first(facts, "device"),
            "most_popular_ips": [name for name, _ in ranked(tally(facts, "ip"))][:10],
            "servers": _list(facts, "server", "server"),
        },
        "req_resp_details": {
            "api_url": "/shop",
            "session_details": sessions[offset : offset + limit],
            "no_session": {"request_details": [] if offset else bare},
        },
    }


def count(facts: Iterable[Row]) -> int:
    return sum(fact["requests"] for fact in facts)


def tally(facts: Iterable[Row], name: Any) -> Counter[str]:
    """Requests by a column, or by what a function says of a row; NULL left out."""
    counts: Counter[str] = Counter()
    for fact in facts:
        what = name(fact) if callable(name) else fact[name]
        if what is not None:
            counts[what] += fact["requests"]
    return counts


def ranked(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _path(fact: Row, mask: metrics.Mask | None) -> str:
    return str(fact["shown_path"] or fact["path"]) if mask else str(fact["path"])


def _first(facts: Sequence[Row], name: str) -> str:
    return next((what for what, _ in ranked(tally(facts, name))), "")


def _list(facts: Sequence[Row], column: str, name: str) -> list[dict[str, Any]]:
    return [{name: what, "count": number} for what, number in ranked(tally(facts, column))]


def _ips(facts: Sequence[Row]) -> list[dict[str, Any]]:
    return [
        {
            "ip": ip,
            "count": number,
            "method": [name for name, _ in ranked(tally([fact for fact in facts if fact["ip"] == ip], "method"))],
        }
        for ip, number in ranked(tally(facts, "ip"))
    ]


def sessions_of(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The entries of sessions of an answer."""
    entries: list[dict[str, Any]] = document["req_resp_details"]["session_details"]
    return entries
