-- What the report of a token looks at: one row a fact.
SELECT token AS value, minute, ip, device, method, path, api, requests, CAST(NULL AS VARCHAR) AS part
FROM facts
WHERE token IS NOT NULL AND api IS NOT NULL
