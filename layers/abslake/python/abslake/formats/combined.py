"""Apache's and NGINX's combined and common logs, and their common extensions."""

import re

from abslake.formats import About
from abslake.formats.log_format import FIELDS, reader, with_template
from abslake.formats.readers import fields as f
from abslake.formats.readers.base import Misfit, declared
from abslake.formats.readers.layout import Layout
from abslake.records.addresses import canonical
from abslake.records.record import BadLine

_START = '$remote_addr $remote_ident $remote_user [$time_local] "$request" $status $body_bytes_sent'
_COMBINED = _START + ' "$http_referer" "$http_user_agent"'
_MAIN = _COMBINED + ' "$http_x_forwarded_for"'
_VIRTUAL_HOST = _START.replace("$remote_addr", "$http_host $address")
_TIMES = ' rt=$request_time uct="$upstream_connect_time" uht="$upstream_header_time" urt="$upstream_response_time"'
_AMPLIFY = (
    ' "$host" sn="$server_name" rt=$request_time ua="$upstream_addr" us="$upstream_status" ut="$upstream_response_time" '
    'ul="$upstream_response_length" cs=$upstream_cache_status'
)
_OLD_INGRESS = (
    _COMBINED.replace("$remote_ident", "- [$real_address] -") + " $request_length $request_time [$proxy_upstream_name]"
)
_INGRESS = _COMBINED + " $request_length $request_time [$proxy_upstream_name]"
_UPSTREAM = " $upstream_addr $upstream_response_length $upstream_response_time $upstream_status $req_id"
_TEMPLATES = (
    # A virtual host's line would pass for a combined one with blanks in the name of its user: so those come first, here and
    # with ingress-nginx.
    _COMBINED.replace(_START, _VIRTUAL_HOST),
    _VIRTUAL_HOST,
    _COMBINED,
    _START,
    _MAIN,
    _COMBINED + " $request_time",
    _COMBINED + " $request_time $upstream_time_behind",
    _MAIN + " $request_time",
    _MAIN + _AMPLIFY,
    _COMBINED + _TIMES,
    _MAIN + _TIMES,
    _COMBINED + " $bytes_in $bytes_out",
    _OLD_INGRESS + " [$other_upstream_name]" + _UPSTREAM,
    _OLD_INGRESS + _UPSTREAM,
    _OLD_INGRESS + _UPSTREAM + " $host [$other_upstream_name]",
    _INGRESS + " [$other_upstream_name]" + _UPSTREAM,
)


def _like(expression: str, source: str, reason: str) -> f.Field:
    """A number's meaning is told by its spelling alone: what is spelled otherwise is a line of another layout."""
    pattern = re.compile(expression, re.ASCII)

    def check(value: str | None) -> tuple[()]:
        if value is not None and not pattern.fullmatch(value):
            raise Misfit(reason)
        return ()

    return f.Field((), ((source,),), check, (), f"($0 IS NULL OR regexp_full_match($0, '{expression}'))")


_MORE = "there are more fields than in this layout in front of the time"
_IPV4 = r"\d+\.\d+\.\d+\.\d+(:\d+)?"
_IPV6 = r"\[?[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*\]?(:\d+)?"
_OCTET = r"(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"


def _client(value: str | None) -> tuple[str | None]:
    if value is None or not canonical(value):
        raise BadLine("no client address behind the virtual host")
    return (value,)


def _refused(source: str, expression: str, reason: str, exact: str = "") -> f.Field:
    """A text that only a line of another layout has here, such as one that X-Forwarded-For stands in front of.

    `exact`: a cheaper condition that allows less.
    """
    pattern = re.compile(expression, re.ASCII)

    def check(value: str | None) -> tuple[()]:
        if value is not None and pattern.fullmatch(value):
            raise Misfit(reason)
        return ()

    regular = f"NOT regexp_full_match($0, '{expression}')"
    return f.Field((), ((source,),), check, (), f"($0 IS NULL OR {exact or regular})")


_SIZE = r"\d{1,18}"
_LEAST_REQUEST = 18
"""Bytes of ``GET / HTTP/1.0`` and its ends of lines."""


def _sizes() -> f.Field:
    """``%I %O`` count headers, too; ``%D %T`` and ``%T %D``, the same time as microseconds and seconds, look like them."""

    def check(received: str | None, sent: str | None, body: str | None) -> tuple[()]:
        if not all(re.fullmatch(_SIZE, value or "0", re.ASCII) for value in (received, sent, body)):
            raise Misfit(_NO_SIZES)
        incoming, outgoing = int(received or 0), int(sent or 0)
        if incoming < _LEAST_REQUEST or outgoing < int(body or 0) or incoming == outgoing // 1_000_000:
            raise Misfit(_NO_SIZES)
        if incoming // 1_000_000 == outgoing:
            raise Misfit(_NO_SIZES)
        return ()

    read, sent = "try_cast($0 AS BIGINT)", "try_cast($1 AS BIGINT)"
    exact = " AND ".join(
        (
            *(f"regexp_full_match(${n}, '{_SIZE}')" for n in (0, 1)),
            f"($2 IS NULL OR (regexp_full_match($2, '{_SIZE}') AND {sent} >= try_cast($2 AS BIGINT)))",
            f"{read} >= {_LEAST_REQUEST} AND {read} <> {sent} // 1000000 AND {read} // 1000000 <> {sent}",
        )
    )
    return f.Field((), (("bytes_in",), ("bytes_out",), ("body_bytes_sent",)), check, (), exact)


_NO_SIZES = "bytes received and sent are expected behind the user agent"
_SECONDS = r"\d{1,9}\.\d\d\d"
_ROUNDED_MS = 5


def _times_in_order() -> f.Field:
    """The request took as long as the upstream, or longer: otherwise the two times stand the other way round."""

    def check(request: str | None, upstream: str | None) -> tuple[()]:
        spent = [_milliseconds(part) for part in re.split(r", | : |,", upstream or "")]
        if request is not None and _milliseconds(request) + _ROUNDED_MS < max(spent):
            raise Misfit("the upstream took longer than the request: the times stand in another order")
        return ()

    whole, part = (f"try_cast(replace(${n}, '.', '') AS BIGINT)" for n in (0, 1))
    both = f"regexp_full_match($0, '{_SECONDS}') AND regexp_full_match($1, '{_SECONDS}')"
    exact = f"($1 IS NULL OR ({both} AND {whole} + {_ROUNDED_MS} >= {part}))"
    return f.Field((), (("request_time",), ("upstream_time_behind",)), check, (), exact)


def _milliseconds(text: str) -> int:
    return int(text.replace(".", "")) if re.fullmatch(_SECONDS, text, re.ASCII) else 0


def _built_in(template: str) -> Layout:
    made = reader(template, _BUILT_IN)
    made.names_clients = True
    # A check counts only where the layout has all that it takes.
    there = set(made.variables)
    made.fields = tuple(
        entry for entry in made.fields if entry.gives or all(there.intersection(names) for names in entry.takes)
    )
    return made


_BUILT_IN = (
    *FIELDS,
    f.Field(("peer",), (("address",),), _client, ("$0",), rf"regexp_full_match($0, '{_OCTET}(\.{_OCTET}){{3}}')"),
    _like(r"\d+\.\d\d\d", "request_time", "the response time is not in seconds with three decimals"),
    _sizes(),
    _times_in_order(),
    _refused("http_host", rf"(.*,|{_IPV4}|{_IPV6})", "the virtual host is an address"),
    _refused("remote_addr", ".*,", "the client address is followed by a comma", "NOT contains($0, ',')"),
    _refused("remote_ident", _IPV4, _MORE, "NOT contains($0, '.')"),
    _refused("remote_user", "(.* )?-( .*)?", _MORE, "NOT contains($0, ' ')"),
    f.count("request_bytes", "bytes_in"),
)


_EXAMPLES = (
    '83.149.9.216 - - [17/May/2015:10:05:03 +0000] "GET /images/kibana.png HTTP/1.1" 200 203023 "http://example.com/" '
    '"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/32.0.1700.77 Safari/537.36"',
    'shop.example.com:443 192.0.2.7 - joe [02/Mar/2026:10:15:00 +0100] "GET /cart HTTP/2.0" 200 5120 "-" "curl/7.64"',
    '192.0.2.7 - - [02/Mar/2026:10:15:00 +0000] "GET /cart HTTP/1.1" 200 5120 "-" "curl/7.64" "203.0.113.9, 10.0.0.1"',
    '192.0.2.7 - - [02/Mar/2026:10:15:00 +0000] "GET /cart HTTP/1.1" 200 5120 "-" "curl/7.64" 0.113',
    '192.0.2.7 - - [02/Mar/2026:10:15:00 +0000] "GET /cart HTTP/1.1" 502 150 "-" "curl/7.64" 152 0.113 [default-shop-80] [] '
    "10.1.2.3:8080, 10.1.2.4:8080 0, 150 0.100, 0.013 502, 502 9f86d081884c7d659a2feaa0c55ad015",
    '192.0.2.7 - - [02/Mar/2026:10:15:00 +0000] "GET /cart HTTP/1.1" 200 5120 "-" "curl/7.64" "-" "shop.example.com" '
    'sn="shop.example.com" rt=0.113 ua="10.1.2.3:8080" us="200" ut="0.110" ul="5120" cs=-',
    '192.0.2.7 - - [02/Mar/2026:10:15:00 +0000] "GET /cart HTTP/1.1" 200 5120 "-" "curl/7.64" rt=0.113 uct="0.001" '
    'uht="0.109" urt="0.110"',
    '192.0.2.7 - - [02/Mar/2026:10:15:00 +0000] "GET /cart HTTP/1.1" 200 5120 "-" "curl/7.64" 152 5391',
)

_ABOUT = About(
    title="Apache and NGINX combined and common logs",
    sources=(
        "https://httpd.apache.org/docs/2.4/mod/mod_log_config.html",
        "https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format",
        "https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/log-format/",
    ),
    examples=_EXAMPLES,
    switch_on=(
        "Apache: `CustomLog logs/access.log combined`. NGINX: `access_log /var/log/nginx/access.log combined;`. Copy the rotated "
        "files to the bucket."
    ),
    cannot_tell=(
        "No host but in a virtual host's log, NGINX Amplify's and some of ingress-nginx, so that only API definitions with "
        '`"hostname": "*"` match; no token, cookie or API key. A request line that is not METHOD URL (PROTOCOL), a TLS '
        "handshake on the plain port, say, is quarantined."
    ),
    notes=(
        "Read are the common log and, by themselves: combined; `vhost_combined`; with X-Forwarded-For (`main` of the NGINX "
        "package); with NGINX's request time, and upstream time; Apache's `combinedio`; `upstreaminfo` of ingress-nginx in its "
        "generations; NGINX Amplify's `main_ext`; `rt=… uct=… uht=… urt=…`. Other extensions are other formats, such a log is "
        "refused: Apache's `%D` and `%T` are both bare numbers, for one. What is taken for bytes received and sent must be "
        "possible as such, and a request time not shorter than the upstream's behind it; "
        "a single time is taken for NGINX's "
        "request time if it has three decimals. A line that X-Forwarded-For stands in front of is refused. "
        "Describe it by its own template then: a grammar with "
        '`base = "combined"` and `template = "<the log_format or LogFormat>"`, which also takes cookies (`$cookie_NAME`, '
        "`%{NAME}C`) and any request header (`$http_NAME`, `%{NAME}i`).\n\n"
        'Escapes (`\\"`, `\\\\`, `\\xhh`) are undone. The authenticated user is the user name. A last field between quotes '
        "behind the user agent is taken for X-Forwarded-For, whatever is in it."
    ),
)

FORMAT = declared(
    "combined",
    [_built_in(template) for template in _TEMPLATES],
    _ABOUT,
    name_hint=r"apache|nginx|access[._-]log|combined",
    from_template=with_template,
)
