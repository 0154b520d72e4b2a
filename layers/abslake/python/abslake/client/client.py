"""The client: settings, and how an operation of the table becomes a request and its answer a model."""

import ssl
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache, reduce
from importlib import import_module
from operator import or_
from typing import TYPE_CHECKING, Any

from abslake.client.errors import NotUnderstood
from abslake.client.keys import AccessToken, Keys
from abslake.client.operations import OPERATIONS, Operations
from abslake.client.transport import Transport

if TYPE_CHECKING:
    from pydantic import BaseModel, TypeAdapter

TIMEOUT = 60.0
ATTEMPTS = 4


class Client(Operations):
    """A server's reports for one user.

    `server`: its address, such as ``https://HOST``. http is taken for this machine alone, unless `allow_http`.
    `timeout`: seconds without a byte; `attempts`: how often a request is sent where the server says 429 or 503, with the
    pauses that it asks for. `context`: TLS, where the machine's own authorities are not the right ones.

    Its methods raise `abslake.client.ClientError` and its kinds; keys and dates that cannot be are a ValueError.
    """

    def __init__(
        self,
        server: str,
        keys: Keys | AccessToken,
        *,
        timeout: float = TIMEOUT,
        attempts: int = ATTEMPTS,
        allow_http: bool = False,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self.transport = Transport(
            server, keys, timeout=timeout, attempts=attempts, allow_http=allow_http, context=context
        )

    def __repr__(self) -> str:
        return f"Client({self.transport.server!r})"

    def document(self, method: str, path: str, query: Mapping[str, Any] | None = None, body: Any = None) -> Any:
        """The JSON document as it is answered, for whatever has no method here."""
        return self.transport.ask(method, path, _spelled(query or {}), body)

    def _ask(self, name: str, query: Mapping[str, Any], body: "BaseModel | Mapping[str, Any] | None" = None) -> Any:
        operation = OPERATIONS[name]
        if body is not None and not isinstance(body, Mapping):
            body = body.model_dump(mode="json", exclude_unset=True)
        document = self.document(operation.method, operation.path, query, body)
        return _read(document, name)

    def _pages(self, name: str, query: Mapping[str, Any]) -> Iterator[Any]:
        """One page after the other, as long as each names the next."""
        cursor = query.get("cursor")
        while True:
            page = self._ask(name, {**query, "cursor": cursor})
            yield page
            if not (cursor := getattr(page, "next_cursor", "")):
                return


def _read(document: Any, name: str) -> Any:
    """The model of an answer. What a newer server says more is left out."""
    from pydantic import ValidationError

    try:
        return _reader(name).validate_python(document, extra="ignore")
    except ValidationError as error:
        faults = error.error_count()
    raise NotUnderstood(f"{name}: the answer is not as documented in {faults} places: is the server an older one?")


@cache
def _reader(name: str) -> "TypeAdapter[Any]":
    """The models are loaded with the first answer that is one."""
    from pydantic import TypeAdapter

    places = (place.split(":") for place in OPERATIONS[name].answers)
    return TypeAdapter(reduce(or_, (getattr(import_module(module), model) for module, model in places)))


def _spelled(query: Mapping[str, Any]) -> dict[str, str]:
    """Parameters as the address has them; those that are None are left out. Raises ValueError."""
    return {name: _text(name, value) for name, value in query.items() if value is not None}


def _text(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        if value.tzinfo is not None:
            raise ValueError(f"{name}: give the wall clock of the deployment's time zone, without a zone")
        return value.isoformat(timespec="minutes")
    return str(value)
