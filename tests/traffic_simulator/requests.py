"""A request, who sends it, and the line of ASE's access log that it becomes."""

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from tests.traffic_simulator.api import Api

HOST = "api.example.com"


class Sender(NamedTuple):
    """An identity on an API, as the gateway sees it: headers as JSON, and what abslake will find in them."""

    address: str
    headers: str
    query: str
    identifiers: tuple[tuple[str, str], ...]
    """(kind, value): the kinds of `abslake.detection.findings.IdentifierKind`."""

    @property
    def client(self) -> tuple[str, str]:
        """What the request is counted under: token, else API key, else cookie, else address (contract 9.4)."""
        return self.identifiers[0]


@dataclass(slots=True)
class Identity:
    """A device on a network, and the credentials that it holds."""

    address: str
    agent: str
    username: str = ""
    token: str = ""
    cookie: str = ""
    api_key: str = ""
    extra: tuple[tuple[str, str], ...] = ()
    """Headers beside the usual ones."""
    _senders: dict[str, Sender] = field(default_factory=dict)

    def on(self, api: Api) -> Sender:
        """What it sends to an API: only the credentials that the API asks for."""
        if (sender := self._senders.get(api.name)) is None:
            sender = self._senders[api.name] = self._sender(api)
        return sender

    def _sender(self, api: Api) -> Sender:
        headers = [("Host", HOST), ("User-Agent", self.agent)]
        found = []
        query = ""
        if api.client == "token" and self.token:
            headers.append(("Authorization", f"Bearer {self.token}"))
            found.append(("token", self.token))
            if api.username_header and self.username:
                headers.append((api.username_header, self.username))
            if self.username:
                found.append(("username", self.username))
        elif api.client == "cookie" and self.cookie:
            headers.append(("Cookie", f"lang=en; JSESSIONID={self.cookie}"))
            found.append(("cookie", self.cookie))
        elif api.client == "api_key" and self.api_key:
            found.append(("api_key", self.api_key))
            if api.key_in_query:
                query = f"apikey={self.api_key}"
            else:
                headers.append(("X-API-Key", self.api_key))
        found.append(("ip", self.address))
        text = ",".join(json.dumps({name: value}, separators=(",", ":")) for name, value in (*headers, *self.extra))
        return Sender(self.address, text, query, tuple(found))


class Request(NamedTuple):
    """One request and its answer. `at` in seconds since the epoch; `status` 0: the client got no answer."""

    at: float
    sender: Sender
    method: str
    url: str
    status: int
    asked_bytes: int
    answered_bytes: int
    milliseconds: float
    connection: int
    content_type: str = "application/json"
    protocol: str = "1.1"


@lru_cache(maxsize=8192)
def _clock(second: int) -> str:
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}"


def timestamp(at: float) -> str:
    """Seconds since the epoch as logs spell them: RFC 3339, milliseconds."""
    second = int(at)
    return f"{_clock(second)}.{int((at - second) * 1000):03d}Z"


def ase_line(request: Request) -> bytes:
    """The line of a request, with its newline."""
    at, sender, method, url, status, asked, answered, ms, connection, kind, protocol = request
    if sender.query:
        url = f"{url}{'&' if '?' in url else '?'}{sender.query}"
    if not url.isascii() or '"' in url or "\\" in url or not url.isprintable():
        url = json.dumps(url)[1:-1]
    body = f',{{"Content-Type":"{kind}"}},{{"Content-Length":"{asked}"}}' if asked else ""
    line = (
        f'{{"timestamp":"{timestamp(at)}","connection_id":"{connection}",'
        f'"request":{{"source_ip":"{sender.address}","source_port":{32768 + connection % 28000},"method":"{method}",'
        f'"url":"{url}","http_version":"{protocol}","headers":[{sender.headers}{body}]}}'
    )
    if not status:
        return f"{line}}}\n".encode()
    return (
        f'{line},"response":{{"response_code":"{status}","headers":[{{"Content-Type":"application/json"}},'
        f'{{"Content-Length":"{answered}"}}]}},"server":"10.1.0.{connection % 4 + 1}:8080",'
        f'"response_time_ms":{ms:.1f}}}\n'
    ).encode()


def web_token(username: str, number: int, issued: int) -> str:
    """A JSON Web Token that nobody signed."""
    claims = {"sub": username, "iat": issued, "jti": f"{number:016x}"}
    body = base64.urlsafe_b64encode(json.dumps(claims, separators=(",", ":")).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.{body}.{number:022x}"
