"""ASE JSON Lines read by the engine: declared structs, header names as the sample spells them.

A struct's fields are matched by case, and a struct cannot have two fields that differ in case alone. So the spellings that
the sample uses are declared, and a row with any header that is not among them is left to the line parser: a header
in another spelling can be slow, never missed.

The engine is more forgiving than the line parser about lines that no JSON writer makes and no client can bring about: it may
let pass a comma before a closing bracket, NaN in a field that is not read, a key twice in one object, an undeclared name
beside a declared one in a header's object. An exact check would cost a sixth of the reading and more.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from abslake.records.record import MOST_DIGITS

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_MOST_NAMES = 48
UTC_TIMESTAMP = r"[12]\d{3}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?Z"
"""RFC 3339 in UTC as the engine's cast reads it; other zones and leap seconds are left to the line parser."""
DECIMAL = r"\d{1,9}(\.\d{1,15})?"

_decode = msgspec.json.Decoder().decode


def fast(path: Path, sample: Sequence[bytes], wanted: Sequence[str]) -> str | None:
    """The SELECT for a file of rows; None where the sample shows no header to read by."""
    requests, responses = _spellings(sample, "request"), _spellings(sample, "response")
    if not requests or not responses:
        return None
    request, response = _Headers("request.headers", requests), _Headers("response.headers", responses)
    wanted_columns = "".join(f"{request.first(name)} AS w{n}, " for n, name in enumerate(wanted))
    return f"""
SELECT
    coalesce(
        regexp_full_match(timestamp, '{UTC_TIMESTAMP}')
        AND try_cast(timestamp AS TIMESTAMP) IS NOT NULL
        AND request.source_ip <> '' AND request.method <> '' AND request.url <> ''
        AND {request.all_known()}
        AND CASE WHEN response IS NULL THEN correlation_id IS NULL OR correlation_id = ''
            ELSE regexp_full_match(response.response_code, '[1-9]\\d\\d') AND {response.all_known()} END
        AND (response_time_ms IS NULL OR regexp_full_match(response_time_ms, '{DECIMAL}')), false) AS ok,
    try_cast(timestamp AS TIMESTAMP) AS ts,
    request.source_ip AS peer,
    {request.joined("x-forwarded-for", "chr(10)")} AS forwarded_for,
    request.method AS method,
    request.url AS url,
    {request.first("host")} AS host,
    {protocol_sql("request.http_version")} AS protocol,
    {request.first("user-agent")} AS user_agent,
    {request.joined("cookie", "'; '")} AS cookies,
    {request.first("authorization")} AS auth_header,
    {wanted_columns}
    list_filter(request.user_info, lambda x: x.username <> '')[1].username AS username,
    NULL::VARCHAR AS token, NULL::VARCHAR AS api_key, NULL::VARCHAR AS session,
    try_cast(response.response_code AS SMALLINT) AS status,
    {request.first("content-type")} AS request_content_type,
    {response.first("content-type")} AS response_content_type,
    {bytes_sql(request.first("content-length"))} AS request_bytes,
    {bytes_sql(response.first("content-length"))} AS response_bytes,
    server,
    mode = 'sideband' AS sideband,
    connection_id AS connection,
    try_cast(response_time_ms AS DOUBLE) AS time_ms
FROM read_json('{path}', format = 'newline_delimited', ignore_errors = true, columns = {{
    timestamp: 'VARCHAR', correlation_id: 'VARCHAR', connection_id: 'VARCHAR', mode: 'VARCHAR', server: 'VARCHAR',
    response_time_ms: 'VARCHAR',
    request: 'STRUCT(source_ip VARCHAR, method VARCHAR, url VARCHAR, http_version VARCHAR, headers {request.type()},
        user_info STRUCT(username VARCHAR)[])',
    response: 'STRUCT(response_code VARCHAR, headers {response.type()})'}})"""


def protocol_sql(column: str) -> str:
    """`abslake.records.record.protocol_name` as SQL."""
    return f"CASE WHEN {column} = '' THEN NULL WHEN {column} ILIKE 'HTTP/%' THEN {column} ELSE 'HTTP/' || {column} END"


def bytes_sql(text: str) -> str:
    """`abslake.records.record.byte_count` as SQL."""
    return f"CASE WHEN regexp_full_match({text}, '\\d{{1,{MOST_DIGITS}}}') THEN try_cast({text} AS BIGINT) END"


class _Headers:
    """A list of one-key objects as a list of structs with one field set in each."""

    def __init__(self, column: str, spellings: dict[str, str]) -> None:
        self._column, self._spellings = column, spellings

    def type(self) -> str:
        return "STRUCT(" + ", ".join(f'"{name}" VARCHAR' for name in self._spellings.values()) + ")[]"

    def all_known(self) -> str:
        """Every element has exactly one of the declared names; false as well where the list is missing or is none."""
        known = " + ".join(f'(x."{name}" IS NOT NULL)::TINYINT' for name in self._spellings.values())
        return f"len(list_filter({self._column}, lambda x: {known} <> 1)) = 0"

    def first(self, name: str) -> str:
        if name not in self._spellings:
            return "NULL::VARCHAR"
        field = f'x."{self._spellings[name]}"'
        return f'list_filter({self._column}, lambda x: {field} IS NOT NULL)[1]."{self._spellings[name]}"'

    def joined(self, name: str, separator: str) -> str:
        """All headers of that name, with `separator` (SQL) between them."""
        if name not in self._spellings:
            return "NULL::VARCHAR"
        return f'array_to_string([x."{self._spellings[name]}" for x in {self._column}], {separator})'


def _spellings(sample: Iterable[bytes], body: str) -> dict[str, str]:
    """Header names of the sample: lower case -> the usual spelling."""
    counts: Counter[str] = Counter()
    for line in sample:
        counts.update(_names(line, body))
    usual: dict[str, str] = {}
    for name, _ in counts.most_common():
        if _SAFE.fullmatch(name) and len(usual) < _MOST_NAMES:
            usual.setdefault(name.lower(), name)
    return usual


def _names(line: bytes, body: str) -> list[str]:
    try:
        headers: Any = _decode(line)[body]["headers"]
        return [name for entry in headers if isinstance(entry, dict) for name in entry]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, KeyError, TypeError):
        return []
