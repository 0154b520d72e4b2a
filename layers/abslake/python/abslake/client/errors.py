"""What can go wrong when a report is asked for.

* ClientError - whatever this client raises, but for ValueError where it is used wrongly
    * NotReached - no answer: name, connection, certificate or time
    * NotUnderstood - an answer that is not the documented one
    * ReportError - an answer that says why there is no report
        * BadRequest - 400, 413: the question cannot be asked so
        * Unauthorized - 401: keys missing or wrong
        * Forbidden - 403: the restricted user may not ask this
        * NotFound - 404: no such API, entry or path
        * Conflict - 409: not as things stand
        * Unavailable - 429, 503, after all attempts: ask again later
        * Failed - any other, most of them 500

No message holds a key, an address with its query string, or an identifier.
"""


class ClientError(Exception):
    """Whatever this client raises."""


class NotReached(ClientError):
    """No answer came."""


class NotUnderstood(ClientError):
    """The answer is not the documented one."""


class ReportError(ClientError):
    """The server's answer is an error.

    `status`: of HTTP; `code`: the documented `status_code`, empty where the gateway itself answered; `request_id` leads to
    the server's log.
    """

    def __init__(self, status: int, code: str = "", message: str = "", request_id: str = "") -> None:
        self.status, self.code, self.message, self.request_id = status, code, message, request_id
        words = [f"HTTP {status}", code]
        text = f"{' '.join(filter(None, words))}: {message or 'no reason was given'}"
        super().__init__(f"{text} (request {request_id})" if request_id else text)


class BadRequest(ReportError):
    """400, 413: the question cannot be asked so; the message names the field."""


class Unauthorized(ReportError):
    """401: the keys are missing or wrong."""


class Forbidden(ReportError):
    """403: the restricted user may not ask this."""


class NotFound(ReportError):
    """404: there is no such API, entry or path."""


class Conflict(ReportError):
    """409: not as things stand."""


class Unavailable(ReportError):
    """429 or 503 after all attempts."""


class Failed(ReportError):
    """Any other error."""


OF_STATUS: dict[int, type[ReportError]] = {
    400: BadRequest,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    413: BadRequest,
    429: Unavailable,
    503: Unavailable,
}
"""Status -> error; Failed for all others."""
