"""Measures that no detector asks for of a view are left out of its rows, and no detector sees another client for it."""

from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from abslake.detection import activity, measuring, profiles, transitions
from abslake.detection.detector import Detector, Span, View
from abslake.detection.detectors import detectors
from abslake.facts.signals import Signal
from abslake.storage import Lake
from tests.support.facts import at, fact, write_facts

START = at("2026-03-02T10:10")
WINDOWS = [one for one in detectors().values() if one.span is Span.WINDOW]
CLIENTS = (
    {"token": "t1", "username": "u1"},
    {"token": "t2", "username": "u1"},
    {"cookie": "c1"},
    {"api_key": "k1"},
    {"user_agent": "b"},
)
REQUESTS = (
    {"path": "/a"},
    {"path": "/login", "method": "POST", "status": 401, "signals": int(Signal.LOGIN)},
    {"path": "/c", "method": "POST", "status": 200, "signals": int(Signal.SQL), "request_bytes": 70},
    {"path": "/b", "method": "DELETE", "status": 404, "signals": int(Signal.SQL), "requests": 300, "connections": 40},
)


@pytest.fixture
def engine(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    """With the facts of a window."""
    rows = [
        fact(START + timedelta(seconds=9 * number), api=api, ip=f"10.{number}.0.1", **client, **request)
        for api in ("shop", "bank")
        for number, (client, request) in enumerate((one, other) for one in CLIENTS for other in REQUESTS)
    ]
    keys = write_facts(Lake(str(tmp_path)), rows, units_an_hour=1)
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("CREATE TABLE units AS SELECT unnest(?) AS path", [[str(tmp_path / key) for key in keys]])
    transitions.load(connection, None)
    profiles.load(connection, None)
    return connection


def measure(engine: duckdb.DuckDBPyConnection, *names: dict[View, frozenset[str]]) -> None:
    units = [Path(path) for (path,) in engine.execute("FROM units").fetchall()]
    activity.measure(engine, units, START, START + timedelta(minutes=10), *names)
    measuring.crowd(engine, {})


def seen_by(engine: duckdb.DuckDBPyConnection, detector: Detector) -> list[tuple[object, ...]]:
    return engine.execute(f"FROM ({measuring.measured(detector)}) ORDER BY ALL").fetchall()


def test_every_detector_sees_the_same(engine: duckdb.DuckDBPyConnection) -> None:
    measure(engine)
    expected = {one.id: seen_by(engine, one) for one in WINDOWS}
    assert sum(map(bool, expected.values())) > len(WINDOWS) / 2

    measure(engine, dict(activity.asked(WINDOWS)))
    assert {one.id: seen_by(engine, one) for one in WINDOWS} == expected
    asked = "count(bytes_in), count(*)"
    ((among_users, users),) = engine.execute(f"SELECT {asked} FROM activity WHERE view = 'user'").fetchall()
    assert (among_users, bool(users)) == (0, True)
