"""Lines with a fixed layout, written as NGINX's ``log_format`` writes it: ``$remote_addr - $user [$time] "$request" $status``.

A variable is ``$name`` or ``${name}``. Between quotes a field may hold anything, quotes escaped by a backslash; outside them a
field ends where the template goes on. The line parser is a regular expression made of the template, without anything to
backtrack into. The engine splits at quotes and blanks instead, five times faster than it matches; it is sure only of lines
that fall apart into as many pieces as the template, and have no backslash where that escapes.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from abslake.formats.readers.base import Misfit, Names, Reader, Relation
from abslake.formats.readers.fields import Field
from abslake.formats.readers.quoted import text_of, unescape
from abslake.formats.readers.sql import first_text, literal, rows_sql

_VARIABLE = re.compile(r"\$(?:\{([^{}]+)\}|([A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_-]+)*))")
_QUOTED = r'[^"\\]*+(?:\\.[^"\\]*+)*+'
_LOOSE = r'[^"\\]*?(?:\\.[^"\\]*?)*?'
_LOOSE_AT_END = r'(?:[^"\\ \t\v\f\r]|\\.|[ \t\v\f\r]++(?!\Z))*+'
_UNESCAPED = r'(?:[^"]*+|[^ ]*(?: ++[^ "][^ ]*)*)'
"""A field between quotes where the writer escapes none: a quote in it follows no blank, as every opening quote does. So there
is one way to take a line apart, and a client whose text looks like further fields makes a line that cannot be read."""


@dataclass(frozen=True)
class _Piece:
    """A literal, or a variable that stands between quotes or bare."""

    literal: str = ""
    variable: str = ""
    quoted: bool = False


class Layout(Reader):
    """A reader of lines that follow a template.

    `wide`: variables, outside quotes, that hold one blank, such as ``17/May/2015:10:05:03 +0000``. `lists`: variables that may
    hold a list with ``, `` or `` : `` between (NGINX's upstream variables). `loose`: variables that may hold blanks outside
    quotes. `escapes`: the writer escapes quotes and other characters by a backslash. `rest`: what follows the template, after
    a blank, may be anything.
    """

    def __init__(  # noqa: PLR0913 - each says of which variables the template alone does not tell enough
        self,
        template: str,
        fields: Sequence[Field],
        *,
        wide: Sequence[str] = (),
        lists: Sequence[str] = (),
        loose: Sequence[str] = (),
        escapes: bool = True,
        rest: bool = False,
        headers: Mapping[str, str] | Callable[[str], str | None] | None = None,
    ):
        super().__init__(fields, headers)
        self.template, self._wide, self._lists, self._rest = template, frozenset(wide), frozenset(lists), rest
        self._loose, self._escapes = frozenset(loose), escapes
        self._pieces = _pieces(template)
        names = [piece.variable for piece in self._pieces if piece.variable]
        self.variables = tuple(dict.fromkeys(names))
        self._names = frozenset(names)
        self.fields = tuple(f for f in self.fields if self._names.intersection(n for names in f.takes for n in names))
        self._pattern = re.compile(self._expression() + (r"(?: .*)?" if rest else r"[ \t\v\f\r]*+"), re.DOTALL)

    def header_source(self, name: str) -> str | None:
        """None as well where this reader has no such text."""
        source = super().header_source(name)
        return source if source in self._names else None

    def split(self, line: bytes) -> Callable[[Names], str | None]:
        """See `Reader.split`."""
        match = self._pattern.fullmatch(text_of(line))
        if not match:
            raise Misfit("the line does not have the layout of this format")
        texts: dict[str, str | None] = {}
        for number, piece in enumerate(p for p in self._pieces if p.variable):
            found = match[number + 1]
            none = ("", "-") if piece.quoted else ("", "-", '""')  # Apache writes an empty user as two quotes
            texts[piece.variable] = None if found in none else unescape(found) if self._escapes else found
        return lambda names: next((texts[n] for n in names if texts.get(n) is not None), None)

    def _expression(self) -> str:
        out = []
        for at, piece in enumerate(self._pieces):
            if not piece.variable:
                out.append(re.escape(piece.literal))
            elif piece.quoted:
                out.append(f"({_QUOTED if self._escapes else _UNESCAPED})")
            else:
                out.append(f"({self._bare(piece.variable, self._pieces[at + 1 : at + 2])})")
        return "".join(out)

    def _bare(self, name: str, following: Sequence[_Piece]) -> str:
        """What an unquoted variable may hold: nothing that the template goes on with, and no quote."""
        last = not following and not self._rest
        if name in self._loose:
            return f'""|{_LOOSE_AT_END if last else _LOOSE}'
        end = "".join(sorted({" ", '"', *(piece.literal[0] for piece in following if piece.literal)}))
        word = f"[^{re.escape(end)}]"
        if name in self._wide:
            return f"{word}*+ {word}*+"
        if name in self._lists:
            item = f"[^{re.escape(end)},]"
            found = f"{item}*(?:(?:, ?| : ){item}+)*"
            return f"(?>{found})" if last else found
        return f"{word}*+"  # gives nothing back: white space at the end of the line would be tried at every length

    def relation(self, path: Path, sources: Sequence[Names]) -> Relation:
        """See `Reader.relation`."""
        segments = _segments(self._pieces)
        conditions = ["NOT escaped"] if self._escapes else []
        where: dict[str, str] = {}
        for n, segment in enumerate(segments):
            last = n == len(segments) - 1
            ends = f"len(q) = {len(segments)}" if self._rest and last else ""
            conditions += self._read(segment, f"q[{n + 1}]", f"b{n}", where, ends)
        count = f"len(q) = {len(segments)}" if not self._rest else f"len(q) >= {len(segments)} AND len(q) % 2 = 1"
        splits = "".join(
            f", string_split(q[{n + 1}], ' ') AS b{n}"
            for n in range(0, len(segments), 2)
            if segments[n].has_variables or (self._rest and n == len(segments) - 1)
        )
        texts = ", ".join(
            f"{first_text([where[name] for name in names if name in where])} AS s{n}" for n, names in enumerate(sources)
        )
        ok = " AND ".join([count, *conditions])
        return Relation(
            f"SELECT coalesce({ok}, false) AS fits{', ' + texts if texts else ''} FROM (SELECT q, escaped{splits} FROM "
            f"(SELECT string_split(line, '\"') AS q, contains(line, '\\') AS escaped FROM {rows_sql(path)}))",
            "fits",
        )

    def _read(self, segment: "_Segment", quoted: str, bare: str, where: dict[str, str], ends: str) -> list[str]:
        """Note where the segment's variables stand; give the conditions under which they do.

        `ends`: condition that no quote follows the last segment, behind which anything may stand.
        """
        if not segment.has_variables and not ends:
            return [f"{quoted} = {literal(''.join(piece.literal for piece in segment.pieces))}"]
        if segment.quoted:
            where[segment.pieces[0].variable] = quoted
            return []
        tokens, conditions, at = _tokens(segment.pieces), [], 1
        for token in tokens:
            names = [piece.variable for piece in token if piece.variable]
            wide = any(name in self._wide for name in names)
            text = f"{bare}[{at}] || ' ' || {bare}[{at + 1}]" if wide else f"{bare}[{at}]"
            conditions += _match(token, f"({text})" if wide else text, where)
            at += 2 if wide else 1
        length = at - 1
        end = f"len({bare}) = {length}"  # the rest begins with a blank: a quote right behind the template is another layout
        conditions.append(f"(len({bare}) > {length} OR ({end} AND {ends}))" if ends else end)
        return conditions


@dataclass(frozen=True)
class _Segment:
    """What stands between two quotes, or outside."""

    pieces: tuple[_Piece, ...]
    quoted: bool

    @property
    def has_variables(self) -> bool:
        return any(piece.variable for piece in self.pieces)


def _pieces(template: str) -> tuple[_Piece, ...]:
    """Raises ValueError for a template that no line can be taken apart by."""
    out: list[_Piece] = []
    quoted = False
    at = 0
    for match in [*_VARIABLE.finditer(template), None]:
        literal = template[at : match.start() if match else len(template)]
        if literal:
            out.append(_Piece(literal=literal))
            quoted ^= literal.count('"') % 2 == 1
        elif out and match:
            raise ValueError(f"two variables stand side by side in the template, before {match[0]}")
        if match:
            name = match[1] or match[2]
            alone = literal.endswith('"') and template[match.end() : match.end() + 1] == '"'
            if quoted and not alone:
                raise ValueError(
                    f"{match[0]} must fill its quotes alone: write a regular expression instead of a template"
                )
            out.append(_Piece(variable=name, quoted=quoted))
            at = match.end()
    if quoted:
        raise ValueError("a quote in the template has no counterpart")
    return tuple(out)


def _segments(pieces: Sequence[_Piece]) -> list[_Segment]:
    """The pieces cut at quotes: outside, inside, outside …"""
    segments: list[_Segment] = []
    current: list[_Piece] = []
    quoted = False
    for piece in pieces:
        if piece.variable:
            current.append(piece)
            continue
        for n, words in enumerate(piece.literal.split('"')):
            if n:
                segments.append(_Segment(tuple(current), quoted))
                current, quoted = [], not quoted
            if words:
                current.append(_Piece(literal=words))
    segments.append(_Segment(tuple(current), quoted))
    return segments


def _tokens(pieces: Sequence[_Piece]) -> list[list[_Piece]]:
    """A bare segment cut at blanks, as `string_split` cuts the text."""
    tokens: list[list[_Piece]] = [[]]
    for piece in pieces:
        if piece.variable:
            tokens[-1].append(piece)
            continue
        for n, words in enumerate(piece.literal.split(" ")):
            if n:
                tokens.append([])
            if words:
                tokens[-1].append(_Piece(literal=words))
    return tokens


def _match(token: Sequence[_Piece], text: str, where: dict[str, str]) -> list[str]:
    """Conditions for one token: equal to its literal, or a variable with a literal before and behind it."""
    variables = [piece for piece in token if piece.variable]
    if not variables:
        return [f"{text} = {literal(''.join(piece.literal for piece in token))}"]
    if len(variables) > 1:
        return _match_many(token, text, where)
    before = "".join(piece.literal for piece in token[: token.index(variables[0])])
    behind = "".join(piece.literal for piece in token[token.index(variables[0]) + 1 :])
    conditions = []
    value = text
    if before or behind:
        conditions.append(f"length({text}) >= {len(before) + len(behind)}")
        value = f"{text}[{len(before) + 1}:{-len(behind) - 1 if behind else ''}]"
    if before:
        conditions.append(f"starts_with({text}, {literal(before)})")
    if behind:
        conditions += [f"ends_with({text}, {literal(behind)})", f"NOT contains({value}, {literal(behind[0])})"]
    where[variables[0].variable] = value
    return conditions


def _match_many(token: Sequence[_Piece], text: str, where: dict[str, str]) -> list[str]:
    """Several variables in one token, such as ``$address:$port``: by the same expression as the line parser's."""
    expression, names = "", []
    for at, piece in enumerate(token):
        if piece.variable:
            following = token[at + 1].literal[0] if at + 1 < len(token) else " "
            expression += f"([^{re.escape(following)}]*)"
            names.append(piece.variable)
        else:
            expression += re.escape(piece.literal)
    for n, name in enumerate(names):
        where[name] = f"regexp_extract({text}, {literal('^' + expression + '$')}, {n + 1})"
    return [f"regexp_full_match({text}, {literal(expression)})"]
