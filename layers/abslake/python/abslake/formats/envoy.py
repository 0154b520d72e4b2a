"""Envoy's and Istio's default access logs as text.

Envoy escapes nothing of what a client sends: a quote in a header stands in the line as it is.
"""

from abslake.formats import About
from abslake.formats.readers import fields as f
from abslake.formats.readers.base import declared
from abslake.formats.readers.layout import Layout
from abslake.records.record import NoRequest

_START = '[$start_time] "$request" $response_code $response_flags'
_ENVOY = (
    ' $bytes_received $bytes_sent $duration $upstream_service_time "$x_forwarded_for" "$user_agent" "$request_id" '
    '"$authority" "$upstream_host"'
)
_ISTIO = (
    " $upstream_cluster $upstream_local_address $downstream_local_address $downstream_remote_address "
    "$requested_server_name $route_name"
)
_SINCE_1_9 = ' $response_code_details $connection_termination_details "$upstream_transport_failure_reason"'
_BEFORE_1_9 = ' "$mixer_status" "$upstream_transport_failure_reason"'


def _http(value: str | None) -> tuple[()]:
    if value == "- - -":  # a TCP connection
        raise NoRequest
    return ()


_FIELDS = (
    f.rfc3339("start_time"),
    f.Field((), (("request",),), _http, ()),
    f.request_line("request"),
    f.address_port("peer", "downstream_remote_address"),
    f.text("forwarded_for", "x_forwarded_for"),
    f.status("response_code"),
    f.count("request_bytes", "bytes_received"),
    f.count("response_bytes", "bytes_sent"),
    f.duration("duration", "ms"),
    f.text("user_agent", "user_agent"),
    f.text("host", "authority"),
    f.Field(
        ("server",), (("upstream_host",),), lambda value: (value and value.removeprefix("tcp://"),),
        ("CASE WHEN starts_with($0, 'tcp://') THEN $0[7:] ELSE $0 END",), says="without `tcp://`",
    ),
)  # fmt: skip
_BY_ITSELF = (f.last_address("x_forwarded_for"), *(entry for entry in _FIELDS if "forwarded_for" not in entry.gives))

_ABOUT = About(
    title="Envoy and Istio (text)",
    sources=(
        "https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage#default-format-string",
        "https://github.com/istio/istio/blob/master/pilot/pkg/model/telemetry_logging.go",
        "https://github.com/envoyproxy/envoy/issues/4191",
    ),
    examples=(
        '[2026-03-02T10:15:00.310Z] "POST /api/v1/locations HTTP/2" 204 - 154 0 226 100 "203.0.113.9, 192.0.2.7" "nsq2http" '
        '"cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2" "api.example.com" "tcp://10.0.2.1:80"',
        '[2026-03-02T10:15:00.456Z] "GET /cart?a=1 HTTP/1.1" 200 - via_upstream - "-" 0 5120 15 14 "192.0.2.7" "curl/7.64" '
        '"f47ac10b-58cc-4372-a567-0e02b2c3d479" "shop.example.com" "10.244.3.12:8080" '
        "outbound|8080||shop.default.svc.cluster.local 10.244.1.5:54321 10.244.1.5:8443 192.0.2.7:33210 shop.example.com default",
        '[2020-11-25T21:26:18.409Z] "GET /status/418 HTTP/1.1" 418 - "-" "-" 0 135 3 1 "-" "curl/7.73.0" '
        '"84961386-6d84-929d-98bd-c5aee93b5c88" "httpbin:8000" "127.0.0.1:80" inbound|8000|| 127.0.0.1:41854 10.44.1.27:80 '
        "10.44.1.23:37652 outbound_.8000_._.httpbin.foo.svc.cluster.local default",
    ),
    switch_on=(
        "Envoy: an access logger of the HTTP connection manager without a format of its own. Istio: "
        "`meshConfig.accessLogFile: /dev/stdout` with `accessLogEncoding: TEXT`, or a Telemetry resource with the provider "
        "`envoy`. Ship the container's output to the bucket; the prefix that Kubernetes puts before each line is taken off."
    ),
    cannot_tell=(
        "No token, cookie, API key or user. Envoy escapes nothing: a line whose user agent or other header looks like further "
        "fields (a quote behind a blank) is quarantined, and so is a request that Envoy could not parse (`- - HTTP/1.1`). TCP "
        "connections (`- - -`) are no requests and count as blank lines."
    ),
    notes=(
        "Read are Envoy's default format and Istio's of 1.3 to 1.8 and since 1.9. Any other is a grammar's task.\n\n"
        "The client address is Istio's downstream remote address. Envoy's own format has none: there it is the last address "
        "of X-Forwarded-For, since that is the one that Envoy itself appended, its socket's other end (with "
        "`use_remote_address`, as at the edge); all addresses before it came with the request. The user agent, request id "
        "and host are as the client sent them."
    ),
)

FORMAT = declared(
    "envoy",
    (
        Layout(_START + _ENVOY, _BY_ITSELF, escapes=False),
        Layout(_START + _SINCE_1_9 + _ENVOY + _ISTIO, _FIELDS, escapes=False),
        Layout(_START + _BEFORE_1_9 + _ENVOY + _ISTIO, _FIELDS, escapes=False),
    ),
    _ABOUT,
    name_hint=r"envoy|istio",
)
