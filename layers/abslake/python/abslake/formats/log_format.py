"""Web servers' log formats of one's own: NGINX's ``log_format`` and Apache's ``LogFormat`` as readers."""

import re
from collections.abc import Sequence

from abslake.formats.readers import fields as f
from abslake.formats.readers.base import Reader
from abslake.formats.readers.layout import Layout
from abslake.formats.readers.sql import literal
from abslake.records.record import MOST_DIGITS, BadLine, byte_count


def _size(value: str | None) -> tuple[int | None]:
    if value is not None and not (value.isascii() and value.isdigit()):
        raise BadLine("the size of the answer is not a number of bytes")
    return (byte_count(value),)


def _cookies(names: Sequence[str]) -> f.Field:
    """Cookies that the template logs one by one, as a Cookie header. Raises ValueError for a name that no cookie has."""
    for name in names:
        if not _COOKIE.fullmatch(name):
            raise ValueError("a cookie's name may hold letters, digits and !#%&'*+-.^_`|~")

    def joined(*values: str | None) -> tuple[str | None]:
        return ("; ".join(f"{n}={v}" for n, v in zip(names, values, strict=True) if v is not None) or None,)

    terms = ", ".join(f"{literal(name + '=')} || ${n}" for n, name in enumerate(names))
    return f.Field(
        ("cookies",), tuple((f"cookie_{name}",) for name in names), joined, (f"nullif(concat_ws('; ', {terms}), '')",)
    )


FIELDS = (
    f.text("peer", ("remote_addr", "realip_remote_addr", "proxy_protocol_addr")),
    f.text("username", "remote_user"),
    f.clf_time("time_local"),
    f.time(("time_iso8601", "msec")),
    f.request_line("request"),
    f.text("method", "request_method"),
    f.text("url", "request_uri"),
    f.url_parts("uri", ("args", "query_string")),
    f.protocol("server_protocol"),
    f.status("status"),
    f.Field(
        ("response_bytes",), (("body_bytes_sent",),), _size, ("try_cast($0 AS BIGINT)",),
        rf"($0 IS NULL OR regexp_full_match($0, '\d{{1,{MOST_DIGITS}}}'))", says="without headers",
    ),
    f.count("response_bytes", "bytes_sent"),
    f.text("user_agent", "http_user_agent"),
    f.text("forwarded_for", "http_x_forwarded_for"),
    f.last_address("proxy_add_x_forwarded_for"),
    f.text("host", ("http_host", "host", "server_name")),
    f.text("cookies", "http_cookie"),
    f.text("auth_header", "http_authorization"),
    f.text("request_content_type", ("content_type", "http_content_type")),
    f.text("response_content_type", "sent_http_content_type"),
    f.count("request_bytes", "request_length"),
    f.duration("request_time", "s"),
    f.server("upstream_addr"),
    f.text("connection", "connection"),
    *(f.duration(f"request_time_{unit}", unit) for unit in ("us", "ms", "s")),
)  # fmt: skip

_NEEDED = {"time": "a time ($time_local)", "peer": "a client address ($remote_addr)"}
_NEEDED |= {"method": "a request ($request)", "url": "a request ($request)"}
_REQUEST_LINE = re.compile(r'"\$\{?request_method\}? \$\{?(?:request_uri|uri)\}? \$\{?server_protocol\}?"')

_COOKIE = re.compile(r"[!#%&'*+.^_`|~0-9A-Za-z-]+")
"""A token as RFC 6265, section 4.1.1, but without ``$``, which the fields' SQL has for its sources."""
_DIRECTIVE = re.compile(r"%[!\d,]*[<>]?(?:\{([^}]*)\})?(\^[A-Za-z]{2}|[A-Za-z%])")
_APACHE = {
    "h": "remote_addr", "a": "remote_addr", "l": "remote_ident", "u": "remote_user", "r": "request", "s": "status",
    "b": "body_bytes_sent", "B": "body_bytes_sent", "O": "bytes_sent", "I": "request_length", "D": "request_time_us",
    "v": "server_name", "V": "server_name", "m": "request_method", "U": "uri", "q": "args", "H": "server_protocol",
}  # fmt: skip
_WITH_ARGUMENT = {"i": "http_", "o": "sent_http_", "C": "cookie_"}
_TIME_FORMS = {"": "[$time_local]", "%Y-%m-%dT%H:%M:%S%z": "$time_iso8601"} | dict.fromkeys(
    ("sec", "msec", "usec"), "$msec"
)


def reader(template: str, fields: Sequence[f.Field]) -> Layout:
    """The reader for a template of NGINX's variables, of which the fields take what they know. Raises ValueError."""
    names = Layout(template, ()).variables
    if "body_bytes_sent" in names:  # a dash there is no reason to count headers
        fields = [entry for entry in fields if entry.takes != (("bytes_sent",),)]
    if cookies := [name.removeprefix("cookie_") for name in names if name.startswith("cookie_")]:
        fields = (*fields, _cookies(cookies))
    return Layout(
        template,
        fields,
        wide=("time_local",),
        loose=("remote_user",),
        lists=[name for name in names if name.startswith("upstream_")],
        headers=lambda name: "http_" + name.replace("-", "_"),
    )


def with_template(template: str) -> Reader:
    """The reader for a log format of one's own: NGINX's ``log_format`` or Apache's ``LogFormat``.

    Raises ValueError for a template that no line can be taken apart by, or that lacks what a request needs.
    """
    variables = template if "$" in template else _from_apache(template)
    made = reader(_REQUEST_LINE.sub('"$request"', variables), FIELDS)
    there = {column for entry in made.fields for column in entry.gives}
    for column, words in _NEEDED.items():
        if column not in there:
            raise ValueError(f"the template lacks {words}")
    return made


def _from_apache(template: str) -> str:
    """An Apache log format in NGINX's variables. Raises ValueError."""
    plain = template.replace('\\"', '"').replace("%U%q", "${request_uri}")
    return _DIRECTIVE.sub(lambda match: _variable(match[2].strip("^"), match[1] or ""), plain)


def _variable(letter: str, argument: str) -> str:
    if letter == "%":
        return "%"
    if letter == "t":
        if argument not in _TIME_FORMS:
            raise ValueError(f"of the times, %t and %{{{'}t, %{'.join(filter(None, _TIME_FORMS))}}}t can be read")
        return _TIME_FORMS[argument]
    if letter == "T":
        return f"${{request_time_{argument or 's'}}}"
    if letter in _WITH_ARGUMENT:
        return f"${{{_WITH_ARGUMENT[letter]}{argument if letter == 'C' else argument.lower().replace('-', '_')}}}"
    return f"${{{_APACHE.get(letter, 'apache_' + letter)}}}"
