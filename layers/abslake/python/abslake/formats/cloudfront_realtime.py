"""AWS CloudFront real-time log: tab-separated records without a header line, out of a Kinesis data stream.

The fields stand in the documented order, those left out that the configuration leaves out. All request headers may stand in
one of them, as ``name:value`` lines; CloudFront cuts it, and the cookies, after 800 bytes.
"""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import unquote

from abslake.formats import About
from abslake.formats.cloudfront import agent, check_columns, url
from abslake.formats.readers.base import Names, Relation, declared
from abslake.formats.readers.delimited import Delimited
from abslake.formats.readers.fields import (
    BROKEN_ESCAPE,
    Field,
    count,
    duration,
    percent_decoded,
    protocol,
    status,
    text,
    time,
)

COLUMNS = tuple(
    "timestamp c-ip time-to-first-byte sc-status sc-bytes cs-method cs-protocol cs-host cs-uri-stem cs-bytes "
    "x-edge-location x-edge-request-id x-host-header time-taken cs-protocol-version c-ip-version cs-user-agent "
    "cs-referer cs-cookie cs-uri-query x-edge-response-result-type x-forwarded-for ssl-protocol ssl-cipher "
    "x-edge-result-type fle-encrypted-fields fle-status sc-content-type sc-content-len sc-range-start sc-range-end "
    "c-port x-edge-detailed-result-type c-country cs-accept-encoding cs-accept cache-behavior-path-pattern "
    "cs-headers "
    "cs-header-names cs-headers-count".split()
)
"""All fields but those that later generations add at the end."""

_CUT = 798
"""A value this long, as logged, may be one that CloudFront cut."""

_HEADERS = "cs-headers"
_HEADER = re.compile(r"[!#$&*+.^_`|~0-9a-z-]+")


def _whole_cookies(source: str) -> Field:
    """The cookies, percent-decoded; the last of them left out where it may have been cut."""

    def decoded(value: str | None) -> tuple[str | None]:
        if value and len(value) >= _CUT:
            value = value.rpartition(";")[0] or None
        try:
            return (value and unquote(value, errors="strict"),)
        except UnicodeDecodeError:
            return (value,)

    usual = percent_decoded("cookies", source)
    exact = f"({usual.exact} AND coalesce(length($0) < {_CUT}, true))"
    return Field(
        ("cookies",), ((source,),), decoded, usual.sql, exact, says="percent-decoded, without one that was cut"
    )


_FROM_HEADERS = {
    "host": ("host", "cs-host"), "user_agent": ("user-agent", "cs-user-agent"), "cookies": ("cookie", "cs-cookie"),
    "forwarded_for": ("x-forwarded-for", "x-forwarded-for"), "auth_header": ("authorization", ""),
    "request_content_type": ("content-type", ""),
}  # fmt: skip
"""Column -> its header and the field that tells it, too: a field is cut later than the list of all headers."""


class _Records(Delimited):
    """Delimited fields, and single headers out of ``cs-headers`` as sources ``cs-headers/name``."""

    def __init__(self, columns: Sequence[str], fields: Sequence[Field]):
        super().__init__(columns, fields, more=True)
        if _HEADERS in self.columns:
            found = [(column, header) for column, (header, own) in _FROM_HEADERS.items() if own not in self.columns]
            self.fields += tuple(text(column, f"{_HEADERS}/{header}") for column, header in found)

    def header_source(self, name: str) -> str | None:
        """See `Reader.header_source`."""
        return f"{_HEADERS}/{name}" if _HEADERS in self.columns and _HEADER.fullmatch(name) else None

    def split(self, line: bytes) -> Callable[[Names], str | None]:
        text_of = super().split(line)

        def with_headers(names: Names) -> str | None:
            if names[0].startswith(f"{_HEADERS}/"):
                return _header(text_of((_HEADERS,)) or "", names[0].partition("/")[2])
            return text_of(names)

        return with_headers

    def relation(self, path: Path, sources: Sequence[Names]) -> Relation:
        asked = {
            n: names[0].partition("/")[2] for n, names in enumerate(sources) if names[0].startswith(f"{_HEADERS}/")
        }
        if not asked:
            return super().relation(path, sources)
        base = super().relation(path, [names for n, names in enumerate(sources) if n not in asked] + [(_HEADERS,)])
        # s0, s1 ... of the base are those of `sources` without the asked ones; the last are all headers.
        listed = f"s{len(sources) - len(asked)}"
        places = "".join(f", strpos(small, '%0a{name}:') AS a{n}" for n, name in asked.items())
        tails = "".join(
            f", CASE WHEN a{n} > 0 THEN substring({listed}, a{n} + {len(name) + 1}) END AS t{n}"
            for n, name in asked.items()
        )
        values = "".join(
            f", CASE WHEN contains(t{n}, '%0A') THEN nullif(nullif(split_part(t{n}, '%0A', 1), ''), '-') END AS v{n}"
            for n in asked
        )
        others = iter(range(len(sources)))
        texts = ", ".join(
            f"{_decoded_sql(f'v{n}')} AS s{n}" if n in asked else f"s{next(others)} AS s{n}"
            for n in range(len(sources))
        )
        # Letters that are no ASCII may grow or shrink in small letters; CloudFront writes %0A, not %0a.
        clean = f"coalesce(strlen({listed}) = length({listed}) AND NOT contains({listed}, '%0a'), true)"
        plain = " AND ".join(f"coalesce(NOT regexp_matches(v{n}, '{BROKEN_ESCAPE}'), true)" for n in asked)
        return Relation(
            f"SELECT fits AND {clean} AND {plain} AS fits, {texts} FROM (SELECT *{values} FROM (SELECT *{tails} "
            f"FROM (SELECT *{places} FROM (SELECT *, '%0a' || lower({listed}) AS small FROM ({base.sql})))))",
            "fits",
        )


def _decoded_sql(value: str) -> str:
    return f"CASE WHEN contains({value}, '%') THEN TRY(url_decode({value})) ELSE {value} END"


def _header(listed: str, name: str) -> str | None:
    """The first header of that name that ends with its newline: what follows the last newline may be cut."""
    for entry in listed.split("%0A")[:-1]:
        found, _, value = entry.partition(":")
        if found.lower() == name:
            try:
                return None if value in ("", "-") else unquote(value, errors="strict")
            except UnicodeDecodeError:
                return value
    return None


_FIELDS = (
    time("timestamp"),
    text("peer", "c-ip"),
    percent_decoded("forwarded_for", "x-forwarded-for"),
    text("method", "cs-method"),
    url("cs-uri-stem", "cs-uri-query"),
    text("host", ("cs-host", "x-host-header")),
    protocol("cs-protocol-version"),
    agent("cs-user-agent"),
    _whole_cookies("cs-cookie"),
    status("sc-status"),
    percent_decoded("response_content_type", "sc-content-type"),
    count("request_bytes", "cs-bytes"),
    count("response_bytes", "sc-bytes"),
    duration("time-taken", "s"),
)


def with_columns(columns: Sequence[str]) -> Delimited:
    """A reader for the fields that the user's configuration has, in the documented order. Raises ValueError."""
    check_columns(columns, ("timestamp", "c-ip", "cs-method", "cs-uri-stem"))
    return _Records(columns, _FIELDS)


FORMAT = declared(
    name="cloudfront-realtime",
    readers=(with_columns(COLUMNS),),
    about=About(
        title="AWS CloudFront real-time log",
        sources=("https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/real-time-logs.html",),
        examples=(
            "1669878400.397\t192.0.2.130\t0.134\t200\t1843\tGET\thttps\tshop.example.com\t/path?q=1\t64\tIAD12-P4\t"
            "DHj-cd7P5BFzmo_gfh4rrWbm3NsJ1Pt0ta-76dtvbrbCYtdClKOoYQ==\td0.cloudfront.net\t0.134\tHTTP/2.0\tIPv4\t"
            "curl/7.79.1\t-\t-\tq=1\tMiss\t-\tTLSv1.3\tTLS_AES_128_GCM_SHA256\tMiss\t-\t-\ttext/html\t1434\t-\t-\t19506\t"
            "Miss\tUS\t-\t*/*\t*\thost:shop.example.com%0Auser-agent:curl/7.79.1%0Aauthorization:Bearer%20abc%0A\t"
            "host%0Auser-agent%0Aauthorization%0A\t3",
        ),
        switch_on=(
            "In the distribution: a real-time log configuration with all fields and a sampling rate of 100, to a "
            "Kinesis data stream, and from there through Firehose to S3. A configuration with fewer fields needs a "
            "grammar with `base = \"cloudfront-realtime\"` and `columns` in the documented order. `cs-headers` is "
            "what makes tokens, API keys and user names known."
        ),
        cannot_tell=(
            "The back end. Headers and cookies beyond 800 bytes: what CloudFront cut is left out, so a token "
            "behind many long headers is not found. With a sampling rate below 100 all numbers are shares."
        ),
        notes=(
            "Any header that an API definition names is found in `cs-headers`; host, user agent, cookies and "
            "X-Forwarded-For are taken from their own fields."
        ),
    ),
    from_columns=with_columns,
)  # fmt: skip
