"""NGINX's access log as JSON: a ``log_format`` with ``escape=json``, its keys called as the variables or as guides call them.

Sources: https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format;
https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/log-format/.
"""

import re
from dataclasses import replace

from abslake.formats import About
from abslake.formats.nginx_json_template import variable_of, with_template
from abslake.formats.readers import times
from abslake.formats.readers.base import Names, declared
from abslake.formats.readers.fields import Field, count, duration, protocol, server, status, text
from abslake.formats.readers.json_keys import USUAL_KEYS, UniqueKeys, by_usual_keys
from abslake.formats.readers.quoted import request_line
from abslake.records.record import BadLine

_TIME = (
    "msec", "time_iso8601", "time_local", "time", "datetime", "date", "ts", "timestamp", "@timestamp",
)  # fmt: skip
"""What shippers add, the time of their own reading, comes last."""
_PEER = ("remote_addr", "remote_ip", "clientip", "client_ip", "client_addr", "remote_address", "client", "remote")
_STATUS = ("status", "status_code", "http_status")


def _any_time(names: Names) -> Field:
    """``$time_iso8601``, ``$msec`` or ``$time_local``, whatever the key is called."""

    def read(value: str | None) -> tuple[int | None]:
        if value is None:
            return (None,)
        if "/" not in value:
            return (times.rfc3339_or_epoch(value),)
        if " " not in value:
            raise BadLine("the time has no zone")
        return (times.clf(value),)

    def either(clf: str, rfc3339: str, epoch: str) -> str:
        return f"CASE WHEN contains($0, '/') THEN {clf} WHEN contains($0, '-') THEN {rfc3339} ELSE {epoch} END"

    clf_exact = f"contains($0, ' ') AND {times.CLF_EXACT}"
    return Field(
        ("time",),
        (names,),
        read,
        (either(times.CLF_SQL, times.RFC3339_SQL, times.EPOCH_SQL),),
        f"($0 IS NULL OR {either(clf_exact, times.RFC3339_EXACT, times.EPOCH_EXACT)})",
        says="`$msec`, `$time_iso8601` or `$time_local`",
    )


def _request() -> Field:
    """The request line, or method and URI of their own; arguments that are logged apart are put behind a bare path."""
    method = ("request_method", "method", "verb", "http_method")
    path = ("request_uri", "request", "uri", "url", "path", "request_path")
    arguments = ("args", "query_string", "query", "request_query")

    def read(line: str | None, verb: str | None, uri: str | None, args: str | None) -> tuple[str | None, ...]:
        if line is not None and " " in line:
            return request_line(line)
        if line is not None and verb is None:
            raise BadLine("the request line is not METHOD URL PROTOCOL")
        if uri is not None and args is not None and "?" not in uri:
            uri += "?" + args.removeprefix("?")
        return verb, uri, None

    whole = "contains($0, ' ')"
    url = "CASE WHEN $3 IS NULL OR contains($2, '?') THEN $2 WHEN starts_with($3, '?') THEN $2 || $3 ELSE $2 || '?' || $3 END"
    plain = "len($p) = 3 AND starts_with($p[3], 'HTTP/') AND $p[2] <> '' AND regexp_full_match($p[1], '[A-Za-z]+')"
    return Field(
        ("method", "url", "protocol"),
        (("request",), method, path, arguments),
        read,
        (
            f"CASE WHEN {whole} THEN $p[1] ELSE $1 END",
            f"CASE WHEN {whole} THEN $p[2] ELSE {url} END",
            f"CASE WHEN {whole} THEN $p[3] END",
        ),
        f"($0 IS NULL OR CASE WHEN {whole} THEN {plain} ELSE $1 IS NOT NULL END)",
        parts="string_split($0, ' ')",
        says="the request line, or its parts",
    )


def _request_time() -> Field:
    """``$request_time`` has three decimals; what is spelled otherwise may be Apache's ``%D``, microseconds, or milliseconds."""
    seconds = duration(("request_time", "responsetime"), "s")
    pattern = re.compile(r"\d{1,9}\.\d{1,3}", re.ASCII)  # a number may have lost its last noughts on its way

    def read(value: str | None) -> tuple[float | None]:
        return seconds.read(value) if value and pattern.fullmatch(value) else (None,)

    sql = f"CASE WHEN regexp_full_match($0, '{pattern.pattern}') THEN {seconds.sql[0]} END"
    return replace(seconds, read=read, sql=(sql,), exact="", says="seconds, with decimals")


_KEYS = UniqueKeys(
    (
        _any_time(_TIME),
        text("peer", _PEER),
        text("forwarded_for", ("http_x_forwarded_for", "x_forwarded_for", "xff", "proxy_add_x_forwarded_for", "x_forward_for")),
        _request(),
        text("host", ("http_host", "domain", "vhost", "host", "server_name")),
        protocol(("server_protocol", "protocol", "request_proto", "http_version")),
        text("user_agent", ("http_user_agent", "user_agent", "agent", "ua")),
        text("cookies", ("http_cookie", "cookie")),
        text("auth_header", ("http_authorization", "authorization")),
        text("username", ("remote_user", "user")),
        status(_STATUS),
        text("request_content_type", ("content_type", "http_content_type")),
        text("response_content_type", ("sent_http_content_type", "upstream_http_content_type")),
        count("request_bytes", ("request_length", "request_size", "bytes_received")),
        count("response_bytes", ("body_bytes_sent", "bytes_sent", "bytes", "size", "body_bytes")),
        server(("upstream_addr", "upstream", "upstreamhost", "upstream_host")),
        text("connection", "connection"),
        _request_time(),
    ),
    needs=(_STATUS,),
    headers=variable_of,
)  # fmt: skip

_ABOUT = About(
    title="NGINX (JSON)",
    sources=(
        "https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format",
        "https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/log-format/",
    ),
    examples=(
        '{"time_iso8601":"2026-03-02T10:15:00+01:00","remote_addr":"192.0.2.7","remote_user":"","request":'
        '"GET /shop/items?id=1 HTTP/1.1","status":"200","body_bytes_sent":"5120","request_time":"0.113","http_referer":"",'
        '"http_user_agent":"curl/8.5 \\"x\\"","http_x_forwarded_for":"203.0.113.9, 10.0.0.1","host":"shop.example.com",'
        '"upstream_addr":"10.1.2.3:8080, 10.1.2.4:8080","upstream_response_time":"0.100, 0.013","http_x_api_key":"k-17"}',
        '{"@timestamp":"2026-03-02T10:15:00+00:00","clientip":"2001:db8::7","host":"10.0.0.4","http_host":"shop.example.com",'
        '"request_method":"POST","url":"/shop","args":"id=1","server_protocol":"HTTP/2.0","status":201,"size":17,'
        '"responsetime":0.142,"upstreamhost":"10.1.2.3:8080","xff":"-","agent":"okhttp/4.9"}',
        '{"msec":"1772446500.123","remote_addr":"192.0.2.7","request_method":"GET","request_uri":"/shop/items?id=1",'
        '"status":"404","body_bytes_sent":"153","request_time":"0.000","http_user_agent":"curl/8.5","upstream_addr":""}',
    ),
    switch_on=(
        "A `log_format` with `escape=json` and an `access_log` that uses it, for instance\n\n"
        "```nginx\n"
        'log_format abslake escape=json \'{"msec":"$msec","remote_addr":"$remote_addr","remote_user":"$remote_user",\'\n'
        '    \'"request_method":"$request_method","request_uri":"$request_uri","server_protocol":"$server_protocol",\'\n'
        '    \'"status":"$status","request_length":"$request_length","body_bytes_sent":"$body_bytes_sent",\'\n'
        '    \'"request_time":"$request_time","upstream_addr":"$upstream_addr","http_host":"$http_host",\'\n'
        '    \'"http_user_agent":"$http_user_agent","http_x_forwarded_for":"$http_x_forwarded_for",\'\n'
        '    \'"content_type":"$content_type","sent_http_content_type":"$sent_http_content_type",\'\n'
        '    \'"http_authorization":"$http_authorization","http_cookie":"$http_cookie","http_x_api_key":"$http_x_api_key"}\';\n'
        "access_log /var/log/nginx/access.json abslake;\n"
        "```\n\n"
        'ingress-nginx: `log-format-escape-json: "true"` and the same object as `log-format-upstream`. Put every variable '
        "between quotes: a bare one that is empty makes no JSON."
    ),
    cannot_tell=(
        "What the `log_format` leaves out. A header that an API definition names is found under the name of its "
        "variable, `http_x_api_key` for X-API-Key. Without `escape=json` (before 1.11.8) a quote or a byte beyond "
        "ASCII makes a line that is no JSON; with it a user agent that is not UTF-8 does. Such lines are quarantined, "
        "and, for `escape=none`, lines with a key twice: a client may have written one of them."
    ),
    notes=(
        "Keys are those of the variables, or usual names: the first of a row that is there counts. The time is when "
        "the answer was done; `msec` is the finest; "
        "`timestamp` and `@timestamp`, which shippers add, count where there is no "
        "other. A `request_time` without decimals is not NGINX's and is none. "
        "`remote_addr` is the peer, or what NGINX's real-IP module made of "
        "it. Of several upstreams the last is the back end. "
        + USUAL_KEYS
        + " For other keys, keys with another meaning and nested "
        "objects give the `log_format` "
        'itself: a grammar with `base = "nginx-json"` and `template = \'{"…":"$remote_addr", …}\'`.'
    ),
)

FORMAT = by_usual_keys(declared("nginx-json", [_KEYS], _ABOUT, name_hint=r"nginx|ingress", from_template=with_template))
