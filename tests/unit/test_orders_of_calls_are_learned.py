"""Calls and their orders are learned by clients, and a window is held against them."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from abslake.detection import activity, profiles, transitions
from abslake.facts import schema

START = datetime(2026, 3, 2, 10, tzinfo=UTC)
USUAL = ("/shop/list", "/shop/items/7", "/shop/items/7/details", "/shop/list")

Call = tuple[str, int, str, int]
"""User, second of the window, path, status."""


@pytest.fixture
def engine() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("CREATE TEMP TABLE forgotten (api VARCHAR, until TIMESTAMP)")
    profiles.load(connection, None)
    transitions.load(connection, None)
    return connection


def measure(engine: duckdb.DuckDBPyConnection, folder: Path, calls: Iterable[Call]) -> None:
    rows = [
        [
            _plain(START + timedelta(seconds=second // 60 * 60)),
            user,
            path,
            status,
            _plain(START + timedelta(seconds=second)),
        ]
        for user, second, path, status in calls
    ]
    engine.execute(
        "CREATE OR REPLACE TEMP TABLE given (minute TIMESTAMP, u VARCHAR, p VARCHAR, s SMALLINT, m TIMESTAMP)"
    )
    engine.executemany("INSERT INTO given VALUES (?, ?, ?, ?, ?)", rows)
    unit = folder / "unit.parquet"
    engine.execute(
        f"COPY ({schema.nothing()} UNION ALL BY NAME SELECT minute, 'shop' AS api, '192.0.2.1' AS ip, 't-' || u AS token, "
        "u AS username, 'GET' AS method, p AS path, s AS status, 1 AS requests, 1 AS connections, "
        "m::TIMESTAMP_MS AS first_seen, "
        f"m::TIMESTAMP_MS AS last_seen FROM given) TO '{unit}' (FORMAT parquet)"
    )
    activity.measure(engine, [unit], START, START + timedelta(minutes=10))


def _plain(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)


def session(user: str, paths: Iterable[str] = USUAL) -> list[Call]:
    return [(user, 5 * number, path, 200) for number, path in enumerate(paths)]


def learn(engine: duckdb.DuckDBPyConnection, folder: Path, calls: Iterable[Call]) -> None:
    measure(engine, folder, calls)
    transitions.write(engine, START, folder / "window.parquet")
    transitions.learn(engine, [folder / "window.parquet"], None, folder / "model.parquet")
    transitions.load(engine, folder / "model.parquet")


def of(engine: duckdb.DuckDBPyConnection, user: str, columns: str) -> tuple[int, ...]:
    (row,) = engine.execute(f"SELECT {columns} FROM activity WHERE view = 'across' AND client = ?", [user]).fetchall()
    return tuple(row)


def crowd(extra: Iterable[Call] = ()) -> list[Call]:
    return [call for number in range(60) for call in session(f"u{number}")] + list(extra)


def test_a_usual_order_is_probable_and_another_one_is_not(engine: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    learn(engine, tmp_path, crowd())
    odd = ("/shop/items/9/details", "/shop/items/8", "/shop/list", "/shop/items/3/details")
    measure(engine, tmp_path, session("ann") + session("bob", odd))
    assert of(engine, "ann", "transitions, improbable") == (3, 0)
    assert of(engine, "bob", "transitions, improbable") == (3, 3)


def test_nothing_is_improbable_before_something_was_learned(engine: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    measure(engine, tmp_path, session("bob", reversed(USUAL)))
    assert of(engine, "bob", "transitions, improbable, unknown_calls, rare_calls") == (3, 0, 0, 0)


def test_one_client_cannot_teach_an_order(engine: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    back_and_forth = [("eve", n, ("/shop/items/1/details", "/shop/items/1")[n % 2], 200) for n in range(200)]
    learn(engine, tmp_path, crowd(back_and_forth))
    rows = engine.execute(
        "SELECT clients FROM known_pairs WHERE previous_name LIKE '%details' AND name LIKE '%{id}'"
    ).fetchall()
    assert rows == [(1.0,)]


def test_retries_and_failures_are_no_steps(engine: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    measure(engine, tmp_path, [("ann", n, "/shop/list", 200) for n in range(5)] + [("ann", 9, "/shop/other", 503)])
    assert of(engine, "ann", "transitions") == (0,)


def test_refused_calls_that_the_api_does_not_have_are_unknown(
    engine: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    learn(engine, tmp_path, crowd())
    probes = [
        ("eve", n, f"/shop/{word}", 404) for n, word in enumerate(("admin", "backup", ".env", "items/77", "list"))
    ]
    measure(engine, tmp_path, [*probes, ("ann", 50, "/shop/new-in-this-release", 200)])
    assert of(engine, "eve", "unknown_calls, refused_paths") == (3, 5)
    assert of(engine, "ann", "unknown_calls") == (0,)


def test_an_api_with_names_instead_of_ids_is_not_judged(
    engine: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transitions, "MOST_CALLS", 40)
    titles = [f"/shop/title-{one}{other}" for one in "abcdefgh" for other in "ijklmnop"]
    learn(engine, tmp_path, crowd((f"u{n}", 60 + n, titles[n], 200) for n in range(60)))
    measure(engine, tmp_path, [("eve", 1, "/shop/admin", 404)])
    assert of(engine, "eve", "unknown_calls") == (0,)


def test_calls_of_few_users_are_rare(engine: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    learn(engine, tmp_path, crowd([("staff", 90, "/shop/admin/users", 200)]))
    measure(engine, tmp_path, [*session("eve"), ("eve", 40, "/shop/admin/users", 403), *session("ann")])
    assert of(engine, "eve", "rare_calls, bit_count(rare_bits), rare_marks") == (1, 1, 2)
    assert of(engine, "ann", "rare_calls, rare_marks") == (0, 0)


def test_counts_add_up_over_models_with_decay(engine: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    learn(engine, tmp_path, crowd())
    again = tmp_path / "next.parquet"
    transitions.learn(engine, [tmp_path / "window.parquet"], (tmp_path / "model.parquet", 0.5, START), again)
    sums = f"SELECT clients, len(users) FROM '{again}' WHERE previous IS NULL AND call = 'GET /shop/list'"
    assert engine.execute(sums).fetchall() == [(90.0, 60)]


def test_a_reset_api_is_forgotten(engine: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    learn(engine, tmp_path, crowd())
    engine.execute("INSERT INTO forgotten VALUES ('shop', ?)", [_plain(START + timedelta(hours=1))])
    transitions.learn(
        engine, [tmp_path / "window.parquet"], (tmp_path / "model.parquet", 0.5, START), tmp_path / "next.parquet"
    )
    assert engine.execute(f"SELECT count(*) FROM '{tmp_path}/next.parquet'").fetchall() == [(0,)]
