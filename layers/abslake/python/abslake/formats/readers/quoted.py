"""What text formats share: the line as text, escapes of quoted fields, request lines."""

import re

from abslake.records.record import BadLine

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
