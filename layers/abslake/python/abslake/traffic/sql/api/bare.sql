-- API metrics: the requests without session, an entry is a path.
-- A row of traffic with a part holds sums made earlier and counts in that part only.
SELECT value, path, shown_path, 'bare_ip' AS part, ip, method, CAST(NULL AS VARCHAR) AS browser,
    CAST(NULL AS VARCHAR) AS device, CAST(NULL AS VARCHAR) AS server, SUM(requests) AS requests
FROM traffic WHERE part = 'bare_ip' OR (part IS NULL AND bare = 1)
GROUP BY value, path, shown_path, ip, method
UNION ALL
SELECT value, path, shown_path, 'bare_browser', NULL, NULL, browser, NULL, NULL, SUM(requests)
FROM traffic WHERE part = 'bare_browser' OR (part IS NULL AND bare = 1)
GROUP BY value, path, shown_path, browser
UNION ALL
SELECT value, path, shown_path, 'bare_device', NULL, NULL, NULL, device, NULL, SUM(requests)
FROM traffic WHERE part = 'bare_device' OR (part IS NULL AND bare = 1)
GROUP BY value, path, shown_path, device
UNION ALL
SELECT value, path, shown_path, 'bare_server', NULL, NULL, NULL, NULL, server, SUM(requests)
FROM traffic WHERE (part = 'bare_server' OR (part IS NULL AND bare = 1)) AND server IS NOT NULL
GROUP BY value, path, shown_path, server
