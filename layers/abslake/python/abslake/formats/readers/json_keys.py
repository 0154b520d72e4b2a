"""JSON Lines of writers that may not escape what clients send: who can end a string can write keys of his own.

Such a line has a key twice, or one that other lines have not. The line parser refuses the first; the engine's reading is sure
only of rows whose keys, in their order, are those of rows of the sample: that is a third of the price of looking for doubles.
Of the second no key counts that most lines of an object's sample have not (`by_usual_keys`).
"""

import copy
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any

from abslake.formats import About, Format
from abslake.formats.readers.base import Names, Relation, declared
from abslake.formats.readers.json_lines import JsonLines, Twice, decoded
from abslake.formats.readers.json_pointers import Json, steps
from abslake.formats.readers.json_sql import structure
from abslake.formats.readers.sql import literal
from abslake.records.record import BadLine, NoRequest

USUAL_KEYS = (
    "Of the keys only those count that stand in at least half of an object's first lines: a key that a client has written "
    "beside the template's own, because a quote was not escaped, is ignored. (Where lines of several templates are mixed, so "
    "that some could not be read then: in a tenth of them.) An object of very few lines proves little: describe your template "
    "as a grammar then."
)
"""What the pages of formats with `by_usual_keys` say."""

_FITS = '"keys of this row fit"'
_MOST_SHAPES = 4
_ONE_OF = (2, 10)

Way = tuple[str, ...]
"""The keys on the way to an object; none: the outermost."""


class UniqueKeys(JsonLines):
    """A reader that refuses a line if a key stands twice in an object that texts are taken from. Names are plain pointers."""

    def document(self, line: bytes) -> dict[str, Json]:
        """See `JsonLines.document`."""
        document = decoded(line)
        for found in self._objects(document):
            if isinstance(found, Twice):
                raise BadLine("a key stands twice in an object")
            if isinstance(found, dict) and not all(map(_encodable, found)):
                raise BadLine("a key is no text")
        return document

    def usual(self, sample: Sequence[bytes], one_of: int, *, omits: bool) -> "UniqueKeys":
        """This reader without the sources that less than one of so many lines of the sample has: see `by_usual_keys`."""
        documents = [document for line in sample if (document := self._parsed(line)) is not None]

        @cache
        def stands(name: str) -> int:
            *way, key = steps(name)
            return sum(key in (_at(document, way) or ()) for document in documents)

        def kept(names: Names) -> Names:
            often = tuple(name for name in names if one_of * stands(name) >= len(documents))
            return often or (names if omits else ())

        made = copy.copy(self)
        made.fields = tuple(replace(f, takes=tuple(map(kept, f.takes))) for f in self.fields)
        header_of = self._header

        def header(name: str) -> Names | None:
            found = header_of(name)
            return kept((found,) if isinstance(found, str) else found) or None if found else None

        made._header = header
        return made

    def _parsed(self, line: bytes) -> Json:
        try:
            self.parse(line, ())
        except (BadLine, NoRequest):
            return None
        return decoded(line)

    def relation(self, path: Path, sources: Sequence[Names]) -> Relation:
        """See `Reader.relation`."""
        return self.of_rows(sources, partial(_rows, path, list(map(_unique_sql, self._ways))), _FITS)

    def sampled(self, path: Path, sources: Sequence[Names], sample: Sequence[bytes]) -> Relation:
        """See `Reader.sampled`; only texts that rows of the sample have are looked for."""
        shapes = self._shapes(sample)
        there = [tuple(name for name in names if _known(steps(name), shapes)) for names in sources]
        if not any(there):
            return self.relation(path, sources)
        rows = partial(_rows, path, [_same_sql(*shape) for shape in shapes.items()])
        return self.of_rows(there, rows, _FITS, asked=sources)

    @cached_property
    def _ways(self) -> list[Way]:
        """The objects on the way to the texts of the fields, the outermost first."""
        sources = [*self.needs, *(names for entry in self.fields for names in entry.takes)]
        paths = [steps(name) for names in sources for name in names]
        return sorted({path[:depth] for path in paths for depth in range(len(path))})

    def _objects(self, document: Json) -> Iterator[Json]:
        for way in self._ways:
            yield _at(document, way)

    def _shapes(self, sample: Sequence[bytes]) -> dict[Way, list[tuple[str, ...]]]:
        """The keys, in their order, that objects of the sample usually have."""
        counts: dict[Way, Counter[tuple[str, ...]]] = {}
        for line in sample:
            try:
                objects = list(self._objects(decoded(line)))
            except BadLine:
                continue
            if any(isinstance(found, Twice) or not all(map(_encodable, found or ())) for found in objects):
                continue
            for way, found in zip(self._ways, objects, strict=True):
                if isinstance(found, dict):
                    counts.setdefault(way, Counter())[tuple(reversed(found))] += 1
        return {way: [keys for keys, _ in found.most_common(_MOST_SHAPES)] for way, found in counts.items()}


def by_usual_keys(entry: Format, *, omits: bool = False) -> Format:
    """The format, tailored to each object: only keys that stand in at least half of its sample's requests count.

    Where that leaves lines unread, an object of several templates, a tenth is enough; where that does, too, all keys count.
    `omits`: the writer leaves out keys that have no value, so that a rare key counts unless an alias of it is usual.
    """

    def tailored(sample: Sequence[bytes]) -> Format | None:
        readable = _readable(entry, sample)
        for one_of in _ONE_OF if readable else ():
            readers = [
                reader.usual(sample, one_of, omits=omits) if isinstance(reader, UniqueKeys) else reader
                for reader in entry.readers
            ]
            made = declared(entry.name, readers, entry.about or About("", (), (), "", ""))
            if _readable(made, sample) == readable:
                return replace(entry, parse=made.parse, fast=made.fast, readers=made.readers, tailored=tailored)
        return None

    return replace(entry, tailored=tailored)


def _readable(entry: Format, sample: Sequence[bytes]) -> int:
    found = 0
    for line in sample:
        try:
            entry.parse(line, ())
        except (BadLine, NoRequest):
            continue
        found += 1
    return found


def _at(document: Json, way: Sequence[str]) -> Json:
    """The object at the end of a way of keys; None where there is none."""
    found = document
    for step in way:
        found = found.get(step) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else None


def _encodable(key: str) -> bool:
    """No lone surrogate is in it, which JSON can write but UTF-8 cannot."""
    return key.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in key)


def _known(path: Way, shapes: Mapping[Way, Sequence[tuple[str, ...]]]) -> bool:
    return any(path[-1] in keys for keys in shapes.get(path[:-1], ()))


def _rows(path: Path, conditions: Sequence[str], tree: Mapping[str, Any]) -> str:
    objects = f"read_ndjson_objects('{path}', ignore_errors = true)"
    fits = f"coalesce({' AND '.join(conditions)}, false) AS {_FITS}"
    return f"(SELECT unnest(json_transform(json, {structure(tree)})), {fits} FROM {objects})"


def _keys_sql(way: Way) -> str:
    pointer = "".join(f"/{step.replace('~', '~0').replace('/', '~1')}" for step in way)
    return f"json_keys(json, {literal(pointer)})" if way else "json_keys(json)"


def _unique_sql(way: Way) -> str:
    found = _keys_sql(way)
    unique = f"list_unique({found}) = len({found})"
    return f"coalesce({unique}, true)" if way else unique


def _same_sql(way: Way, shapes: Sequence[tuple[str, ...]]) -> str:
    lists = ", ".join(f"[{', '.join(map(literal, keys))}]::VARCHAR[]" for keys in shapes)
    same = f"{_keys_sql(way)} IN ({lists})"
    return f"coalesce({same}, true)" if way else same
