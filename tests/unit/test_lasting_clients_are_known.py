"""API keys and user names have profiles: what is new to one is told, what attackers did is not learned."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from abslake.detection import profiles
from abslake.detection.findings import Finding, IdentifierKind, Level

DAY = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def engine() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 1})


def window(
    engine: duckdb.DuckDBPyConnection, client: str, *, networks: int, agents: int = 1, at: datetime = DAY
) -> None:
    """The table ``activity`` with one row of an API key; networks and agents are bits."""
    engine.execute(
        f"CREATE OR REPLACE TEMP TABLE activity AS SELECT 'across' AS view, 'all' AS api, 'api_key' AS kind, ? AS client, "
        f"?::BIGINT AS network_bits, ?::BIGINT AS agent_bits, 0::BIGINT AS call_bits, 0::BIGINT AS rare_bits, "
        f"?::TIMESTAMP AS last_seen, {profiles.nothing()}",
        [client, networks, agents, at.replace(tzinfo=None)],
    )


def learned(
    engine: duckdb.DuckDBPyConnection,
    folder: Path,
    as_of: datetime,
    previous: Path | None = None,
    attacks: tuple[Finding, ...] = (),
) -> Path:
    source, made = folder / "activity.parquet", folder / f"{as_of:%Y%m%d}.parquet"
    engine.execute(
        f"COPY (SELECT * EXCLUDE ({', '.join(profiles.COLUMNS)}) FROM activity) TO '{source}' (FORMAT parquet)"
    )
    profiles.learn(engine, [source], previous, attacks, as_of, made)
    return made


def new(engine: duckdb.DuckDBPyConnection, model: Path | None) -> list[tuple[int | None, ...]]:
    profiles.load(engine, model)
    profiles.join(engine, "activity")
    return engine.execute("SELECT known_windows, known_networks, new_networks, new_agents FROM activity").fetchall()


def test_networks_and_programs_that_a_key_never_had_are_new(engine: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    window(engine, "k", networks=0b011)
    model = learned(engine, tmp_path, DAY)
    window(engine, "k", networks=0b110, agents=0b10)
    assert new(engine, model) == [(1, 2, 1, 1)]


def test_a_key_without_a_profile_has_nothing_new(engine: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    window(engine, "k", networks=1)
    model = learned(engine, tmp_path, DAY)
    window(engine, "other", networks=1)
    assert new(engine, model) == new(engine, None) == [(None, None, None, None)]


def test_profiles_grow_with_each_model(engine: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    window(engine, "k", networks=0b001)
    first = learned(engine, tmp_path, DAY)
    window(engine, "k", networks=0b010, at=DAY + timedelta(days=1))
    second = learned(engine, tmp_path, DAY + timedelta(days=1), first)
    window(engine, "k", networks=0b111)
    assert new(engine, second) == [(2, 2, 1, 0)]


def test_what_an_attacker_did_is_not_learned(engine: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    window(engine, "k", networks=0b001)
    first = learned(engine, tmp_path, DAY)
    attack = Finding(
        attack_id=31, name="Stolen API Key Attack - Per API Key", level=Level.ATTACK, identifier_kind=IdentifierKind.API_KEY,
        identifier="k", api="all", first=DAY, last=DAY, attack_code="varA(Tx, 5)", attack_deviation="varA(0%)",
    )  # fmt: skip
    window(engine, "k", networks=0b110, at=DAY + timedelta(days=1))
    second = learned(engine, tmp_path, DAY + timedelta(days=1), first, (attack,))
    window(engine, "k", networks=0b010)
    assert new(engine, second) == [(1, 1, 1, 0)]


def test_what_was_not_seen_for_two_generations_is_new_again(engine: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    at, model = DAY, None
    for days in range(0, 43, 14):
        at = DAY + timedelta(days=days)
        window(engine, "k", networks=0b01 if not days else 0b10, at=at)
        model = learned(engine, tmp_path, at, model)
    window(engine, "k", networks=0b11)
    assert new(engine, model)[0][2] == 1


def test_clients_that_stay_away_are_forgotten(engine: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    window(engine, "k", networks=1)
    first = learned(engine, tmp_path, DAY)
    window(engine, "other", networks=1, at=DAY + timedelta(days=31))
    second = learned(engine, tmp_path, DAY + timedelta(days=31), first)
    assert engine.execute(f"SELECT client FROM '{second}'").fetchall() == [("other",)]
