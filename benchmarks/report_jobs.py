"""Reports and compaction as jobs in fresh processes, see `benchmarks.jobs`: ``python -m benchmarks.report_jobs NAME JSON``.

A question is told by `endpoint` and `bucket` (where the lake is), `kind`, `value` and `api`, `earlier` and `later`.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.jobs import main

_KEYS = {
    "access_key_id": "any",
    "secret_access_key": "any",
    "region": "eu-central-1",
    "virtual_hosted_style_request": False,
}


def cold(**question: str) -> dict[str, object]:
    """One report, as the first call of a function makes it. Whoever runs the job takes the time of the whole process."""
    asked = _Asked(question)
    return {"total": asked.report().total}


def warm(runs: int, **question: str) -> dict[str, object]:
    """The same report again and again in one process: with an empty cache each time, then with all objects kept."""
    asked = _Asked(question, counted=True)
    empty = asked.times(runs, cache_bytes=0)
    kept = asked.times(runs, cache_bytes=256 * 1024**2)
    return {"empty": empty, "kept": kept}


def without_index(**question: str) -> dict[str, object]:
    """The same report over all units of the range, once."""
    asked = _Asked(question, counted=True)
    return asked.measured(asked.settings(0), with_index=False)


def plain_duckdb(raw: str, columns: list[str], **question: str) -> dict[str, object]:
    """The report's SQL by DuckDB alone over hourly objects of requests, whatever a reader of Parquet would do.

    There is no httpfs where nothing may be installed. So what any reader must fetch (footers, and the columns that the
    SQL names of all row groups whose statistics allow the value) is fetched through the stand-in by 32 threads and
    dropped, and then DuckDB reads the same files from the disk: it waits for nothing. That is kinder than httpfs is.
    """
    import duckdb

    asked = _Asked(question, counted=True)
    first, end = (asked.question.earlier, asked.question.later)
    paths = [path for path in sorted(Path(raw).rglob("*.parquet")) if first <= _hour(path) < end]
    engine = duckdb.connect(config={"threads": 1})
    asked.server.reset()
    started, cpu = time.perf_counter(), time.process_time()
    _fetch_what_is_needed(engine, asked, Path(raw), paths, columns)
    fetched = time.perf_counter() - started
    given = {"files": [str(path) for path in paths], "value": asked.question.value}
    rows = engine.execute(_plain_sql(asked.question.kind.value), given)
    total = sum(row[0] for row in rows.fetchall())
    wall, spent = time.perf_counter() - started, time.process_time() - cpu
    return {"total": total, "wall": wall, "cpu": spent, "fetching": fetched, "counts": asked.server.counts()}


def fold_day(lake: str, day: str, units: list[str]) -> dict[str, object]:
    """All six kinds of index of one day, from its units."""
    from abslake.index import names
    from abslake.index.build import Builder
    from abslake.settings import Settings
    from abslake.storage import Lake

    kinds: dict[str, object] = {}
    requests = 0
    for kind in names.KINDS:
        cpu = time.process_time()
        builder = Builder(Lake(lake), Settings())
        shape = builder.day(kind, day, units, [], names.new_generation(datetime.now(UTC)))
        builder.pool.shutdown()
        requests = max(requests, shape.requests)
        kinds[kind] = {
            "cpu": time.process_time() - cpu,
            "rows": shape.rows,
            "bytes": shape.bytes,
            "requests": shape.requests,
        }
    return {"kinds": kinds, "requests": requests}


def fold_month(lake: str, kind: str) -> dict[str, object]:
    """One kind of index of a month, from its days. Nothing names it yet."""
    from msgspec import to_builtins

    from abslake.index import names, root
    from abslake.index.build import Builder
    from abslake.settings import Settings
    from abslake.storage import Lake

    target = Lake(lake)
    days = root.load(target).root.kinds[kind].days
    generation = names.new_generation(datetime.now(UTC))
    shape = Builder(target, Settings()).month(kind, min(days)[:7], days, generation)
    return {"generation": generation, "shape": to_builtins(shape), "bytes": shape.bytes, "requests": shape.requests}


def deliver_twice(endpoint: str, bucket: str, logs: list[str]) -> dict[str, object]:
    """Every log is ingested twice, all at once."""
    from concurrent.futures import ThreadPoolExecutor
    from threading import Barrier

    from abslake.facts.ingest import LogObject, Receipt, ingest
    from abslake.records.definitions import load
    from abslake.settings import Settings
    from abslake.storage import Lake

    settings = Settings(event_time_past_days=None, event_time_future_minutes=None)
    barrier = Barrier(2 * len(logs))

    def deliver(log: str) -> Receipt:
        path, lake = Path(log), Lake(f"s3://{bucket}", endpoint=endpoint, **_KEYS)
        definitions = load(lake)
        upload = LogObject("bench", path.name, "0", datetime.now(UTC), path.stat().st_size, lambda: path.open("rb"))
        barrier.wait()
        return ingest(upload, lake, definitions, settings, "ase")

    with ThreadPoolExecutor(2 * len(logs)) as pool:
        receipts = list(pool.map(deliver, [*logs, *logs]))
    return {
        "requests": sum(receipt.requests for receipt in receipts) // 2,
        "units": len({unit for receipt in receipts for unit in receipt.units}),
        "quarantined": sum(receipt.quarantine is not None for receipt in receipts),
    }


class _Answered:
    """An answer, and what of it is compared."""

    def __init__(self, document: Any, account: Any) -> None:
        self.account = account
        self.text: str = document.model_dump_json(by_alias=True)
        summary = getattr(document, "req_resp_summary", None) or document.summary
        self.total: int = summary.total_requests


class _Asked:
    """A question to a lake behind the stand-in."""

    def __init__(self, question: dict[str, str], *, counted: bool = False) -> None:
        from abslake.reports import Kind, Question
        from abslake.storage import Lake

        self.lake = Lake(f"s3://{question['bucket']}", endpoint=question["endpoint"], **_KEYS)
        earlier, later = (datetime.fromisoformat(question[name]) for name in ("earlier", "later"))
        api = question.get("api") or None
        self.question = Question(Kind(question["kind"]), earlier, later, UTC, api, question.get("value", ""))
        if counted:
            from benchmarks.slow_s3 import Running

            self.server = Running(question["endpoint"])

    def report(self, settings: Any = None, *, with_index: bool = True) -> _Answered:
        """Its answer, spelled out as the function does."""
        from abslake.reports import Account, report
        from abslake.reports.catalogue import definitions_for

        account = Account()
        definitions = definitions_for(self.question, self.lake)
        settings = settings or self.settings(256 * 1024**2)
        return _Answered(
            report(self.question, self.lake, settings, definitions, account=account, with_index=with_index), account
        )

    @staticmethod
    def settings(cache_bytes: int) -> Any:
        """The defaults, but for the cache; with 0 bytes a report leaves nothing for the next."""
        from abslake.settings import Settings

        return Settings(cache_bytes=cache_bytes)

    def times(self, runs: int, cache_bytes: int) -> dict[str, Any]:
        """Wall and CPU seconds of each run behind a first one, and what the last one asked the store for."""
        settings = self.settings(cache_bytes)
        self.report(settings)
        found = [self.measured(settings) for _ in range(runs)]
        return found[-1] | {"wall": [one["wall"] for one in found], "cpu": [one["cpu"] for one in found]}

    def measured(self, settings: Any, *, with_index: bool = True) -> dict[str, Any]:
        """One run."""
        self.server.reset()
        started, cpu = time.perf_counter(), time.process_time()
        answer = self.report(settings, with_index=with_index)
        wall, spent = time.perf_counter() - started, time.process_time() - cpu
        reads = answer.account.reads
        return {
            "wall": wall,
            "cpu": spent,
            "total": answer.total,
            "answer_bytes": len(answer.text),
            "attempts": answer.account.attempts,
            "objects": reads.objects,
            "bytes": reads.bytes,
            "keys": sorted(reads.seen),
            "counts": self.server.counts(),
        }


def _hour(path: Path) -> datetime:
    date, hour = path.parts[-3].removeprefix("date="), path.parts[-2].removeprefix("hour=")
    return datetime.fromisoformat(f"{date}T{hour}:00:00+00:00")


def _plain_sql(kind: str) -> str:
    """The body over the view, as for Athena, with each request as a fact of its own."""
    from abslake.traffic import body, view

    facts = (
        "SELECT *, date_trunc('minute', timestamp) AS minute, 1 AS requests, timestamp AS first_seen, "
        "timestamp AS last_seen FROM read_parquet($files, hive_partitioning = false)"
    )
    traffic = f"SELECT * FROM (WITH facts AS ({facts}) {view(kind)}) WHERE value = $value"
    return f"SELECT requests FROM (WITH traffic AS ({traffic}) {body(kind)}) WHERE part = 'method'"


def _fetch_what_is_needed(engine: Any, asked: _Asked, top: Path, paths: list[Path], columns: list[str]) -> None:
    from concurrent.futures import ThreadPoolExecutor

    import obstore

    from abslake.storage import Lake

    store = Lake("s3://raw", endpoint=asked.server.endpoint, **_KEYS).store
    value = asked.question.value
    needed = engine.execute(
        """
        WITH chunks AS (FROM parquet_metadata($files) SELECT *, split_part(path_in_schema, ',', 1) AS name),
        fitting AS (
            FROM chunks SELECT file_name, row_group_id
            WHERE name = $by AND $value BETWEEN coalesce(stats_min_value, '') AND coalesce(stats_max_value, '\U0010ffff'))
        FROM chunks SEMI JOIN fitting USING (file_name, row_group_id)
        SELECT file_name, coalesce(dictionary_page_offset, data_page_offset), total_compressed_size
        WHERE name IN (SELECT unnest($columns))
        """,
        {"files": [str(path) for path in paths], "by": asked.question.kind.value, "value": value, "columns": columns},
    ).fetchall()
    ranges: dict[str, list[tuple[int, int]]] = {}
    for file, start, length in needed:
        ranges.setdefault(file, []).append((start, length))

    def fetch(path: Path) -> None:
        key, size = str(path.relative_to(top)), path.stat().st_size
        with path.open("rb") as file:
            file.seek(-8, 2)
            footer = 8 + int.from_bytes(file.read(4), "little")
        obstore.get_range(store, key, start=size - footer, length=footer)
        if parts := ranges.get(str(path)):
            obstore.get_ranges(
                store, key, starts=[start for start, _ in parts], lengths=[length for _, length in parts]
            )

    with ThreadPoolExecutor(32) as pool:
        list(pool.map(fetch, paths))


_JOBS: tuple[Callable[..., dict[str, object]], ...] = (
    cold, warm, without_index, plain_duckdb, fold_day, fold_month, deliver_twice,
)  # fmt: skip

if __name__ == "__main__":
    main({job.__name__: job for job in _JOBS})
