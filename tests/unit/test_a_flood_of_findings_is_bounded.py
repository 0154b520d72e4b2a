"""Whoever makes up a client for each request cannot fill the findings without end."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from abslake.detection import activity, judging, measuring
from abslake.detection.detectors import detectors
from abslake.detection.findings import WINDOW
from abslake.detection.judging import Judge, earlier_of
from abslake.detection.tuning import Tuning

START = datetime(2026, 3, 2, tzinfo=UTC)
CLIENTS = 40


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[duckdb.DuckDBPyConnection]:
    """A window in which each client has injected once more than the one before."""
    for name, value in (("MOST_FINDINGS", 30), ("FLOOD", 60), ("MOST_IN_FLOOD", 5)):
        monkeypatch.setattr(judging, name, value)
    columns = ", ".join(
        f"TIMESTAMP '2026-03-02' AS {name}"
        if name in activity.TIMES
        else f"{'n' if name == 'query_hits' else '0'}::BIGINT AS {name}"
        for name in activity.COLUMNS
    )
    with duckdb.connect(config={"threads": 1}) as engine:
        engine.execute(
            "CREATE TABLE activity AS SELECT 'client' AS view, 'shop' AS api, 'cookie' AS kind, 'made up ' || n AS client, "
            f"{columns} FROM range(1, {CLIENTS + 1}) AS made(n)"
        )
        measuring.crowd(engine, {})
        yield engine


def test_after_very_many_findings_few_of_each_window_are_kept(engine: duckdb.DuckDBPyConnection) -> None:
    findings, kept, dropped = [], [], []
    for n in range(5):
        judged = Judge(engine, None, Tuning()).judge(
            [detectors()[41]],
            START + n * WINDOW,
            earlier_of(findings),
            {(41, "shop", "cookie", "A"): 6},
        )
        findings += judged.findings
        kept.append(len(judged.findings))
        dropped.append(judged.dropped)
        last = [one.identifier for one in judged.findings]

    assert kept == [30, 30, 5, 5, 5]
    assert [one + left for one, left in zip(kept, dropped, strict=True)] == [CLIENTS] * 5
    assert last == [f"made up {n}" for n in range(CLIENTS, CLIENTS - 5, -1)], "the most deviating are kept"
    assert findings[-1].window == START + timedelta(minutes=40)
