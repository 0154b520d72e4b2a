"""Apache and NGINX combined log (and the common log, which is its beginning; and Apache's vhost_combined).

Sources: Apache HTTP Server 2.4, "Log Files", Combined Log Format; NGINX, ngx_http_log_module, predefined ``combined``.
It tells neither host nor back end nor response time; the authenticated user is the user name.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from abslake.formats import Format
from abslake.formats.quoted import (
    MONTHS,
    QUOTED,
    dash_sql,
    request_line,
    request_ok_sql,
    rows_sql,
    text_of,
    unescape,
)
from abslake.records.addresses import canonical
from abslake.records.record import MOST_DIGITS, BadLine, Record, byte_count

_LINE = re.compile(
    rf"([^ ]+) ([^ ]+) ([^ ].*?) \[([^\]\s]+ [+-]\d{{4}})\] {QUOTED} (\d{{3}}) (\d+|-)(?: {QUOTED} {QUOTED})?\s*",
    re.ASCII,
)


def parse(line: bytes, wanted: Sequence[str]) -> Record:
    """One line. Raises BadLine with the reason."""
    match = _LINE.fullmatch(text_of(line))
    if not match:
        raise BadLine("not a combined log line")
    peer, ident, user, clock, request, status, size, _, agent = match.groups()
    host = None
    if " " in user and canonical(ident):  # vhost_combined: the virtual host stands before the address
        host, peer, user = peer, ident, user.partition(" ")[2]
    try:
        time = datetime.strptime(clock, "%d/%b/%Y:%H:%M:%S %z")
    except ValueError:
        raise BadLine("the time is not [day/month/year:hour:minute:second zone]") from None
    method, url, protocol = request_line(request)
    return Record(
        time=int(time.timestamp()) * 1_000_000,
        peer=peer,
        method=method,
        url=url,
        host=host,
        protocol=protocol,
        user_agent=unescape(agent or ""),
        username=unescape(user.strip('"')),
        status=int(status),
        response_bytes=byte_count(size),
        wanted=[None] * len(wanted),
    )


def fast(path: Path, _sample: Sequence[bytes], wanted: Sequence[str]) -> str:
    """The SELECT for a file of rows: split at quotes, then at blanks."""
    columns = "".join(f"NULL::VARCHAR AS w{n}, " for n in range(len(wanted)))
    return f"""
WITH quoted AS (
    SELECT string_split(line, '"') AS q, contains(line, '\\') AS escaped FROM {rows_sql(path)}
), fields AS (
    SELECT q, escaped, string_split(q[1], ' ') AS client, string_split(q[2], ' ') AS request, string_split(q[3], ' ') AS answer
    FROM quoted
), clock AS (
    SELECT *, (strpos('{MONTHS}', client[4][5:7]) + 2) / 3 AS month FROM fields
)
SELECT
    coalesce(len(q) = 7 AND NOT escaped AND q[5] = ' ' AND q[7] = '' AND len(client) = 6 AND client[6] = ''
        AND client[1] <> '' AND client[2] <> '' AND client[3] <> ''
        AND regexp_full_match(client[4],
            '\\[(0[1-9]|[12]\\d|3[01])/[A-Z][a-z][a-z]/[12]\\d{{3}}:([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d')
        AND client[5] IN ('+0000]', '-0000]') AND month = floor(month) AND month >= 1
        AND {request_ok_sql("request")}
        AND len(answer) = 4 AND answer[1] = '' AND answer[4] = '' AND regexp_full_match(answer[2], '\\d{{3}}')
        AND regexp_full_match(answer[3], '\\d{{1,{MOST_DIGITS}}}|-'), false) AS ok,
    try_cast(client[4][9:12] || '-' || month::INTEGER || '-' || client[4][2:3] || ' ' || client[4][14:21] AS TIMESTAMP) AS ts,
    client[1] AS peer, NULL::VARCHAR AS forwarded_for, request[1] AS method, request[2] AS url, NULL::VARCHAR AS host,
    request[3] AS protocol, {dash_sql("q[6]")} AS user_agent, NULL::VARCHAR AS cookies, NULL::VARCHAR AS auth_header,
    {columns} {dash_sql("client[3]")} AS username, try_cast(answer[2] AS SMALLINT) AS status,
    NULL::VARCHAR AS request_content_type, NULL::VARCHAR AS response_content_type, NULL::BIGINT AS request_bytes,
    try_cast(answer[3] AS BIGINT) AS response_bytes, NULL::VARCHAR AS server, false AS sideband,
    NULL::VARCHAR AS connection, NULL::DOUBLE AS time_ms
FROM clock"""


FORMAT = Format(
    name="combined",
    parse=parse,
    name_hint=re.compile(r"apache|nginx|access[._-]log|combined", re.IGNORECASE),
    fast=fast,
)
