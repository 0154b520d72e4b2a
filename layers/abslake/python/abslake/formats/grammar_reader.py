"""From a grammar's document to the reader that it describes; what is wrong is a ValueError in words for its author."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from abslake.formats import formats
from abslake.formats.grammar_document import COUNTS, FIELDS, TEXTS, Document, Place
from abslake.formats.readers import fields
from abslake.formats.readers.base import Reader
from abslake.formats.readers.delimited import Delimited
from abslake.formats.readers.json_lines import JsonLines
from abslake.formats.readers.layout import Layout
from abslake.formats.readers.pattern import Pattern

_TIMES = {"rfc3339": fields.rfc3339, "clf": fields.clf_time, "epoch": fields.epoch, "auto": fields.time}


def reader_of(document: Document) -> Reader:
    """The reader. Raises ValueError with the field."""
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
    if name in TEXTS:
        return [_text(name, place)]
    if name in COUNTS:
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
    return (fields.percent_decoded if place.decode else fields.text)(TEXTS[name], place.source)


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
