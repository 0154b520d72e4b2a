"""AWS Application Load Balancer access log, and the Classic Load Balancer's, which has no type before the time.

AWS adds fields at the end of the line only, so what follows the user agent may be of any length. The URL is absolute: its
authority is the host.
"""

from abslake.formats import About
from abslake.formats.readers.base import declared
from abslake.formats.readers.fields import Field, address_port, count, duration_sum, request_line, rfc3339, status, text
from abslake.formats.readers.layout import Layout
from abslake.records.record import BadLine

_TYPES = ("http", "https", "h2", "grpcs", "ws", "wss")

_LINE = (
    "$time $elb $client $target $request_processing_time $target_processing_time $response_processing_time "
    '$elb_status_code $target_status_code $received_bytes $sent_bytes "$request" "$user_agent"'
)


def _type(value: str | None) -> tuple[()]:
    if value not in _TYPES:
        raise BadLine("the type of the line is not one of this load balancer's")
    return ()


_FIELDS = (
    rfc3339("time"),
    address_port("peer", "client"),
    request_line("request"),
    text("user_agent", "user_agent"),
    status("elb_status_code"),
    count("request_bytes", "received_bytes"),
    count("response_bytes", "sent_bytes"),
    text("server", "target"),
    duration_sum(("request_processing_time", "target_processing_time", "response_processing_time"), "s"),
)

_ABOUT = About(
    title="AWS Application Load Balancer",
    sources=(
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html",
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/access-log-collection.html",
    ),
    examples=(
        "http 2029-03-04T06:55:01.047920Z app/wordpress/d3fad233572a26a0 54.92.151.53:50337 172.31.0.241:80 0.001 0.113 0.000 "
        '400 400 152 13911 "GET http://example.com:80/ HTTP/1.1" "Apache-HttpClient/4.5.6 (Java/1.8.0_191)" - - '
        'arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/wordpress/ea0b820008fed4b6 "Root=1-5c7ccbc4-dae3" '
        '"-" "-" 0 2029-03-04T06:55:00.933000Z "waf,forward" "-" "-"',
        "2026-03-02T10:15:00.123456Z my-elb 192.0.2.1:2817 10.0.0.1:80 0.000073 0.001048 0.000057 200 200 0 29 "
        '"GET http://www.example.com:80/ HTTP/1.1" "curl/7.38.0" - -',
    ),
    switch_on="In the load balancer's attributes: access logs to an S3 bucket; let the bucket notify abslake.",
    cannot_tell=(
        "No header but the user agent: no token, cookie, API key or user name. Bytes count the headers too. A line for a "
        'malformed request (`"- http://host:80- -"`) has no method and is quarantined, and so is what a TCP listener of a '
        "Classic Load Balancer logs. Network Load Balancers log TLS connections, no requests: they are not read."
    ),
    notes=(
        "Lines of every generation are read: AWS adds fields at the end only. The time is when the answer was given. The "
        "response time is the sum of the three processing times, if none of them is -1. The URL is absolute: its authority "
        "is the host."
    ),
)

FORMAT = declared(
    name="alb",
    readers=(
        Layout(f"$type {_LINE}", (Field((), (("type",),), _type, (), f"$0 IN {_TYPES}"), *_FIELDS), rest=True),
        Layout(_LINE, _FIELDS, rest=True),
    ),
    about=_ABOUT,
    name_hint=r"_elasticloadbalancing_",
    name_decides=True,
)
