"""From a question to its answer: plan, fetch, SQL, compose. The functions and the command line both come here."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import duckdb

from abslake.detection import found_index
from abslake.detection.tuning import Tuning
from abslake.errors import NotFound, StorageError, Unavailable
from abslake.index import layout, reading
from abslake.records.definitions import Definitions
from abslake.reports import athena, clients, engine, evidence, forensics, metrics, metrics_entries
from abslake.reports.client_models import ClientsReport
from abslake.reports.client_rows import ClientRows
from abslake.reports.elsewhere import Elsewhere
from abslake.reports.engine import How
from abslake.reports.fetch import Cache, Reads
from abslake.reports.forensic_models import Report
from abslake.reports.found_days import FoundDays
from abslake.reports.listing import Mask
from abslake.reports.planner import Plan, index_kind, plan
from abslake.reports.question import Kind, Question
from abslake.settings import Settings
from abslake.storage import Lake
from abslake.traffic import sums

_TRANSFERS = 32
_ATTEMPTS = 5
_AT_ONCE = 64
"""Objects that are read at once: what lies on the disk of a function beside the cache."""


@dataclass(slots=True)
class Account:
    """What a report cost: objects that the plan named, and what was read of them."""

    planned: int = 0
    plan: Plan | None = None
    attempts: int = 0
    reads: Reads = field(default_factory=Reads)


class _Moved(Exception):
    """The index has changed under the report."""


def report(
    question: Question,
    lake: Lake,
    settings: Settings,
    definitions: Definitions,
    mask: Mask | None = None,
    *,
    account: Account | None = None,
    with_index: bool = True,
) -> Report | ClientsReport:
    """The documented answer to `question`. `mask` replaces identifiers, for callers who may not see them.

    An object that is gone since it was named, or an index that has moved on, makes the report begin again. Without the
    index every unit of the range is read: the answer is the same. `account` is told what it cost.
    Raises NotFound for an API that has no definition, StorageError.
    """
    if question.api is not None and question.api not in definitions.apis:
        raise NotFound("api: there is no API of this name", "UNKNOWN_API")
    account = account or Account()
    missing: list[str] = []
    for _ in range(_ATTEMPTS):
        account.attempts += 1
        try:
            return _Attempt(question, lake, settings, account, with_index).report(definitions, mask)
        except FileNotFoundError as error:
            missing.append(str(error))
        except _Moved:
            continue
    if len(missing) == _ATTEMPTS and len(set(missing)) == 1:
        raise StorageError(
            "an object that the index or a marker names is gone and stays gone: 'abslake index verify' finds what is "
            "missing, 'abslake index rebuild' makes the index of these days again"
        )
    raise StorageError("the lake changes faster than it can be read: ask again, or for a shorter range")


class _Attempt:
    """One try at a report."""

    def __init__(self, question: Question, lake: Lake, settings: Settings, account: Account, with_index: bool) -> None:
        self._question, self._lake, self._settings, self._account = question, lake, settings, account
        self._cache = cache(lake, settings.cache_bytes)
        ready = pool().submit(engine.make_ready, self._cache.folder, settings)  # while the plan waits for the store
        self._planned = plan(lake, question, pool(), with_index=with_index)
        ready.result()
        account.planned, account.plan = self._planned.objects, self._planned
        looked = self._planned.looked
        self._found = FoundDays(lake, pool(), self._planned.findings, with_index=with_index)
        self._still: list[Future[bool]] = [pool().submit(reading.still, lake, self._planned.view)] if looked else []

    def report(self, definitions: Definitions, mask: Mask | None) -> Report | ClientsReport:
        """The answer. Raises _Moved or FileNotFoundError where it may be wrong: begin again."""
        question = self._question
        with engine.engine(self._cache.folder, self._settings, index_kind(question.kind)) as connection:
            answer: Report | ClientsReport
            if question.place:
                answer = self._clients(connection, mask)
            else:
                elsewhere = self._read_one(connection)
                if question.kind is Kind.METRICS:
                    answer = self._metrics(connection, definitions, mask, elsewhere)
                else:
                    answer = self._forensics(connection)
        if not all(still.result() for still in self._still):
            raise _Moved
        return answer

    def _read_one(self, connection: duckdb.DuckDBPyConnection) -> metrics_entries.Elsewhere | None:
        return self._load_from_athena(connection) if self._asks_athena() else self._load(connection, self._planned)

    def _clients(self, connection: duckdb.DuckDBPyConnection, mask: Mask | None) -> ClientsReport:
        answer = clients.compose(
            self._question, ClientRows(self._question, self._planned, connection, self._read_with), mask
        )
        self._account.planned = self._planned.objects  # with the slices that it turned out to need
        return answer

    def _forensics(self, connection: duckdb.DuckDBPyConnection) -> Report:
        level = sums.fit(connection, self._question.kind.value, "traffic", layout.LIMITS)
        found = connection.execute("FROM traffic")
        names = [name for name, *_ in found.description]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
        return forensics.compose(self._question, rows, self._evidence(), level)

    def _asks_athena(self) -> bool:
        """Where it was asked for, or where one function would read more than its budget."""
        settings = self._settings
        return self._question.athena or (
            athena.configured(settings) and self._planned.bytes > settings.report_budget_bytes
        )

    def _metrics(
        self,
        connection: duckdb.DuckDBPyConnection,
        definitions: Definitions,
        mask: Mask | None,
        elsewhere: metrics_entries.Elsewhere | None,
    ) -> Report | ClientsReport:
        question = self._question
        counted = connection.execute("SELECT coalesce(sum(requests), 0) FROM traffic WHERE part = 'session_count'")
        exact = counted.fetchall()[0][0] <= layout.EXACT_SESSION_ROWS
        if exact:
            self._read_with(self._planned.sessions, lambda paths: engine.load_sessions(connection, paths, question))
        api = definitions.apis[question.api or ""]
        try:
            answer = metrics.compose(question, connection, api, mask, elsewhere, exact=exact, apart=engine.SESSIONS)
        except metrics_entries.SumsContradict as error:
            if isinstance(elsewhere, athena.Athena):  # several queries, each with the facts of its own moment
                raise Unavailable(
                    "facts came in while Athena counted: ask again, or for a range that has ended"
                ) from error
            raise
        if isinstance(elsewhere, Elsewhere) and elsewhere.view:
            self._still.append(pool().submit(reading.still, self._lake, elsewhere.view))
        return answer

    def _load_from_athena(self, connection: duckdb.DuckDBPyConnection) -> athena.Athena:
        # Whatever the index does meanwhile does not concern Athena, whose queries are paid for each time.
        self._planned, self._still = Plan(findings=self._planned.findings), []
        asked = athena.Athena(connection, self._question, self._lake, self._cache, self._account.reads, self._settings)
        asked.load()
        return asked

    def _load(self, connection: duckdb.DuckDBPyConnection, planned: Plan) -> Elsewhere | None:
        units = [unit.key for unit in planned.units]
        cut = planned.cut + planned.heavy
        # All at once, but for a range with so many units that they would fill the disk.
        with self._cache.ahead([*planned.whole, *cut, *units[:_AT_ONCE]], self._account.reads):
            self._read(connection, planned.whole, How.WHOLE)
            self._read(connection, cut, How.CUT)
            self._read(connection, units, How.FACTS)
        if planned.view is None:
            return None
        return Elsewhere(self._question, planned, self._lake, pool(), lambda *given: self._read(connection, *given))

    def _read(
        self, connection: duckdb.DuckDBPyConnection, keys: Sequence[str], how: How, into: engine.Into | None = None
    ) -> None:
        self._read_with(keys, lambda paths: engine.load(connection, paths, self._question, how, into))

    def _read_with(self, keys: Sequence[str], load: Callable[[Sequence[Path]], None]) -> None:
        for batch in _batches(keys):
            with self._cache.files(batch, self._account.reads) as paths, engine.reading(paths):
                load(paths)

    def _evidence(self) -> evidence.Evidence:
        # Not through the cache: the findings of a day are written again when one of its windows is judged again.
        client = found_index.client(self._question.kind.value, self._question.value)
        wanted = self._found.to_read(lambda day: day.has_client(client))
        tuning = pool().submit(Tuning.load, self._lake) if wanted else None
        objects = list(pool().map(self._lake.get, [entry.key for entry in wanted]))
        self._account.reads.objects += len(objects) + self._found.objects
        self._account.reads.bytes += sum(map(len, objects)) + self._found.bytes
        return evidence.about(self._question, objects, tuning.result() if tuning else None)


def _batches(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    return (keys[start : start + _AT_ONCE] for start in range(0, len(keys), _AT_ONCE))


@lru_cache(maxsize=1)
def pool() -> ThreadPoolExecutor:
    """Threads that wait for the object store."""
    return ThreadPoolExecutor(_TRANSFERS, thread_name_prefix="abslake-transfer")


@lru_cache(maxsize=4)
def cache(lake: Lake, limit_bytes: int) -> Cache:
    """The copies that this process holds of a lake's objects."""
    return Cache(lake, pool(), limit_bytes)
