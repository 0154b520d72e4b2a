"""A few of the requests behind each finding: path, status and count, the most frequent first."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import duckdb

from abslake.detection.findings import ACROSS, Finding, IdentifierKind, Sample

MOST = 5
MOST_CHARACTERS = 200
"""Of a path, so that an attacker's paths do not fill the findings."""


def with_samples(
    engine: duckdb.DuckDBPyConnection, units: Sequence[Path], found: Sequence[Finding], start: datetime, end: datetime
) -> list[Finding]:
    """The findings with requests of ``start <= minute < end`` out of these units of facts."""
    taken: dict[str, list[Sample]] = defaultdict(list)
    for kind in sorted({one.identifier_kind for one in found}):
        wanted = [one for one in found if one.identifier_kind is kind]
        for id_, path, status, count in _requests(engine, units, kind, wanted, start, end):
            taken[id_].append(Sample(path=path, status=status, count=count))
    return [one.model_copy(update={"samples": tuple(taken[one.id])}) if taken[one.id] else one for one in found]


def _requests(
    engine: duckdb.DuckDBPyConnection,
    units: Sequence[Path],
    kind: IdentifierKind,
    wanted: Sequence[Finding],
    start: datetime,
    end: datetime,
) -> list[tuple[str, str, int | None, int]]:
    given = [[one.id for one in wanted], [one.identifier for one in wanted], [one.api for one in wanted]]
    rows: list[tuple[str, str, int | None, int]] = engine.execute(
        f"""
WITH wanted AS (SELECT unnest(?::VARCHAR[]) AS id, unnest(?::VARCHAR[]) AS identifier, unnest(?::VARCHAR[]) AS api)
SELECT id, path, status, sum(requests)::BIGINT AS count FROM (
    SELECT id, left(path, {MOST_CHARACTERS}) AS path, status, requests
    FROM read_parquet(?, union_by_name = true) AS facts
    JOIN wanted ON wanted.identifier = facts.{kind.value} AND (wanted.api = facts.api OR wanted.api = '{ACROSS}')
    WHERE minute >= ? AND minute < ? AND facts.api IS NOT NULL)
GROUP BY id, path, status
QUALIFY row_number() OVER (PARTITION BY id ORDER BY sum(requests) DESC, path, status) <= {MOST}
ORDER BY id, count DESC, path, status""",
        [*given, [str(path) for path in units], start.replace(tzinfo=None), end.replace(tzinfo=None)],
    ).fetchall()
    return rows
