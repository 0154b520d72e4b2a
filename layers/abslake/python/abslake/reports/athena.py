"""A report's rows from Athena: the same SQL on the same units, for ranges that are too large for one function.

What Athena adds up goes into ``traffic`` as sums of the index do, with `part` set, so everything behind is the same. What a
caller gives reaches a statement as execution parameters only; of its own the statement holds the days of the range.

Sources: Athena's API reference for StartQueryExecution (an execution parameter is an SQL expression of at most 1,024
characters, so a text has to be quoted by the caller) and GetQueryExecution; in a result's CSV object every value stands
in quotes, a quote in it doubled, and nothing at all is NULL.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import duckdb

from abslake.errors import BadRequest, StorageError, Unavailable
from abslake.index import layout
from abslake.reports.ddl import columns, plain, view_name
from abslake.reports.fetch import Cache, Reads
from abslake.reports.planner import index_kind
from abslake.reports.question import Kind, Question
from abslake.settings import Settings
from abslake.storage import Lake
from abslake.traffic import body, lists

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

WAIT_SECONDS = 22.0
"""How long a report waits for all its queries: API Gateway gives a function 30 seconds, and the answer takes some."""

MAX_ROWS = 2_000_000
"""Rows that one query may give; more would fill the disk of a function."""

_PIECE = 250  # characters of a text in one parameter: with all quotes doubled, or four bytes each, it stays below 1,024
_PARAMETERS = 100_000  # characters of all parameters of a statement, which may have 262,144 with its text
_POLL_SECONDS = (0.1, 0.2, 0.3, 0.5, 0.8, 1.0)
_CSV = (
    "header = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"', nullstr = '', "
    "allow_quoted_nulls = false, max_line_size = 16000000"
)
_BUSY = frozenset({"TooManyRequestsException", "ThrottlingException"})


class Client(Protocol):
    """What is used of boto3's Athena client."""

    def start_query_execution(self, **request: Any) -> dict[str, Any]:
        """Begin a query."""

    def get_query_execution(self, **request: Any) -> dict[str, Any]:
        """How a query is doing."""

    def stop_query_execution(self, **request: Any) -> dict[str, Any]:
        """End a query."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A SELECT for Athena and the expressions for its question marks, in their order."""

    sql: str
    parameters: tuple[str, ...] = field(repr=False)


def configured(settings: Settings) -> bool:
    """Whether Athena may be asked here."""
    return bool(settings.athena_workgroup and settings.athena_database)


@cache
def _client() -> Client:
    import boto3
    from botocore.config import Config

    limits = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "max_attempts": 3})
    client: Client = boto3.client("athena", config=limits)
    return client


@dataclass(slots=True)
class Athena:
    """What one report asks Athena: all of it within one time limit. Is an `abslake.reports.metrics_entries.Elsewhere`.

    `connection` is that of `abslake.reports.engine`, whose folder is that of `files`. All methods raise BadRequest where
    the range is too large even for Athena, Unavailable where it takes too long or is busy, StorageError where it fails.
    """

    connection: duckdb.DuckDBPyConnection
    question: Question
    lake: Lake
    files: Cache
    reads: Reads
    settings: Settings
    client: Client = field(default_factory=_client)
    deadline: float = field(default_factory=lambda: time.monotonic() + WAIT_SECONDS)

    def load(self) -> None:
        """Fill ``traffic`` with the report's sums; of a metrics report, all but the details of sessions."""
        if not configured(self.settings):
            raise StorageError("Athena is not set up: ABSLAKE_ATHENA_WORKGROUP and ABSLAKE_ATHENA_DATABASE name none")
        if self.question.kind is Kind.METRICS:
            selects = [
                body("api/total"),
                body("api/session"),
                body("api/bare"),
                lists.address_bounds(layout.LIMITS.top_addresses),
            ]
        else:
            selects = [body(self.question.kind.value)]
        self._ask([_statement(self.question, select) for select in selects], "traffic")

    def add_sessions(self, names: Sequence[str], table: str) -> None:
        """Insert into `table` the sums of these sessions of the API."""
        self._ask([_of_sessions(self.question, some) for some in _batches(names)], table)

    def add_addresses(self) -> None:
        """Have ``traffic`` hold the sums of all addresses of the API."""
        self._ask([_statement(self.question, body("api/address"))], "traffic")

    def _ask(self, statements: Sequence[Statement], table: str) -> None:
        """Run the statements side by side and insert what they give; when one fails the others are ended."""
        waiting: list[str] = []
        try:
            for statement in statements:
                started = _call(self.client.start_query_execution, **self._request(statement))
                waiting.append(str(started["QueryExecutionId"]))
            keys = [self._key(location) for location in self._wait(waiting)]
        finally:
            self._stop(waiting)
        try:
            with self.files.files(keys, self.reads) as paths:
                for path in paths:
                    self._insert(path, table)
        except FileNotFoundError as error:
            raise StorageError("a result of Athena's is gone before it was read") from error

    def _request(self, statement: Statement) -> dict[str, Any]:
        return {
            # One row more than may be, so that too many are noticed.
            "QueryString": f"SELECT * FROM (\n{statement.sql}\n) AS report LIMIT {MAX_ROWS + 1}",
            "ExecutionParameters": list(statement.parameters),
            "QueryExecutionContext": {"Database": self.settings.athena_database},
            "WorkGroup": self.settings.athena_workgroup,
        }

    def _wait(self, waiting: list[str]) -> list[str]:
        """Where the results lie; takes from `waiting` what has ended."""
        locations = []
        pauses = iter(_POLL_SECONDS)
        while True:
            for query in tuple(waiting):
                execution = _call(self.client.get_query_execution, QueryExecutionId=query)["QueryExecution"]
                if execution["Status"]["State"] not in ("QUEUED", "RUNNING"):
                    waiting.remove(query)
                    locations.append(_location(query, execution))
            if not waiting:
                return locations
            pause = next(pauses, _POLL_SECONDS[-1])
            if time.monotonic() + pause > self.deadline:
                raise Unavailable(
                    "Athena needs longer than a report may take: ask for a shorter range, or query the view in Athena itself",
                    "REPORT_TIMEOUT",
                )
            time.sleep(pause)

    def _stop(self, queries: Sequence[str]) -> None:
        for query in queries:
            try:
                _call(self.client.stop_query_execution, QueryExecutionId=query)
            except (StorageError, Unavailable):
                continue  # it ends by itself, and the error that led here says more

    def _key(self, location: str) -> str:
        folder = f"{self.lake.url.rstrip('/')}/"
        if not location.startswith(folder):
            raise StorageError(
                "Athena's workgroup writes its results outside of the lake: they cannot be read from here"
            )
        return location.removeprefix(folder)

    def _insert(self, path: Path, table: str) -> None:
        with path.open(encoding="utf-8") as text:
            names = text.readline().rstrip("\n").strip('"').split('","')
        if not set(names) <= {name for name, *_ in self.connection.execute(f"DESCRIBE {table}").fetchall()}:
            raise StorageError("a result of Athena's has columns that no report has: make its views again")
        kinds = ", ".join(f"{name}: 'VARCHAR'" for name in names)
        rows = f"SELECT *, 0 AS level FROM read_csv($file, columns = {{{kinds}}}, {_CSV})"
        try:
            [(count,)] = self.connection.execute(f"INSERT INTO {table} BY NAME {rows}", {"file": str(path)}).fetchall()
        except duckdb.Error as error:
            raise StorageError(f"a result of Athena's cannot be read ({type(error).__name__})") from None
        if count > MAX_ROWS:
            raise BadRequest(f"the answer has more than {MAX_ROWS} rows: ask for a shorter range", "RANGE_TOO_LARGE")


def _call(operation: Callable[..., dict[str, Any]], **request: Any) -> dict[str, Any]:
    """What the client answers; its errors without their text, which may quote parameters."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return operation(**request)
    except ClientError as error:
        raise _refusal(error) from None
    except BotoCoreError as error:
        raise StorageError(f"Athena cannot be reached ({type(error).__name__})") from None


def _refusal(error: "ClientError") -> StorageError | Unavailable:
    code = str(error.response.get("Error", {}).get("Code", "unknown"))
    if code in _BUSY:
        return Unavailable("Athena is busy: ask again in a moment")
    return StorageError(f"Athena refuses: {code}")


def _location(query: str, execution: dict[str, Any]) -> str:
    """Where the result of a query that has ended lies. Athena's own texts may quote identifiers and go nowhere."""
    status = execution["Status"]
    if status["State"] == "SUCCEEDED":
        return str(execution["ResultConfiguration"]["OutputLocation"])
    if "bytes scanned limit" in status.get("StateChangeReason", "").lower():
        raise BadRequest("Athena would scan more than its workgroup allows: ask for a shorter range", "RANGE_TOO_LARGE")
    kind = status.get("AthenaError", {}).get("ErrorType", "unknown")
    raise StorageError(
        f"Athena ended query {query} as {status['State']} (error type {kind}); its history says why. "
        "Missing views are made by: abslake athena views"
    )


def _statement(question: Question, select: str) -> Statement:
    """`select` over the traffic that the question is about."""
    traffic, parameters = _traffic(question)
    return Statement(f"WITH traffic AS (\n{traffic}\n)\n{plain(select)}", parameters)


def _of_sessions(question: Question, names: Sequence[str]) -> Statement:
    """``api/details.sql`` on some sessions."""
    traffic, parameters = _traffic(question)
    texts = [_text(name) for name in names]
    chosen = ", ".join(marks for marks, _ in texts)
    parameters += tuple(piece for _, pieces in texts for piece in pieces)
    sql = f"WITH traffic AS (\n{traffic}\n    AND session IN ({chosen})\n)\n{plain(body('api/details'))}"
    return Statement(sql, parameters)


def _batches(names: Sequence[str]) -> Iterator[Sequence[str]]:
    """Runs of names whose parameters fit into a statement."""
    start = size = 0
    for place, name in enumerate(names):
        cost = 2 * len(name) + 8
        if size and size + cost > _PARAMETERS:
            yield names[start:place]
            start, size = place, 0
        size += cost
    if names:
        yield names[start:]


def _traffic(question: Question) -> tuple[str, tuple[str, ...]]:
    """The rows of the kind's view that the question is about, as a SELECT with its parameters.

    The days stand in the text: constants are what partitions are certainly chosen by.
    """
    kind = index_kind(question.kind)
    value = (question.api or "") if question.kind is Kind.METRICS else question.value
    marks, parameters = _text(value)
    conditions = [f"value = {marks}"]
    if question.kind is Kind.COOKIE and question.api is not None:
        marks, more = _text(question.api)
        conditions.append(f"api = {marks}")
        parameters += more
    last = question.later - timedelta(minutes=1)
    conditions += [
        f"\"date\" BETWEEN '{question.earlier.date()}' AND '{last.date()}'",
        "minute >= CAST(? AS TIMESTAMP)",
        "minute < CAST(? AS TIMESTAMP)",
    ]
    parameters += tuple(_quoted(_time(when)) for when in (question.earlier, question.later))
    where = "\n    AND ".join(conditions)
    return f"SELECT {', '.join(columns(kind))}\nFROM {view_name(kind)}\nWHERE {where}", parameters


def _text(value: str) -> tuple[str, tuple[str, ...]]:
    """Marks and parameters that together are `value`: a long one is given in pieces."""
    pieces = [value[start : start + _PIECE] for start in range(0, len(value), _PIECE)] or [""]
    return " || ".join("?" * len(pieces)), tuple(_quoted(piece) for piece in pieces)


def _time(when: datetime) -> str:
    return when.replace(tzinfo=None).isoformat(" ", "seconds")


def _quoted(text: str) -> str:
    """A text as an SQL literal. A backslash is a character like any other."""
    return "'" + text.replace("'", "''") + "'"
