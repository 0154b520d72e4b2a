-- User name forensics (contract 4.1): by address, then user agents as sent (reading 7), methods, URLs and APIs; tokens.
WITH asked AS (
    SELECT CAST($earlier AS TIMESTAMP) AS earlier, CAST($later AS TIMESTAMP) AS later, CAST($value AS VARCHAR) AS value
),
traffic AS (
    SELECT ip, COALESCE(user_agent, 'UNKNOWN') AS device, method, path, api, token, requests
    FROM facts CROSS JOIN asked
    WHERE username = asked.value AND api IS NOT NULL
        AND minute >= asked.earlier AND minute < asked.later
)
SELECT 'device' AS part, ip, device AS name, SUM(requests) AS requests FROM traffic GROUP BY ip, device
UNION ALL
SELECT 'method', ip, method, SUM(requests) FROM traffic GROUP BY ip, method
UNION ALL
SELECT 'url', ip, path, SUM(requests) FROM traffic GROUP BY ip, path
UNION ALL
SELECT 'api', ip, api, SUM(requests) FROM traffic GROUP BY ip, api
UNION ALL
SELECT 'token', NULL, token, SUM(requests) FROM traffic WHERE token IS NOT NULL GROUP BY token
