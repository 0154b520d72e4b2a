"""What a grammar's file may hold, and the words that it names the fields of a request by. Source: docs/formats/grammars.md."""

import time
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from abslake.records.record import Record

TEXTS = {
    "address": "peer", "forwarded_for": "forwarded_for", "method": "method", "url": "url", "host": "host",
    "user_agent": "user_agent", "cookies": "cookies", "authorization": "auth_header", "username": "username",
    "token": "token", "api_key": "api_key", "session": "session", "connection": "connection",
    "request_content_type": "request_content_type", "response_content_type": "response_content_type",
}  # fmt: skip
"""Fields whose text stands as it is, and their columns."""

COUNTS = ("request_bytes", "response_bytes")
"""Fields that are numbers of bytes, and columns of the same name."""

FIELDS = (
    *TEXTS,
    *COUNTS,
    "time",
    "date",
    "request",
    "path",
    "query",
    "protocol",
    "status",
    "response_time",
    "server",
)
"""What ``[fields]`` of a grammar may name."""


COLUMNS_BY_FIELD = {
    "time": "time",
    **TEXTS,
    "protocol": "protocol",
    "status": "status",
    "request_bytes": "request_bytes",
    "response_bytes": "response_bytes",
    "server": "server",
    "response_time": "time_ms",
}
"""What a record can tell, in the words of a grammar, and the column of `Record`."""


def told(record: Record) -> dict[str, str | int | float | None]:
    """A record in the words of a grammar: what it tells by field."""
    moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.time // 1_000_000))
    return {name: getattr(record, column) for name, column in COLUMNS_BY_FIELD.items()} | {
        "time": f"{moment}.{record.time % 1_000_000:06d}Z"
    }


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _placed(value: object) -> object:
    return value if isinstance(value, Mapping) else {"from": value}


class Place(BaseModel):
    """Where a field stands, and how it is written there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Annotated[tuple[str, ...], BeforeValidator(_listed), Field(alias="from", min_length=1)]
    """Its sources: the first that is there counts."""
    form: Annotated[str, Field(alias="as")] = "auto"
    unit: Literal["s", "ms", "us", "ns", ""] = ""
    decode: Literal["percent", ""] = ""
    port: bool = False
    """The address is followed by a colon and a port."""
    last: bool = False
    """The text is a list of forwarded addresses; the last one, which the gateway itself added, is the client's."""


class Example(BaseModel):
    """A line that must parse; what it must give, if that is said."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    line: str
    expect: dict[str, str | int | float | None] = {}


Kind = Literal["regex", "json", "template", "delimited", ""]


class Document(BaseModel):
    """One file of ``config/formats/``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = ""
    base: str = ""
    kind: Kind = ""
    pattern: str = ""
    template: str = ""
    columns: tuple[str, ...] = ()
    separator: Annotated[str, StringConstraints(min_length=1, max_length=8)] = "\t"
    quotes: bool = False
    comment: str = ""
    escapes: bool = False
    needs: tuple[str, ...] = ()
    wide: tuple[str, ...] = ()
    fields: dict[str, Annotated[Place, BeforeValidator(_placed)]] = {}
    headers: dict[str, str] = {}
    file_names: str = ""
    examples: Annotated[tuple[Example, ...], Field(min_length=1)]
