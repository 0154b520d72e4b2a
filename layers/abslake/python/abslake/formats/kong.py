"""Kong Gateway: what its logging plugins (http-log, file-log, tcp-log and their like) write, all by the same serializer.

Sources: https://developer.konghq.com/plugins/http-log/ ("Log format"), https://developer.konghq.com/plugins/file-log/;
Kong/kong, ``kong/pdk/log.lua``, ``kong.log.serialize``.
"""

from abslake.formats import About
from abslake.formats.readers.base import declared
from abslake.formats.readers.fields import Field, count, duration, status, text, time
from abslake.formats.readers.json_lines import JsonLines
from abslake.formats.readers.json_pointers import members
from abslake.records.record import NoRequest

_header = members("/request/headers/{}")


def _authority(source: str) -> Field:
    """The host of an absolute URL, for logs from which the headers are left out."""

    def read(url: str | None) -> tuple[str | None]:
        parts = (url or "").split("/")
        return (parts[2] or None if len(parts) > 2 else None,)

    return Field(("host",), ((source,),), read, ("nullif(split_part($0, '/', 3), '')",), says="its authority")


def _tried(ip: str, port: str) -> Field:
    """The back end of the last try."""

    def read(address: str | None, number: str | None) -> tuple[str | None]:
        return (address and (f"{address}:{number}" if number else address),)

    sql = "CASE WHEN $1 IS NULL THEN $0 ELSE $0 || ':' || $1 END"
    return Field(("server",), ((ip,), (port,)), read, (sql,), says="of the last try")


def _no_stream(source: str) -> Field:
    """The same plugins log connections of TCP, TLS and UDP services too."""

    def check(value: str | None) -> tuple[()]:
        if value is not None:
            raise NoRequest
        return ()

    return Field((), ((source,),), check, (), "$0 IS NULL", says="a TCP or UDP session is no request")


FORMAT = declared(
    "kong",
    [
        JsonLines(
            (
                _no_stream("/session/received"),
                time("started_at"),
                text("peer", "client_ip"),
                text("forwarded_for", "/request/headers/x-forwarded-for/[,]"),
                text("method", "/request/method"),
                text("url", "/request/uri"),
                text("host", _header("host")),
                _authority("/request/url"),
                text("user_agent", _header("user-agent")),
                text("cookies", _header("cookie")),
                text("auth_header", _header("authorization")),
                text("username", ("/consumer/username", "/consumer/custom_id")),
                text("api_key", "/authenticated_entity/id"),
                status("/response/status"),
                text("request_content_type", _header("content-type")),
                text("response_content_type", "/response/headers/content-type"),
                count("request_bytes", "/request/size"),
                count("response_bytes", "/response/size"),
                _tried("/tries/-1/ip", "/tries/-1/port"),
                duration("/latencies/request", "ms"),
            ),
            needs=("started_at", "client_ip"),
            nothing=("REDACTED",),
            headers=_header,
        )
    ],
    About(
        title="Kong Gateway",
        sources=(
            "https://developer.konghq.com/plugins/http-log/",
            "https://developer.konghq.com/plugins/file-log/",
            "https://github.com/Kong/kong/blob/master/kong/pdk/log.lua",
        ),
        examples=(
            '{"request":{"id":"2f6946328ffc4946b8c9120704a4a155","method":"GET","uri":"/shop/items?id=1","url":'
            '"http://shop.example.com:8000/shop/items?id=1","querystring":{"id":"1"},"size":238,"headers":{"host":'
            '"shop.example.com","user-agent":"HTTPie/3.2.3","authorization":"REDACTED","x-api-key":"k-17","accept":"*/*"}},'
            '"response":{"status":200,"size":827,"headers":{"content-type":"application/json","content-length":"503"}},'
            '"latencies":{"request":173,"kong":1,"proxy":171,"receive":1},"tries":[{"ip":"10.0.4.2","port":80,'
            '"balancer_start":1726783839539,"balancer_latency":0}],"client_ip":"192.0.2.7","started_at":1726783839538,'
            '"upstream_uri":"/items?id=1","upstream_status":"200","source":"upstream","workspace_name":"default",'
            '"consumer":{"id":"0c3e4b1a-7f0f-4c38-9d6c-1d2b6a7c5f10","username":"joe","custom_id":"c-9"},'
            '"authenticated_entity":{"id":"9f1d2c88-4e2b-4f0d-8b61-6f5f0f3f9c55","consumer_id":'
            '"0c3e4b1a-7f0f-4c38-9d6c-1d2b6a7c5f10"},"service":{"name":"items","host":"items.internal","port":80},'
            '"route":{"name":"items","paths":["/shop/items"]}}',
            '{"request":{"method":"GET","uri":"/get","url":"http://httpbin.org:8000/get","size":"75","querystring":{},'
            '"headers":{"accept":"*/*","host":"httpbin.org","user-agent":"curl/7.37.1"}},"response":{"status":200,"size":'
            '"434","headers":{"content-length":"197","content-type":"application/json"}},"tries":{},"latencies":{"proxy":'
            '1430,"kong":9,"request":1921},"client_ip":"127.0.0.1","started_at":1433209822425}',
        ),
        switch_on=(
            "Enable the `file-log` plugin (`config.path`) or `http-log` (`config.http_endpoint`) globally or for a service, and "
            "let a log shipper (Fluent Bit, Vector) bring the file or the bodies to the bucket. The arrays that `http-log` sends "
            "with `config.queue.max_batch_size` above 1 are taken apart."
        ),
        cannot_tell=(
            "The version of HTTP. Kong writes `REDACTED` in the place of the Authorization header, so access tokens are unknown "
            "unless a `custom_fields_by_lua` adds them elsewhere; cookies and key headers stand in clear. What such a field sets "
            "to `nil` is missing: without `client_ip`, `started_at` or `request.uri` a line is quarantined."
        ),
        notes=(
            "The consumer is the user name (`username`, else `custom_id`), the id of the credential that authenticated the "
            "request (`authenticated_entity.id`) the API key: they count where the API definition finds none in the request. "
            "`client_ip` is the client as Kong's `trusted_ips` and `real_ip_header` tell it. Sizes include the headers. A header "
            "sent several times is a list: the first counts, of X-Forwarded-For all. Times are when the request began."
        ),
    ),
    name_hint=r"kong",
)
