"""From parsed lines to rows of facts, in SQL: locate the API, take the identifiers, group.

One statement does it for a whole part, whatever the format and whether the engine or the line parser read the line, so
that there is one place where a rule about identifiers stands. Sources: docs/api-definitions.md ("From a transaction to a row").
"""

import re

from abslake.facts import connections, latency, rule_signals, suspects
from abslake.facts.clients import IPV4, nearest_sql, raw_sql
from abslake.facts.rules import BITS, JWT, Places, Rules
from abslake.records.addresses import ClientAddress
from abslake.records.places import IDENTIFIERS, Place

GROUP_KEYS = (
    "minute api ip raw_address token cookie api_key username jwt host method path user_agent status "
    "request_content_type response_content_type protocol server latency_bucket suspect rule_signals"
).split()

FACT_COLUMN = {"token": "token", "session": "cookie", "api_key": "api_key", "username": "username"}
"""Identifier -> its column in the facts."""

_ABSOLUTE = r"^[A-Za-z][A-Za-z0-9+.\-]*://"


def grouped_sql(
    parsed: str, rules: Rules, client: ClientAddress, *, rows_to_keep: str = "", looking: bool = True
) -> str:
    """A SELECT of grouped rows from `parsed` (a SELECT with the columns of `abslake.formats.FastReading`).

    `client`: how the client's address is found. With `rows_to_keep` (a condition) rows that do not meet it come
    out ungrouped, with their number in ``slow_row``. Not `looking`: no request is a suspect.
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
identified AS ({_identified(rules, client, looking=looking)})
SELECT slow_row, {", ".join(GROUP_KEYS)},
    count(*) AS requests,
    CASE WHEN count(*) = 1 THEN count(connection) ELSE len(list_distinct(list(connection))) END AS connections,
    coalesce(bit_or(connection_bit), 0) AS connection_bits,
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
            CASE WHEN absolute THEN regexp_replace(url, '{_ABSOLUTE}[^/?#]*', '') ELSE url END AS url), url AS sent
    FROM (SELECT *, url[1] <> '/' AND regexp_matches(url, '{_ABSOLUTE}') AS absolute FROM numbered)"""


def _matched(rules: Rules) -> str:
    """The request's API by one join per kind of host and number of url levels that the definitions use."""
    joins, found = [], []
    for n, (kind, levels) in enumerate(rules.levels):
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


def _identified(rules: Rules, client: ClientAddress, *, looking: bool) -> str:
    identifiers = ", ".join(
        f"coalesce(found_{identifier}, nullif({identifier}, '')) AS {column}"
        for identifier, column in FACT_COLUMN.items()
    )
    found = ", ".join(f"{_found(rules, identifier)} AS found_{identifier}" for identifier in IDENTIFIERS)
    suspect = f"CASE WHEN {suspects.condition('sent', rules.wanted)} THEN {suspects.as_json('sent', rules.wanted)} END"
    return f"""
    SELECT slow_row, ts, date_trunc('minute', ts) AS minute, api,
        CASE WHEN plain THEN nearest END AS ip,
        CASE WHEN NOT plain THEN {raw_sql(client)} END AS raw_address,
        {identifiers},
        {_jwt(rules)} AS jwt,
        host, method, path, nullif(user_agent, '') AS user_agent, status,
        nullif(request_content_type, '') AS request_content_type,
        nullif(response_content_type, '') AS response_content_type,
        protocol,
        CASE WHEN NOT coalesce(sideband, false) THEN nullif(server, '') WHEN status IS NOT NULL THEN '0.0.0.0' END AS server,
        CASE WHEN time_ms IS NOT NULL THEN {latency.SQL.format(ms="time_ms")} END AS latency_bucket,
        {rule_signals.sql(rules.checked)} AS rule_signals,
        {suspect if looking else "NULL::VARCHAR"} AS suspect,
        CASE WHEN connection <> '' THEN hash(connection) END AS connection,
        CASE WHEN connection <> '' THEN {connections.BIT} END AS connection_bit, request_bytes, response_bytes,
        try_cast(round(time_ms * 1000) AS BIGINT) AS response_time_us
    FROM (SELECT *, coalesce(regexp_full_match(nearest, '{IPV4}'), false) AS plain, {found} FROM (
        SELECT matched.*, apis.* EXCLUDE (host_kind, host, levels, prefix), {nearest_sql(client)} AS nearest
        FROM matched LEFT JOIN apis ON apis.rowid = number))"""


def _found(rules: Rules, identifier: str) -> str:
    """The value at the first place of the API's list that has one; what the gateway says and claims come later."""
    cases = " ".join(f"WHEN {n} THEN {_first(rules, places)}" for n, places in enumerate(rules.variants[identifier]))
    return f"CASE {identifier}_places {cases} END" if cases else "NULL::VARCHAR"


def _first(rules: Rules, places: Places) -> str:
    values = [_value(rules, place) for place in places]
    return values[0] if len(values) == 1 else f"coalesce({', '.join(values)})"


def _value(rules: Rules, place: Place) -> str:
    """What stands at a place; NULL where nothing does. Names are literals: a definition cannot write SQL."""
    if place.kind == "bearer":
        return _BEARER
    if place.kind == "header":
        return f"nullif(trim(w{rules.wanted.index(place.name)}, E' \\t'), '')"
    return _cookie_value(place.name) if place.kind == "cookie" else _query_value(place.name)


def _jwt(rules: Rules) -> str:
    """``<identifiers>:<JSON Web Token>`` where a claim is asked for: bits of the identifiers that no other place names."""
    missing = " + ".join(f"CASE WHEN found_{i} IS NULL THEN {BITS[i]} ELSE 0 END" for i in rules.claimed)
    if not missing:
        return "NULL::VARCHAR"
    asked = f"(claimed & ({missing}))"
    return f"CASE WHEN {asked} > 0 THEN {asked}::VARCHAR || ':' || {_found(rules, JWT)} END"


_BEARER = (
    "CASE WHEN starts_with(auth_header, 'Bearer ') THEN nullif(trim(substr(auth_header, 8)), '') "
    "ELSE nullif(regexp_extract(auth_header, '(?i)^[ \\t]*bearer[ \\t]+(.*?)[ \\t]*$', 1), '') END"
)


def _cookie_value(name: str) -> str:
    """The first cookie of that name; blanks around the value are cut, quotes kept."""
    pattern = f"(?:^|;)[ \\t]*{re.escape(name)}=([^;]*)"
    return f"CASE WHEN cookies <> '' THEN nullif(trim(regexp_extract(cookies, {_literal(pattern)}, 1)), '') END"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _query_value(name: str) -> str:
    """The first value of a query parameter, percent-decoded, ``+`` as a blank; empty is none.

    A name or value that does not decode to UTF-8 stands as sent.
    """
    whole = "split_part(url, '#', 1)"
    pairs = f"string_split(substr({whole}, strpos({whole}, '?') + 1), '&')"
    decoded = "coalesce(TRY(url_decode(replace({0}, '+', ' '))), {0})"
    key = decoded.format("split_part(pair, '=', 1)")
    value = decoded.format("substr(pair, strpos(pair, '=') + 1)")
    named = f"list_filter({pairs}, lambda pair: {key} = {_literal(name)})[1:1]"
    found = f"list_transform({named}, lambda pair: CASE WHEN contains(pair, '=') THEN nullif({value}, '') END)[1]"
    return f"CASE WHEN contains({whole}, '?') THEN {found} END"
