-- Cookie forensics (contract 4.3): an entry is the session on one API. Without an API asked for: all of them.
WITH asked AS (
    SELECT CAST($earlier AS TIMESTAMP) AS earlier, CAST($later AS TIMESTAMP) AS later, CAST($value AS VARCHAR) AS value,
        CAST($api AS VARCHAR) AS api
),
traffic AS (
    SELECT cookie AS session, CASE WHEN cookie IS NULL THEN path ELSE facts.api END AS entry,
        path, ip, method, browser, device, server, requests, first_seen, last_seen
    FROM facts CROSS JOIN asked
    WHERE cookie = asked.value AND (asked.api IS NULL OR facts.api = asked.api) AND facts.api IS NOT NULL
        AND minute >= asked.earlier AND minute < asked.later
)
SELECT 'ip' AS part, session, entry, ip AS name, method AS detail, SUM(requests) AS requests,
    MIN(first_seen) AS first_seen, MAX(last_seen) AS last_seen
FROM traffic GROUP BY session, entry, ip, method
UNION ALL
SELECT 'user_agent', session, entry, browser, NULL, SUM(requests), NULL, NULL FROM traffic GROUP BY session, entry, browser
UNION ALL
SELECT 'path', session, entry, path, NULL, SUM(requests), NULL, NULL FROM traffic GROUP BY session, entry, path
UNION ALL
SELECT 'device', session, entry, device, NULL, SUM(requests), NULL, NULL FROM traffic GROUP BY session, entry, device
UNION ALL
SELECT 'server', session, entry, server, NULL, SUM(requests), NULL, NULL
FROM traffic WHERE server IS NOT NULL GROUP BY session, entry, server
