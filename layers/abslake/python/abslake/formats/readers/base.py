"""Readers: what takes a line apart into named texts, in Python and, for a whole file, in the engine's SQL.

A reader and its fields (`abslake.formats.readers.fields`) are a line parser and a fast reading at once. `declared` makes a
format of one or several readers: generations of a log, or its common extensions.
"""

import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from abslake.formats import About, Format
from abslake.formats.readers.fields import Field
from abslake.formats.readers.sql import literal
from abslake.records.record import BadLine, NoRequest, Record

Names = tuple[str, ...]
"""A source with its aliases."""

Headers = Mapping[str, str] | Callable[[str], str | Names | None]
"""Name of a request header in lower case -> where it stands. Aliases are for `JsonLines`."""

COLUMNS = {
    "peer": "VARCHAR", "forwarded_for": "VARCHAR", "method": "VARCHAR", "url": "VARCHAR", "host": "VARCHAR",
    "protocol": "VARCHAR", "user_agent": "VARCHAR", "cookies": "VARCHAR", "auth_header": "VARCHAR", "username": "VARCHAR",
    "token": "VARCHAR", "api_key": "VARCHAR", "session": "VARCHAR", "status": "SMALLINT",
    "request_content_type": "VARCHAR", "response_content_type": "VARCHAR", "request_bytes": "BIGINT",
    "response_bytes": "BIGINT", "server": "VARCHAR", "sideband": "BOOLEAN", "connection": "VARCHAR", "time_ms": "DOUBLE",
}  # fmt: skip
"""Columns of a fast reading beside ``ok``, ``ts`` and the wanted headers, with their types."""

_NEEDED = {"peer": "no client address", "method": "no method", "url": "no URL"}
_KNOWN = {
    "authorization": "auth_header", "cookie": "cookies", "x-forwarded-for": "forwarded_for", "host": "host",
    "user-agent": "user_agent",
}  # fmt: skip
"""Request headers that are columns."""

_ADDRESS = r"\[?[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*(%[0-9A-Za-z]+)?\]?(:\d+)?"
"""What may be an address: tells other writers' logs, whose lines have a ``client``, too. Addresses are checked later."""


@dataclass(frozen=True)
class Check:
    """What a column must look like. `looks`: an expression that Python and RE2 take alike; `unless`: SQL that is enough,
    where a text that looks as it should or is `excepted` passes more cheaply."""

    column: str
    looks: re.Pattern[str]
    reason: str
    unless: str = ""
    excepted: Callable[[Mapping[str, Any]], bool] = lambda _columns: False
    """Columns of a line that passes, however the text looks."""

    def refuses(self, columns: Mapping[str, Any]) -> bool:
        """Whether the line is none of this format."""
        return not self.looks.fullmatch(columns[self.column]) and not self.excepted(columns)

    @property
    def sql(self) -> str:
        """Condition: the line passes."""
        looks = f"regexp_full_match({self.column}, {literal(self.looks.pattern)})"
        return f"CASE WHEN {self.unless} THEN true ELSE {looks} END" if self.unless else looks


_NO_ADDRESS = Check("peer", re.compile(_ADDRESS + r"|unix:\d*", re.ASCII), "the client address is no address")


@dataclass(frozen=True)
class Relation:
    """Lines of a file as rows of texts. `sql`: a SELECT with the columns ``s0``, ``s1`` …, one a source, and `clean`."""

    sql: str
    clean: str
    """Condition over these columns: the row is what the line parser would take it for."""


class Misfit(BadLine):
    """A line that a reader cannot even take apart: if another reader of the format can, its reason tells more."""


class Reader(ABC):
    """Takes lines apart. `fields`: in order; of two that give the same column the first that has a value counts."""

    names_clients = False
    """The log may have host names in the place of client addresses (Apache's ``HostnameLookups``), and its layout is proof
    enough; otherwise a line whose client is no address is refused."""

    def __init__(self, fields: Sequence[Field], headers: Headers | None = None):
        self.fields = tuple(fields)
        headers = headers or {}
        self._header: Callable[[str], str | Names | None] = headers.get if isinstance(headers, Mapping) else headers

    @abstractmethod
    def split(self, line: bytes) -> Callable[[Names], str | None]:
        """The texts of a line by their names; ``-`` and empty are None. Raises BadLine, NoRequest."""

    @abstractmethod
    def relation(self, path: Path, sources: Sequence[Names]) -> Relation:
        """The file's rows with the texts of `sources`."""

    @property
    def needs(self) -> tuple[Names, ...]:
        """Sources without which a line is none of this format."""
        return ()

    @property
    def checks(self) -> tuple[Check, ...]:
        """What columns must look like in every line."""
        return () if self.names_clients else (_NO_ADDRESS,)

    def header_source(self, name: str) -> str | None:
        """The source in which a request header stands; `name` in lower case."""
        source = self._header(name)
        return source if isinstance(source, str) else None

    def header_names(self, name: str) -> Names | None:
        """The source in which a request header stands, with its aliases; None where it is a column of its own."""
        if any(_KNOWN.get(name) in entry.gives for entry in self.fields):
            return None
        if isinstance(found := self._header(name), tuple):
            return found
        source = self.header_source(name)
        return (source,) if source else None

    def parse(self, line: bytes, wanted: Sequence[str]) -> Record:
        """One line. Raises BadLine with the reason, NoRequest."""
        text_of = self.split(line)
        for names in self.needs:
            if text_of(names) is None:
                raise BadLine(f"{names[0]} is missing, which every line of this format has")
        columns: dict[str, Any] = {}
        for entry in self.fields:
            for column, value in zip(entry.gives, entry.read(*map(text_of, entry.takes)), strict=True):
                if value is not None and columns.get(column) is None:
                    columns[column] = value
        self._check(columns)
        columns["wanted"] = [self._wanted(text_of, columns, name) for name in wanted]
        return Record(**columns)

    def _check(self, columns: Mapping[str, Any]) -> None:
        if "time" not in columns:
            raise BadLine("no time")
        for column, reason in _NEEDED.items():
            if not columns.get(column):
                raise BadLine(reason)
        for check in self.checks:
            if check.refuses(columns):
                raise BadLine(check.reason)

    def _wanted(self, text_of: Callable[[Names], str | None], columns: Mapping[str, Any], name: str) -> str | None:
        source = self.header_names(name)
        if source is not None:
            return text_of(source)
        return columns.get(_KNOWN.get(name, ""))

    def sampled(self, path: Path, sources: Sequence[Names], _sample: Sequence[bytes]) -> Relation:
        """`relation`, or a faster one that is sure only of rows that are like those of the sample."""
        return self.relation(path, sources)

    def fast(self, path: Path, wanted: Sequence[str], sample: Sequence[bytes] = ()) -> str:
        """The SELECT for a file of rows (`abslake.formats.FastReading`)."""
        headers = [self.header_names(name) for name in wanted]
        sources = list(dict.fromkeys([*self.needs, *(n for f in self.fields for n in f.takes), *filter(None, headers)]))
        relation = self.sampled(path, sources, sample)
        place = {names: f"s{n}" for n, names in enumerate(sources)}
        bound = [_Bound(entry, [place[names] for names in entry.takes], n) for n, entry in enumerate(self.fields)]
        parts = "".join(f", {b.filled(b.field.parts)} AS {b.parts}" for b in bound if b.field.parts)
        given: dict[str, list[str]] = {}
        for b in bound:
            for column, sql in zip(b.field.gives, b.field.sql, strict=True):
                given.setdefault(column, []).append(b.filled(sql))
        columns = {name: _first(expressions) for name, expressions in given.items()}
        ok = [relation.clean, *(b.filled(b.field.exact) for b in bound if b.field.exact)]
        ok += [f"{place[names]} IS NOT NULL" for names in self.needs]
        # A time that is there but none, such as one on 30 February, refuses the line: no other time stands in for it.
        ok += [b.missing_or_given() for b in bound if "time" in b.field.gives and len(given["time"]) > 1]
        ok += [f"{name} <> ''" for name in _NEEDED]
        ok += [check.sql for check in self.checks]
        typed = [f"{columns.get(name, 'NULL')}::{kind} AS {name}" for name, kind in COLUMNS.items()]
        found = [
            f"{place[source] if source else _KNOWN.get(name, 'NULL::VARCHAR')} AS w{n}"
            for n, (name, source) in enumerate(zip(wanted, headers, strict=True))
        ]
        # Step by step, so that the engine works out once what is used twice: it does not see that of conditional parts.
        return f"""
WITH split AS ({relation.sql}),
    parted AS (SELECT *{parts} FROM split),
    told AS (SELECT *, {columns.get("time", "NULL::TIMESTAMP")} AS ts, {", ".join(typed)} FROM parted)
SELECT coalesce({" AND ".join(filter(None, ok))} AND ts IS NOT NULL, false) AS ok,
    ts, {", ".join([*COLUMNS, *found])}
FROM told"""


@dataclass(frozen=True)
class _Bound:
    """A field with the columns that its sources stand in."""

    field: Field
    sources: Sequence[str]
    number: int

    @property
    def parts(self) -> str:
        return f"p{self.number}"

    def missing_or_given(self) -> str:
        """A source is absent, or the engine gets a value out of them."""
        absent = " OR ".join(f"{source} IS NULL" for source in self.sources)
        return f"({absent} OR ({self.filled(self.field.sql[0])}) IS NOT NULL)"

    def filled(self, template: str) -> str:
        """The template with its ``$0`` … and ``$p`` filled in."""
        return re.sub(r"\$(\d+|p)", lambda m: self.parts if m[1] == "p" else self.sources[int(m[1])], template)


def _first(expressions: Sequence[str]) -> str:
    return expressions[0] if len(expressions) == 1 else f"coalesce({', '.join(expressions)})"


def declared(  # noqa: PLR0913 - all that a format is, by name
    name: str,
    readers: Sequence[Reader],
    about: About,
    *,
    name_hint: str = r"(?!)",
    name_decides: bool = False,
    tailored: Callable[[Sequence[bytes]], Format | None] | None = None,
    from_template: Callable[[str], Reader] | None = None,
    from_columns: Callable[[Sequence[str]], Reader] | None = None,
) -> Format:
    """A format of one or several readers: a line is what the first of them that can parse it says.

    The fast reading is that of the reader which parses most of the sample; rows that it leaves are read again by a sample
    of their own, and what is left then line by line. `tailored`: see `abslake.formats.Format`.
    """
    chosen = tuple(readers)

    def parse(line: bytes, wanted: Sequence[str]) -> Record:
        reason: BadLine | None = None
        for reader in chosen:
            try:
                return reader.parse(line, wanted)
            except BadLine as bad:
                if reason is None or isinstance(reason, Misfit):
                    reason = bad
        raise reason or BadLine("no reader")

    def fast(path: Path, sample: Sequence[bytes], wanted: Sequence[str]) -> str | None:
        lines = Counter(_first_that_parses(chosen, line.rstrip(b"\n")) for line in sample)
        return max(chosen, key=lambda reader: lines[reader]).fast(path, wanted, sample)

    return Format(
        name=name,
        parse=parse,
        name_hint=re.compile(name_hint, re.IGNORECASE),
        name_decides=name_decides,
        fast=fast,
        about=about,
        readers=chosen,
        tailored=tailored,
        from_template=from_template,
        from_columns=from_columns,
    )


def _first_that_parses(readers: Sequence[Reader], line: bytes) -> Reader | None:
    for reader in readers:
        try:
            reader.parse(line, ())
        except BadLine:
            continue
        except NoRequest:
            return None
        return reader
    return None
