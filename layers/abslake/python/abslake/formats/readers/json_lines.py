"""JSON Lines: one object a line, its texts named by keys or by JSON pointers.

A name that begins with ``/`` is a JSON pointer (RFC 6901); any other is a key of the outermost object. In a pointer an
element ``[name=host]`` stands for the first object in a list whose ``name`` is that, ``[host]`` for the member of an object
whose key is that, both compared without case; ``0`` for the first element of a list, ``-1`` for the last. At the end ``[,]``
stands for one text or the texts of a list joined with commas (X-Forwarded-For), ``[,;]`` for the same with semicolons,
``[,name=host]`` for the ``value`` of all such objects of a list, ``[,host]`` for all such members, joined with commas, and
``[;name=cookie]``, ``[;cookie]`` with semicolons; ``{;}`` for the members of an object, ``[;]``
for a list of objects with ``name`` and ``value``, both as a Cookie header writes them. Numbers count as they are written;
``true`` and ``false`` as these words; of a list where a text is expected the first element that is one; an object there, null,
``-`` and empty text are none. Of a key that stands twice in an object the first counts.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any

from abslake.formats.readers.base import Check, Headers, Names, Reader, Relation
from abslake.formats.readers.fields import Field
from abslake.formats.readers.sql import first_text, literal
from abslake.records.record import BadLine, NoRequest

_NO_URL = Check(
    "url",
    re.compile(r"([/*]|[A-Za-z][0-9A-Za-z+.-]*://)(?s:.*)"),
    "the URL is neither a path nor absolute",
    unless="ord(url) IN (42, 47) OR method = 'CONNECT'",  # * and /
    excepted=lambda columns: columns["method"] == "CONNECT",
)
"""Applications' logs have such members, too, as JSON tells no layout."""
_PICK = re.compile(r"\[(\w+)=([^\]]+)\]")
_KEY = re.compile(r"\[([^\]=,;]+)\]")
_EVERY = re.compile(r"\[([,;])(?:(\w+)=)?([^\],;=]+)\]")
_JOINED = ("[,]", "[,;]", "{;}", "[;]")
_JOINTS = {",": ", ", ";": "; "}
_PLACES = {"0": "[1]", "-1": "[-1]"}
_TEXTS = r'\["[^"\\]{2,}"(,"[^"\\]{2,}")*\]'
"""A list of texts as the engine writes it, none of them empty, ``-`` or with an escape."""
_PLAIN = r"CASE WHEN ord({0}) IN (91, 123) THEN regexp_full_match({0}, '\[[0-9A-Fa-f]*:[0-9A-Fa-f:.]*\](:\d+)?') ELSE true END"
"""A text, and not an object or a list in its place; of texts in brackets only an IPv6 address is sure to be none of these.
(91 is ``[``, 123 is ``{``: ``ord`` takes a third of the time of ``[1]``.)"""
_PLAIN_TEXT = _PLAIN.replace(
    "ELSE true",
    r"WHEN ord({0}) BETWEEN 45 AND 57 AND ord({0}) <> 47 "
    r"THEN NOT regexp_full_match({0}, '-?\d+\.\d+(e[+-]\d+)?|-?\d+e[+-]\d+|0') ELSE true",
)
"""The same, and no number with decimals or an exponent, nor 0: the engine writes those in its own way, ``1.5`` for
``1.50``, ``0`` for ``-0``. (45 is ``-``, 47 ``/``, 48 to 57 are digits.)"""
_NUMBERS = frozenset(
    ("time", "peer", "forwarded_for", "protocol", "status", "request_bytes", "response_bytes", "server", "time_ms")
)
"""Columns for which that is all the same, or whose texts begin with digits as a rule: addresses, which are no such numbers."""
Json = Any


class JsonLines(Reader):
    """A reader of JSON objects.

    `needs`: sources without which a line is none of this format. `only`: source -> the values that make a line a request
    (other values: it is another kind of message, `NoRequest`). `headers`: where request headers stand. `nothing`: texts that
    the writer puts where there is nothing to tell, such as ``REDACTED`` in the place of a credential.
    """

    def __init__(
        self,
        fields: Sequence[Field],
        *,
        needs: Sequence[str | Names] = (),
        only: Mapping[str, Sequence[str]] | None = None,
        nothing: Sequence[str] = (),
        headers: Headers | None = None,
    ):
        super().__init__(fields, headers)
        self._nothing = tuple(nothing)
        self._only = {name: frozenset(values) for name, values in (only or {}).items()}
        self._needs = tuple((n,) if isinstance(n, str) else tuple(n) for n in needs) + tuple((n,) for n in self._only)
        self._paths: dict[str, tuple[str, ...]] = {}

    @property
    def needs(self) -> tuple[Names, ...]:
        """See `Reader.needs`."""
        return self._needs

    @property
    def checks(self) -> tuple[Check, ...]:
        """See `Reader.checks`."""
        return () if self.names_clients else (*super().checks, _NO_URL)

    def split(self, line: bytes) -> Callable[[Names], str | None]:
        """See `Reader.split`."""
        document = self.document(line)

        def text_of(names: Names) -> str | None:
            for name in names:
                found = _text(self._value(document, name))
                if found is not None and found not in self._nothing:
                    return found
            return None

        for name, values in self._only.items():
            found = text_of((name,))
            if found is not None and found not in values:
                raise NoRequest
        return text_of

    def document(self, line: bytes) -> dict[str, Json]:
        """The object of a line. Raises BadLine."""
        return decoded(line)

    def _value(self, document: Json, name: str) -> Json:
        for step in self._steps(name):
            if find := _finder(step):
                document = find(document)
            elif isinstance(document, dict):
                document = document.get(step)
            elif isinstance(document, list) and step in _PLACES:
                document = document[int(step)] if document else None
            else:
                return None
        return document

    def _steps(self, name: str) -> tuple[str, ...]:
        if name not in self._paths:
            self._paths[name] = steps(name)
        return self._paths[name]

    def relation(self, path: Path, sources: Sequence[Names]) -> Relation:
        """See `Reader.relation`."""
        return self.of_rows(sources, partial(declared_columns, path))

    def of_rows(
        self,
        sources: Sequence[Names],
        rows: Callable[[Mapping[str, Any]], str],
        fits: str = "",
        asked: Sequence[Names] | None = None,
    ) -> Relation:
        """The texts of `sources` out of a FROM item. `rows`: types by key, as a tree, -> the item. `fits`: a column of it, if
        it has one that says which rows are what the line parser would take them for. `asked`: the sources as the fields have
        them, where `sources` leaves out names."""
        tree: dict[str, Any] = {}
        for names in sources:
            for name in names:
                _plant(tree, steps(name))
        keys = _Keys()
        found = [[_expression(name, keys) for name in names] for names in sources]
        columns = ", ".join(f"{first_text(places, self._nothing)} AS s{n}" for n, places in enumerate(found))
        numbers = {names for entry in self.fields if _NUMBERS.issuperset(entry.gives) for names in entry.takes}
        plain = " AND ".join(
            (_PLAIN if names in numbers else _PLAIN_TEXT).format(f"s{n}") for n, names in enumerate(asked or sources)
        )
        only = "".join(
            f" AND s{sources.index((name,))} IN ({', '.join(literal(v) for v in sorted(values))})"
            for name, values in self._only.items()
        )
        more, clean = (f", {fits}", f"{fits} AND ") if fits else ("", "")
        return Relation(f"SELECT {columns}{more} FROM {keys.beside(rows(tree))}", f"{clean}{plain}{only}")


def declared_columns(path: Path, tree: Mapping[str, Any]) -> str:
    """A FROM item: the objects of a file with these keys as columns."""
    columns = ", ".join(f"{_quoted(key)}: {literal(_type(below))}" for key, below in tree.items())
    return f"read_json('{path}', format = 'newline_delimited', ignore_errors = true, columns = {{{columns}}})"


def structure(tree: Mapping[str, Any]) -> str:
    """The same types as ``json_transform`` takes them."""
    return literal(json.dumps({key: _type(below) for key, below in tree.items()}))


def members(template: str) -> Callable[[str], str]:
    """Request headers as members of an object or a list: name -> source. `template` has ``{}`` for the name."""
    if not template.startswith("/"):
        return template.format
    return lambda name: template.format(name.replace("~", "~0").replace("/", "~1"))


@lru_cache(maxsize=1)  # one format after the other tries its luck with a line
def decoded(line: bytes) -> dict[str, Json]:
    """The object of a line, numbers as they are written; not to be changed. Raises BadLine."""
    try:
        text = line.decode()
    except UnicodeDecodeError:
        raise BadLine("not UTF-8") from None
    try:
        document = _DECODER.decode(text.strip(" \t\v\f\r"))
    except RecursionError:
        raise BadLine("JSON nested too deeply") from None
    except ValueError:
        raise BadLine("not JSON") from None
    if not isinstance(document, dict):
        raise BadLine("not a JSON object")
    return document


def _no_constant(name: str) -> None:
    raise ValueError(name)


class Twice(dict[str, Json]):
    """An object in which a key stands twice."""


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(reversed(pairs))
    return found if len(found) == len(pairs) else Twice(found)


_DECODER = json.JSONDecoder(
    parse_int=str,
    parse_float=str,
    parse_constant=_no_constant,
    object_pairs_hook=_object,
)


def steps(name: str) -> tuple[str, ...]:
    """The keys on the way to a source."""
    if not name.startswith("/"):
        return (name,)
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in name[1:].split("/"))


@cache
def _finder(step: str) -> Callable[[Json], Json] | None:
    """What an element in brackets stands for; None where it is a key like any other."""
    if step in _JOINED:
        return partial(_joined, step)
    if every := _EVERY.fullmatch(step):
        return partial(_every, joint=_JOINTS[every[1]], key=every[2], wanted=every[3].lower())
    if pick := _PICK.fullmatch(step):
        return partial(_picked, key=pick[1], wanted=pick[2].lower())
    key = _KEY.fullmatch(step)
    return partial(_member, wanted=key[1].lower()) if key else None


def _every(value: Json, joint: str, key: str | None, wanted: str) -> str:
    """A header that may have been sent several times."""
    if key is None:
        found = [entry for name, entry in _members(value) if name.lower() == wanted]
    else:
        entries = [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
        found = [e.get("value") for e in entries if isinstance(e.get(key), str) and e[key].lower() == wanted]
    return joint.join(filter(None, (_all_texts(joint, entry) for entry in found)))


def _all_texts(joint: str, value: Json) -> str:
    return joint.join(filter(None, map(_text, value if isinstance(value, list) else [value])))


def _picked(value: Json, key: str, wanted: str) -> Json:
    for entry in value if isinstance(value, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get(key), str) and entry[key].lower() == wanted:
            return entry
    return None


def _member(value: Json, wanted: str) -> Json:
    return next((found for key, found in _members(value) if key.lower() == wanted), None)


def _members(value: Json) -> list[tuple[str, Json]]:
    """The members of an object in their order (`_DECODER` turns it round)."""
    return list(reversed(value.items())) if isinstance(value, dict) else []


def _joined(step: str, value: Json) -> str:
    if step in ("[,]", "[,;]"):
        return _all_texts(_JOINTS[step[-2]], value)
    pairs: Iterable[tuple[str | None, Json]] = _members(value)
    if step == "[;]":
        entries = [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
        pairs = [(_text(entry.get("name")), entry.get("value")) for entry in entries]
    return "; ".join(f"{name}={text}" for name, found in pairs if name and (text := _text(found)))


def _text(value: Json) -> str | None:
    if isinstance(value, list):
        value = next((entry for entry in value if isinstance(entry, str | bool)), None)
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str) or value in ("", "-"):
        return None
    if value.isascii():
        return value
    # A lone surrogate, which a client can send through a header, is no text that can be stored.
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _plant(tree: dict[str, Any], path: tuple[str, ...]) -> None:
    """Add a path to the tree of declared types. Raises ValueError for names that the engine cannot tell apart."""
    clash = next((key for key in tree if key.lower() == path[0].lower() and key != path[0]), None)
    if clash:
        raise ValueError(f"{clash!r} and {path[0]!r} differ in case alone, which the engine cannot tell apart")
    if len(path) == 1:
        tree.setdefault(path[0], {})
        return
    _plant(tree.setdefault(path[0], {}), path[1:])


def _type(below: Mapping[str, Any]) -> str:
    if not below:
        return "VARCHAR"
    if "[,]" in below or "[,;]" in below:
        return "JSON"
    if found := [entry for step, entry in below.items() if step in _PLACES]:
        return f"{_type({name: entry for one in found for name, entry in one.items()})}[]"
    every = [match for key in below if (match := _EVERY.fullmatch(key))]
    if any(key == "{;}" or _KEY.fullmatch(key) for key in below) or any(not match[2] for match in every):
        return "MAP(VARCHAR, VARCHAR)"
    picks = [match for key in below if (match := _PICK.fullmatch(key))]
    if picks or every or "[;]" in below:
        inner = {name for entry in below.values() for name in entry} | {match[1] for match in picks}
        inner |= {"name", "value"} if "[;]" in below else set()
        inner |= {name for match in every for name in (match[2], "value")}
        return "STRUCT(" + ", ".join(f"{_quoted(name)} VARCHAR" for name in sorted(inner)) + ")[]"
    return "STRUCT(" + ", ".join(f"{_quoted(key)} {_type(entry)}" for key, entry in below.items()) + ")"


class _Keys:
    """Keys in small letters of the lists and objects that are searched: made once for each of them, as columns of their own."""

    def __init__(self) -> None:
        self._columns: dict[str, str] = {}

    def column(self, sql: str) -> str:
        return self._columns.setdefault(sql, f'"keys {len(self._columns)}"')

    def beside(self, item: str) -> str:
        if not self._columns:
            return item
        made = ", ".join(f"{sql} AS {name}" for sql, name in self._columns.items())
        return f"(SELECT *, {made} FROM {item})"


def _expression(name: str, keys: _Keys) -> str:
    out = ""
    for step in steps(name):
        if step in _JOINED:
            out = _joined_sql(step, out)
        elif every := _EVERY.fullmatch(step):
            out = _every_sql(every[2], literal(every[3].lower()), out, keys)
        elif key := _KEY.fullmatch(step):
            known = keys.column(f"[lower(x) for x in map_keys({out})]")
            out = f"map_values({out})[list_position({known}, {literal(key[1].lower())})]"
        elif pick := _PICK.fullmatch(step):
            known = keys.column(f"[lower(x.{_quoted(pick[1])}) for x in {out}]")
            out = f"{out}[list_position({known}, {literal(pick[2].lower())})]"
        elif step in _PLACES and out:
            out += _PLACES[step]
        else:
            out = f"{out}.{_quoted(step)}" if out else _quoted(step)
    return out


def _every_sql(key: str | None, wanted: str, at: str, keys: _Keys) -> str:
    """`_every` where there is one; for several, which are rare, what looks like a list: no plain row."""
    names = f"[lower(x.{_quoted(key)}) for x in {at}]" if key else f"[lower(x) for x in map_keys({at})]"
    known = keys.column(names)
    first = f"list_position({known}, {wanted})"
    found = f"{at}[{first}].value" if key else f"map_values({at})[{first}]"
    return f"(CASE WHEN list_contains({known}[{first} + 1:], {wanted}) THEN '[' ELSE {found} END)"


def _joined_sql(step: str, at: str) -> str:
    """`_joined`; where the engine is not sure, or an object stands in the place of a text, what looks like one: no plain row."""
    if step in ("[,]", "[,;]"):
        text = f"({at}::VARCHAR)"
        return (
            f"(CASE WHEN {text}[1] = '\"' AND NOT contains({text}, '\\') THEN {text}[2:-2] "
            f"WHEN regexp_full_match({text}, '{_TEXTS}') THEN replace({text}[3:-3], '\",\"', '{_JOINTS[step[-2]]}') "
            f"WHEN {text} IS NOT NULL THEN '[' END)"
        )
    name, entries = {"{;}": ("x.key", f"map_entries({at})"), "[;]": ("x.name", at)}[step]
    there = f"x.value NOT IN ('', '-') AND {name} <> ''" + (f" AND {name} <> '-'" if step == "[;]" else "")
    found = f"list_transform(list_filter({entries}, lambda x: {there}), lambda x: {name} || '=' || x.value)"
    odd = f"len(list_filter({entries}, lambda x: ord(x.value) IN (91, 123))) > 0"
    return f"(CASE WHEN {odd} THEN '{{' ELSE array_to_string({found}, '; ') END)"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
