"""An Athena that really runs its statements: parsed in Athena's dialect, translated, executed by DuckDB on a lake.

What is Athena's own is done as its documentation says: execution parameters are SQL expressions put in the place of the
question marks, results are CSV objects in which nothing at all is NULL, states come one after the other.
"""

import threading
import uuid
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any
from unittest.mock import patch

import boto3
import duckdb
import sqlglot
from botocore.exceptions import ClientError
from sqlglot import exp
from sqlglot.tokens import TokenType

from abslake.records.definitions import Definitions
from abslake.reports import athena, ddl, report
from abslake.reports.listing import Mask
from abslake.reports.question import Question
from abslake.settings import Settings
from abslake.storage import Lake

SETTINGS = Settings(athena_workgroup="abslake", athena_database="abslake")
_LONGEST_PARAMETER = 1024


class FakeAthena:
    """boto3's Athena client, as far as reports use it. The lake must be a folder.

    `states`: what each query goes through; the last one stays. `reason`: the text that goes with a failure.
    """

    def __init__(self, lake: Lake, *, states: Iterable[str] = ("QUEUED", "RUNNING", "SUCCEEDED"), reason: str = ""):
        self.stopped: list[str] = []
        self.requests: list[dict[str, Any]] = []
        self.lake, self._states, self._reason = lake, tuple(states), reason
        self._lock = threading.Lock()
        self._states_to_come: dict[str, list[str]] = {}
        self.prepare(lake)

    def prepare(self, lake: Lake) -> None:
        """Make the table and the views."""
        self._connection = duckdb.connect(":memory:", config={"threads": 1})
        facts = f"{lake.folder}/facts/**/*.parquet"
        kinds = "hive_types = {'date': VARCHAR, 'hour': VARCHAR}"
        self._connection.execute(
            f"CREATE VIEW facts AS SELECT * FROM read_parquet('{facts}', hive_partitioning = true, {kinds})"
        )
        for _, statement in ddl.create_views(ddl.Engine.ATHENA):
            self._connection.execute(translated(statement))

    def run(self, statement: str, parameters: list[str]) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Names of the columns, and rows, of a statement; `parameters` are SQL literals."""
        with self._lock:
            cursor = self._connection.execute(translated(substituted(statement, parameters)))
            return [column for column, *_ in cursor.description or ()], cursor.fetchall()

    def start_query_execution(self, **request: Any) -> dict[str, Any]:
        self.requests.append(request)
        header, rows = self.run(request["QueryString"], request["ExecutionParameters"])
        name = str(uuid.uuid4())
        self.lake.create(f"results/athena/{name}.csv", csv([header, *rows]).encode())
        self._states_to_come[name] = [*self._states]
        return {"QueryExecutionId": name}

    def get_query_execution(self, **request: Any) -> dict[str, Any]:
        name = request["QueryExecutionId"]
        states = self._states_to_come[name]
        state = states.pop(0) if len(states) > 1 else states[0]
        status: dict[str, Any] = {"State": state, "StateChangeReason": self._reason}
        if state in ("FAILED", "CANCELLED"):
            status["AthenaError"] = {"ErrorCategory": 2, "ErrorType": 1006, "ErrorMessage": self._reason}
        place = {"OutputLocation": f"{self.lake.url}/results/athena/{name}.csv"}
        return {"QueryExecution": {"Status": status, "ResultConfiguration": place}}

    def stop_query_execution(self, **request: Any) -> dict[str, Any]:
        self.stopped.append(request["QueryExecutionId"])
        return {}


def answer(
    question: Question, lake: Lake, client: athena.Client, definitions: Definitions, mask: Mask | None = None
) -> Any:
    """The report as JSON data, asked of Athena, which is `client`."""
    athena._client.cache_clear()  # what an earlier test had
    try:
        with patch.object(boto3, "client", return_value=client):
            return report(replace(question, athena=True), lake, SETTINGS, definitions, mask).model_dump()
    finally:
        athena._client.cache_clear()


def substituted(statement: str, parameters: list[str]) -> str:
    """The statement with its question marks replaced, as ``EXECUTE … USING`` does: each parameter is one expression."""
    for parameter in parameters:
        text_of(parameter)
    marks = [token for token in sqlglot.tokenize(statement, read="athena") if token.token_type is TokenType.PLACEHOLDER]
    if len(marks) != len(parameters):
        raise refused("InvalidRequestException")
    for mark, parameter in reversed([*zip(marks, parameters, strict=True)]):
        statement = statement[: mark.start] + parameter + statement[mark.end + 1 :]
    return statement


def text_of(parameter: str) -> str:
    """The text that an execution parameter is the literal of. Raises what boto3 raises where it is none."""
    try:
        found = sqlglot.parse_one(parameter, read="athena")
    except sqlglot.ParseError:
        found = None
    if not isinstance(found, exp.Literal) or not 1 <= len(parameter) <= _LONGEST_PARAMETER:
        raise refused("InvalidRequestException")
    return str(found.this)


def translated(statement: str) -> str:
    """The one statement of a text in Athena's dialect, in DuckDB's. Raises sqlglot.ParseError."""
    (parsed,) = sqlglot.parse(statement, read="athena", error_level=sqlglot.ErrorLevel.RAISE)
    assert parsed is not None
    assert not isinstance(parsed, exp.Command), "not understood"
    return parsed.sql("duckdb")


def csv(rows: Iterable[Iterable[Any]]) -> str:
    """Rows as a result object holds them."""
    return "".join(",".join(_value(value) for value in row) + "\n" for row in rows)


def refused(code: str) -> ClientError:
    """What boto3 raises where Athena does not take a request."""
    return ClientError(
        {"Error": {"Code": code, "Message": "with the statement in it: 'token1'"}}, "StartQueryExecution"
    )


def _value(value: Any) -> str:
    if value is None:
        return ""
    text = value.isoformat(" ", "milliseconds") if isinstance(value, datetime) else str(value)
    return '"' + text.replace('"', '""') + '"'
