"""Apache's and NGINX's combined and common logs, and their common extensions."""

import re

from abslake.formats import About
from abslake.formats.log_format import FIELDS, reader, with_template
from abslake.formats.readers import fields as f
from abslake.formats.readers.base import Misfit, declared
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
    _COMBINED + " $request_time $upstream_response_time",
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


_OCTET = r"(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"


def _client(value: str | None) -> tuple[str | None]:
    if value is None or not canonical(value):
        raise BadLine("no client address behind the virtual host")
    return (value,)


_BUILT_IN = (
    *FIELDS,
    f.Field(("peer",), (("address",),), _client, ("$0",), rf"regexp_full_match($0, '{_OCTET}(\.{_OCTET}){{3}}')"),
    _like(r"\d+\.\d\d\d", "request_time", "the response time is not in seconds with three decimals"),
    _like(r"\d{2,}", "bytes_in", "bytes received and sent are expected behind the user agent"),
    _like(r"\d+", "bytes_out", "bytes received and sent are expected behind the user agent"),
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
        "refused: Apache's `%D` and `%T` are both bare numbers, for one. Describe it by its own template then: a grammar with "
        '`base = "combined"` and `template = "<the log_format or LogFormat>"`, which also takes cookies (`$cookie_NAME`, '
        "`%{NAME}C`) and any request header (`$http_NAME`, `%{NAME}i`).\n\n"
        'Escapes (`\\"`, `\\\\`, `\\xhh`) are undone. The authenticated user is the user name. A last field between quotes '
        "behind the user agent is taken for X-Forwarded-For, whatever is in it."
    ),
)

FORMAT = declared(
    "combined",
    [reader(template, _BUILT_IN) for template in _TEMPLATES],
    _ABOUT,
    name_hint=r"apache|nginx|access[._-]log|combined",
    from_template=with_template,
)
