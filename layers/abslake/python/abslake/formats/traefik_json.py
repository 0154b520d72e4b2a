"""Traefik's access log as JSON.

Sources: https://doc.traefik.io/traefik/observability/access-logs/; traefik/traefik, ``pkg/middlewares/accesslog``.
``ClientHost`` is X-Forwarded-For whenever the client sends one, whatever proxies Traefik trusts (traefik/traefik issue
13728): it is never the address that counts.
"""

from abslake.formats import About
from abslake.formats.readers.base import declared
from abslake.formats.readers.fields import Field, address_port, count, duration, status, text, time
from abslake.formats.readers.json_lines import JsonLines
from abslake.records.record import NoRequest


def canonical_name(name: str) -> str:
    """A header name as Go's ``net/http`` spells it: ``x-api-key`` is ``X-Api-Key``."""
    return "-".join(part.capitalize() for part in name.split("-"))


def _no_message(*sources: str) -> Field:
    """Traefik's own log may stand in between: it has a message, requests have an empty one."""

    def check(value: str | None) -> tuple[()]:
        if value is not None:
            raise NoRequest
        return ()

    return Field((), (sources,), check, (), "$0 IS NULL", says="a line with a message is no request")


def _forwarded(host: str, address: str) -> Field:
    """``ClientHost`` where it is not the peer: then it is X-Forwarded-For, whether or not that header is kept."""

    def read(client: str | None, peer: str | None) -> tuple[str | None]:
        return (None if (peer or "").startswith((f"{client}:", f"[{client}]")) else client,)

    sql = "CASE WHEN starts_with($1, $0 || ':') OR starts_with($1, '[' || $0 || ']') THEN NULL ELSE $0 END"
    return Field(("forwarded_for",), ((host,), (address,)), read, (sql,), says="if it is not the peer")


FORMAT = declared(
    "traefik-json",
    [
        JsonLines(
            (
                _no_message("msg", "message"),
                time(("StartUTC", "StartLocal", "time")),
                address_port("peer", "ClientAddr"),
                text("forwarded_for", "request_X-Forwarded-For"),
                _forwarded("ClientHost", "ClientAddr"),
                text("method", "RequestMethod"),
                text("url", "RequestPath"),
                text("host", ("RequestAddr", "RequestHost")),
                text("protocol", "RequestProtocol"),
                text("user_agent", "request_User-Agent"),
                text("cookies", "request_Cookie"),
                text("auth_header", "request_Authorization"),
                text("username", "ClientUsername"),
                status(("DownstreamStatus", "OriginStatus")),
                text("request_content_type", "request_Content-Type"),
                text("response_content_type", ("downstream_Content-Type", "origin_Content-Type")),
                count("request_bytes", "RequestContentSize"),
                count("response_bytes", ("DownstreamContentSize", "OriginContentSize")),
                text("server", ("ServiceAddr", "BackendAddr")),
                duration("Duration", "ns"),
            ),
            nothing=("REDACTED",),
            headers=lambda name: "request_" + canonical_name(name),
        )
    ],
    About(
        title="Traefik (JSON)",
        sources=(
            "https://doc.traefik.io/traefik/observability/access-logs/",
            "https://github.com/traefik/traefik/blob/master/pkg/middlewares/accesslog/logdata.go",
        ),
        examples=(
            '{"ClientAddr":"192.0.2.7:63251","ClientHost":"192.0.2.7","ClientPort":"63251","ClientUsername":"-",'
            '"DownstreamContentSize":185,"DownstreamStatus":200,"Duration":8764859,"OriginContentSize":185,"OriginDuration":'
            '8147549,"OriginStatus":200,"Overhead":617310,"RequestAddr":"shop.example.com","RequestContentSize":0,'
            '"RequestCount":17343,"RequestHost":"shop.example.com","RequestMethod":"GET","RequestPath":"/shop?a=1\\u0026b=2",'
            '"RequestPort":"-","RequestProtocol":"HTTP/2.0","RequestScheme":"https","RetryAttempts":0,"RouterName":'
            '"shop@docker","ServiceAddr":"172.21.0.3:8564","ServiceName":"shop@docker","ServiceURL":"http://172.21.0.3:8564",'
            '"StartLocal":"2024-12-29T12:42:41.965891254+01:00","StartUTC":"2024-12-29T11:42:41.965891254Z","TLSVersion":'
            '"1.3","downstream_Content-Type":"application/json","entryPointName":"websecure","level":"info","msg":"",'
            '"request_Authorization":"REDACTED","request_User-Agent":"curl/8.5","time":"2024-12-29T12:42:41+01:00"}',
        ),
        switch_on=(
            "`accessLog: {filePath: /var/log/traefik/access.log, format: json}` in the static configuration. Headers "
            "are left out unless they are kept: `fields: {headers: {names: {User-Agent: keep, Authorization: keep, "
            "Cookie: keep, Content-Type: keep, X-Forwarded-For: keep}}}`. Bring the rotated files to the bucket with a "
            "log shipper."
        ),
        cannot_tell=(
            "Headers that the configuration does not keep, so without more no user agent, token, cookie or key; "
            "`REDACTED` is none. Without `ClientAddr` a line is quarantined."
        ),
        notes=(
            "The client is `ClientAddr`, never `ClientHost`: that is X-Forwarded-For as the client sent it. The user "
            "name is that of Traefik's basic or digest authentication. The response time is `Duration`, until the end "
            "of the answer. Of a header sent several times the values stand together, with commas. Lines of Traefik's "
            "own log count as blank lines."
        ),
    ),
    name_hint=r"traefik",
)
