"""JSON pointers (`abslake.formats.readers.json_pointers`) in the engine's SQL: types to declare, and expressions over them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from abslake.formats.readers.json_pointers import EVERY, JOINED, JOINTS, KEY, PICK, PLACES, steps
from abslake.formats.readers.sql import literal

_TEXTS = r'\["[^"\\]{2,}"(,"[^"\\]{2,}")*\]'
"""A list of texts as the engine writes it, none of them empty, ``-`` or with an escape."""
PLAIN = r"CASE WHEN ord({0}) IN (91, 123) THEN regexp_full_match({0}, '\[[0-9A-Fa-f]*:[0-9A-Fa-f:.]*\](:\d+)?') ELSE true END"
"""A text, and not an object or a list in its place; of texts in brackets only an IPv6 address is sure to be none of these.
(91 is ``[``, 123 is ``{``: ``ord`` takes a third of the time of ``[1]``.)"""
PLAIN_TEXT = PLAIN.replace(
    "ELSE true",
    r"WHEN ord({0}) BETWEEN 45 AND 57 AND ord({0}) <> 47 "
    r"THEN NOT regexp_full_match({0}, '-?\d+\.\d+(e[+-]\d+)?|-?\d+e[+-]\d+|0') ELSE true",
)
"""The same, and no number with decimals or an exponent, nor 0: the engine writes those in its own way, ``1.5`` for
``1.50``, ``0`` for ``-0``. (45 is ``-``, 47 ``/``, 48 to 57 are digits.)"""


def declared_columns(path: Path, tree: Mapping[str, Any]) -> str:
    """A FROM item: the objects of a file with these keys as columns."""
    columns = ", ".join(f"{_quoted(key)}: {literal(_type(below))}" for key, below in tree.items())
    return f"read_json('{path}', format = 'newline_delimited', ignore_errors = true, columns = {{{columns}}})"


def structure(tree: Mapping[str, Any]) -> str:
    """The same types as ``json_transform`` takes them."""
    return literal(json.dumps({key: _type(below) for key, below in tree.items()}))


def plant(tree: dict[str, Any], path: tuple[str, ...]) -> None:
    """Add a path to the tree of declared types. Raises ValueError for names that the engine cannot tell apart."""
    clash = next((key for key in tree if key.lower() == path[0].lower() and key != path[0]), None)
    if clash:
        raise ValueError(f"{clash!r} and {path[0]!r} differ in case alone, which the engine cannot tell apart")
    if len(path) == 1:
        tree.setdefault(path[0], {})
        return
    plant(tree.setdefault(path[0], {}), path[1:])


def _type(below: Mapping[str, Any]) -> str:
    if not below:
        return "VARCHAR"
    if "[,]" in below or "[,;]" in below:
        return "JSON"
    if found := [entry for step, entry in below.items() if step in PLACES]:
        return f"{_type({name: entry for one in found for name, entry in one.items()})}[]"
    every = [match for key in below if (match := EVERY.fullmatch(key))]
    if any(key == "{;}" or KEY.fullmatch(key) for key in below) or any(not match[2] for match in every):
        return "MAP(VARCHAR, VARCHAR)"
    picks = [match for key in below if (match := PICK.fullmatch(key))]
    if picks or every or "[;]" in below:
        inner = {name for entry in below.values() for name in entry} | {match[1] for match in picks}
        inner |= {"name", "value"} if "[;]" in below else set()
        inner |= {name for match in every for name in (match[2], "value")}
        return "STRUCT(" + ", ".join(f"{_quoted(name)} VARCHAR" for name in sorted(inner)) + ")[]"
    return "STRUCT(" + ", ".join(f"{_quoted(key)} {_type(entry)}" for key, entry in below.items()) + ")"


class Keys:
    """Keys in small letters of the lists and objects that are searched: made once for each of them, as columns of their own."""

    def __init__(self) -> None:
        self._columns: dict[str, str] = {}

    def column(self, sql: str) -> str:
        """The column that holds what `sql` gives."""
        return self._columns.setdefault(sql, f'"keys {len(self._columns)}"')

    def beside(self, item: str) -> str:
        """The FROM item with these columns."""
        if not self._columns:
            return item
        made = ", ".join(f"{sql} AS {name}" for sql, name in self._columns.items())
        return f"(SELECT *, {made} FROM {item})"


def expression(name: str, keys: Keys) -> str:
    """What stands at a source, as text."""
    out = ""
    for step in steps(name):
        if step in JOINED:
            out = _joined_sql(step, out)
        elif every := EVERY.fullmatch(step):
            out = _every_sql(every[2], literal(every[3].lower()), out, keys)
        elif key := KEY.fullmatch(step):
            known = keys.column(f"[lower(x) for x in map_keys({out})]")
            out = f"map_values({out})[list_position({known}, {literal(key[1].lower())})]"
        elif pick := PICK.fullmatch(step):
            known = keys.column(f"[lower(x.{_quoted(pick[1])}) for x in {out}]")
            out = f"{out}[list_position({known}, {literal(pick[2].lower())})]"
        elif step in PLACES and out:
            out += PLACES[step]
        else:
            out = f"{out}.{_quoted(step)}" if out else _quoted(step)
    return out


def _every_sql(key: str | None, wanted: str, at: str, keys: Keys) -> str:
    """`json_pointers._every` where there is one; for several, which are rare, what looks like a list: no plain row."""
    names = f"[lower(x.{_quoted(key)}) for x in {at}]" if key else f"[lower(x) for x in map_keys({at})]"
    known = keys.column(names)
    first = f"list_position({known}, {wanted})"
    found = f"{at}[{first}].value" if key else f"map_values({at})[{first}]"
    return f"(CASE WHEN list_contains({known}[{first} + 1:], {wanted}) THEN '[' ELSE {found} END)"


def _joined_sql(step: str, at: str) -> str:
    """`json_pointers._joined`.

    Where the engine is not sure, or an object stands in the place of a text: what looks like a list or an object, no plain text.
    """
    if step in ("[,]", "[,;]"):
        text = f"({at}::VARCHAR)"
        return (
            f"(CASE WHEN {text}[1] = '\"' AND NOT contains({text}, '\\') THEN {text}[2:-2] "
            f"WHEN regexp_full_match({text}, '{_TEXTS}') THEN replace({text}[3:-3], '\",\"', '{JOINTS[step[-2]]}') "
            f"WHEN {text} IS NOT NULL THEN '[' END)"
        )
    name, entries = {"{;}": ("x.key", f"map_entries({at})"), "[;]": ("x.name", at)}[step]
    there = f"x.value NOT IN ('', '-') AND {name} <> ''" + (f" AND {name} <> '-'" if step == "[;]" else "")
    found = f"list_transform(list_filter({entries}, lambda x: {there}), lambda x: {name} || '=' || x.value)"
    odd = f"len(list_filter({entries}, lambda x: ord(x.value) IN (91, 123))) > 0"
    return f"(CASE WHEN {odd} THEN '{{' ELSE array_to_string({found}, '; ') END)"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
