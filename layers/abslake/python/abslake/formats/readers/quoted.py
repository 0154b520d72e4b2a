"""What text formats with quoted fields share: escapes, request lines, clock times, and their counterparts in SQL.

The SQL splits at the quote, which is exact only where no field holds one: rows with a backslash or another number of
quotes are left to the line parser.
"""

import re
from pathlib import Path

from abslake.records.record import BadLine

QUOTED = r'"((?:[^"\\]|\\.)*)"'
"""A quoted field with backslash escapes, its content captured."""

_ESCAPE = re.compile(r'\\(?:x([0-9A-Fa-f]{2})|(["\\nrtvb]))')
_CONTROL = {"n": "\n", "r": "\r", "t": "\t", "v": "\v", "b": "\b"}
_METHOD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def text_of(line: bytes) -> str:
    """The line as text. Raises BadLine where it is not UTF-8."""
    try:
        return line.decode()
    except UnicodeDecodeError:
        raise BadLine("not UTF-8") from None


def unescape(field: str) -> str | None:
    r"""A quoted field's content: ``\"``, ``\\``, ``\t`` and ``\xhh`` undone; ``-`` and nothing are None.

    Source: Apache mod_log_config, "Some Notes" (escaping since 2.0.46); NGINX log_format, ``escape=default``.
    """
    if field in ("-", ""):
        return None
    if "\\" not in field:
        return field
    raw = _ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else _CONTROL.get(m[2], m[2]), field)
    if "\\x" in field and raw.isascii() is False:
        try:
            return raw.encode("latin-1").decode()
        except (UnicodeEncodeError, UnicodeDecodeError):
            return raw
    return raw


def request_line(line: str) -> tuple[str, str, str | None]:
    """Method, URL, protocol of a request line without escapes; blanks inside the URL stay. Raises BadLine."""
    method, _, rest = line.partition(" ")
    url, _, protocol = rest.rpartition(" ")
    if not protocol.startswith("HTTP/"):
        url, protocol = rest, ""
    if not url or not _METHOD.fullmatch(method) or method == "-":
        raise BadLine("the request line is not METHOD URL PROTOCOL")
    return method, url, protocol or None


def dash(text: str) -> str | None:
    """A bare field; ``-`` is None."""
    return None if text == "-" else text


def rows_sql(path: Path) -> str:
    """A FROM item with one column ``line``: the rows of the file, whatever is in them."""
    return (
        f"read_csv('{path}', columns = {{'line': 'VARCHAR'}}, delim = '\x01\x02\x03\x04', quote = '', escape = '', "
        "comment = '', header = false, auto_detect = false, new_line = '\\n', max_line_size = 4194304)"
    )


def request_ok_sql(parts: str) -> str:
    """Whether ``string_split(request line, ' ')`` is a plain METHOD URL PROTOCOL."""
    return (
        f"len({parts}) = 3 AND starts_with({parts}[3], 'HTTP/') AND {parts}[2] <> '' "
        f"AND regexp_full_match({parts}[1], '[A-Za-z]+')"
    )


def dash_sql(text: str) -> str:
    """`dash` and the empty field as SQL."""
    return f"CASE WHEN {text} NOT IN ('-', '') THEN {text} END"
