"""AWS Application Load Balancer access log.

Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html - fields are added
at the end of the line only, so what follows the user agent may be of any length. The URL is absolute: its authority is
the host. The log tells no header but the user agent, so no token, cookie or key.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from abslake.formats import Format
from abslake.formats.ase_fast import UTC_TIMESTAMP
from abslake.formats.quoted import QUOTED, dash, dash_sql, request_line, request_ok_sql, rows_sql, text_of, unescape
from abslake.records.record import MOST_DIGITS, BadLine, Record, byte_count, milliseconds

_LINE = re.compile(
    r"(?:http|https|h2|grpcs|ws|wss) ([^ ]+) [^ ]+ ([^ ]+):(\d+) ([^ ]+) ([^ ]+) ([^ ]+) ([^ ]+) (\d{3}|-) (?:\d{3}|-) "
    rf"(\d+) (\d+) {QUOTED} {QUOTED}(?: .*)?",
    re.ASCII,
)


def parse(line: bytes, wanted: Sequence[str]) -> Record:
    """One line. Raises BadLine with the reason."""
    match = _LINE.fullmatch(text_of(line))
    if not match:
        raise BadLine("not an ALB access log line")
    time, peer, _, target, *waits, status, received, sent, request, agent = match.groups()
    if not re.fullmatch(UTC_TIMESTAMP, time, re.ASCII):
        raise BadLine("the time is not RFC 3339 in UTC")
    try:
        moment = datetime.fromisoformat(time)
    except ValueError:
        raise BadLine("the time is not RFC 3339 in UTC") from None
    method, url, protocol = request_line(request)
    times = [milliseconds(wait) for wait in waits]
    return Record(
        time=int(moment.replace(microsecond=0).timestamp()) * 1_000_000 + moment.microsecond,
        peer=peer,
        method=method,
        url=url,
        protocol=protocol,
        user_agent=unescape(agent),
        status=int(status) if status != "-" else None,
        request_bytes=byte_count(received),
        response_bytes=byte_count(sent),
        server=dash(target),
        time_ms=round(sum(t for t in times if t is not None), 3) if None not in times else None,
        wanted=[None] * len(wanted),
    )


def fast(path: Path, _sample: Sequence[bytes], wanted: Sequence[str]) -> str:
    """The SELECT for a file of rows: split at quotes, then at blanks."""
    columns = "".join(f"NULL::VARCHAR AS w{n}, " for n in range(len(wanted)))
    seconds = "regexp_full_match(head[{n}], '\\d{{1,6}}\\.\\d{{1,6}}')"
    return f"""
WITH quoted AS (
    SELECT string_split(line, '"') AS q, contains(line, '\\') AS escaped FROM {rows_sql(path)}
), fields AS (
    SELECT q, escaped, string_split(q[1], ' ') AS head, string_split(q[2], ' ') AS request FROM quoted
)
SELECT
    coalesce(len(q) >= 5 AND len(q) % 2 = 1 AND NOT escaped AND q[3] = ' ' AND (q[5] = '' OR q[5][1] = ' ')
        AND len(head) = 13 AND head[13] = '' AND head[1] IN ('http', 'https', 'h2', 'grpcs', 'ws', 'wss')
        AND regexp_full_match(head[2], '{UTC_TIMESTAMP}') AND try_cast(head[2] AS TIMESTAMP) IS NOT NULL
        AND head[3] <> '' AND regexp_full_match(head[4], '\\d+\\.\\d+\\.\\d+\\.\\d+:\\d+') AND head[5] <> ''
        AND {seconds.format(n=6)} AND {seconds.format(n=7)} AND {seconds.format(n=8)}
        AND regexp_full_match(head[9], '\\d{{3}}') AND regexp_full_match(head[10], '\\d{{3}}|-')
        AND regexp_full_match(head[11], '\\d{{1,{MOST_DIGITS}}}') AND regexp_full_match(head[12], '\\d{{1,{MOST_DIGITS}}}')
        AND {request_ok_sql("request")}, false) AS ok,
    try_cast(head[2] AS TIMESTAMP) AS ts, split_part(head[4], ':', 1) AS peer, NULL::VARCHAR AS forwarded_for,
    request[1] AS method, request[2] AS url, NULL::VARCHAR AS host, request[3] AS protocol,
    {dash_sql("q[4]")} AS user_agent, NULL::VARCHAR AS cookies, NULL::VARCHAR AS auth_header, {columns}
    NULL::VARCHAR AS username, try_cast(head[9] AS SMALLINT) AS status,
    NULL::VARCHAR AS request_content_type, NULL::VARCHAR AS response_content_type,
    try_cast(head[11] AS BIGINT) AS request_bytes, try_cast(head[12] AS BIGINT) AS response_bytes,
    {dash_sql("head[5]")} AS server, false AS sideband, NULL::VARCHAR AS connection,
    round((try_cast(head[6] AS DOUBLE) + try_cast(head[7] AS DOUBLE) + try_cast(head[8] AS DOUBLE)) * 1000, 3) AS time_ms
FROM fields"""


FORMAT = Format(
    name="alb",
    parse=parse,
    name_hint=re.compile(r"_elasticloadbalancing_"),
    name_decides=True,
    fast=fast,
)
