"""Lines by a regular expression with named groups, RE2 syntax: https://github.com/google/re2/wiki/Syntax

RE2 has no backtracking: no line that a client can bring about makes it slow. The engine's regular expressions are RE2; the
line parser uses Google's binding of the same library.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from abslake.formats.readers.base import Misfit, Names, Reader, Relation
from abslake.formats.readers.fields import Field
from abslake.formats.readers.quoted import text_of, unescape
from abslake.formats.readers.sql import first_text, literal, rows_sql

_DIFFERENT = re.compile(r"(?<!\\)(?:\\\\)*(\\[CQE]|\(\?<[A-Za-z])")
"""Bytes instead of characters, quoting that could reach beyond the expression, and a way to name groups that the engine's
older RE2 refuses."""


def compiled(expression: str, *, ignore_case: bool = False) -> Any:
    """An expression compiled by RE2, to be used like one of `re`. Raises ValueError."""
    import re2  # 8 ms that only users of such a format pay

    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = not ignore_case
    try:
        return re2.compile(expression, options)
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        raise ValueError(f"RE2 refuses the expression: {_words(reason)}") from None


class Pattern(Reader):
    """A reader of lines that match an expression as a whole. Raises ValueError for an expression that RE2 refuses.

    With `escapes` a backslash in a group escapes what follows it (``\\"``, ``\\\\``, ``\\xhh``).
    """

    def __init__(
        self,
        expression: str,
        fields: Sequence[Field],
        *,
        escapes: bool = False,
        headers: Mapping[str, str] | Callable[[str], str | None] | None = None,
    ):
        super().__init__(fields, headers)
        if wrong := _DIFFERENT.search(expression):
            raise ValueError(
                f"write the expression without {wrong[1]}: single lines and whole files would be read differently"
            )
        self.expression, self._escapes = expression, escapes
        self._compiled: Any = None
        self.groups: Mapping[str, int] = dict(self.compiled.groupindex)
        self.fields = tuple(f for f in self.fields if any(name in self.groups for names in f.takes for name in names))

    @property
    def compiled(self) -> Any:
        """The expression, compiled by RE2. Raises ValueError."""
        if self._compiled is None:
            self._compiled = compiled(self.expression)
        return self._compiled

    def header_source(self, name: str) -> str | None:
        """None as well where this reader has no such text."""
        source = super().header_source(name)
        return source if source in self.groups else None

    def split(self, line: bytes) -> Callable[[Names], str | None]:
        """See `Reader.split`."""
        match = self.compiled.fullmatch(text_of(line))
        if not match:
            raise Misfit("the line does not match the expression of this format")

        def text_of_source(names: Names) -> str | None:
            for name in names:
                found = match[self.groups[name]] if name in self.groups else None
                if self._escapes and found:
                    found = unescape(found)
                if found not in (None, "", "-"):
                    return str(found)
            return None

        return text_of_source

    def relation(self, path: Path, sources: Sequence[Names]) -> Relation:
        """See `Reader.relation`."""
        names = ", ".join(f"'g{n}'" for n in range(1, self.compiled.groups + 1))
        expression = literal(f"^(?:{self.expression})$")
        texts = ", ".join(f"{self._text(source)} AS s{n}" for n, source in enumerate(sources))
        escaped = "NOT contains(line, '\\')" if self._escapes else "true"
        return Relation(
            f"SELECT fits, {texts} FROM (SELECT {escaped} AS fits, regexp_extract(line, {expression}, [{names}]) AS m "
            f"FROM {rows_sql(path)})",
            "fits",
        )

    def _text(self, names: Names) -> str:
        return first_text([f"m.g{self.groups[name]}" for name in names if name in self.groups])


def _words(reason: object) -> str:
    return reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
