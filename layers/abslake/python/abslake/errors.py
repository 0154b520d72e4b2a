"""Every error that abslake raises on purpose.

::

    AbslakeError
    ├── SettingsError            a setting is missing or malformed; names the environment variable
    ├── DefinitionError          an API definition is not valid; names the file and the field
    ├── GrammarError             a user's log format is not valid; names the file and the field
    ├── UnreadableLog            a log object that cannot be read at all: the message is retried, then dead-lettered
    │   ├── LogNotFound          the object is gone or was never there
    │   └── LogTooLarge          over the cap on decompressed bytes or on the compression ratio
    ├── StorageError             the object store refused or failed after retries
    │   ├── WriteRefused         a compare-and-swap that certainly took no effect: somebody else changed the object
    │   └── WriteStateUnknown    a write may or may not have taken effect: create may be repeated, else look first
    ├── UpkeepRefused            upkeep of the lake would lose something, or cannot be done now; says how to go on
    └── RequestError             a report request that cannot be answered; carries the HTTP status and status_code
        ├── BadRequest           400: a parameter is missing, repeated, malformed or contradictory
        ├── Unauthorized         401: unknown key or wrong secret, on purpose the same
        ├── Forbidden            403: the user is known and may not ask this
        ├── NotFound             404: no such API, path
        ├── MethodNotAllowed     405
        ├── Conflict             409: not as things stand: training is under way, or there is such an entry already
        ├── PayloadTooLarge      413: the body of the request is too large
        ├── TooManyRequests      429: the user has asked as often this minute as he may
        └── Unavailable          503: what answers is busy or takes too long; ask again, or for less

A bad line of a log is no exception: it is kept in quarantine with its reason (`abslake.facts.quarantine`).
Messages never hold an identifier (token, cookie, key, user name, address) nor a log line.
"""

from collections.abc import Sequence
from typing import ClassVar

DETECTION_AT_WORK = "DETECTION_AT_WORK"
"""``status_code`` of a reset that has to wait for a run of detection."""


class AbslakeError(Exception):
    """The root of the tree."""


class SettingsError(AbslakeError):
    """A setting is missing or malformed."""


class DefinitionError(AbslakeError):
    """An API definition is not valid; the message names the file and the field."""


class GrammarError(AbslakeError):
    """A user's log format is not valid; the message names the file and the field."""


class UnreadableLog(AbslakeError):
    """A log object that cannot be read at all."""


class LogNotFound(UnreadableLog):
    """The object is gone or was never there."""


class LogTooLarge(UnreadableLog):
    """Over the cap on decompressed bytes, or on the ratio of decompressed to compressed bytes."""


class StorageError(AbslakeError):
    """The object store refused or failed after retries."""


class WriteRefused(StorageError):
    """A compare-and-swap that certainly took no effect: somebody else has changed the object. Read it and begin again."""


class WriteStateUnknown(StorageError):
    """A write may or may not have taken effect.

    `Lake.create` may simply be repeated: its keys are never reused. After `Lake.replace` only what is in the object
    now can tell.
    """


class UpkeepRefused(AbslakeError):
    """Upkeep of the lake would lose something, or cannot be done now; nothing has been changed by what it refuses."""


class RequestError(AbslakeError):
    """A report request that cannot be answered."""

    http_status: ClassVar[int] = 500
    status_code: str = "INTERNAL_ERROR"

    def __init__(self, message: str, status_code: str | None = None) -> None:
        super().__init__(message)
        if status_code:
            self.status_code = status_code


class BadRequest(RequestError):
    """A parameter is missing, repeated, malformed or contradictory."""

    http_status = 400
    status_code = "INVALID_PARAMETER"


class Unauthorized(RequestError):
    """Unknown key or wrong secret: the same answer for both."""

    http_status = 401
    status_code = "UNAUTHORIZED"


class Forbidden(RequestError):
    """The user is known and may not ask this."""

    http_status = 403
    status_code = "FORBIDDEN"


class NotFound(RequestError):
    """No such API or path."""

    http_status = 404
    status_code = "NOT_FOUND"


class MethodNotAllowed(RequestError):
    """The path exists and does not take this method."""

    http_status = 405
    status_code = "METHOD_NOT_ALLOWED"

    def __init__(self, message: str, allowed: Sequence[str] = ("GET",)) -> None:
        super().__init__(message)
        self.allowed = tuple(allowed)


class Conflict(RequestError):
    """Not as things stand: detection is under way, or there is such an entry already."""

    http_status = 409
    status_code = "CONFLICT"


class PayloadTooLarge(RequestError):
    """The body of the request is larger than any that this path needs."""

    http_status = 413
    status_code = "PAYLOAD_TOO_LARGE"


class TooManyRequests(RequestError):
    """The user has asked as often this minute as he may."""

    http_status = 429
    status_code = "TOO_MANY_REQUESTS"

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds after which he may ask again."""


class Unavailable(RequestError):
    """What answers is busy or takes too long: ask again, or for less."""

    http_status = 503
    status_code = "UNAVAILABLE"
