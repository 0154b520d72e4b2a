-- API key forensics (contract 4.1): by address, then devices, methods, URLs and APIs.
WITH asked AS (
    SELECT CAST($earlier AS TIMESTAMP) AS earlier, CAST($later AS TIMESTAMP) AS later, CAST($value AS VARCHAR) AS value
),
traffic AS (
    SELECT ip, device, method, path, api, requests
    FROM facts CROSS JOIN asked
    WHERE api_key = asked.value AND api IS NOT NULL
        AND minute >= asked.earlier AND minute < asked.later
)
SELECT 'device' AS part, ip, device AS name, SUM(requests) AS requests FROM traffic GROUP BY ip, device
UNION ALL
SELECT 'method', ip, method, SUM(requests) FROM traffic GROUP BY ip, method
UNION ALL
SELECT 'url', ip, path, SUM(requests) FROM traffic GROUP BY ip, path
UNION ALL
SELECT 'api', ip, api, SUM(requests) FROM traffic GROUP BY ip, api
