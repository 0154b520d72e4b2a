-- API metrics: an entry is a session. Run it on the traffic of the sessions that are wanted.
-- A row of traffic with a part holds sums made earlier and counts in that part only.
SELECT value, session, 'session_ip' AS part, ip, method, CAST(NULL AS VARCHAR) AS path,
    CAST(NULL AS VARCHAR) AS shown_path, CAST(NULL AS VARCHAR) AS browser, CAST(NULL AS VARCHAR) AS device,
    CAST(NULL AS VARCHAR) AS server, SUM(requests) AS requests
FROM traffic WHERE part = 'session_ip' OR (part IS NULL AND session IS NOT NULL)
GROUP BY value, session, ip, method
UNION ALL
SELECT value, session, 'session_path', NULL, NULL, path, shown_path, NULL, NULL, NULL, SUM(requests)
FROM traffic WHERE part = 'session_path' OR (part IS NULL AND session IS NOT NULL)
GROUP BY value, session, path, shown_path
UNION ALL
SELECT value, session, 'session_browser', NULL, NULL, NULL, NULL, browser, NULL, NULL, SUM(requests)
FROM traffic WHERE part = 'session_browser' OR (part IS NULL AND session IS NOT NULL)
GROUP BY value, session, browser
UNION ALL
SELECT value, session, 'session_device', NULL, NULL, NULL, NULL, NULL, device, NULL, SUM(requests)
FROM traffic WHERE part = 'session_device' OR (part IS NULL AND session IS NOT NULL)
GROUP BY value, session, device
UNION ALL
SELECT value, session, 'session_server', NULL, NULL, NULL, NULL, NULL, NULL, server, SUM(requests)
FROM traffic WHERE (part = 'session_server' OR (part IS NULL AND session IS NOT NULL)) AND server IS NOT NULL
GROUP BY value, session, server
