"""``abslake athena views``: the views of the reports, made through Athena in the database of a stack."""

import time
from collections.abc import Iterator
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from abslake.errors import StorageError
from abslake.reports import ddl

WAIT_SECONDS = 60.0
"""How long one view may take. Athena reads no data for it."""


def make(database: str, workgroup: str) -> Iterator[str]:
    """Make each view, or make it anew; gives the names of those that are done. Raises StorageError."""
    try:
        client = boto3.client("athena")
        for name, statement in ddl.create_views(ddl.Engine.ATHENA):
            started = client.start_query_execution(
                QueryString=statement, QueryExecutionContext={"Database": database}, WorkGroup=workgroup
            )
            _wait(client, name, started["QueryExecutionId"])
            yield name
    except ClientError as error:
        told = error.response.get("Error", {})
        raise StorageError(f"Athena refuses: {told.get('Code')}: {told.get('Message')}") from error
    except BotoCoreError as error:
        raise StorageError(f"Athena cannot be asked: {error}") from error


def _wait(client: Any, name: str, query: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        status = client.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]
        if status["State"] == "SUCCEEDED":
            return
        if status["State"] not in ("QUEUED", "RUNNING"):
            raise StorageError(f"{name}: Athena says {status['State']}: {status.get('StateChangeReason', 'no reason')}")
        time.sleep(0.5)
    raise StorageError(f"{name}: not made within {WAIT_SECONDS:.0f} s (query {query})")
