"""Traefik's access log in its Common Log Format."""

from abslake.formats import About
from abslake.formats.readers import fields as f
from abslake.formats.readers.base import declared
from abslake.formats.readers.layout import Layout

_LINE = '$client - $user [$start] "$request" $status $size "$referer" "$user_agent" $number "$router" "$server" ${duration}ms'
_TEMPLATES = (
    _LINE,
    _LINE.replace('"$server"', "-"),
    _LINE.replace('"$router" "$server"', "- -"),
    _LINE.replace('"$referer"', "-"),
)


def _agent(value: str | None) -> tuple[str | None]:
    return (value and value.replace('\\"', '"'),)


def _server(value: str | None) -> tuple[str | None]:
    return (value and value[value.find("://") + 3 :] if value and "://" in value else value,)


_FIELDS = (
    f.last_address("client"),
    f.text("username", "user"),
    f.clf_time("start"),
    f.request_line("request"),
    f.status("status"),
    f.count("response_bytes", "size"),
    f.Field(("user_agent",), (("user_agent",),), _agent, ("$0",), says="escaped quotes as they were"),
    f.Field(
        ("server",), (("server",),), _server,
        ("CASE WHEN contains($0, '://') THEN substr($0, strpos($0, '://') + 3) ELSE $0 END",), says="without its scheme",
    ),
    f.duration("duration", "ms"),
)  # fmt: skip

_ABOUT = About(
    title="Traefik (CLF)",
    sources=(
        "https://doc.traefik.io/traefik/observability/access-logs/",
        "https://github.com/traefik/traefik/blob/master/pkg/middlewares/accesslog/logger_formatters.go",
        "https://github.com/traefik/traefik/issues/11722",
    ),
    examples=(
        '192.0.2.7 - joe [02/Mar/2026:10:15:00 +0000] "GET /cart?a=1 HTTP/2.0" 200 5120 "https://shop.example.com/" '
        '"Mozilla/5.0 (X11; Linux x86_64)" 116 "shop@docker" "http://10.0.0.2:8080" 113ms',
        '203.0.113.9, 192.0.2.7 - - [02/Mar/2026:10:15:00 +0000] "GET /ping HTTP/1.1" 404 19 "-" "curl/7.64" 1 '
        '"ping@internal" - 0ms',
    ),
    switch_on="`accessLog: {}` in the static configuration (`format: common` is the default), `filePath` or ship the output.",
    cannot_tell=(
        'No host, so that only API definitions with `"hostname": "*"` match; no token, cookie or API key. Until 2026 Traefik '
        "escaped nothing: a line in which a header looks like further fields (a quote behind a blank) is quarantined. It writes "
        "the user name of basic authentication as sent, whether the password is right or not, and a line break in it with it: "
        "behind such a middleware a client can write lines of its own. Traefik's JSON log has neither fault."
    ),
    notes=(
        "Where Traefik believes a proxy before it (`forwardedHeaders.trustedIPs`), the first field is X-Forwarded-For: the "
        "client address is its last address, the one that this proxy saw; `trusted_proxies` reaches behind further ones. "
        "Router and server are `-` where no router took the request, without quotes before 2.2."
    ),
)

FORMAT = declared(
    "traefik",
    [Layout(template, _FIELDS, wide=("start",), lists=("client",), escapes=False) for template in _TEMPLATES],
    _ABOUT,
    name_hint="traefik",
)
