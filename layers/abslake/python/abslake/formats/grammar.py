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
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from typing import Any

from pydantic import ValidationError

from abslake.errors import GrammarError
from abslake.formats import About, Format, formats
from abslake.formats.grammar_document import Document, Example, told
from abslake.formats.grammar_reader import reader_of
from abslake.formats.readers.base import Reader, declared
from abslake.formats.readers.pattern import compiled
from abslake.formats.readers.trial import check_sql
from abslake.records.record import BadLine, NoRequest
from abslake.storage import Lake

PREFIX = "config/formats/"
_NAME = r"[a-z][a-z0-9-]{0,62}"
_MOST_BYTES = 64 * 1024
_KEY = r"""(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')"""
_DEEP = rf"{_KEY}(?:[ \t]*\.[ \t]*{_KEY}){{16}}"
"""Part of a TOML key of more levels than any document has: reading it takes time with the square of their number."""


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
        reader = reader_of(document)
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
