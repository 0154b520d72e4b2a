"""What a period keeps of an API's many sessions and addresses beside their sums: short lists, as SELECTs over ``traffic``.

Plain SQL like the bodies, with a number in it. Each takes joint rows or the sums of its own kind, and works on all APIs
at once.
"""

SESSION_COUNT = """
SELECT value, 'session_count' AS part, COUNT(*) AS requests FROM traffic WHERE part = 'session' GROUP BY value
"""
"""How many sums of sessions a period has of each API: what counting them all would cost a report."""


def top_sessions(count: int) -> str:
    """The `count` busiest sessions of each API: (value, session). Their details are worth keeping."""
    return f"""
SELECT value, session
FROM (
    SELECT value, session, ROW_NUMBER() OVER (PARTITION BY value ORDER BY SUM(requests) DESC, session) AS place
    FROM traffic WHERE part = 'session' OR (part IS NULL AND session IS NOT NULL) GROUP BY value, session
) AS ranked
WHERE place <= {count}
"""


def sketch(size: int) -> str:
    """The `size` smallest hashes of each API's session ids, part 'sketch': from them sessions can be estimated.

    `session` holds 16 hexadecimal digits of the id's MD5. Sketches of several periods make one. DuckDB and Spark only:
    Athena's MD5 takes no text.
    """
    return f"""
SELECT value, 'sketch' AS part, hash AS session, 0 AS requests
FROM (
    SELECT value, hash, ROW_NUMBER() OVER (PARTITION BY value ORDER BY hash) AS place
    FROM (
        SELECT DISTINCT value, CASE WHEN part = 'sketch' THEN session ELSE SUBSTRING(MD5(session), 1, 16) END AS hash
        FROM traffic WHERE part = 'sketch' OR part = 'session' OR (part IS NULL AND session IS NOT NULL)
    ) AS hashes
) AS ranked
WHERE place <= {size}
"""


def address_bounds(count: int) -> str:
    """The `count` busiest addresses of each API, as two bounds that add up over periods.

    'address_least' is what an address surely has. 'address_most' is what it has above the busiest address that is not
    listed, whose own requests are the row without address: an address has at most both together, listed or not.
    """
    return f"""
SELECT listed.value, bound.part,
    CASE WHEN listed.place <= {count} THEN listed.ip END AS ip,
    CASE WHEN listed.place <= {count} AND bound.part = 'address_most' THEN listed.requests - listed.unlisted
        ELSE listed.requests END AS requests
FROM (
    SELECT value, ip, requests, place,
        MAX(CASE WHEN place > {count} THEN requests ELSE 0 END) OVER (PARTITION BY value) AS unlisted
    FROM (
        SELECT value, ip, SUM(requests) AS requests,
            ROW_NUMBER() OVER (PARTITION BY value ORDER BY SUM(requests) DESC, ip) AS place
        FROM traffic WHERE part IS NULL OR part = 'address' GROUP BY value, ip
    ) AS ranked
    WHERE place <= {count} + 1
) AS listed
CROSS JOIN (SELECT 'address_least' AS part UNION ALL SELECT 'address_most' AS part) AS bound
WHERE (bound.part = 'address_least' AND listed.place <= {count})
    OR (bound.part = 'address_most' AND (listed.place > {count} OR listed.requests > listed.unlisted))
"""
