"""Google Apigee: analytics records, and messages of a MessageLogging policy whose members are called as the flow variables.

Sources: https://cloud.google.com/apigee/docs/api-platform/analytics/analytics-reference (dimensions and metrics),
https://cloud.google.com/apigee/docs/api-platform/analytics/export-data (exported as JSON lines),
https://cloud.google.com/apigee/docs/api-platform/reference/variables-reference. Apigee has no access log of a fixed shape.
"""

from abslake.formats import About
from abslake.formats.readers.base import declared
from abslake.formats.readers.fields import Field, count, duration, status, text, time
from abslake.formats.readers.json_lines import JsonLines
from abslake.formats.readers.json_pointers import members

_NOT_SET = ("(not set)",)
_MILLISECONDS = r"\d{13}"


def _elapsed(start: str, end: str) -> Field:
    """The response time as the difference of two times in milliseconds."""

    def read(begin: str | None, finish: str | None) -> tuple[float | None]:
        if not all(value and len(value) == 13 and value.isascii() and value.isdigit() for value in (begin, finish)):
            return (None,)
        found = int(finish or 0) - int(begin or 0)
        return (float(found) if 0 <= found < 1_000_000_000 else None,)

    both = " AND ".join(f"regexp_full_match(${n}, '{_MILLISECONDS}')" for n in (0, 1))
    difference = f"CASE WHEN {both} THEN try_cast($1 AS BIGINT) - try_cast($0 AS BIGINT) END"
    return Field(
        ("time_ms",),
        ((start,), (end,)),
        read,
        ("CASE WHEN $p BETWEEN 0 AND 999999999 THEN $p::DOUBLE END",),
        parts=difference,
        says="the time between, where the log has no total",
    )


_ANALYTICS = (
    time("client_received_start_timestamp"),
    text("peer", ("client_ip", "proxy_client_ip")),
    text("forwarded_for", "x_forwarded_for_ip"),
    text("method", "request_verb"),
    text("url", ("request_uri", "request_path")),
    text("user_agent", "useragent"),
    text("username", ("developer_email", "developer")),
    text("token", "access_token"),
    text("api_key", "client_id"),
    status("response_status_code"),
    count("request_bytes", "request_size"),
    count("response_bytes", "response_size"),
    text("server", ("target_ip", "target_host")),
    duration("total_response_time", "ms"),
    _elapsed("client_received_start_timestamp", "client_sent_end_timestamp"),
)


def _flow_variables(at: str) -> JsonLines:
    """`at`: what goes before a variable's name: nothing, or the pointer to the object that the policy writes."""
    fields = (
        time((f"{at}client.received.start.timestamp", f"{at}system.timestamp", "timestamp")),
        text("peer", (f"{at}client.ip", f"{at}proxy.client.ip")),
        text("forwarded_for", f"{at}request.header.x-forwarded-for.values.string"),
        text("method", f"{at}request.verb"),
        text("url", (f"{at}request.uri", f"{at}proxy.url", f"{at}request.path")),
        text("host", (f"{at}request.header.host", f"{at}client.host")),
        text("user_agent", f"{at}request.header.user-agent"),
        text("cookies", f"{at}request.header.cookie"),
        text("auth_header", f"{at}request.header.authorization"),
        text("username", (f"{at}developer.email", f"{at}developer.id")),
        text("token", f"{at}access_token"),
        text("api_key", f"{at}client_id"),
        status((f"{at}response.status.code", f"{at}message.status.code", f"{at}error.status.code")),
        text("request_content_type", f"{at}request.header.content-type"),
        text("response_content_type", f"{at}response.header.content-type"),
        count("request_bytes", f"{at}request.header.content-length"),
        count("response_bytes", f"{at}response.header.content-length"),
        text("server", (f"{at}target.ip", f"{at}target.host")),
        _elapsed(f"{at}client.received.start.timestamp", f"{at}client.sent.end.timestamp"),
    )
    needs = ((f"{at}client.ip", f"{at}proxy.client.ip"), f"{at}request.verb")
    return JsonLines(fields, needs=needs, headers=members(f"{at}request.header.{{}}"))


FORMAT = declared(
    "apigee",
    (
        JsonLines(_ANALYTICS, needs=("client_received_start_timestamp", "request_verb"), nothing=_NOT_SET),
        _flow_variables(""),
        _flow_variables("/jsonPayload/"),
    ),
    About(
        title="Google Apigee (analytics records and MessageLogging)",
        sources=(
            "https://cloud.google.com/apigee/docs/api-platform/analytics/analytics-reference",
            "https://cloud.google.com/apigee/docs/api-platform/analytics/export-data",
            "https://cloud.google.com/apigee/docs/api-platform/reference/policies/message-logging-policy",
            "https://cloud.google.com/apigee/docs/api-platform/reference/variables-reference",
        ),
        examples=(
            '{"client_received_start_timestamp":1772446500123,"client_received_end_timestamp":1772446500125,'
            '"client_sent_start_timestamp":1772446500190,"client_sent_end_timestamp":1772446500194,'
            '"recordType":"APIAnalytics","apiproxy":"shop","request_uri":"http://shop.example.com/shop/items?id=1",'
            '"request_path":"/shop/items","request_verb":"GET","client_ip":"203.0.113.7","useragent":"curl/8.5.0",'
            '"apiproxy_revision":1,"response_status_code":200,"developer_email":"joe@example.com",'
            '"developer_app":"mobile-app","client_id":"6gClRCKp0UCO","api_product":"shop","organization":"example",'
            '"environment":"prod"}',
            '{"client_received_start_timestamp":"2026-03-02T10:15:00.123Z","request_uri":"/shop/items?id=1",'
            '"request_verb":"POST","client_ip":"198.51.100.1","x_forwarded_for_ip":"203.0.113.7, 198.51.100.1",'
            '"useragent":"(not set)","response_status_code":"401","access_token":"(not set)","client_id":"(not set)",'
            '"total_response_time":12.0,"request_size":210,"response_size":97,"target_host":"(not set)"}',
            '{"logName":"projects/example/logs/apigee","timestamp":"2026-03-02T10:15:00.123456Z","severity":"INFO",'
            '"jsonPayload":{"client.ip":"203.0.113.7","request.verb":"GET","request.uri":"/shop/items?id=1",'
            '"request.header.host":"shop.example.com","request.header.user-agent":"curl/8.5.0",'
            '"request.header.x-forwarded-for.values.string":"203.0.113.9, 198.51.100.1",'
            '"response.status.code":"200","client_id":"6gClRCKp0UCO","developer.email":"joe@example.com",'
            '"client.received.start.timestamp":"1772446500123","client.sent.end.timestamp":"1772446500194"}}',
        ),
        switch_on="Export analytics as JSON to Cloud Storage; or log each request with a MessageLogging policy in the "
        "PostClientFlow whose message is a JSON object with the flow variables under their own names, header names in lower case "
        "(the third example shows which), values through escapeJSON, and route the log to Cloud Storage. From there copy it to "
        "S3.",
        cannot_tell='Analytics have neither host nor headers, so only API definitions with `"hostname": "*"` match unless '
        "request_uri is absolute; the documentation calls request_uri that of the request to the target, which may differ from "
        "what the client asked for. Without a policy that checks keys or tokens there is no identity. A message that the proxy's "
        "author shaped in another way, such as that of Google's shared flow cloud-logging, which has no client address, needs a "
        "grammar, and an address in it.",
        notes="request.header.x-forwarded-for.values.string has all addresses of X-Forwarded-For. The variable without "
        "`.values.string` holds the first one only, which the client chooses, and counts for nothing.\n\n"
        "The text (not set) is none. ax_resolved_client_ip is not used: it is the first address of X-Forwarded-For, which "
        "the client chooses.",
    ),
)
