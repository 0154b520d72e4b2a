"""Cloudflare Logpush, dataset http_requests, as JSON lines.

Source: https://developers.cloudflare.com/logs/logpush/logpush-job/datasets/zone/http_requests/. Which fields a line has is the
job's choice, how the times are written too.
"""

from abslake.formats import About
from abslake.formats.readers.base import declared
from abslake.formats.readers.fields import count, duration, ignored, protocol, status, text, time
from abslake.formats.readers.json_lines import JsonLines
from abslake.formats.readers.json_pointers import members

_FIELDS = (
    ignored("WorkerSubrequest", "true"),
    time(("EdgeStartTimestamp", "EdgeEndTimestamp")),
    text("peer", "ClientIP"),
    text("forwarded_for", "/RequestHeaders/x-forwarded-for/[,]"),
    text("method", "ClientRequestMethod"),
    text("url", ("ClientRequestURI", "ClientRequestPath")),
    text("host", "ClientRequestHost"),
    protocol("ClientRequestProtocol"),
    text("user_agent", "ClientRequestUserAgent"),
    text("cookies", ("/RequestHeaders/cookie/[,;]", "/Cookies/{;}")),
    text("auth_header", "/RequestHeaders/authorization"),
    text("username", "/RequestHeaders/cf-access-user"),
    status("EdgeResponseStatus"),
    text("request_content_type", "/RequestHeaders/content-type"),
    text("response_content_type", ("EdgeResponseContentType", "/ResponseHeaders/content-type")),
    count("request_bytes", "ClientRequestBytes"),
    count("response_bytes", ("EdgeResponseBytes", "EdgeResponseBodyBytes")),
    text("server", "OriginIP"),
    duration(("EdgeTimeToFirstByteMs", "OriginResponseDurationMs"), "ms"),
)

_JOINED = {"x-forwarded-for": "/[,]", "cookie": "/[,;]"}


def _header(name: str) -> str:
    return members("/RequestHeaders/{}")(name) + _JOINED.get(name, "")


FORMAT = declared(
    "cloudflare",
    (JsonLines(_FIELDS, needs=("ClientIP", "ClientRequestMethod"), headers=_header),),
    About(
        title="Cloudflare Logpush (HTTP requests)",
        sources=(
            "https://developers.cloudflare.com/logs/logpush/logpush-job/datasets/zone/http_requests/",
            "https://developers.cloudflare.com/logs/logpush/logpush-job/log-output-options/",
            "https://developers.cloudflare.com/logs/logpush/logpush-job/custom-fields/",
        ),
        examples=(
            '{"ClientIP":"203.0.113.7","ClientRequestBytes":1124,"ClientRequestHost":"shop.example.com",'
            '"ClientRequestMethod":"GET","ClientRequestProtocol":"HTTP/2","ClientRequestURI":"/shop/items?id=1",'
            '"ClientRequestUserAgent":"curl/8.5.0","Cookies":{"SID":"5f2c"},"EdgeResponseBytes":2145,'
            '"EdgeResponseContentType":"application/json","EdgeResponseStatus":200,'
            '"EdgeStartTimestamp":"2026-03-02T10:15:00Z","EdgeTimeToFirstByteMs":112,"OriginIP":"198.51.100.20",'
            '"RayID":"710e98d9367f357d","RequestHeaders":{"x-api-key":"k-17"},"WorkerSubrequest":false}',
            '{"ClientIP":"2001:db8::7","ClientRequestHost":"shop.example.com","ClientRequestMethod":"POST",'
            '"ClientRequestURI":"/shop/orders","EdgeResponseStatus":403,"EdgeStartTimestamp":1772446500123000000,'
            '"OriginIP":"","RayID":"710e98d9367f357e"}',
        ),
        switch_on="Make a Logpush job for the zone's HTTP requests with output type ndjson and an S3 bucket as destination, with "
        "at least EdgeStartTimestamp, ClientIP, ClientRequestMethod, ClientRequestURI, ClientRequestHost, EdgeResponseStatus; "
        "better with all fields of the table above. Request headers and cookies that hold a token, an API key or a session are "
        "logged as custom fields: name them there, and choose RequestHeaders and Cookies in the job.",
        cannot_tell="No header and no cookie but those that are custom fields. EdgeTimeToFirstByteMs ends with the first byte of "
        "the answer; where the job has not chosen it, the response time is the origin's. With the option sample_rate requests "
        "are missing; with CVE-2021-44228 every `${` stands as `x{`.",
        notes="All forms of the times are read: RFC 3339, seconds, nanoseconds. Lines of Worker subrequests are no requests of a "
        "client, and are passed over. Jobs with a record template or as CSV need a grammar.",
    ),
    name_hint=r"\d{8}T\d{6}Z_\d{8}T\d{6}Z_[0-9a-f]+\.log",
)
