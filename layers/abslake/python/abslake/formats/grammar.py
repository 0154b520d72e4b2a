"""Grammars: log formats that users describe as data, in ``config/formats/<name>.toml`` or ``.json`` of the lake.

A grammar says how a line falls apart (``kind``: a regular expression with named groups, a JSON object, a template, columns)
and which part is which field of a request. With ``base`` it gives only the template or the columns of a log that is known.
Everything is read by the readers that built-in formats use; a grammar can be wrong, it cannot run code or take long.
Source: docs/formats/grammars.md.
"""

import json
import re
import time
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from abslake.errors import GrammarError
from abslake.formats import About, Format, formats
from abslake.formats.readers import fields
from abslake.formats.readers.base import Reader, declared
from abslake.formats.readers.delimited import Delimited
from abslake.formats.readers.json_lines import JsonLines
from abslake.formats.readers.layout import Layout
from abslake.formats.readers.pattern import Pattern, compiled
from abslake.formats.readers.trial import check_sql
from abslake.records.record import BadLine, NoRequest, Record
from abslake.storage import Lake

PREFIX = "config/formats/"
_NAME = r"[a-z][a-z0-9-]{0,62}"
_MOST_BYTES = 64 * 1024
_KEY = r"""(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')"""
_DEEP = rf"{_KEY}(?:[ \t]*\.[ \t]*{_KEY}){{16}}"
"""Part of a TOML key of more levels than any document has: reading it takes time with the square of their number."""

_TEXTS = {
    "address": "peer", "forwarded_for": "forwarded_for", "method": "method", "url": "url", "host": "host",
    "user_agent": "user_agent", "cookies": "cookies", "authorization": "auth_header", "username": "username",
    "token": "token", "api_key": "api_key", "session": "session", "connection": "connection",
    "request_content_type": "request_content_type", "response_content_type": "response_content_type",
}  # fmt: skip
"""Fields whose text stands as it is, and their columns."""

_COUNTS = ("request_bytes", "response_bytes")
_TIMES = {"rfc3339": fields.rfc3339, "clf": fields.clf_time, "epoch": fields.epoch, "auto": fields.time}

FIELDS = (
    *_TEXTS,
    *_COUNTS,
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


@dataclass(frozen=True, slots=True)
class Grammars:
    """All valid grammars by name, and what was wrong with the others (messages with file and field)."""

    formats: Mapping[str, Format]
    rejected: tuple[str, ...] = ()

    @property
    def known(self) -> dict[str, Format]:
        """Built-in formats and grammars."""
        return formats() | dict(self.formats)


@lru_cache(maxsize=256)  # ingest asks for the lake's grammars again and again
def parse(file: str, text: bytes) -> Format:
    """The format that a grammar describes; `file` is its name with ``.toml`` or ``.json``.

    Raises GrammarError with file and field: not TOML or JSON, unknown keys, an expression that RE2 refuses, a field that no
    part of a line gives, an example that does not parse or does not give what it must, or that the engine reads differently.
    """
    name, _, kind = file.rpartition(".")
    if len(text) > _MOST_BYTES:
        raise GrammarError(f"{PREFIX}{file}: more than {_MOST_BYTES} bytes")
    _check_name(file, name, kind)
    document = _document(file, text, kind)
    try:
        reader = _reader(document)
    except ValueError as error:
        raise GrammarError(f"{PREFIX}{file}: {error}") from None
    about = About(document.title or name, (), tuple(e.line for e in document.examples), "", "")
    reader.names_clients = True  # who describes a log says what its clients are
    entry = replace(declared(name, (reader,), about), version=sha256(text).hexdigest()[:16])
    for number, example in enumerate(document.examples, 1):
        _check_example(file, number, example, reader)
    try:
        check_sql(reader, [e.line for e in document.examples], [name.lower() for name in document.headers])
        return replace(entry, name_hint=_hint(document.file_names)) if document.file_names else entry
    except ValueError as error:
        raise GrammarError(f"{PREFIX}{file}: {error}") from None


def _hint(expression: str) -> Any:
    try:
        return compiled(expression, ignore_case=True)
    except ValueError as error:
        raise ValueError(f"file_names: {error}") from None


def _document(file: str, text: bytes, kind: str) -> Document:
    try:
        content = _toml(text.decode()) if kind == "toml" else json.loads(text.decode())
        json.dumps(content, ensure_ascii=False, default=str).encode()  # a lone surrogate is no text
    except GrammarError as error:
        raise GrammarError(f"{PREFIX}{file}: {error}") from None
    except (ValueError, RecursionError) as error:  # TOMLDecodeError and JSONDecodeError are ValueErrors
        where = str(error) if isinstance(error, tomllib.TOMLDecodeError | json.JSONDecodeError) else ""
        raise GrammarError(f"{PREFIX}{file}: not {kind.upper()} {where}".rstrip()) from None
    try:
        return Document.model_validate(content)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, e['loc'])) or 'document'}: {e['msg']}" for e in error.errors(include_input=False)
        )
        raise GrammarError(f"{PREFIX}{file}: {faults}") from None


def _toml(text: str) -> object:
    if compiled(_DEEP).search(text):
        raise GrammarError("a key of more than 16 levels")
    return tomllib.loads(text)


def _check_name(file: str, name: str, kind: str) -> None:
    if kind not in ("toml", "json"):
        raise GrammarError(f"{PREFIX}{file}: the name of a grammar's file must end in .toml or .json")
    if not re.fullmatch(_NAME, name):
        raise GrammarError(f"{PREFIX}{file}: the name must be lower-case letters, digits and hyphens, a letter first")
    if name in formats():
        raise GrammarError(f"{PREFIX}{file}: {name} is a built-in format; choose another name")


def _reader(document: Document) -> Reader:
    """Raises ValueError in words for the user."""
    if document.base:
        return _based(document)
    made = [entry for name, place in document.fields.items() for entry in _fields(name, place, document.fields)]
    given = {column for entry in made for column in entry.gives}
    missing = {"time": "time", "peer": "address", "method": "method", "url": "url"}
    for column, name in missing.items():
        if column not in given:
            raise ValueError(f"fields: {name} is missing" + (" (or request)" if name in ("method", "url") else ""))
    headers = {name.lower(): source for name, source in document.headers.items()}
    return _READERS[document.kind](document, made, headers)


def _based(document: Document) -> Reader:
    base = formats().get(document.base)
    if base is None:
        raise ValueError(
            f"base: there is no built-in format {document.base!r}; there are {', '.join(sorted(formats()))}"
        )
    if document.fields or document.headers or document.kind:
        raise ValueError("base: the fields are known then; leave kind, fields and headers out")
    ways: dict[str, tuple[Any, Callable[[Any], Any] | None]] = {
        "template": (document.template, base.from_template),
        "columns": (document.columns, base.from_columns),
    }
    for name, (given, make) in ways.items():
        if given and make is None:
            raise ValueError(f"{name}: {document.base} takes none")
        if given and make is not None:
            reader: Reader = make(given)
            return reader
    taken = " or ".join(name for name, (_, make) in ways.items() if make)
    raise ValueError(f"base: give the {taken}" if taken else f"base: {document.base} has nothing to be adapted")


def _regex(document: Document, made: Sequence[fields.Field], headers: Mapping[str, str]) -> Reader:
    if not document.pattern:
        raise ValueError("pattern: missing")
    reader = Pattern(document.pattern, made, escapes=document.escapes, headers=headers)
    _check_sources(document, reader.groups, "the pattern has no group")
    return reader


def _template(document: Document, made: Sequence[fields.Field], headers: Mapping[str, str]) -> Reader:
    if not document.template:
        raise ValueError("template: missing")
    reader = Layout(document.template, made, wide=document.wide, headers=headers)
    _check_sources(document, reader.variables, "the template has no variable")
    return reader


def _delimited(document: Document, made: Sequence[fields.Field], headers: Mapping[str, str]) -> Reader:
    if not document.columns:
        raise ValueError("columns: missing")
    _check_sources(document, document.columns, "there is no column")
    return Delimited(
        document.columns,
        made,
        separator=document.separator,
        quotes=document.quotes,
        comment=document.comment,
        headers=headers,
    )


def _json(document: Document, made: Sequence[fields.Field], headers: Mapping[str, str]) -> Reader:
    return JsonLines(made, needs=document.needs, headers=headers)


def _no_kind(_document: Document, _made: Sequence[fields.Field], _headers: Mapping[str, str]) -> Reader:
    raise ValueError('kind: write "regex", "json", "template" or "delimited", or give a base')


_READERS: dict[str, Callable[[Document, Sequence[fields.Field], Mapping[str, str]], Reader]] = {
    "regex": _regex, "json": _json, "template": _template, "delimited": _delimited, "": _no_kind,
}  # fmt: skip


def _check_sources(document: Document, there: Iterable[str], words: str) -> None:
    known = set(there)
    for name, place in document.fields.items():
        for source in place.source:
            if source not in known:
                raise ValueError(f"fields.{name}: {words} {source!r}")
    for name, source in document.headers.items():
        if source not in known:
            raise ValueError(f"headers.{name}: {words} {source!r}")


_SIMPLE = {
    "request": fields.request_line,
    "protocol": fields.protocol,
    "status": fields.status,
    "server": fields.server,
}


def _fields(name: str, place: Place, others: Mapping[str, Place]) -> list[fields.Field]:
    """The readers' fields for one entry of ``[fields]``. Raises ValueError."""
    if name in _SIMPLE:
        return [_SIMPLE[name](place.source)]
    if name in _TEXTS:
        return [_text(name, place)]
    if name in _COUNTS:
        return [fields.count(name, place.source)]
    if name in _MADE:
        return [_MADE[name](place, others)]
    if name in ("query", "date"):  # taken by path and time
        return []
    raise ValueError(f"fields.{name}: there is no such field; there are {', '.join(sorted(FIELDS))}")


def _text(name: str, place: Place) -> fields.Field:
    if name == "address" and place.last:
        return fields.last_address(place.source)
    if name == "address" and place.port:
        return fields.address_port("peer", place.source)
    return (fields.percent_decoded if place.decode else fields.text)(_TEXTS[name], place.source)


def _time(place: Place, others: Mapping[str, Place]) -> fields.Field:
    if date := others.get("date"):
        return fields.date_and_time(date.source, place.source)
    if place.form in _TIMES:
        return _TIMES[place.form](place.source)
    if "%" not in place.form:
        raise ValueError(
            f"fields.time.as: write {', '.join(sorted(_TIMES))} or a time format such as %Y-%m-%d %H:%M:%S"
        )
    try:
        return fields.strptime(place.source, place.form)
    except ValueError as error:
        raise ValueError(f"fields.time.as: {error}") from None


def _path(place: Place, others: Mapping[str, Place]) -> fields.Field:
    query = others.get("query")
    return fields.url_parts(place.source, query.source) if query else fields.text("url", place.source)


def _response_time(place: Place, _others: Mapping[str, Place]) -> fields.Field:
    if not place.unit:
        raise ValueError("fields.response_time: say the unit: s, ms, us or ns")
    return fields.duration(place.source, place.unit)


_MADE: dict[str, Callable[[Place, Mapping[str, Place]], fields.Field]] = {
    "time": _time,
    "path": _path,
    "response_time": _response_time,
}


def _check_example(file: str, number: int, example: Example, reader: Reader) -> None:
    where = f"{PREFIX}{file}: examples.{number - 1}"
    try:
        record = reader.parse(example.line.encode(), ())
    except NoRequest:
        raise GrammarError(f"{where}: the line is taken for a comment") from None
    except BadLine as bad:
        raise GrammarError(f"{where}: the line does not parse: {bad}") from None
    found = told(record)
    for name, wanted in example.expect.items():
        if name not in found:
            raise GrammarError(f"{where}.expect: {name} is none of {', '.join(found)}")
        if found[name] != wanted:
            raise GrammarError(f"{where}.expect: the line gives another {name}")


COLUMNS_BY_FIELD = {
    "time": "time",
    **_TEXTS,
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


def parse_all(files: Iterable[tuple[str, bytes]]) -> Grammars:
    """Grammars from (file name, text) pairs: a bad one is rejected by name and never breaks the others."""
    found: dict[str, Format] = {}
    rejected: list[str] = []
    for file, text in sorted(files):
        try:
            entry = parse(file, text)
        except GrammarError as error:
            rejected.append(str(error))
            continue
        except Exception as error:  # noqa: BLE001 - whatever one user's file brings about, the others are read
            rejected.append(f"{PREFIX}{file}: could not be read ({type(error).__name__})")
            continue
        if entry.name in found:
            rejected.append(f"{PREFIX}{file}: there is another grammar {entry.name}")
        else:
            found[entry.name] = entry
    return Grammars(found, tuple(rejected))


def load(lake: Lake) -> Grammars:
    """The grammars in the lake's ``config/formats/``. Raises StorageError."""
    keys = [entry.key for entry in lake.list(PREFIX) if entry.key.endswith((".toml", ".json"))]
    return parse_all((key.removeprefix(PREFIX), lake.get(key)) for key in keys)


def recent(lake: Lake, report: Callable[[str], object]) -> Grammars:
    """As `load`, at most a minute old; `report` is told what was wrong with a grammar when it is read."""
    return _of_minute(lake, report, int(time.time() // 60))


@lru_cache(maxsize=1)
def _of_minute(lake: Lake, report: Callable[[str], object], _: int) -> Grammars:
    found = load(lake)
    for fault in found.rejected:
        report(f"Grammar rejected: {fault}")
    return found
