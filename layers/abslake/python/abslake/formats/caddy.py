"""Caddy 2: the access log in its default encoding, JSON.

Sources: https://caddyserver.com/docs/caddyfile/directives/log, https://caddyserver.com/docs/logging;
caddyserver/caddy, ``modules/caddyhttp/marshalers.go``.
"""

from abslake.formats import About
from abslake.formats.readers.base import declared
from abslake.formats.readers.fields import address_port, count, duration, status, text, time
from abslake.formats.readers.json_lines import JsonLines
from abslake.formats.traefik_json import canonical_name


def _header(name: str) -> str:
    """Names are spelled as Go does it, values are lists."""
    return f"/request/headers/{canonical_name(name).replace('~', '~0')}/0"


FORMAT = declared(
    "caddy",
    [
        JsonLines(
            (
                time("ts"),
                text("peer", "/request/remote_ip"),
                address_port("peer", "/request/remote_addr"),
                text("forwarded_for", "/request/headers/X-Forwarded-For/[,]"),
                text("method", "/request/method"),
                text("url", "/request/uri"),
                text("host", "/request/host"),
                text("protocol", "/request/proto"),
                text("user_agent", _header("user-agent")),
                text("cookies", _header("cookie")),
                text("auth_header", _header("authorization")),
                text("username", "user_id"),
                status("status"),
                text("request_content_type", _header("content-type")),
                text("response_content_type", "/resp_headers/Content-Type/0"),
                count("request_bytes", ("bytes_read", _header("content-length"))),
                count("response_bytes", "size"),
                duration("duration", "s"),
            ),
            # An error that a handler reports is logged beside the request itself, with the same members.
            only={"msg": ("handled request",)},
            nothing=("REDACTED",),
            headers=lambda name: "/request/headers/X-Forwarded-For/[,]" if name == "x-forwarded-for" else _header(name),
        )
    ],
    About(
        title="Caddy",
        sources=(
            "https://caddyserver.com/docs/caddyfile/directives/log",
            "https://caddyserver.com/docs/logging",
            "https://github.com/caddyserver/caddy/blob/master/modules/caddyhttp/marshalers.go",
        ),
        examples=(
            '{"level":"info","ts":1646861401.5241024,"logger":"http.log.access.log0","msg":"handled request","request":'
            '{"remote_ip":"192.0.2.7","remote_port":"41342","client_ip":"192.0.2.7","proto":"HTTP/2.0","method":"GET","host":'
            '"shop.example.com","uri":"/shop/items?id=1","headers":{"User-Agent":["curl/7.82.0"],"Accept":["*/*"],'
            '"Authorization":["REDACTED"],"X-Api-Key":["k-17"]},"tls":{"resumed":false,"version":772,"cipher_suite":4865,'
            '"proto":"h2","server_name":"shop.example.com"}},"bytes_read":0,"user_id":"joe","duration":0.000929675,'
            '"size":10900,"status":200,"resp_headers":{"Server":["Caddy"],"Content-Type":["text/html; charset=utf-8"]}}',
            '{"level":"error","ts":1600880820.6,"logger":"http.log.access","msg":"handled request","request":{"method":"GET",'
            '"uri":"/","proto":"HTTP/1.1","remote_addr":"[2001:db8::7]:50876","host":"example.com","headers":{"User-Agent":'
            '["Mozilla/5.0"]}},"common_log":"2001:db8::7 - - [23/Sep/2020:17:07:00 +0000] \\"GET / HTTP/1.1\\" 502 0",'
            '"duration":0.01,"size":0,"status":502,"resp_headers":{"Server":["Caddy"]}}',
        ),
        switch_on=(
            "The directive `log` in the site's block of the Caddyfile: `log { output file /var/log/caddy/access.log }`. Bring "
            "the rolled files to the bucket with a log shipper. `log_credentials` in the global option `servers` keeps cookies "
            "and Authorization."
        ),
        cannot_tell=(
            "Cookies and the Authorization header, unless `log_credentials` is set (`REDACTED` is none), and the back end. "
            "Where `duration_format` is not seconds, response times are wrong or missing; `time_format` may be any but those "
            "without a zone."
        ),
        notes=(
            "The client is `request.remote_ip` (`remote_addr` before 2.5), the peer. `client_ip` is not used: Caddy takes "
            "it from the left of X-Forwarded-For unless `trusted_proxies_strict` is set. `user_id` is who Caddy's own "
            "authentication let in. `size` and `bytes_read` are bodies, without headers. A status 0 is none. Messages other than "
            "`handled request` count as blank lines, among them `http.log.error`, which repeats requests of the access log."
        ),
    ),
    name_hint=r"caddy",
)
