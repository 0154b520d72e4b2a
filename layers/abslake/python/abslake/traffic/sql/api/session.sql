-- API metrics: requests by session.
SELECT value, 'session' AS part, session, SUM(requests) AS requests
FROM traffic WHERE part = 'session' OR (part IS NULL AND session IS NOT NULL) GROUP BY value, session
