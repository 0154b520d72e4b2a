"""Templates of the paths in some traffic: ``/orders/81723`` and ``/orders/90210`` are ``/orders/{id}``.

What a segment is, is told by its spelling and by what else stands at its place: behind the same beginning of a template on
the same host.

- Numbers of three digits or more, UUIDs, dates, hashes, tokens and e-mail addresses are identifiers, even alone.
- A number of one or two digits, or a word with a longer one (``ORD-10023``), is a name where at most `FEW` such stand and it
  is frequent (`FREQUENT`), an identifier else.
- Any other word is a name, unless it is one of a *family* of words: many, and each rare (`_FAMILY`). Words that are far more
  frequent than the rest of their place (`GAP`), and `RESERVED` ones, are names beside such a family: ``/users/me``.

Only what was answered with success says what stands where; requests that were not are placed by it, and dropped where they fit
nothing. So neither misses nor scanners make a template.

Rows are folded level by level in the engine, and add up to fewer with each: memory is the engine's, and what does not fit there
goes to its disk.
"""

from collections.abc import Mapping, Sequence

import duckdb

from abslake.traffic.coarsen import IS_ID

MOST_SEGMENTS = 24
"""A longer path is no path of an API."""

FEW = 3
FREQUENT = 20
GAP = 5
"""A word is far more frequent than the next one by this factor."""

SOME, MANY, TOO_MANY = 12, 30, 100
"""Words at one place that may be a family if there is more to it; that may be one if some are rare; that are one."""

RESERVED = (
    "me", "self", "mine", "current", "all", "new", "search", "count", "latest", "batch", "bulk", "login", "logout", "health",
    "status",
)  # fmt: skip
"""Words that are names beside any family: APIs put them where identifiers stand."""

_UUID = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_DATE = "(19|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_TIME = "T[0-9]{2}(:|%3[Aa])?[0-9]{2}((:|%3[Aa])?[0-9]{2}([.,][0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})?"
_EMAIL = "[^@]+(@|%40)[^@]+[.][A-Za-z]{2,}"
_FILE = "([0-9]{3,}|[0-9a-fA-F]{8,}|" + _UUID + ")[.][A-Za-z][A-Za-z0-9]{1,4}"
_NUMBERED = "[A-Za-z]{1,12}[-_.]?[0-9]{4,12}"
_SLUG = ".*(-.*-|[0-9]).*"
_LOCALE = "[a-z]{2}([-_][A-Za-z]{2,4})?"

_TYPED = f"""CASE
    WHEN contains(s, '***') THEN '{{string}}'
    WHEN NOT regexp_matches(s, '[0-9@{{}}]|%40') THEN s
    WHEN regexp_full_match(s, '[0-9]{{3,}}') THEN '{{integer}}'
    WHEN regexp_full_match(s, '{_UUID}') THEN '{{uuid}}'
    WHEN regexp_full_match(s, '{_DATE}') THEN '{{date}}'
    WHEN regexp_full_match(s, '{_DATE}{_TIME}') THEN '{{date-time}}'
    WHEN regexp_full_match(s, '{_EMAIL}') OR regexp_full_match(s, '{_FILE}') THEN '{{string}}'
    WHEN NOT regexp_full_match(s, '[0-9]+') AND {IS_ID} THEN '{{string}}'
    ELSE replace(replace(s, '{{', '%7B'), '}}', '%7D') END"""


def segments(path: str) -> str:
    """SQL: the segments of a path, a list; in place of sure identifiers their type: ``{integer}``, ``{uuid}``, ``{date}``,
    ``{date-time}``, ``{string}``.

    `path`: SQL too; ``***`` in it stands for an identifier. Empty segments and path parameters (``;…``) are left out.
    """
    plain = f"CASE WHEN contains({path}, ';') THEN regexp_replace({path}, ';[^/]*', '', 'g') ELSE {path} END"
    named = f"list_filter(string_split({plain}, '/'), lambda s: s <> '')"
    return f"list_transform({named}, lambda s: {_TYPED})"


_KIND = f"""CASE
    WHEN @[1] = '{{' THEN @[2:-2]
    WHEN regexp_full_match(@, '[0-9]+') THEN 'integer'
    WHEN regexp_full_match(@, '{_NUMBERED}') THEN 'string'
    END"""
"""The type of an identifier, NULL: a word; ``@`` is the segment."""

_FAMILY = f"""
    rest >= {SOME} AND (
        singles * 2 >= rest_ok
        OR locales * 5 >= rest * 4
        OR rest > {TOO_MANY}
        OR rest >= {MANY} AND (singles * 20 >= rest_ok OR slugs * 2 >= rest OR alike)
    )"""
"""Words of a place are identifiers: most requests are for one that is never asked for again; or they look like languages; or
there are many of them, and new ones still come, or they look like titles, or the same names stand below all of them."""

_WORDS = f"""
CREATE OR REPLACE TEMP TABLE template_words AS
SELECT *, kind IS NOT NULL AND word[1] <> '{{' AS doubtful FROM (
    SELECT host, node, rest[1] AS word, {_KIND.replace("@", "word")} AS kind, sum(ok)::BIGINT AS ok
    FROM template_rows WHERE len(rest) > 0 GROUP BY ALL HAVING sum(ok) > 0)"""

_RANKED = f"""
CREATE OR REPLACE TEMP TABLE template_ranked AS
SELECT *, place > coalesce(
    max(place) FILTER (ok >= {FREQUENT} AND ok >= {GAP} * next) OVER (PARTITION BY host, node), 0) AS late
FROM (
    SELECT host, node, word, ok, row_number() OVER same AS place, lead(ok) OVER same AS next
    FROM template_words WHERE kind IS NULL AND lower(word) NOT IN {RESERVED}
    WINDOW same AS (PARTITION BY host, node ORDER BY ok DESC, word))"""

_ALIKE = f"""
SELECT host, node, count(DISTINCT word) AS parents, count(*) AS pairs, count(DISTINCT below) AS names FROM (
    SELECT DISTINCT host, node, rest[1] AS word, rest[2] AS below
    FROM template_rows SEMI JOIN (
        SELECT host, node FROM template_ranked WHERE late GROUP BY ALL HAVING count(*) >= {MANY}) USING (host, node)
    WHERE len(rest) > 1 AND ok > 0 AND ({_KIND.replace("@", "rest[2]")}) IS NULL)
GROUP BY ALL"""

_FAMILIES = f"""
CREATE OR REPLACE TEMP TABLE template_families AS
WITH places AS (
    SELECT host, node, count(*) AS rest, sum(ok) AS rest_ok, count(*) FILTER (ok = 1) AS singles,
        count(*) FILTER (regexp_full_match(word, '{_SLUG}')) AS slugs,
        count(*) FILTER (regexp_full_match(word, '{_LOCALE}')) AS locales
    FROM template_ranked WHERE late GROUP BY ALL HAVING count(*) >= {SOME}),
looked AS (
    SELECT places.*, coalesce(parents * 2 >= rest AND pairs * 3 >= names * parents, false) AS alike
    FROM places LEFT JOIN ({_ALIKE}) USING (host, node))
SELECT host, node FROM looked WHERE {_FAMILY}"""

_NONE = """
CREATE OR REPLACE TEMP TABLE template_ranked (host VARCHAR, node VARCHAR, word VARCHAR, late BOOLEAN);
CREATE OR REPLACE TEMP TABLE template_families (host VARCHAR, node VARCHAR)"""
"""No place has words enough for a family: most need no closer look, and a look takes its time."""

_CROWDED = f"""
SELECT count(*) FROM (SELECT 1 FROM template_words WHERE kind IS NULL GROUP BY host, node HAVING count(*) >= {SOME} LIMIT 1)"""

_IDENTIFIERS = f"""
CREATE OR REPLACE TEMP TABLE template_identifiers AS
SELECT host, node, word, kind FROM (
    SELECT *, bool_or(word[1] = '{{') OVER same AS sure, count(*) FILTER (doubtful) OVER same AS doubts
    FROM template_words WHERE kind IS NOT NULL WINDOW same AS (PARTITION BY host, node))
WHERE NOT doubtful OR sure OR doubts > {FEW} OR ok < {FREQUENT}
UNION ALL
SELECT host, node, word, 'string' FROM template_ranked SEMI JOIN template_families USING (host, node) WHERE late"""

_PLACES = """
CREATE OR REPLACE TEMP TABLE template_places AS
SELECT host, node, type, kinds, CASE WHEN before = 0 THEN '{' || name || '}' ELSE '{' || name || before + 1 || '}' END AS label
FROM (
    SELECT *, len(regexp_extract_all(node, '[{]' || name || '[0-9]*[}]')) AS before
    FROM (
        SELECT host, node, kinds, CASE WHEN len(kinds) = 1 THEN kinds[1] ELSE 'string' END AS type,
            CASE WHEN kinds = ['date'] THEN 'date' ELSE 'id' END AS name
        FROM (SELECT host, node, list_sort(list(DISTINCT kind)) AS kinds FROM template_identifiers GROUP BY ALL)))"""

_PARAMETERS = """
INSERT INTO template_parameters
SELECT host, node || '/' || label, label[2:-2], type FROM template_places"""


def _label() -> str:
    """What a row's first segment becomes: a name, the place's parameter, or NULL where it fits neither."""
    fits = f"p.type = 'string' OR list_contains(p.kinds, {_KIND.replace('@', 'r.rest[1]')})"
    return f"""CASE WHEN i.word IS NOT NULL THEN p.label WHEN w.word IS NOT NULL THEN w.word
        WHEN p.label IS NOT NULL AND ({fits}) THEN p.label END"""


def fold(connection: duckdb.DuckDBPyConnection, rows: str, keys: Sequence[str], sums: Mapping[str, str]) -> None:
    """Make ``templates`` (host, template, `keys`, `sums`) of the relation `rows` (host, segments, `keys`, `sums`).

    `sums`: column -> its aggregate function; among them ``ok``, the requests that were answered with success. Makes also
    ``template_parameters`` (host, node, name, type): of each parameter the template up to it, its name, and ``integer``,
    ``uuid``, ``date``, ``date-time`` or ``string``.
    """
    kept = ", ".join(keys)
    added = ", ".join(f"{function}({name}) AS {name}" for name, function in sums.items())
    run = connection.execute
    run(
        "CREATE OR REPLACE TEMP TABLE template_rows AS "
        f"SELECT host, '' AS node, segments AS rest, {kept}, {', '.join(sums)} FROM {rows} "
        f"WHERE len(segments) <= {MOST_SEGMENTS}"
    )
    run("CREATE OR REPLACE TEMP TABLE template_parameters (host VARCHAR, node VARCHAR, name VARCHAR, type VARCHAR)")
    run(
        "CREATE OR REPLACE TEMP TABLE templates AS "
        "FROM (SELECT * EXCLUDE (rest) RENAME (node AS template) FROM template_rows) LIMIT 0"
    )
    ended = (
        f"SELECT host, CASE node WHEN '' THEN '/' ELSE node END, {kept}, {added} FROM template_rows "
        "WHERE len(rest) = 0 GROUP BY ALL"
    )
    run(f"INSERT INTO templates {ended}")
    while run("SELECT count(*) FROM template_rows WHERE len(rest) > 0").fetchall()[0][0]:
        run(_WORDS)
        crowded = run(_CROWDED).fetchall()[0][0]
        for statement in (*((_RANKED, _FAMILIES) if crowded else (_NONE,)), _IDENTIFIERS, _PLACES, _PARAMETERS):
            run(statement)
        run(
            f"""
            CREATE OR REPLACE TEMP TABLE template_rows AS
            SELECT host, node || '/' || label AS node, rest[2:] AS rest, {kept}, {added} FROM (
                SELECT r.*, {_label()} AS label FROM template_rows AS r
                LEFT JOIN template_words AS w ON w.host = r.host AND w.node = r.node AND w.word = r.rest[1]
                LEFT JOIN template_identifiers AS i ON i.host = r.host AND i.node = r.node AND i.word = r.rest[1]
                LEFT JOIN template_places AS p ON p.host = r.host AND p.node = r.node
                WHERE len(rest) > 0)
            WHERE label IS NOT NULL GROUP BY ALL"""
        )
        run(f"INSERT INTO templates {ended}")
