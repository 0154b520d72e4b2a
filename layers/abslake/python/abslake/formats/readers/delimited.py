"""Lines of columns between separators: tabs, commas, blanks, bars. The columns are known by their order.

With `quotes` a column may stand between double quotes, a quote in it doubled (RFC 4180); without, a quote is a character
like any other.
"""

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from abslake.formats.readers.base import Names, Reader, Relation
from abslake.formats.readers.fields import Field
from abslake.formats.readers.quoted import text_of
from abslake.formats.readers.sql import first_text, literal, rows_sql
from abslake.records.record import BadLine, NoRequest


class Delimited(Reader):
    """A reader of delimited lines. Raises ValueError for a separator that can separate nothing.

    A line that begins with `comment` is no request. `more`: columns behind the known ones are left alone (writers that add
    columns at the end).
    """

    def __init__(
        self,
        columns: Sequence[str],
        fields: Sequence[Field],
        *,
        separator: str = "\t",
        quotes: bool = False,
        comment: str = "",
        more: bool = False,
        headers: Mapping[str, str] | Callable[[str], str | None] | None = None,
    ):
        super().__init__(fields, headers)
        _check_separator(separator, quotes=quotes)
        self.columns = tuple(columns)
        self._place = {name: n for n, name in enumerate(self.columns)}
        self._separator, self._quotes, self._comment, self._more = separator, quotes, comment, more
        self.fields = tuple(f for f in self.fields if any(name in self._place for names in f.takes for name in names))

    def header_source(self, name: str) -> str | None:
        """None as well where this reader has no such text."""
        source = super().header_source(name)
        return source if source in self._place else None

    def split(self, line: bytes) -> Callable[[Names], str | None]:
        """See `Reader.split`."""
        text = text_of(line).rstrip("\r")
        if self._comment and text.startswith(self._comment):
            raise NoRequest
        texts = _csv(text, self._separator) if self._quotes and '"' in text else text.split(self._separator)
        if len(texts) < len(self.columns) or (len(texts) > len(self.columns) and not self._more):
            raise BadLine("the line has another number of columns than this format")

        def text_of_source(names: Names) -> str | None:
            for name in names:
                found = texts[self._place[name]] if name in self._place else ""
                if found not in ("", "-"):
                    return found
            return None

        return text_of_source

    def relation(self, path: Path, sources: Sequence[Names]) -> Relation:
        """See `Reader.relation`."""
        separator = literal(self._separator)
        count = f"len(c) {'>=' if self._more else '='} {len(self.columns)}"
        clean = [count] + (["NOT quoted"] if self._quotes else [])
        if self._comment:
            clean.append(f"NOT starts_with(c[1], {literal(self._comment)})")
        texts = ", ".join(f"{self._text(names)} AS s{n}" for n, names in enumerate(sources))
        return Relation(
            f"SELECT {' AND '.join(clean)} AS fits, {texts} FROM "
            f"(SELECT string_split(line, {separator}) AS c, contains(line, '\"') AS quoted FROM {rows_sql(path)})",
            "fits",
        )

    def _text(self, names: Names) -> str:
        return first_text([f"c[{self._place[name] + 1}]" for name in names if name in self._place])


def _check_separator(separator: str, *, quotes: bool) -> None:
    if not separator or any(mark in separator for mark in "\n\r\0"):
        raise ValueError("separator: it may not be empty, nor hold a newline, a carriage return or NUL")
    if quotes and (len(separator) > 1 or separator == '"'):
        raise ValueError("separator: between columns that may be quoted one character, no quote")


def _csv(text: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([text], delimiter=separator, strict=True))
    except (csv.Error, StopIteration, TypeError, ValueError):  # the last two for what csv takes for no separator
        raise BadLine("the quotes of the line do not match") from None
