"""What lasting clients are known by: the networks, programs and calls of an API key or a user name.

Tokens and cookies come and go; a key or a name stays, so what is new to it can be told. A profile is made with each model
from the day's activity and the profile before, and joined to the rows of `View.ACROSS` when a window is judged. It holds
sketches of 62 bits (a thing is taken for known by mistake as often as bits are set), kept for one to two `GENERATION`, so
what was not seen for long is new again. Clients that were found attacking that day add nothing to theirs.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from abslake.detection.detector import View
from abslake.detection.findings import Finding, Level
from abslake.formats.readers.sql import literal

MODEL = "profiles.parquet"
"""Beside a model's histograms."""

KINDS = ("api_key", "username")
GENERATION = timedelta(days=14)
LASTS = timedelta(days=30)
"""A client that was not seen for so long has no profile any more."""

MOST = 500_000
"""Profiles in a model; those seen last are kept."""

COLUMNS = ("known_windows", "known_networks", "new_networks", "new_agents", "new_rare")
"""What rows of activity get: windows of the client's traffic that were learned, networks (bits) that it is known from; of
this row's networks, programs and rare calls those that are new to it. NULL: no profile."""

_SKETCHES = ("network_bits", "agent_bits", "call_bits")
ASKED = (*_SKETCHES, "rare_bits")
"""Columns of activity that profiles are made from."""

JOINED = ("network_bits", "agent_bits", "rare_bits")
"""Columns of activity that `join` asks for."""


def nothing() -> str:
    """The columns, empty."""
    return ", ".join(f"NULL::BIGINT AS {name}" for name in COLUMNS)


def load(engine: duckdb.DuckDBPyConnection, learned: Path | None) -> None:
    """Fill the table ``profile`` from a model's file; None: nobody is known."""
    source = f"(FROM read_parquet({literal(str(learned))}) WHERE engine = version())" if learned else f"({_none()})"
    known = ", ".join(f"{name} | old_{name} AS known_{name}" for name in _SKETCHES)
    engine.execute(
        f"CREATE OR REPLACE TEMP TABLE profile AS SELECT kind, client, windows AS known_windows, {known} FROM {source}"
    )


def join(engine: duckdb.DuckDBPyConnection, table: str) -> None:
    """Fill the columns of ``activity`` or ``day_activity`` from ``profile``."""
    engine.execute(f"""
UPDATE {table} AS t SET known_windows = p.known_windows, known_networks = bit_count(p.known_network_bits),
    new_networks = bit_count(t.network_bits & ~p.known_network_bits),
    new_agents = bit_count(t.agent_bits & ~p.known_agent_bits),
    new_rare = bit_count(coalesce(t.rare_bits, 0) & ~p.known_call_bits)
FROM profile AS p WHERE t.view = '{View.ACROSS}' AND t.kind = p.kind AND t.client = p.client""")


def learn(
    engine: duckdb.DuckDBPyConnection,
    activity: Sequence[Path],
    previous: Path | None,
    attacks: Iterable[Finding],
    as_of: datetime,
    path: Path,
) -> None:
    """Write a model's file from the activity since the previous one (that of a day at most) and the previous profiles."""
    attackers = sorted({(one.identifier_kind.value, one.identifier) for one in attacks if one.level is Level.ATTACK})
    engine.execute(
        "CREATE OR REPLACE TEMP TABLE attackers AS SELECT unnest(?::VARCHAR[]) AS kind, unnest(?::VARCHAR[]) AS client",
        [[kind for kind, _ in attackers], [client for _, client in attackers]],
    )
    now = f"TIMESTAMP '{as_of:%Y-%m-%d %H:%M:%S}'"
    kinds = ", ".join(f"'{kind}'" for kind in KINDS)
    seen, merged = _none(), ", ".join(f"coalesce(s.{n}, 0) | coalesce(p.{n}, 0) AS {n}" for n in _SKETCHES)
    if activity:
        engine.execute("SET VARIABLE files = ?", [[str(one) for one in activity]])
        sketches = ", ".join(f"bit_or(coalesce({name}, 0)) AS {name}" for name in _SKETCHES)
        seen = (
            f"SELECT kind, client, count(*) AS windows, {sketches}, max(last_seen)::TIMESTAMP AS last_seen "
            f"FROM read_parquet(getvariable('files'), union_by_name = true) ANTI JOIN attackers USING (kind, client) "
            f"WHERE view = '{View.ACROSS}' AND kind IN ({kinds}) GROUP BY kind, client"
        )
    before = f"(FROM read_parquet({literal(str(previous))}) WHERE engine = version())" if previous else f"({_none()})"
    engine.execute(f"""
COPY (
    WITH added AS (
        SELECT coalesce(s.kind, p.kind) AS kind, coalesce(s.client, p.client) AS client,
            coalesce(s.windows, 0) + coalesce(p.windows, 0) AS windows, {merged},
            {", ".join(f"coalesce(p.old_{name}, 0) AS old_{name}" for name in _SKETCHES)},
            coalesce(p.generation, {now}) AS generation, coalesce(s.last_seen, p.last_seen) AS last_seen
        FROM ({seen}) AS s FULL JOIN {before} AS p ON p.kind = s.kind AND p.client = s.client),
    aged AS (SELECT *, generation <= {now} - INTERVAL {GENERATION.days} DAY AS old FROM added)
    SELECT kind, client, windows, {", ".join(f"CASE WHEN old THEN 0 ELSE {n} END AS {n}" for n in _SKETCHES)},
        {", ".join(f"CASE WHEN old THEN {n} ELSE old_{n} END AS old_{n}" for n in _SKETCHES)},
        CASE WHEN old THEN {now} ELSE generation END AS generation, last_seen, version() AS engine
    FROM aged WHERE last_seen > {now} - INTERVAL {LASTS.days} DAY
    ORDER BY last_seen DESC, kind, client LIMIT {MOST}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)""")


def _none() -> str:
    sketches = ", ".join(f"NULL::BIGINT AS {name}, NULL::BIGINT AS old_{name}" for name in _SKETCHES)
    return (
        f"SELECT NULL::VARCHAR AS kind, NULL::VARCHAR AS client, NULL::BIGINT AS windows, {sketches}, "
        "NULL::TIMESTAMP AS generation, NULL::TIMESTAMP AS last_seen, NULL::VARCHAR AS engine WHERE false"
    )
