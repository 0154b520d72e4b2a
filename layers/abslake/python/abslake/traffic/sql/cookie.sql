-- Cookie forensics (contract 4.3): an entry is the session on one API.
-- A row of traffic with a part holds sums made earlier and counts in that part only.
SELECT value, 'ip' AS part, api, ip, method, CAST(NULL AS VARCHAR) AS path, CAST(NULL AS VARCHAR) AS shown_path,
    CAST(NULL AS VARCHAR) AS browser, CAST(NULL AS VARCHAR) AS device, CAST(NULL AS VARCHAR) AS server,
    SUM(requests) AS requests, MIN(first_seen) AS first_seen, MAX(last_seen) AS last_seen
FROM traffic WHERE part IS NULL OR part = 'ip' GROUP BY value, api, ip, method
UNION ALL
SELECT value, 'path', api, NULL, NULL, path, shown_path, NULL, NULL, NULL, SUM(requests), NULL, NULL
FROM traffic WHERE part IS NULL OR part = 'path' GROUP BY value, api, path, shown_path
UNION ALL
SELECT value, 'browser', api, NULL, NULL, NULL, NULL, browser, NULL, NULL, SUM(requests), NULL, NULL
FROM traffic WHERE part IS NULL OR part = 'browser' GROUP BY value, api, browser
UNION ALL
SELECT value, 'device', api, NULL, NULL, NULL, NULL, NULL, device, NULL, SUM(requests), NULL, NULL
FROM traffic WHERE part IS NULL OR part = 'device' GROUP BY value, api, device
UNION ALL
SELECT value, 'server', api, NULL, NULL, NULL, NULL, NULL, NULL, server, SUM(requests), NULL, NULL
FROM traffic WHERE (part IS NULL OR part = 'server') AND server IS NOT NULL GROUP BY value, api, server
