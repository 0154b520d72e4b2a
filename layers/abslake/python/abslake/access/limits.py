"""How often a user may ask: so many requests in each minute of the clock.

Functions share no memory, so the requests of a minute are counted in a DynamoDB table, one atomic update each, and only for
users who have a limit; where no table is set, each process counts for itself. A table that fails lets everybody through: it
is there to keep costs fair, not to keep anybody out.
"""

import logging
import time
from collections.abc import Callable
from functools import lru_cache
from threading import Lock
from typing import Any, Protocol

from abslake.access.check import Caller
from abslake.errors import TooManyRequests
from abslake.settings import Settings

_MINUTE = 60
_KEPT_SECONDS = 300  # an item behind its minute; DynamoDB takes it away some time later
_SILENT_SECONDS = 15.0  # after a failure the table is not asked again

_logger = logging.getLogger(__name__)


class Counter(Protocol):
    """Counts requests."""

    def admit(self, account: str, minute: int, limit: int) -> bool:
        """Count a request; False where `limit` were admitted in this minute."""


class ProcessCounter:
    """Counts in this process, for a laptop, where the functions are threads of one."""

    def __init__(self) -> None:
        self._minute, self._counts = -1, dict[str, int]()
        self._lock = Lock()

    def admit(self, account: str, minute: int, limit: int) -> bool:
        """As `Counter`."""
        with self._lock:
            if minute != self._minute:
                self._minute, self._counts = minute, {}
            count = self._counts.get(account, 0)
            if count >= limit:
                return False
            self._counts[account] = count + 1
            return True


class TableCounter:
    """Counts in a table with the key ``id``. Whoever is over his limit costs one update a minute and process."""

    def __init__(self, table: str, client: Callable[[], Any], clock: Callable[[], float] = time.monotonic) -> None:
        self._table, self._client, self._clock = table, lru_cache(client), clock
        self._minute, self._over = -1, set[str]()
        self._silent_until = float("-inf")

    def admit(self, account: str, minute: int, limit: int) -> bool:
        """As `Counter`; True where the table cannot tell."""
        if minute != self._minute:
            self._minute, self._over = minute, set()
        if account in self._over:
            return False
        if self._clock() < self._silent_until:
            return True
        try:
            admitted = self._count(account, minute, limit)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, reports go on
            self._silent_until = self._clock() + _SILENT_SECONDS
            _logger.warning("requests are not limited, the table cannot count them: %s", _reason(error))
            return True
        if not admitted:
            self._over.add(account)
        return admitted

    def _count(self, account: str, minute: int, limit: int) -> bool:
        client = self._client()
        try:
            client.update_item(
                TableName=self._table,
                Key={"id": {"S": f"{account}#{minute}"}},
                UpdateExpression="SET #expires = :expires ADD #requests :one",
                ConditionExpression="attribute_not_exists(#requests) OR #requests < :limit",
                ExpressionAttributeNames={"#expires": "expires", "#requests": "requests"},
                ExpressionAttributeValues={
                    ":expires": {"N": str((minute + 1) * _MINUTE + _KEPT_SECONDS)},
                    ":one": {"N": "1"},
                    ":limit": {"N": str(limit)},
                },
            )
        except client.exceptions.ConditionalCheckFailedException:
            return False
        return True


def check(caller: Caller, settings: Settings, now: float | None = None) -> None:
    """Count a request of a user who has a limit. Raises TooManyRequests above it. `now`: seconds since the epoch."""
    limit = caller.user.requests_per_minute
    if limit is None:
        return
    moment = time.time() if now is None else now
    minute = int(moment // _MINUTE)
    if not counter(settings.limit_table).admit(caller.account, minute, limit):
        wait = int((minute + 1) * _MINUTE - moment) + 1
        raise TooManyRequests(f"no more than {limit} requests a minute: ask again in {wait} seconds", wait)


@lru_cache(maxsize=1)
def counter(table: str) -> Counter:
    """What counts: the table of this name, or, without any, this process."""
    return TableCounter(table, _dynamodb) if table else ProcessCounter()


def _dynamodb() -> Any:
    """A client that would rather fail than hold a report up."""
    import boto3
    from botocore.config import Config

    bounds = Config(connect_timeout=1, read_timeout=1, retries={"mode": "standard", "total_max_attempts": 2})
    return boto3.client("dynamodb", config=bounds)


def _reason(error: Exception) -> str:
    """AWS's error code where there is one: its message may quote the request."""
    response = getattr(error, "response", None) or {}
    return str(response.get("Error", {}).get("Code") or type(error).__name__)
