"""What is read of a day to tell habits is all that any detector's habits are told of, and no more than that."""

import random
from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb
import pytest

from abslake.detection import activity, measuring, profiles, training
from abslake.detection.detector import Detector, Span
from abslake.detection.detectors import detectors

HABITUAL = [one for one in detectors().values() if one.habitual and one.span is Span.WINDOW]
APIS = ("shop", "bank", "all")


@pytest.fixture
def windows(tmp_path: Path) -> Iterator[tuple[duckdb.DuckDBPyConnection, list[Path]]]:
    """Activity of three windows, with anything in it."""
    rng = random.Random(11)
    numbers = (0, 0, 1, 2, 30, 1_000, 3_000, 9_000, 40_000, 5_000_000)
    names = [name for name in activity.COLUMNS if name not in activity.TIMES]
    places = sorted({(str(one.view), kind.value) for one in HABITUAL for kind in one.kinds})
    with duckdb.connect(config={"threads": 1}) as engine:
        profiles.load(engine, None)
        measuring.no_crowd(engine)
        columns = ", ".join(
            ["view VARCHAR", "api VARCHAR", "kind VARCHAR", "client VARCHAR", *(f"{n} BIGINT" for n in names)]
        )
        paths = [tmp_path / f"{number}.parquet" for number in range(3)]
        for path in paths:
            rows = [
                (view, api, kind, str(client), *rng.choices(numbers, k=len(names)))
                for view, kind in places
                for api in APIS
                for client in range(12)
            ]
            engine.execute(f"CREATE OR REPLACE TABLE given ({columns})")
            engine.executemany(f"INSERT INTO given VALUES ({', '.join('?' * (len(names) + 4))})", rows)
            times = ", ".join(f"TIMESTAMP '2026-03-02' AS {name}" for name in activity.TIMES)
            engine.execute(f"COPY (SELECT *, {times} FROM given) TO '{path}' (FORMAT parquet)")
        yield engine, paths


def limits_of(detector: Detector) -> Mapping[tuple[str, str], list[int]]:
    return {
        (api, kind.value): [11 + n] * len(detector.variables) for n, api in enumerate(APIS) for kind in detector.kinds
    }


def regulars(engine: duckdb.DuckDBPyConnection) -> Mapping[int, list[tuple[str, str, str, int]]]:
    return {one.id: training._regulars(engine, one, limits_of(one)) for one in HABITUAL}


def test_none_is_missed(windows: tuple[duckdb.DuckDBPyConnection, list[Path]]) -> None:
    engine, paths = windows
    activity.read_likely(engine, paths, ["true"], activity.ALL)
    ((whole,),) = engine.execute("SELECT count(*) FROM activity").fetchall()
    expected = regulars(engine)
    assert any(expected.values())

    likely = [training._likely(one, limits_of(one)) for one in HABITUAL]
    activity.read_likely(engine, paths, likely, activity.named((), HABITUAL))
    ((read,),) = engine.execute("SELECT count(*) FROM activity").fetchall()
    assert regulars(engine) == expected
    assert read < whole
