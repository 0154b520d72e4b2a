"""What is learned of a detector are the values that its clients are judged by, each client once, and nobody else's."""

import random
from collections import Counter
from collections.abc import Iterator

import duckdb
import pytest

from abslake.detection import activity, measuring, profiles, recurring
from abslake.detection.detector import Span, View
from abslake.detection.detectors import detectors

KINDS = {
    View.CLIENT: ("token", "api_key", "cookie", "ip"),
    View.ACROSS: ("token", "api_key", "cookie", "ip", "username"),
    View.USER: ("username",),
    View.ADDRESS: ("ip",),
}


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    """Rows of activity with anything in them, of a window and of a day."""
    rng = random.Random(7)
    numbers = (0, 0, 0, 1, 1, 2, 3, 40, 1_000, 5_000_000)
    names = [name for name in activity.COLUMNS if name not in activity.TIMES] + list(profiles.COLUMNS)
    rows = [
        (str(view), "all" if view is View.ACROSS else api, kind, str(n), *(rng.choice(numbers) for _ in names))
        for view, kinds in KINDS.items()
        for kind in kinds
        for api in ("shop", "bank")
        for n in range(25)
    ]
    columns = ["view VARCHAR", "api VARCHAR", "kind VARCHAR", "client VARCHAR", *(f"{name} BIGINT" for name in names)]
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(f"CREATE TABLE given ({', '.join(columns)})")
        connection.executemany(f"INSERT INTO given VALUES ({', '.join('?' * len(columns))})", rows)
        seen = "TIMESTAMP '2026-03-02' AS first_seen, TIMESTAMP '2026-03-02' AS last_seen"
        for table in measuring.TABLES.values():
            connection.execute(f"CREATE TABLE {table} AS SELECT *, {seen}, 3 AS windows FROM given")
        recurring.load(connection, None)
        measuring.crowd(connection, {"shop": {"requests": 100.0}})
        yield connection
        connection.execute("DROP TABLE given")


@pytest.mark.parametrize("few", [0, measuring.FEW], ids=["one by one", "all at once"])
def test_every_detector(engine: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    monkeypatch.setattr(measuring, "FEW", few)
    chosen = list(detectors().values())
    highest = measuring.histogram(engine, chosen)
    rows = engine.execute(
        "SELECT attack_id, letter, api, kind, bucket, clients FROM histogram WHERE attack_id > 0"
    ).fetchall()
    learned = {tuple(row[:5]): row[5] for row in rows}
    assert len(learned) == len(rows)
    judged: Counter[tuple[object, ...]] = Counter()
    for one in chosen:
        for variable in one.variables:
            letter = variable.letter
            values = engine.execute(f"SELECT api, kind, {letter.lower()} FROM ({measuring.measured(one)})").fetchall()
            judged.update((one.id, letter, api, kind, value) for api, kind, value in values)
    assert learned == judged
    assert len(judged) > 10 * len(chosen)
    for id_, letter, api, kind, value in judged:
        assert highest[id_, api, kind, letter] >= value


def test_attackers_are_taken_out_as_if_they_had_not_been_there(engine: duckdb.DuckDBPyConnection) -> None:
    chosen, usual = list(detectors().values()), {"shop": {"requests": 100.0}}
    everything = "SELECT * FROM histogram ORDER BY ALL"
    engine.execute("BEGIN")
    try:
        measuring.histogram(engine, chosen)
        with_attackers = engine.execute(everything).fetchall()
        engine.execute("CREATE TEMP TABLE attackers AS SELECT 'token' AS kind, unnest(['3', '7']) AS client")
        measuring.without_attackers(engine, chosen, usual)
        found = engine.execute(everything).fetchall()
        left = "SELECT count(*) FROM activity WHERE kind = 'token' AND client IN ('3', '7')"
        assert engine.execute(left).fetchall() == [(0,)]

        measuring.crowd(engine, usual)
        measuring.histogram(engine, chosen)
        assert found == engine.execute(everything).fetchall()
        assert found != with_attackers
    finally:
        engine.execute("ROLLBACK")


def test_of_who_is_there_more_than_half_of_a_day_no_day_is_learned(engine: duckdb.DuckDBPyConnection) -> None:
    chosen = [one for one in detectors().values() if one.span is Span.DAY]
    engine.execute("BEGIN")
    try:
        engine.execute("UPDATE day_activity SET windows = CASE WHEN client = '3' THEN 73 ELSE 72 END")
        highest = measuring.histogram(engine, chosen)
        learned = engine.execute("SELECT * FROM histogram WHERE attack_id > 0 AND clients > 0 ORDER BY ALL").fetchall()
        alone = "SELECT attack_id, api, kind, letter, bucket FROM histogram WHERE attack_id > 0 AND clients = 0"
        judged = engine.execute(alone).fetchall()
        assert judged
        assert all(highest[tuple(at)] >= bucket for *at, bucket in judged), "they are judged all the same"

        engine.execute("DELETE FROM day_activity WHERE client = '3'")
        measuring.histogram(engine, chosen)
        assert learned == engine.execute("SELECT * FROM histogram WHERE attack_id > 0 ORDER BY ALL").fetchall()
        assert len(learned) > len(chosen)
    finally:
        engine.execute("ROLLBACK")
