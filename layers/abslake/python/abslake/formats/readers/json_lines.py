"""JSON Lines: one object a line, its texts named by keys or by JSON pointers (`abslake.formats.readers.json_pointers`).

Numbers count as they are written; ``true`` and ``false`` as these words; of a list where a text is expected the first element
that is one; an object there, null, ``-`` and empty text are none. Of a key that stands twice in an object the first counts.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from abslake.formats.readers.base import Check, Headers, Names, Reader, Relation
from abslake.formats.readers.fields import Field
from abslake.formats.readers.json_pointers import Json, steps, text_in, value_at
from abslake.formats.readers.json_sql import PLAIN, PLAIN_TEXT, Keys, declared_columns, expression, plant
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
_NUMBERS = frozenset(
    ("time", "peer", "forwarded_for", "protocol", "status", "request_bytes", "response_bytes", "server", "time_ms")
)
"""Columns for which that is all the same, or whose texts begin with digits as a rule: addresses, which are no such numbers."""


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
                found = text_in(value_at(document, steps(name)))
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
                plant(tree, steps(name))
        keys = Keys()
        found = [[expression(name, keys) for name in names] for names in sources]
        columns = ", ".join(f"{first_text(places, self._nothing)} AS s{n}" for n, places in enumerate(found))
        numbers = {names for entry in self.fields if _NUMBERS.issuperset(entry.gives) for names in entry.takes}
        plain = " AND ".join(
            (PLAIN if names in numbers else PLAIN_TEXT).format(f"s{n}") for n, names in enumerate(asked or sources)
        )
        only = "".join(
            f" AND s{sources.index((name,))} IN ({', '.join(literal(v) for v in sorted(values))})"
            for name, values in self._only.items()
        )
        more, clean = (f", {fits}", f"{fits} AND ") if fits else ("", "")
        return Relation(f"SELECT {columns}{more} FROM {keys.beside(rows(tree))}", f"{clean}{plain}{only}")


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
