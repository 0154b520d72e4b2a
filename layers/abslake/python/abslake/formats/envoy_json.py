"""Envoy's access log as JSON: Istio's keys, Envoy Gateway's, and those of Contour.

Sources: https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage;
istio/istio, ``pilot/pkg/model/telemetry_logging.go``; envoyproxy/gateway, ``internal/xds/translator/accesslog.go``.
"""

from abslake.formats import About
from abslake.formats.readers.base import declared
from abslake.formats.readers.fields import (
    Field,
    address_port,
    count,
    duration,
    last_address,
    server,
    status,
    text,
    time,
)
from abslake.formats.readers.json_keys import USUAL_KEYS, UniqueKeys, by_usual_keys
from abslake.records.record import NoRequest

_METHOD = ("method", ":method")
_STATUS = ("response_code",)
_FORWARDED_FOR = ("x_forwarded_for", "x-forwarded-for")


def _no_connection() -> Field:
    """Envoy logs connections with the same template: without method and status they are no requests."""

    def check(method: str | None, code: str | None) -> tuple[()]:
        if method is None and code in (None, "0"):
            raise NoRequest
        return ()

    return Field((), (_METHOD, _STATUS), check, (), says="without method and status it is a connection, no request")


_FORMAT = declared(
    "envoy-json",
    [
        UniqueKeys(
            (
                _no_connection(),
                time(("start_time", "@timestamp", "timestamp")),
                address_port("peer", "downstream_remote_address"),
                text("forwarded_for", _FORWARDED_FOR),
                last_address(_FORWARDED_FOR),
                text("method", _METHOD),
                text("url", ("path", "x-envoy-origin-path", "x-envoy-original-path", ":path")),
                text("host", ("authority", ":authority", "host")),
                text("protocol", "protocol"),
                text("user_agent", ("user_agent", "user-agent")),
                text("cookies", "cookie"),
                text("auth_header", "authorization"),
                status(_STATUS),
                text("request_content_type", ("content_type", "content-type")),
                count("request_bytes", "bytes_received"),
                count("response_bytes", "bytes_sent"),
                server("upstream_host"),
                duration("duration", "ms"),
            ),
            needs=(("start_time", "@timestamp", "timestamp"), ("bytes_sent", "bytes_received", "response_code")),
            nothing=("envoy://internal_client_address/",),
            headers=lambda name: (name, name.replace("-", "_")),
        )
    ],
    About(
        title="Envoy, Istio, Envoy Gateway (JSON)",
        sources=(
            "https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage",
            "https://istio.io/latest/docs/tasks/observability/logs/access-log/",
            "https://gateway.envoyproxy.io/docs/tasks/observability/proxy-accesslog/",
        ),
        examples=(
            '{"start_time":"2026-03-02T10:15:00.409Z","route_name":"default","method":"GET","path":"/status/418?a=1",'
            '"protocol":"HTTP/1.1","response_code":418,"response_flags":"-","response_code_details":"via_upstream",'
            '"connection_termination_details":null,"bytes_received":0,"bytes_sent":135,"duration":3,"upstream_service_time":'
            '"1","x_forwarded_for":"203.0.113.9,10.44.1.23","user_agent":"curl/7.73.0-DEV","request_id":'
            '"84961386-6d84-929d-98bd-c5aee93b5c88","authority":"httpbin:8000","upstream_host":"10.44.1.27:80",'
            '"upstream_cluster":"outbound|8000||httpbin.foo.svc.cluster.local","upstream_local_address":"10.44.1.23:37652",'
            '"downstream_local_address":"10.0.45.184:8000","downstream_remote_address":"10.44.1.23:46520",'
            '"requested_server_name":null,"upstream_transport_failure_reason":null}',
            '{"start_time":"2026-03-02T10:15:00.409Z","method":"GET","x-envoy-origin-path":"/get","protocol":"HTTP/2",'
            '"response_code":"200","response_flags":"-","response_code_details":"via_upstream",'
            '"connection_termination_details":"-","upstream_transport_failure_reason":"-","bytes_received":"0","bytes_sent":'
            '"594","duration":"0","x-envoy-upstream-service-time":"-","x-forwarded-for":"192.0.2.7","user-agent":"curl/8.5",'
            '"x-request-id":"82cef54a-4e1c-4d38-9d5b-3ee9f4a1c3e9",":authority":"www.example.com","upstream_host":'
            '"10.244.0.9:3000","upstream_cluster":"httproute/default/backend/rule/0","upstream_local_address":'
            '"10.244.0.7:40266","downstream_local_address":"127.0.0.1:10080","downstream_remote_address":"[2001:db8::7]:44886",'
            '"requested_server_name":"-","route_name":"httproute/default/backend/rule/0/match/0/www_example_com"}',
        ),
        switch_on=(
            "Istio: `meshConfig.accessLogFile: /dev/stdout` and `meshConfig.accessLogEncoding: JSON`. Envoy Gateway "
            "logs by itself. Envoy: `log_format: {json_format: {…}}` of a file access logger, with Istio's keys. "
            "Container logs may be brought to the bucket with or without their CRI prefix."
        ),
        cannot_tell=(
            "Tokens, cookies and keys, unless the template is extended by headers: a key called as the header, with "
            "dashes or "
            'underscores, `"x-api-key": "%REQ(X-API-KEY)%"`. The user: that is in none of the default templates.'
        ),
        notes=(
            "The client is `downstream_remote_address`: the peer, or what Envoy made of X-Forwarded-For by its own "
            "`xff_num_trusted_hops`. Where it is not logged, it is the last address of `x_forwarded_for`, because an "
            "Envoy at the edge appends its peer there before it logs; what stands left of it anybody may have sent. A "
            "status 0 (the client left before an answer) is none. Bytes are bodies. TCP connections count as blank "
            "lines.\n\nTemplates of text that only look like JSON, the default of older Envoy Gateways, escape "
            "nothing. A line in which a client has written a quote, or members beside the true ones of the same name, "
            "is quarantined. Use the type `JSON` there. "
            + USUAL_KEYS
            + " With `omit_empty_values` a key may be rarer if none of its other spellings stands in half of the lines."
        ),
    ),
    name_hint=r"envoy|istio",
)

FORMAT = by_usual_keys(_FORMAT, omits=True)
