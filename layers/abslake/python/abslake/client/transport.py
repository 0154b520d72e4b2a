"""Requests and answers: time limits, repeats, large answers, errors. Nothing here knows what a report is.

The standard library's client: it is there, it checks certificates and goes by the proxies of the environment. Redirects are
not followed by it: keys go to the server alone.
"""

import http.client
import json
import random
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from abslake.client.errors import OF_STATUS, Failed, NotReached, NotUnderstood, ReportError
from abslake.client.keys import AccessToken, Keys

LONGEST_WAIT = 60.0
"""Seconds; a server that asks for more is not waited for."""

_FIRST_WAIT = 0.5
_USELESS = "REPORT_TIMEOUT"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """A redirect is an answer like any other."""


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport:
    """One server. Raises ClientError only, and no error holds a key or an address."""

    def __init__(
        self,
        server: str,
        keys: Keys | AccessToken,
        *,
        timeout: float,
        attempts: int,
        allow_http: bool = False,
        context: ssl.SSLContext | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.server = _checked(server, allow_http=allow_http)
        self._keys, self._timeout, self._attempts, self._sleep = keys, timeout, attempts, sleep
        self._allow_http = allow_http
        local = urlsplit(self.server).hostname in _LOOPBACK
        # What is on this machine is asked directly, whatever proxies the environment names: keys may go there over http.
        proxies = [urllib.request.ProxyHandler({})] if local else []
        self._opener = urllib.request.build_opener(_NoRedirects, urllib.request.HTTPSHandler(context=context), *proxies)

    def ask(self, method: str, path: str, query: Mapping[str, str], body: Any = None) -> Any:
        """The JSON document that is answered."""
        target = f"{self.server}{path}?{urlencode(query)}" if query else f"{self.server}{path}"
        headers = {"Accept": "application/json", **self._keys.headers}
        data = None
        if body is not None:
            data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        request = urllib.request.Request(target, data, headers, method=method)  # noqa: S310 - see _checked
        answer = self._patiently(request)
        if answer.status == http.HTTPStatus.SEE_OTHER:
            answer = self._large(answer)
        if answer.status != http.HTTPStatus.OK and not _is_report(answer):
            raise self._error(answer)
        try:
            return json.loads(answer.body)
        except ValueError:
            pass
        raise NotUnderstood("the answer is not JSON: is this the address of the reports?")

    def _patiently(self, request: urllib.request.Request) -> _Answer:
        for attempt in range(self._attempts):
            answer = self._once(request)
            wait = _wait(answer, attempt)
            if not _may_be_repeated(request, answer) or wait > LONGEST_WAIT or attempt + 1 == self._attempts:
                break
            self._sleep(wait)
        return answer

    def _once(self, request: urllib.request.Request) -> _Answer:
        reason: object
        try:
            with self._opener.open(request, timeout=self._timeout) as answer:
                return _Answer(answer.status, _lower(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return _Answer(error.code, _lower(error.headers), error.read())
        except urllib.error.URLError as error:
            reason = error.reason
        except (OSError, http.client.HTTPException) as error:
            reason = error
        raise NotReached(f"no answer within {self._timeout:g} s, or no connection: {type(reason).__name__}")

    def _large(self, pointer: _Answer) -> _Answer:
        """The answer at the signed address, asked without keys: the address is the key."""
        try:
            address = _checked(pointer.headers.get("location", ""), allow_http=self._allow_http)
        except ValueError:
            address = ""
        if not address:
            raise NotUnderstood("a large answer without an address that can be asked")
        answer = self._patiently(urllib.request.Request(address))  # noqa: S310 - see _checked
        if answer.status != http.HTTPStatus.OK:
            raise Failed(answer.status, message="the large answer cannot be had at its address any more: ask again")
        return answer

    def _error(self, answer: _Answer) -> ReportError:
        try:
            said = json.loads(answer.body)
        except ValueError:
            said = None
        said = said if isinstance(said, dict) else {}
        code, message, request_id = (
            self._without_keys(str(said.get(name) or "")) for name in ("status_code", "message", "request_id")
        )
        request_id = request_id or self._without_keys(answer.headers.get("apigw-requestid", ""))
        return OF_STATUS.get(answer.status, Failed)(answer.status, code, message, request_id)

    def _without_keys(self, text: str) -> str:
        """Ours never say a key; what stands between might."""
        for key in self._keys.secrets:
            text = text.replace(key, "***")
        return text


def _checked(address: str, *, allow_http: bool) -> str:
    """The address without a slash at its end. Raises ValueError, which does not repeat it."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise ValueError("the server is written as https://HOST or https://HOST:PORT")
    if parts.scheme == "http" and not allow_http and parts.hostname not in _LOOPBACK:
        raise ValueError("keys are not sent over http but to this machine: write https://, or say allow_http")
    return address.rstrip("/")


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _is_report(answer: _Answer) -> bool:
    """Whether a 503 is the report that something is not well, and not an error."""
    if answer.status != http.HTTPStatus.SERVICE_UNAVAILABLE:
        return False
    try:
        document = json.loads(answer.body)
    except ValueError:
        return False
    return isinstance(document, dict) and "name" in document


def _may_be_repeated(request: urllib.request.Request, answer: _Answer) -> bool:
    """A 429 was not done. A 503 may have been: what changes something is not sent twice."""
    if answer.status == http.HTTPStatus.SERVICE_UNAVAILABLE:
        return request.get_method() == "GET" and _USELESS.encode() not in answer.body and not _is_report(answer)
    return answer.status == http.HTTPStatus.TOO_MANY_REQUESTS


def _wait(answer: _Answer, attempt: int) -> float:
    """Seconds until the next attempt: what Retry-After says (RFC 9110, 10.2.3), else longer each time, spread by chance."""
    said = answer.headers.get("retry-after", "")
    if said.isascii() and said.isdecimal():
        return float(said[:9])
    try:
        moment = parsedate_to_datetime(said)
    except ValueError:
        return _FIRST_WAIT * float(2**attempt) * random.uniform(0.5, 1)  # noqa: S311 - no secret
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
