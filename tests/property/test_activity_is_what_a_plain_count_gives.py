"""Rows of activity, which SQL makes in several steps to save time, equal what plain Python counts request by request."""

import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from abslake.detection import activity, profiles, summing, transitions
from abslake.detection.detector import View
from abslake.facts.signals import Signal
from abslake.storage import Lake
from tests.support.facts import at, fact, write_facts
from tests.support.thoroughness import examples

START = at("2026-03-02T10:10")
END = START + timedelta(minutes=10)
ODD = ("t1", 'it\'s "odd"\n\x1f', "é" * 3_000)
Row = Mapping[str, Any]
Who = tuple[str, str, str, str]

requests = st.builds(
    lambda minute, **columns: fact(START + timedelta(minutes=minute, seconds=7), **columns),
    st.integers(-1, 10),
    api=st.sampled_from(("shop", "bank", None)),
    ip=st.sampled_from(("10.1.0.1", "10.1.0.2", "10.2.0.1", "2001:db8::1", "2001:db8:1::1")),
    token=st.sampled_from((None, None, *ODD)),
    cookie=st.sampled_from((None, "c1", "c2")),
    api_key=st.sampled_from((None, None, "k1")),
    username=st.sampled_from((None, "u1", "u2")),
    user_agent=st.sampled_from((None, "a", "b")),
    method=st.sampled_from(("GET", "get", "POST", "DELETE")),
    path=st.sampled_from(("/a", "/b", "/c")),
    status=st.sampled_from((None, 200, 401, 403, 404, 429, 500)),
    signals=st.sampled_from((None, 0, int(Signal.LOGIN), int(Signal.SQL | Signal.DECOY))),
    requests=st.sampled_from((1, 2, 120)),
    response_bytes=st.sampled_from((None, 10)),
)


def views(row: Row) -> Iterable[Who]:
    """The rows that a request counts in."""
    kind = next((kind for kind in ("token", "api_key", "cookie") if row[kind] is not None), "ip")
    yield "client", row["api"], kind, row[kind]
    yield from {("across", "all", k, row[k]) for k in (kind, "api_key", "username") if row[k] is not None}
    if row["username"] is not None:
        yield "user", row["api"], "username", row["username"]
    yield "address", row["api"], "ip", row["ip"]


def network(row: Row) -> str:
    mark = ":" if ":" in row["ip"] else "."
    return mark.join(row["ip"].split(mark)[:2])


def agent(row: Row) -> str:
    return row["user_agent"] or ""


def is_refused(row: Row) -> bool:
    return row["status"] is not None and 400 <= row["status"] < 500 and row["status"] != 429


def is_login(row: Row) -> bool:
    return bool((row["signals"] or 0) & Signal.LOGIN)


SUMS: Mapping[str, Callable[[Row], bool]] = {
    "requests": lambda _: True,
    "answered": lambda row: row["status"] is not None and row["status"] < 500 and row["status"] != 429,
    "ok": lambda row: row["status"] == 200,
    "refused": is_refused,
    "unauthorized": lambda row: row["status"] == 401,
    "failed": lambda row: row["status"] in (None, 500),
    "posts": lambda row: row["method"] == "POST",
    "deletes": lambda row: row["method"] == "DELETE",
    "written": lambda row: row["method"] == "POST" and row["status"] == 200,
    "logins": is_login,
    "login_failures": lambda row: is_login(row) and is_refused(row),
    "query_hits": lambda row: bool((row["signals"] or 0) & Signal.SQL),
    "decoys": lambda row: bool((row["signals"] or 0) & Signal.DECOY),
}
DISTINCT: Mapping[str, Callable[[Row], object]] = {
    "networks": network,
    "agents": agent,
    "users": lambda row: row["username"],
    "paths": lambda row: row["path"],
    "found_paths": lambda row: row["path"] if row["method"].upper() == "GET" and row["status"] == 200 else None,
    "refused_paths": lambda row: row["path"] if row["status"] in (403, 404) and not is_login(row) else None,
    "barred_paths": lambda row: row["path"] if row["status"] in (401, 403) and not is_login(row) else None,
    "minutes": lambda row: row["minute"],
}


def counted(rows: Iterable[Row]) -> dict[Who, dict[str, int]]:
    groups: dict[Who, list[Row]] = defaultdict(list)
    for row in rows:
        if row["api"] and START <= row["minute"] < END:
            for who in views(row):
                groups[who].append(row)
    found = {who: measured(group) for who, group in groups.items()}
    least = summing.LEAST_OF_ADDRESS
    return {who: one for who, one in found.items() if who[0] != "address" or one["logins"] or one["requests"] >= least}


def measured(group: Iterable[Row]) -> dict[str, int]:
    group = list(group)
    found = {name: sum(row["requests"] for row in group if test(row)) for name, test in SUMS.items()}
    found |= {name: len({value for row in group if (value := of(row)) is not None}) for name, of in DISTINCT.items()}
    found["bytes_out"] = sum(row["response_bytes"] or 0 for row in group)
    found["largest"] = max((row["response_bytes"] or 0) // row["requests"] for row in group)
    pairs: Counter[tuple[str, str]] = Counter()
    for row in group:
        pairs[network(row), agent(row)] += row["requests"]
    found["strangers"] = sum(pairs.values()) - max(pairs.values())
    found["contested"] = int(found["networks"] > 1 and found["agents"] > 1)
    return found


@contextmanager
def an_engine() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as connection:
        transitions.load(connection, None)
        profiles.load(connection, None)
        yield connection


@examples(10)
@given(st.lists(requests, min_size=1, max_size=40))
def test_a_window(rows: list[Row]) -> None:
    expected = counted(rows)
    names = list(next(iter(expected.values()), {"requests": 0}))
    with tempfile.TemporaryDirectory() as folder, an_engine() as engine:
        keys = write_facts(Lake(folder), rows, units_an_hour=2)
        activity.measure(engine, [Path(folder, key) for key in keys], START, END)
        found = engine.execute(f"SELECT view, api, kind, client, {', '.join(names)} FROM activity").fetchall()
    assert len(found) == len({row[:4] for row in found})
    assert {row[:4]: dict(zip(names, row[4:], strict=True)) for row in found} == expected


@examples(5)
@given(st.lists(st.lists(requests, min_size=1, max_size=12), min_size=2, max_size=4))
def test_windows_add_up_to_hours_and_days(windows: list[list[Row]]) -> None:
    added = ("requests", "ok", "minutes", "found_paths", "strangers")
    rows = {View.CLIENT: frozenset({*added, "networks", "network_bits", "agent_bits", "rare_bits"})}
    sums: dict[Who, Counter[str]] = defaultdict(Counter)
    names = ("windows", *added)
    with tempfile.TemporaryDirectory() as folder, an_engine() as engine:
        files = []
        for number, some in enumerate(windows):
            keys = write_facts(Lake(folder), some, source=str(number))
            activity.measure(engine, [Path(folder, key) for key in keys], START, END)
            files.append(Path(folder, f"{number}.parquet"))
            activity.write(engine, files[-1])
            for who, one in counted(some).items():
                sums[who].update({name: one[name] for name in added} | {"windows": 1})
        hours = [Path(folder, f"hour{n}.parquet") for n in range(2)]
        activity.add_up_hour(engine, files[:1], hours[0], rows)
        activity.add_up_hour(engine, files[1:], hours[1], rows)
        activity.add_up(engine, hours, rows)
        selected = f"SELECT view, api, kind, client, {', '.join(names)} FROM day_activity ORDER BY ALL"
        found = engine.execute(selected).fetchall()
        activity.add_up_block(engine, hours, Path(folder, "block.parquet"), rows)
        activity.add_up(engine, [Path(folder, "block.parquet")], rows)
        assert engine.execute(selected).fetchall() == found
    expected = {who: {name: one[name] for name in names} for who, one in sums.items() if who[0] == "client"}
    assert {row[:4]: dict(zip(names, row[4:], strict=True)) for row in found} == expected
