-- IP forensics (contract 4.2 a): an entry is a session on one API or, without a session, a path on all APIs together.
-- A row of traffic with a part holds sums made earlier and counts in that part only.
SELECT value, 'method' AS part, session, CASE WHEN session IS NOT NULL THEN api END AS api,
    CASE WHEN session IS NULL THEN path END AS path, method, CAST(NULL AS VARCHAR) AS browser,
    CAST(NULL AS VARCHAR) AS device, CAST(NULL AS VARCHAR) AS server,
    SUM(requests) AS requests, MIN(first_seen) AS first_seen, MAX(last_seen) AS last_seen
FROM traffic WHERE part IS NULL OR part = 'method'
GROUP BY value, session, CASE WHEN session IS NOT NULL THEN api END, CASE WHEN session IS NULL THEN path END, method
UNION ALL
SELECT value, 'path', session, api, path, NULL, NULL, NULL, NULL, SUM(requests), NULL, NULL
FROM traffic WHERE (part IS NULL OR part = 'path') AND session IS NOT NULL GROUP BY value, session, api, path
UNION ALL
SELECT value, 'browser', session, api, NULL, NULL, browser, NULL, NULL, SUM(requests), NULL, NULL
FROM traffic WHERE (part IS NULL OR part = 'browser') AND session IS NOT NULL GROUP BY value, session, api, browser
UNION ALL
SELECT value, 'device', session, api, NULL, NULL, NULL, device, NULL, SUM(requests), NULL, NULL
FROM traffic WHERE (part IS NULL OR part = 'device') AND session IS NOT NULL GROUP BY value, session, api, device
UNION ALL
SELECT value, 'server', session, api, NULL, NULL, NULL, NULL, server, SUM(requests), NULL, NULL
FROM traffic WHERE (part IS NULL OR part = 'server') AND session IS NOT NULL AND server IS NOT NULL
GROUP BY value, session, api, server
