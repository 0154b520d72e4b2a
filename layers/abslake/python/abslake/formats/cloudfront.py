"""AWS CloudFront standard log: version 1, and version 2 as text or as JSON.

The ``#Fields`` line of an object decides its columns. CloudFront percent-encodes values on top of whatever encoding the client
used, so the ``%`` of a URL as sent stands as ``%25``.
"""

import re
from collections.abc import Callable, Sequence
from urllib.parse import unquote

from abslake.formats import About, Format
from abslake.formats.readers.base import Names, Reader, declared
from abslake.formats.readers.delimited import Delimited
from abslake.formats.readers.fields import (
    BROKEN_ESCAPE,
    Field,
    count,
    date_and_time,
    duration,
    percent_decoded,
    protocol,
    status,
    text,
    time,
)
from abslake.formats.readers.json_lines import JsonLines
from abslake.records.record import BadLine

COLUMNS = tuple(
    "date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) "
    "cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken "
    "x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status "
    "fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len "
    "sc-range-start sc-range-end".split()
)
"""The columns of a log without a header line."""


_HEADER = b"#Fields:"
_VISIBLE = re.compile(r"%(2[1-9A-Fa-f]|[3-6][0-9A-Fa-f]|7[0-9A-Ea-e])")


def url(stem: str, query: str) -> Field:
    """The URL as sent: decoded once, but for what no URL holds bare (blanks, control characters, what is no ASCII)."""

    def as_sent(path: str | None, rest: str | None) -> tuple[str | None]:
        whole = path if not path or not rest or "?" in path else f"{path}?{rest}"
        return (whole and _VISIBLE.sub(lambda escape: chr(int(escape[1], 16)), whole),)

    return Field(
        ("url",),
        ((stem,), (query,)),
        as_sent,
        ("CASE WHEN contains($p, '%') THEN TRY(url_decode($p)) ELSE $p END",),
        f"coalesce(NOT regexp_matches($p, '{BROKEN_ESCAPE}|%20|%7[Ff]'), true)",
        parts="CASE WHEN $1 IS NULL OR contains($0, '?') THEN $0 ELSE $0 || '?' || $1 END",
        says="percent-decoded once",
    )


def agent(source: str) -> Field:
    """The user agent, percent-decoded; twice where it was encoded twice: all its blanks are ``%2520`` (until about 2020)."""

    def decoded(value: str | None) -> tuple[str | None]:
        if value and "%2520" in value and "%20" not in value:
            value = value.replace("%25", "%")
        try:
            return (value and unquote(value, errors="strict"),)
        except UnicodeDecodeError:
            return (value,)

    return Field(
        ("user_agent",),
        ((source,),),
        decoded,
        ("CASE WHEN contains($p, '%') THEN TRY(url_decode($p)) ELSE $p END",),
        f"coalesce(NOT regexp_matches($p, '{BROKEN_ESCAPE}'), true)",
        parts="CASE WHEN contains($0, '%2520') AND NOT contains($0, '%20') THEN replace($0, '%25', '%') ELSE $0 END",
        says="percent-decoded",
    )


_FIELDS = (
    time(("timestamp(ms)", "timestamp")),
    date_and_time("date", "time"),
    text("peer", "c-ip"),
    percent_decoded("forwarded_for", "x-forwarded-for"),
    text("method", "cs-method"),
    url("cs-uri-stem", "cs-uri-query"),
    text("host", ("x-host-header", "cs(Host)")),
    protocol("cs-protocol-version"),
    agent("cs(User-Agent)"),
    percent_decoded("cookies", "cs(Cookie)"),
    status("sc-status"),
    percent_decoded("response_content_type", "sc-content-type"),
    count("request_bytes", "cs-bytes"),
    count("response_bytes", "sc-bytes"),
    duration("time-taken", "s"),
)

_ABOUT = About(
    title="AWS CloudFront standard log",
    sources=(
        "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html",
        "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging.html",
    ),
    examples=(
        "2019-12-04\t21:02:31\tLAX1\t392\t192.0.2.100\tGET\td111111abcdef8.cloudfront.net\t/index.html\t200\t-\t"
        "Mozilla/5.0%20(Windows%20NT%2010.0;%20Win64;%20x64)%20Chrome/78.0.3904.108\t-\t-\tHit\t"
        "SOX4xwn4XV6Q4rgb7XiVGOHms_BGlTAC4KyHmureZmBNrjGdRLiNIQ==\twww.example.com\thttps\t23\t0.001\t-\t"
        "TLSv1.2\tECDHE-RSA-AES128-GCM-SHA256\tHit\tHTTP/2.0\t-\t-\t11040\t0.001\tHit\ttext/html\t78\t-\t-",
        '{"date":"2026-04-04","time":"12:57:53","x-edge-location":"SFO53-P7","sc-bytes":"1068","c-ip":"192.0.2.27",'
        '"cs-method":"GET","cs(Host)":"d0.cloudfront.net","cs-uri-stem":"/feed.xml","sc-status":"304","cs(Referer)":"-",'
        '"cs(User-Agent)":"Feedly/1.0","cs-uri-query":"-","cs(Cookie)":"-","x-edge-result-type":"Hit",'
        '"x-host-header":"www.example.com","cs-protocol":"https","cs-bytes":"336","time-taken":"0.001"}',
    ),
    switch_on=(
        "In the distribution: standard logging to S3, version 1 or 2; of version 2 the formats w3c, plain (tabs "
        "between the fields) and JSON. Choose at least `date`, `time` (or `timestamp(ms)`), `c-ip`, `cs-method`, "
        "`cs-uri-stem`. Cookies are logged only where cookie logging is on. Logs come up to a day late."
    ),
    cannot_tell=(
        "No header but host, user agent, referer and cookie: no token; API keys only in the query. CloudFront does "
        "not promise that every request is logged. The back end is not told."
    ),
    notes=(
        "The columns are those of the object's `#Fields` line; without one, the 33 of version 1. Header lines "
        "count as blank. Objects with several header lines are read by the first; one that differs from it is "
        "quarantined, and the lines behind it are taken for what the first says as far as they fit it: put together only "
        "objects with the same columns. `sc-status` 000 (the client left before the answer) is no status."
    ),
)


def with_columns(columns: Sequence[str]) -> Reader:
    """A reader for columns chosen by the user, in their order. Raises ValueError where one that is needed is missing."""
    clock = "timestamp" if "timestamp" in columns else "timestamp(ms)" if "timestamp(ms)" in columns else "date"
    check_columns(columns, (clock, "c-ip", "cs-method", "cs-uri-stem", *(["time"] if clock == "date" else [])))
    return _text(columns)


def check_columns(columns: Sequence[str], needed: Sequence[str]) -> None:
    """Raises ValueError, which names the columns that are missing."""
    if missing := [name for name in needed if name not in columns]:
        raise ValueError(f"columns: {', '.join(missing)} missing")


class _Text(Delimited):
    """Lines below a header line, which refuses another one: what comes behind that cannot be told by the first."""

    def split(self, line: bytes) -> Callable[[Names], str | None]:
        """See `Reader.split`."""
        if line.startswith(_HEADER) and tuple(_named(line)) != self.columns:
            raise BadLine("a header line with other columns: the lines behind it are not of this format")
        return super().split(line)


def _named(header: bytes) -> list[str]:
    return header.decode(errors="replace").split()[1:]


def _text(columns: Sequence[str]) -> Reader:
    return _Text(columns, _FIELDS, comment="#", more=True)


def _format(text_reader: Reader) -> Format:
    return declared(
        name="cloudfront",
        readers=(text_reader, JsonLines(_FIELDS, needs=("c-ip", "cs-method", "cs-uri-stem"))),
        about=_ABOUT,
        name_hint=r"\b[A-Z0-9]{12,14}\.\d{4}-\d\d-\d\d-\d\d\.[0-9a-f]{8}\b",
        tailored=_tailored,
        from_columns=with_columns,
    )


def _tailored(lines: Sequence[bytes]) -> Format | None:
    header = next((line for line in lines if line.startswith(_HEADER)), None)
    return _format(_text(_named(header))) if header else None


FORMAT = _format(_text(COLUMNS))
