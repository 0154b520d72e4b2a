"""What is measured, each in a fresh process: ``python -m benchmarks.jobs NAME '{"argument": …}'``.

A job imports what it needs and nothing of the harness, so that its CPU time is its own. It prints one JSON object: the
lines it counted, and the most memory that it held.
"""

import json
import re
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

_HEADERS = ("Host", "User-Agent", "Cookie", "Authorization", "X-API-Key", "X-Forwarded-For", "Content-Type")
_FIELDS = f"""{{
    timestamp: 'VARCHAR', connection_id: 'VARCHAR', mode: 'VARCHAR', server: 'VARCHAR', response_time_ms: 'DOUBLE',
    request: 'STRUCT(source_ip VARCHAR, method VARCHAR, url VARCHAR, http_version VARCHAR,
        user_info STRUCT(username VARCHAR)[], headers STRUCT({", ".join(f'"{name}" VARCHAR' for name in _HEADERS)})[])',
    response: 'STRUCT(response_code VARCHAR, headers STRUCT("Content-Type" VARCHAR, "Content-Length" VARCHAR)[])'}}"""


def bound_duckdb(log: str) -> dict[str, object]:
    """DuckDB reads the fields that ingest uses, and drops them."""
    import duckdb

    engine = duckdb.connect(config={"threads": 1})
    (counts,) = engine.execute(
        "SELECT count(*), count(timestamp), count(connection_id), count(mode), count(server), count(response_time_ms), "
        f"count(request), count(response) FROM read_json('{log}', format = 'newline_delimited', columns = {_FIELDS})"
    ).fetchall()
    return {"lines": counts[0]}


def bound_msgspec(log: str) -> dict[str, object]:
    """isal and msgspec read the fields that ingest uses, and drop them."""
    import gc

    import msgspec
    from isal import igzip

    headers = list[dict[str, str]]
    user = msgspec.defstruct("User", [("username", str, "")])
    request = msgspec.defstruct(
        "Request",
        [
            ("source_ip", str),
            ("method", str),
            ("url", str),
            ("http_version", str, ""),
            ("headers", headers, msgspec.field(default_factory=list)),
            ("user_info", list[user], msgspec.field(default_factory=list)),  # type: ignore[valid-type]
        ],
    )
    response = msgspec.defstruct(
        "Response", [("response_code", str), ("headers", headers, msgspec.field(default_factory=list))]
    )
    transaction = msgspec.defstruct(
        "Transaction",
        [
            ("timestamp", str),
            ("request", request),
            ("response", response | None, None),
            ("connection_id", str, ""),
            ("mode", str, ""),
            ("server", str, ""),
            ("response_time_ms", float | None, None),
        ],
    )
    decode = msgspec.json.Decoder(transaction).decode_lines
    gc.disable()
    lines, rest = 0, b""
    with igzip.open(log) as file:  # type: ignore[no-untyped-call]
        while block := file.read(1 << 20):
            whole, _, tail = block.rpartition(b"\n")
            lines += len(decode(rest + whole))
            rest = tail
    return {"lines": lines}


def ours(log: str, lake: str, kind: str) -> dict[str, object]:
    """The whole of ingest: the log object in, units of facts and the quarantine in a folder lake."""
    from abslake.facts.ingest import LogObject, ingest
    from abslake.records.definitions import load
    from abslake.settings import Settings
    from abslake.storage import Lake

    path, target = Path(log), Lake(lake)
    # Events of any age count, as in a backfill: the traffic is dated.
    settings = Settings(event_time_past_days=None, event_time_future_minutes=None)
    upload = LogObject("bench", path.name, "0", datetime.now(UTC), path.stat().st_size, lambda: path.open("rb"))
    receipt = ingest(upload, target, load(target), settings, kind)
    stored = sum((Path(lake) / key).stat().st_size for key in receipt.units)
    return {
        "lines": receipt.lines_read,
        "requests": receipt.requests,
        "quarantined": receipt.quarantined,
        "parsed_singly": receipt.parsed_singly,
        "decompressed": receipt.bytes_read,
        "stored": stored,
    }


def read_csv_by_hand(log: str) -> dict[str, object]:
    """What one would write by hand: DuckDB's own CSV reader on the combined log, split, dated, grouped and stored."""
    import tempfile

    import duckdb

    engine = duckdb.connect(config={"threads": 1})
    with tempfile.TemporaryDirectory() as folder:
        (count,) = engine.execute(
            f"""COPY (
                SELECT date_trunc('minute', ts) AS minute, peer, username, method, path, status, agent, count(*) AS requests,
                    min(ts) AS first_seen, max(ts) AS last_seen, sum(bytes) AS bytes
                FROM (
                    SELECT c0 AS peer, c2 AS username, strptime(c3 || ' ' || c4, '[%d/%b/%Y:%H:%M:%S %z]') AS ts,
                        split_part(c5, ' ', 1) AS method, split_part(split_part(c5, ' ', 2), '?', 1) AS path,
                        c6::SMALLINT AS status, try_cast(c7 AS BIGINT) AS bytes, c9 AS agent
                    FROM read_csv('{log}', delim = ' ', quote = '"', escape = '\', header = false, auto_detect = false,
                        columns = {{{", ".join(f"c{n}: 'VARCHAR'" for n in range(10))}}}))
                GROUP BY ALL ORDER BY peer
            ) TO '{folder}/rows.parquet' (FORMAT parquet, COMPRESSION zstd)"""
        ).fetchall()[0]
    return {"rows": count}


JOBS: dict[str, Callable[..., dict[str, object]]] = {
    job.__name__: job for job in (bound_duckdb, bound_msgspec, ours, read_csv_by_hand)
}


def peak_mb() -> float:
    """The most memory this process held, MB. Not ru_maxrss: that of a child begins with what its parent held."""
    return int(re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[0]) / 1024


def main(jobs: Mapping[str, Callable[..., dict[str, object]]]) -> None:
    """Runs the job that the command line names, and prints what it says."""
    name, arguments = sys.argv[1:]
    answer = jobs[name](**json.loads(arguments))
    print(json.dumps(answer | {"peak_mb": peak_mb()}))


if __name__ == "__main__":
    main(JOBS)
