-- User name forensics (contract 4.1): by address, then user agents, methods, URLs and APIs; and the user's tokens.
-- A row of traffic with a part holds sums made earlier and counts in that part only.
SELECT value, 'device' AS part, ip, device, CAST(NULL AS VARCHAR) AS method, CAST(NULL AS VARCHAR) AS path,
    CAST(NULL AS VARCHAR) AS api, CAST(NULL AS VARCHAR) AS token, SUM(requests) AS requests
FROM traffic WHERE part IS NULL OR part = 'device' GROUP BY value, ip, device
UNION ALL
SELECT value, 'method', ip, NULL, method, NULL, NULL, NULL, SUM(requests)
FROM traffic WHERE part IS NULL OR part = 'method' GROUP BY value, ip, method
UNION ALL
SELECT value, 'path', ip, NULL, NULL, path, NULL, NULL, SUM(requests)
FROM traffic WHERE part IS NULL OR part = 'path' GROUP BY value, ip, path
UNION ALL
SELECT value, 'api', ip, NULL, NULL, NULL, api, NULL, SUM(requests)
FROM traffic WHERE part IS NULL OR part = 'api' GROUP BY value, ip, api
UNION ALL
SELECT value, 'token', NULL, NULL, NULL, NULL, NULL, token, SUM(requests)
FROM traffic WHERE (part IS NULL OR part = 'token') AND token IS NOT NULL GROUP BY value, token
