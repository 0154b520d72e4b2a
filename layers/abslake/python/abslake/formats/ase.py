"""ASE access log as JSON Lines: the two bodies that gateways send to ASE, one transaction a line or two lines a transaction.

Sources: contract 10.2 (bodies and their variants), docs/formats/ase.md (the line around them).
"""

import json
import re
from collections.abc import Sequence
from typing import Any

import msgspec

from abslake.formats import About, Format
from abslake.formats.ase_fast import DECIMAL, fast
from abslake.formats.readers.times import rfc3339
from abslake.records.record import MOST_MS, BadLine, Record, byte_count, protocol_name

_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_CODE = re.compile(r"[1-9]\d\d", re.ASCII)
_decode = msgspec.json.Decoder().decode

Json = Any
Headers = list[tuple[str, str | None]]


def parse(line: bytes, wanted: Sequence[str]) -> Record:
    """One line. Raises BadLine with the reason."""
    document = _document(line)
    time = _time(document.get("timestamp"))
    request, response = _body(document.get("request")), _body(document.get("response"))
    record = Record(
        time=time,
        correlation=_text(document.get("correlation_id")),
        server=_text(document.get("server")),
        sideband=_sideband(document.get("mode")),
        connection=_text(document.get("connection_id")),
        time_ms=_duration(document.get("response_time_ms")),
    )
    if request is None and response is None:
        raise BadLine("neither request nor response")
    if request is not None:
        _take_request(record, request, wanted)
    if response is not None:
        _take_response(record, response)
    if request is None:
        record.kind = "response"
        if record.correlation is None:
            raise BadLine("response without request: no correlation_id")
    elif response is None and record.correlation is not None:
        record.kind = "request"
    return record


def _document(line: bytes) -> dict[str, Json]:
    try:
        document = _decode(line)
    except UnicodeDecodeError:
        raise BadLine("not UTF-8") from None
    except RecursionError:
        raise BadLine("JSON nested too deeply") from None
    except msgspec.DecodeError:
        document = _lenient(line)
    if not isinstance(document, dict):
        raise BadLine("not a JSON object")
    return document


def _lenient(line: bytes) -> Json:
    """JSON with lone surrogates, which a client can send through a header: kept, the surrogate replaced."""
    try:
        text = line.decode()
    except UnicodeDecodeError:
        raise BadLine("not UTF-8") from None
    try:
        document = json.loads(text.strip(" \t\v\f\r"), parse_constant=_no_constant)
        return _decode(
            json.dumps(document, ensure_ascii=False).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        )
    except (ValueError, RecursionError):
        raise BadLine("not JSON") from None


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _time(value: Json) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value * 1000
    if value is None:
        raise BadLine("timestamp missing")
    try:
        if isinstance(value, str) and _TIMESTAMP.fullmatch(value):
            return rfc3339(value)
    except BadLine:
        pass
    raise BadLine("timestamp is neither RFC 3339 with zone nor an integer")


def _body(value: Json) -> Json:
    """A body, out of the wrapping that one gateway puts around it."""
    return value["ASEPayload"] if isinstance(value, dict) and "ASEPayload" in value else value


def _take_request(record: Record, request: Json, wanted: Sequence[str]) -> None:
    if not isinstance(request, dict):
        raise BadLine("request is not an object")
    record.peer, record.method, record.url = (_text(request.get(name)) for name in ("source_ip", "method", "url"))
    for name, value in (("source_ip", record.peer), ("method", record.method), ("url", record.url)):
        if not value:
            raise BadLine(f"request without {name}")
    record.protocol = protocol_name(_text(request.get("http_version")))
    headers = _headers(request, "request")
    first = dict(reversed(headers))
    record.host = first.get("host")
    record.user_agent = first.get("user-agent")
    record.auth_header = first.get("authorization")
    record.forwarded_for = "\n".join(value or "" for name, value in headers if name == "x-forwarded-for") or None
    record.request_content_type = first.get("content-type")
    record.request_bytes = byte_count(first.get("content-length"))
    record.cookies = "; ".join(value for name, value in headers if name == "cookie" and value) or None
    record.wanted = [first.get(name) for name in wanted]
    record.username = _user(request.get("user_info"))


def _take_response(record: Record, response: Json) -> None:
    if not isinstance(response, dict):
        raise BadLine("response is not an object")
    code = _text(response.get("response_code")) or ""
    if not _CODE.fullmatch(code):
        raise BadLine("response without a numeric response_code")
    record.status = int(code)
    first = dict(reversed(_headers(response, "response")))
    record.response_content_type = first.get("content-type")
    record.response_bytes = byte_count(first.get("content-length"))


def _headers(body: dict[str, Json], where: str) -> Headers:
    """Names in lower case, values as sent, in order. An empty value is none."""
    value = body.get("headers")
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(entry, dict) and len(entry) == 1 for entry in value):
        raise BadLine(f"{where}.headers is not a list of one-key objects")
    return [(name.lower(), _text(content)) for entry in value for name, content in entry.items()]


def _user(value: Json) -> str | None:
    entries = value if isinstance(value, list) else []
    names = (_text(entry.get("username")) for entry in entries if isinstance(entry, dict))
    return next((name for name in names if name), None)


def _text(value: Json) -> str | None:
    """A value as text: numbers as they are written, objects as JSON; null and empty text are None."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    except RecursionError:
        raise BadLine("JSON nested too deeply") from None


def _duration(value: Json) -> float | None:
    """Milliseconds from a number, or from a number written as text; anything else is as if not there."""
    if isinstance(value, str) and re.fullmatch(DECIMAL, value, re.ASCII):
        return float(value)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if number and 0 <= value < MOST_MS else None


def _sideband(value: Json) -> bool | None:
    return None if value in (None, "") else value == "sideband"


_EXAMPLES = (
    '{"timestamp": "2018-02-13T18:00:00.123Z", "correlation_id": "8f0c2c1e", "connection_id": "147378243", "mode": "inline", '
    '"request": {"source_ip": "10.240.0.6", "source_port": 53122, "method": "GET", "url": "/shop/items?id=1", '
    '"http_version": "1.1", "headers": [{"Host": "shop.example.com"}, {"User-Agent": "curl/7.64"}, '
    '{"Cookie": "JSESSIONID=abc"}], "user_info": [{"username": "joe"}]}, '
    '"response": {"response_code": "200", "response_status": "OK", "http_version": "1.1", '
    '"headers": [{"Content-Type": "application/json"}, {"Content-Length": "21"}]}, '
    '"server": "127.0.0.1:3000", "response_time_ms": 12.5}',
)

_NOTES = """\
JSON Lines, UTF-8, one transaction a line (or two lines a transaction), plain or gzip. File names as ASE gives them:
`http_ws_80_pid_19017__access__2018-01-22_13-10.log.gz`.

| key | rule |
| --- | --- |
| `timestamp` | required; RFC 3339 with zone, up to microseconds, or an integer of epoch milliseconds |
| `request` | the body that gateways send to `/ase/request`; `source_ip`, `method` and `url` are required in it |
| `response` | the body of `/ase/response` with a numeric `response_code`; absent or null: the client got no answer |
| `headers` | a list of one-key objects, names in any case; the first of a name counts, several cookie headers are one |
| `server` | back end that took the request; none: it reached none. In `sideband` mode reports show `0.0.0.0` where answered |
| `connection_id`, `correlation_id` | text or number |
| `response_time_ms` | number |

`{"ASEPayload": {…}}` around a body is taken off. Unknown keys are ignored.

**Two lines.** A line with `request` and a later line with `response` and the same `correlation_id` are one transaction, timed
by the request; `server`, `mode`, `connection_id` and `response_time_ms` may stand on either, the response line wins. An id
may be used again after its answer. A second answer, or one before its request, is quarantined; a request without answer
stays one. At most `ABSLAKE_MAX_PENDING_REQUESTS` requests wait; beyond that the oldest counts as unanswered.

**Quarantined**, each with its reason: not UTF-8; not JSON; not a JSON object; timestamp missing or malformed; event time
outside the window; neither request nor response; request not an object, or without `source_ip`, `method` or `url`; headers
not a list of one-key objects; response not an object, or without a numeric code; response without request; line too long.
"""

FORMAT = Format(
    name="ase",
    about=About(
        title="PingIntelligence ASE access log",
        sources=("the bodies of ASE's sideband API; this page for the line around them",),
        examples=_EXAMPLES,
        switch_on="Log objects are uploaded as they are closed ([deploy](../deploy.md)). A text log in a layout of its own is "
        "described by a [grammar](grammars.md).",
        cannot_tell="Nothing that the reports ask for: every header of the request is in it.",
        notes=_NOTES,
    ),
    parse=parse,
    name_hint=re.compile(r"_pid_\d+__?access__?"),
    name_decides=True,
    fast=fast,
    believes_forwarded_for=True,
)
