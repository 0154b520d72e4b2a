"""From parsed lines to rows of facts, in SQL: locate the API, take the identifiers, group.

One statement does it for a whole part, whatever the format and whether the engine or the line parser read the line, so
that there is one place where a rule about identifiers stands. Sources: docs/api-definitions.md ("From a transaction to a row").
"""

import re

from abslake.facts import latency
from abslake.facts.rules import Rules

_OCTET = r"(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
IPV4 = rf"{_OCTET}(\.{_OCTET}){{3}}"

GROUP_KEYS = (
    "minute api ip raw_address token cookie api_key username jwt host method path user_agent status "
    "request_content_type response_content_type protocol server latency_bucket"
).split()

_ABSOLUTE = r"^[A-Za-z][A-Za-z0-9+.\-]*://"


def grouped_sql(parsed: str, rules: Rules, *, rows_to_keep: str = "") -> str:
    """A SELECT of grouped rows from `parsed` (a SELECT with the columns of `abslake.formats.FastReading`).

    With `rows_to_keep` (a condition) rows that do not meet it come out ungrouped, with their number in ``slow_row``.
    """
    slow = (
        f"CASE WHEN NOT coalesce({rows_to_keep}, false) THEN row_number() OVER () - 1 END"
        if rows_to_keep
        else "NULL::BIGINT"
    )
    return f"""
WITH parsed AS ({parsed}),
numbered AS (SELECT *, {slow} AS slow_row FROM parsed),
located AS ({_LOCATED}),
matched AS ({_matched(rules)}),
identified AS ({_identified(rules)})
SELECT slow_row, {", ".join(GROUP_KEYS)},
    count(*) AS requests,
    CASE WHEN count(*) = 1 THEN count(connection) ELSE len(list_distinct(list(connection))) END AS connections,
    min(ts) AS first_seen,
    max(ts) AS last_seen,
    sum(request_bytes)::BIGINT AS request_bytes,
    sum(response_bytes)::BIGINT AS response_bytes,
    sum(response_time_us)::BIGINT AS response_time_us
FROM identified
GROUP BY slow_row, {", ".join(GROUP_KEYS)}"""


_LOCATED = f"""
    SELECT * REPLACE (
            CASE WHEN absolute THEN nullif(regexp_replace(
                    regexp_extract(url, '{_ABSOLUTE}([^/?#]*)', 1), '^.*@', ''), '') ELSE nullif(host, '') END AS host,
            CASE WHEN absolute THEN regexp_replace(url, '{_ABSOLUTE}[^/?#]*', '') ELSE url END AS url)
    FROM (SELECT *, url[1] <> '/' AND regexp_matches(url, '{_ABSOLUTE}') AS absolute FROM numbered)"""


def _matched(rules: Rules) -> str:
    """The request's API by one join per kind of host and number of url levels that the definitions use."""
    joins, found = [], []
    for n, (kind, levels) in enumerate(rules.places):
        prefix = " || '/' || ".join(f"split_part(path, '/', {level + 2})" for level in range(levels)) or "''"
        rooted = "AND starts_with(path, '/')" if levels else ""
        host = {"port": f"AND a{n}.host = full_host", "bare": f"AND a{n}.host = bare_host", "any": ""}[kind]
        joins.append(
            f"LEFT JOIN (FROM apis SELECT rowid AS number, host, prefix WHERE host_kind = '{kind}' AND levels = {levels}) "
            f"AS a{n} ON a{n}.prefix = {prefix} {host} {rooted}"
        )
        found.append(f"a{n}.number")
    number = f"coalesce({', '.join(found)})" if found else "NULL::BIGINT"
    return f"""
    SELECT located.*, {number} AS number FROM (
        SELECT *,
            CASE WHEN absolute AND url[1] IS DISTINCT FROM '/' THEN '/'
                ELSE split_part(split_part(url, '#', 1), '?', 1) END AS path,
            lower(host) AS full_host,
            CASE WHEN contains(host, ':') THEN regexp_replace(lower(host), ':\\d*$', '') ELSE lower(host) END AS bare_host
        FROM located) AS located {" ".join(joins)}"""


def _identified(rules: Rules) -> str:
    bearer = (
        "CASE WHEN starts_with(auth_header, 'Bearer ') THEN nullif(trim(substr(auth_header, 8)), '') "
        "ELSE nullif(regexp_extract(auth_header, '(?i)^[ \\t]*bearer[ \\t]+(.*?)[ \\t]*$', 1), '') END"
    )
    jwt = f"""CASE WHEN jwt_bearer THEN {bearer}
            WHEN jwt_header IS NOT NULL THEN {_wanted(rules, "jwt_header")}
            WHEN jwt_query IS NOT NULL THEN {_query_value("jwt_query")} END"""
    header = _wanted(rules, "user_header")
    return f"""
    SELECT slow_row, ts, date_trunc('minute', ts) AS minute, api,
        CASE WHEN plain THEN nearest END AS ip,
        CASE WHEN NOT plain
            THEN length(coalesce(forwarded_for, ''))::VARCHAR || ':' || coalesce(forwarded_for, '') || peer END AS raw_address,
        CASE WHEN bearer THEN {bearer} END AS token,
        {_cookie(rules)} AS cookie,
        coalesce(CASE WHEN key_header IS NOT NULL THEN {_wanted(rules, "key_header")} END,
            CASE WHEN key_query IS NOT NULL THEN {_query_value("key_query")} END) AS api_key,
        coalesce({header}, nullif(username, '')) AS username,
        {f"CASE WHEN {header} IS NULL THEN {jwt} END" if rules.has_jwt else "NULL::VARCHAR"} AS jwt,
        host, method, path, nullif(user_agent, '') AS user_agent, status,
        nullif(request_content_type, '') AS request_content_type,
        nullif(response_content_type, '') AS response_content_type,
        protocol,
        CASE WHEN NOT coalesce(sideband, false) THEN nullif(server, '') WHEN status IS NOT NULL THEN '0.0.0.0' END AS server,
        CASE WHEN time_ms IS NOT NULL THEN {latency.SQL.format(ms="time_ms")} END AS latency_bucket,
        CASE WHEN connection <> '' THEN hash(connection) END AS connection, request_bytes, response_bytes,
        try_cast(round(time_ms * 1000) AS BIGINT) AS response_time_us
    FROM (SELECT *, regexp_full_match(nearest, '{IPV4}') AS plain FROM (
        SELECT matched.*, apis.* EXCLUDE (host_kind, host, levels, prefix),
            CASE WHEN coalesce(forwarded_for, '') = '' THEN peer
                WHEN contains(forwarded_for, ',') OR contains(forwarded_for, ' ') THEN trim(split_part(forwarded_for, ',', 1))
                ELSE forwarded_for END AS nearest
        FROM matched LEFT JOIN apis ON apis.rowid = number))"""


def _cookie(rules: Rules) -> str:
    """The value of the API's session cookie: the first of that name, blanks around it cut, quotes kept."""
    cases = " ".join(
        f"WHEN {n} THEN nullif(trim(regexp_extract(cookies, '(?:^|;)[ \\t]*{_literal(name)}=([^;]*)', 1)), '')"
        for n, name in enumerate(rules.cookies)
    )
    return f"CASE WHEN cookies <> '' THEN CASE session_cookie {cases} END END" if cases else "NULL::VARCHAR"


def _literal(text: str) -> str:
    """`text` as a literal inside a regular expression inside a SQL string."""
    return re.escape(text).replace("'", "''")


def _wanted(rules: Rules, index: str) -> str:
    """The first value of the wanted header whose number stands in the column `index`."""
    cases = " ".join(f"WHEN {n} THEN nullif(trim(w{n}, E' \\t'), '')" for n in range(len(rules.wanted)))
    return f"CASE {index} {cases} END" if cases else "NULL::VARCHAR"


def _query_value(key: str) -> str:
    """The first value of a query parameter, percent-decoded, ``+`` as a blank; empty is none.

    A name or value that does not decode to UTF-8 stands as sent.
    """
    whole = "split_part(url, '#', 1)"
    pairs = f"string_split(substr({whole}, strpos({whole}, '?') + 1), '&')"
    decoded = "coalesce(TRY(url_decode(replace({0}, '+', ' '))), {0})"
    name = decoded.format("split_part(pair, '=', 1)")
    value = decoded.format("substr(pair, strpos(pair, '=') + 1)")
    named = f"list_filter({pairs}, lambda pair: {name} = {key})[1:1]"
    found = f"list_transform({named}, lambda pair: CASE WHEN contains(pair, '=') THEN nullif({value}, '') END)[1]"
    return f"CASE WHEN contains({whole}, '?') THEN {found} END"
