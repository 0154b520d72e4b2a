"""OCSF events of class HTTP Activity (4002) as JSON lines: what Amazon Security Lake keeps as Parquet, a row a line.

Source: https://schema.ocsf.io/1.3.0/classes/http_activity and its objects; names of earlier versions are read, too.
In `traffic` the source is the client: what goes out of it is the request.
"""

from abslake.formats import About
from abslake.formats.readers.base import declared
from abslake.formats.readers.fields import Field, count, duration, protocol, status, text, time, url_parts
from abslake.formats.readers.json_lines import JsonLines
from abslake.formats.readers.json_pointers import members
from abslake.records.record import BadLine

_REQUEST = "/http_request"
_HEADERS = f"{_REQUEST}/http_headers"
_URL = f"{_REQUEST}/url"


def _header(name: str) -> str:
    return f"{_HEADERS}/[name={name}]/value"


def _one_request() -> Field:
    """Refuses events that stand for several requests: only their sum is known, not which of them had which time."""

    def check(value: str | None) -> tuple[()]:
        if value not in (None, "1"):
            raise BadLine("the event stands for several requests (count is not 1)")
        return ()

    return Field((), (("count",),), check, (), "($0 IS NULL OR $0 = '1')", says="must be 1, or not there")


def _back_end() -> Field:
    """The responder's address with its port; its host name where it is not that of the URL, which is the gateway's."""

    def read(ip: str | None, port: str | None, name: str | None, host: str | None) -> tuple[str | None]:
        place = ip or (name if name != host else None)
        if place is None or port is None:
            return (place,)
        return (f"[{place}]:{port}" if ":" in place else f"{place}:{port}",)

    return Field(
        ("server",),
        (("/dst_endpoint/ip",), ("/dst_endpoint/port",), ("/dst_endpoint/hostname",), (f"{_URL}/hostname",)),
        read,
        ("CASE WHEN $1 IS NULL THEN $p WHEN contains($p, ':') THEN '[' || $p || ']:' || $1 ELSE $p || ':' || $1 END",),
        parts="coalesce($0, CASE WHEN $2 IS DISTINCT FROM $3 THEN $2 END)",
        says="address or host name, and port",
    )


_FIELDS = (
    _one_request(),
    time(("time", "start_time", "time_dt")),
    text("peer", "/src_endpoint/ip"),
    text("forwarded_for", (f"{_REQUEST}/x_forwarded_for/[,]", f"{_HEADERS}/[,name=x-forwarded-for]")),
    text("method", f"{_REQUEST}/http_method"),
    url_parts(f"{_URL}/path", (f"{_URL}/query_string", f"{_REQUEST}/args")),
    text("url", (f"{_URL}/url_string", f"{_URL}/text")),
    text("host", (_header("host"), f"{_URL}/hostname")),
    protocol((f"{_REQUEST}/version", f"{_REQUEST}/http_version")),
    text("user_agent", (f"{_REQUEST}/user_agent", _header("user-agent"))),
    text("cookies", (f"{_HEADERS}/[;name=cookie]", "/http_cookies/[;]")),
    text("auth_header", _header("authorization")),
    text("username", ("/actor/user/name", "/actor/user/email_addr", "/actor/user/uid")),
    text("api_key", ("/actor/user/credential_uid", "/actor/session/credential_uid")),
    text("session", "/actor/session/uid"),
    status(("/http_response/code", "http_status")),
    text("request_content_type", _header("content-type")),
    text(
        "response_content_type",
        ("/http_response/content_type", "/http_response/http_headers/[name=content-type]/value"),
    ),
    count("request_bytes", ("/traffic/bytes_out", f"{_REQUEST}/length")),
    count("response_bytes", ("/traffic/bytes_in", "/http_response/length")),
    _back_end(),
    duration("/http_response/latency", "ms"),
)

FORMAT = declared(
    "ocsf",
    (JsonLines(_FIELDS, only={"class_uid": ("4002",)}, headers=members(f"{_HEADERS}/[name={{}}]/value")),),
    About(
        title="OCSF HTTP Activity (class 4002)",
        sources=(
            "https://schema.ocsf.io/1.3.0/classes/http_activity",
            "https://docs.aws.amazon.com/security-lake/latest/userguide/open-cybersecurity-schema-framework.html",
        ),
        examples=(
            '{"metadata":{"version":"1.3.0","product":{"name":"gateway","vendor_name":"example"}},"time":1772446500123,'
            '"category_uid":4,"class_uid":4002,"activity_id":3,"type_uid":400203,"severity_id":1,"http_request":{'
            '"http_method":"GET","url":{"scheme":"https","hostname":"shop.example.com","port":443,"path":"/shop/items",'
            '"query_string":"id=1"},"user_agent":"curl/8.5.0","version":"HTTP/1.1","x_forwarded_for":["203.0.113.7",'
            '"198.51.100.1"],"http_headers":[{"name":"Host","value":"shop.example.com"},{"name":"X-Key","value":"k-17"}]},'
            '"http_response":{"code":200,"content_type":"application/json","latency":12},"src_endpoint":{'
            '"ip":"198.51.100.1","port":53122},"dst_endpoint":{"ip":"10.1.1.1","port":8080},"actor":{"user":{"name":"joe",'
            '"credential_uid":"AKIA0000"},"session":{"uid":"5f2c"}},"traffic":{"bytes_out":526,"bytes_in":41583}}',
        ),
        switch_on="In Amazon Security Lake, add the source that writes HTTP Activity (AWS WAF, or a custom source), make a "
        "subscriber with access to its bucket, and let that bucket notify abslake; or let any producer of OCSF write JSON "
        "lines to the bucket.",
        cannot_tell="What the producer has left out: AWS WAF has no status, no size and no response time. Events with a count "
        "above 1 stand for several requests and are quarantined; so is what `abslake export ocsf` writes where it has summed.",
        notes="Parquet is read as one event a row. Other classes in the same object are passed over. Several addresses in "
        "x_forwarded_for are taken as the header had them, the client first; several X-Forwarded-For or Cookie headers in "
        "http_headers are one, in their order. The event's duration, from its first moment to its last, is no response time.",
    ),
)
