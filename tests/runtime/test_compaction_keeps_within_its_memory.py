"""The compact function in the deployed form: it folds more than its engine may hold, and stays within its memory."""

from pathlib import Path

import duckdb
import pytest

from abslake.dev.compaction import scheduled_event
from abslake.dev.emulator import EmulatedFunction
from abslake.facts import schema
from abslake.index import names, pending, root
from abslake.storage import Lake
from tests.support.artefacts import FUNCTIONS
from tests.support.facts import at, definition
from tests.support.rie import emulated
from tests.support.stack import FUNCTION, resources, template

ROWS, UNITS = 800_000, 4
ENGINE_MB = 256
OTHERWISE_MB = 192
"""What Python, packages and transfers take beside the engine."""

_ROWS = """
SELECT {columns} FROM (
  SELECT TIMESTAMP '2026-03-02 07:00:00' + to_minutes((n % 60)::INTEGER) AS minute,
    'shop' AS api, '10.' || hash(n) % 250 || '.' || hash(n + 1) % 250 || '.' || hash(n + 2) % 250 AS ip,
    md5(n::VARCHAR) AS token, 'GET' AS method, '/shop/items/' || md5((n % 5000)::VARCHAR) AS path, 200 AS status,
    'LINUX' AS device, 'CURL' AS browser, 1 AS requests, 0 AS connections, minute AS first_seen, minute AS last_seen
  FROM range({first}, {end}) AS numbers (n))
"""


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    made = Lake(str(tmp_path / "lake"))
    made.put("config/apis/shop.json", definition("/shop"))
    size = ROWS // UNITS
    with duckdb.connect(config={"threads": 1}) as engine:
        known = {
            name for name, *_ in engine.execute(f"DESCRIBE {_ROWS.format(columns='*', first=0, end=1)}").fetchall()
        }
        columns = ", ".join(f"{c.name if c.name in known else 'NULL'}::{c.duckdb} AS {c.name}" for c in schema.COLUMNS)
        for part in range(UNITS):
            rows = _ROWS.format(columns=columns, first=part * size, end=(part + 1) * size)
            engine.execute(f"COPY ({rows}) TO '{tmp_path / 'unit'}' (FORMAT parquet)")
            key = schema.unit_key(at("2026-03-02T07:00"), "0" * 20, part)
            made.put(key, (tmp_path / "unit").read_bytes())
            pending.mark(made, key)
    return made


def peak_mb(function: EmulatedFunction) -> int:
    """The most memory that the function's process has held: VmHWM of the emulator's child."""
    threads = Path(f"/proc/{function._process.pid}/task").iterdir()
    (child,) = [pid for thread in threads for pid in (thread / "children").read_text().split()]
    lines = Path(f"/proc/{child}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) // 1024


def test_a_day_that_the_engine_cannot_hold_is_folded_within_the_functions_memory(
    lake: Lake, layers: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    environment = {"ABSLAKE_LAKE": lake.url, "ABSLAKE_MEMORY_LIMIT_MB": str(ENGINE_MB)}

    with emulated(FUNCTIONS / "compact", layers, environment, timeout=300) as function:
        answer = function.invoke(scheduled_event())
        peak = peak_mb(function)

    assert answer == {"due": 6, "begun": 6}
    days = {kind: index.days["2026-03-02"] for kind, index in root.load(lake).root.kinds.items()}
    assert set(days) == set(names.KINDS)
    assert {kind: days[kind][0].shape.requests for kind in ("ip", "token", "api", "cookie")} == {
        "ip": ROWS,
        "token": ROWS,
        "api": ROWS,
        "cookie": 0,
    }
    with capsys.disabled():
        print(f"\n  compaction of {ROWS:,} requests, engine {ENGINE_MB} MB: peak {peak} MB")
    assert peak < ENGINE_MB + OTHERWISE_MB
    deployed = int(resources(FUNCTION)["CompactFunction"]["Environment"]["Variables"]["ABSLAKE_MEMORY_LIMIT_MB"])
    assert deployed + OTHERWISE_MB < template()["Parameters"]["CompactionMemory"]["MinValue"]
