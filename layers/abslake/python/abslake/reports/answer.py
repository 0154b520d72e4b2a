"""From a question to its answer: plan, fetch, SQL, compose. The functions and the command line both come here."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import duckdb

from abslake.errors import NotFound, StorageError
from abslake.records.definitions import Definitions
from abslake.reports import engine, evidence, forensics, metrics
from abslake.reports.fetch import Cache
from abslake.reports.forensic_models import Report
from abslake.reports.planner import Plan, plan
from abslake.reports.question import Kind, Question
from abslake.settings import Settings
from abslake.storage import Entry, Lake

_TRANSFERS = 16


def report(
    question: Question, lake: Lake, settings: Settings, definitions: Definitions, mask: metrics.Mask | None = None
) -> Report:
    """The documented answer to `question`. `mask` replaces session ids, for callers who may not see them.

    An object that is gone since it was listed (its period was rebuilt) makes the report begin again, once.
    Raises NotFound for an API that has no definition, StorageError.
    """
    if question.api is not None and question.api not in definitions.apis:
        raise NotFound("api: there is no API of this name", "UNKNOWN_API")
    for _ in range(2):
        try:
            return _attempt(question, lake, settings, definitions, mask)
        except FileNotFoundError:
            continue
    raise StorageError("objects of the lake vanish while they are read: the lake is being rebuilt, ask again")


def _attempt(
    question: Question, lake: Lake, settings: Settings, definitions: Definitions, mask: metrics.Mask | None
) -> Report:
    planned = plan(lake, question, pool())
    cache = _cache(lake, settings.cache_bytes)
    rows = _rows(question, planned, cache, settings, discreet=mask is not None)
    if question.kind is Kind.METRICS:
        return metrics.compose(question, rows, definitions.apis[question.api or ""], mask)
    with cache.files(planned.findings) as paths:
        found = evidence.about(question, paths)
    return forensics.compose(question, rows, found)


def _rows(question: Question, planned: Plan, cache: Cache, settings: Settings, *, discreet: bool) -> forensics.Rows:
    with engine.engine(cache.folder, settings) as connection:
        for batch in _batches(planned.facts, settings.cache_bytes):
            with cache.files(batch) as paths:
                try:
                    engine.load(connection, paths, question, discreet=discreet)
                except (duckdb.IOException, duckdb.InvalidInputException) as error:
                    if all(path.exists() for path in paths):
                        raise StorageError("a unit of the lake cannot be read") from error
                    raise FileNotFoundError from error
        return engine.rows(connection, question)


def _batches(entries: Sequence[Entry], limit_bytes: int) -> Iterator[Sequence[Entry]]:
    """Runs of entries of at most `limit_bytes` together, so that a long range fits a small disk."""
    start = size = 0
    for index, entry in enumerate(entries):
        if size and size + entry.size > limit_bytes:
            yield entries[start:index]
            start, size = index, 0
        size += entry.size
    if start < len(entries):
        yield entries[start:]


@lru_cache(maxsize=1)
def pool() -> ThreadPoolExecutor:
    """Threads that wait for the object store."""
    return ThreadPoolExecutor(_TRANSFERS, thread_name_prefix="abslake-transfer")


@lru_cache(maxsize=4)
def _cache(lake: Lake, limit_bytes: int) -> Cache:
    return Cache(lake, pool(), limit_bytes)
